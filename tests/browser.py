"""A page as a real browser shows it: headless Chromium, and what it asked for and complained of."""

from __future__ import annotations

import re
import subprocess
import threading
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from tests.tools import tool

_FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
    *("--enable-logging=stderr", "--virtual-time-budget=2000"),
)
_FRAME = """<!DOCTYPE html><meta charset="utf-8"><body style="margin:0">
<iframe id="f" src="/page" style="width:{width}px;height:800px;border:0"></iframe><script>
f.onload = () => {{
  const page = f.contentDocument, root = page.documentElement;
  const style = f.contentWindow.getComputedStyle(page.body);
  document.body.dataset.told = JSON.stringify({{
    scrolls: root.scrollWidth - root.clientWidth, ink: style.color, paper: style.backgroundColor,
    heading: page.querySelector("h1").innerText, scripts: page.scripts.length}});
}};
</script></body>"""


@dataclass(frozen=True, slots=True)
class Shown:
    """What a browser made of a page.

    `told` is JSON of how far it scrolls sideways, its colours, heading and scripts; `asked` are the
    paths that were asked for, `complaints` what the console says.
    """

    told: str
    asked: list[str]
    complaints: list[str]


def shown(page: str, folder: Path, *, width: int, dark: bool = False) -> Shown:
    """Show a page in a window of a width."""
    asked: list[str] = []
    bodies = {"/": _FRAME.format(width=width).encode(), "/page": page.encode()}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:  # the name that http.server asks for
            asked.append(self.path)
            body = bodies.get(self.path)
            self.send_response(404 if body is None else 200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(body or b"")

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        flags = [*_FLAGS, f"--user-data-dir={folder}", f"--window-size={max(width, 500)},900"]
        flags += ["--blink-settings=preferredColorScheme=0"] if dark else []
        url = f"http://127.0.0.1:{server.server_port}/"
        ended = subprocess.run(
            [tool("chromium"), *flags, "--dump-dom", url],
            capture_output=True, check=True, text=True, timeout=120,
        )  # fmt: skip
        server.shutdown()
    found = re.search(r'data-told="([^"]*)"', ended.stdout)
    assert found, ended.stderr
    complaints = [line for line in ended.stderr.splitlines() if "CONSOLE" in line]
    return Shown(found[1].replace("&quot;", '"'), asked, complaints)
