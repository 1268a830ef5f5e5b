"""Who gets told: a webhook receiver, a chat, and a mail server that keep what comes."""

from __future__ import annotations

import json
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Told = tuple[str, ...]
"""Job, alert, and where it has them scope and destination."""


@dataclass
class Mailbox:
    """What came: notifications of the webhook, texts of the chat, mails as text."""

    web_port: int = 0
    smtp_port: int = 0
    notifications: list[dict[str, Any]] = field(default_factory=list)
    chats: list[str] = field(default_factory=list)
    mails: list[str] = field(default_factory=list)

    def told(self, status: str) -> set[Told]:
        """Give the alerts that were told as `firing` or as `resolved`."""
        alerts = [alert for one in self.notifications for alert in one["alerts"]]
        names = ("job", "alertname", "scope", "destination")
        return {
            tuple(alert["labels"][name] for name in names if name in alert["labels"])
            for alert in alerts
            if alert["status"] == status
        }


@contextmanager
def mailbox() -> Iterator[Mailbox]:
    """Run the receivers on ports of their own."""
    box = Mailbox()
    web = ThreadingHTTPServer(("127.0.0.1", 0), _web(box))
    smtp = socketserver.ThreadingTCPServer(("127.0.0.1", 0), _smtp(box))
    servers: tuple[socketserver.BaseServer, ...] = (web, smtp)
    box.web_port, box.smtp_port = web.server_address[1], int(smtp.server_address[1])
    threads = [threading.Thread(target=server.serve_forever, args=(0.05,)) for server in servers]
    for thread in threads:
        thread.start()
    try:
        yield box
    finally:
        for server in servers:
            server.shutdown()
            server.server_close()
        for thread in threads:
            thread.join()


def _web(box: Mailbox) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            sent = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            if self.path == "/webhook":
                box.notifications.append(sent)
            else:
                box.chats.extend(f"{one['title']}\n{one['text']}" for one in sent["attachments"])
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"ok")

        def log_message(self, format: str, *arguments: object) -> None:
            """Say nothing."""

    return Handler


def _smtp(box: Mailbox) -> type[socketserver.StreamRequestHandler]:
    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self.wfile.write(b"220 mailbox ESMTP\r\n")
            for line in iter(self.rfile.readline, b""):
                command = line.split(None, 1)[0].upper() if line.strip() else b""
                if command == b"DATA":
                    self.wfile.write(b"354 go on\r\n")
                    self._keep()
                self.wfile.write(b"221 bye\r\n" if command == b"QUIT" else b"250 mailbox\r\n")
                if command == b"QUIT":
                    return

        def _keep(self) -> None:
            # a line that begins with a dot has one more (RFC 5321, 4.5.2)
            lines = iter(self.rfile.readline, b".\r\n")
            content = b"".join(line[1:] if line.startswith(b".") else line for line in lines)
            mail = message_from_bytes(content, policy=policy.default)
            text = mail.get_body(("plain",))
            assert text is not None
            box.mails.append(f"Subject: {mail['Subject']}\n{text.get_content()}")

    return Handler
