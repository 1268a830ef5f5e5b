"""Who is told: what takes Slack's webhooks, as the chats of the example for Alertmanager do.

In: requests of Alertmanager. Out: the texts as it made them with `alerts/postfix.tmpl`, in a queue.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import SimpleQueue
from typing import Any


@dataclass(frozen=True)
class Chat:
    """A running one; `texts` are titles with what stands below them."""

    url: str
    texts: SimpleQueue[str]

    def in_place_of_all(self, configuration: dict[str, Any]) -> dict[str, Any]:
        """Give Alertmanager's example with this chat alone for everybody who is told."""
        receivers = configuration["receivers"]
        asked = next(chat for one in receivers for chat in one.get("slack_configs", ()))
        told = [
            {"name": one["name"]}
            | ({"slack_configs": [asked | {"api_url": self.url}]} if len(one) > 1 else {})
            for one in receivers
        ]
        return configuration | {"receivers": told}


@contextmanager
def chat(address: tuple[str, int] = ("127.0.0.1", 0)) -> Iterator[Chat]:
    """Run it at an address, or a port of its own."""
    texts: SimpleQueue[str] = SimpleQueue()
    server = ThreadingHTTPServer(address, _keeping(texts))
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield Chat(f"http://127.0.0.1:{server.server_address[1]}/", texts)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _keeping(texts: SimpleQueue[str]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            sent = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            for one in sent["attachments"]:
                texts.put(f"{one['title']}\n\n{one['text'].strip()}")
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"ok")

        def log_message(self, format: str, *arguments: object) -> None:
            """Say nothing."""

    return Handler
