"""A page as a real browser shows it: headless Chromium, and what it asked for and complained of."""

from __future__ import annotations

import json
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


PHONE = 390
"""Width of a phone, in pixels."""


def faults(page: str, folder: Path, policy: str = "") -> list[str]:
    """Give what is wrong with a page on a phone, by day and by night."""
    light, dark = (
        json.loads(
            shown(page, folder / str(is_dark), width=PHONE, dark=is_dark, policy=policy).told
        )
        for is_dark in (False, True)
    )
    tests = {
        "it scrolls sideways": light["scrolls"] == dark["scrolls"] == 0,
        "by day it is not light": brightness(light["paper"]) > brightness(light["ink"]),
        "by night it is not dark": brightness(dark["paper"]) < brightness(dark["ink"]),
        "its background stays the same": light["paper"] != dark["paper"],
    }
    return [fault for fault, is_well in tests.items() if not is_well]


def brightness(colour: str) -> int:
    """Give how bright a computed colour is; what is transparent is black."""
    return sum(map(int, re.findall(r"\d+", colour)[:3]))


def shown(page: str, folder: Path, *, width: int, dark: bool = False, policy: str = "") -> Shown:
    """Show a page in a window of a width, as if it was sent with a Content-Security-Policy."""
    policy = policy.replace("frame-ancestors 'none'", "frame-ancestors 'self'")  # or none is shown
    asked: list[str] = []
    bodies = {"/": _FRAME.format(width=width).encode(), "/page": page.encode()}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:  # the name that http.server asks for
            asked.append(self.path)
            body = bodies.get(self.path)
            self.send_response(404 if body is None else 200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            if policy and self.path == "/page":
                self.send_header("Content-Security-Policy", policy)
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
