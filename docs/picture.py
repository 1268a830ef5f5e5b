"""Make docs/images/landing-page.png: `python -m docs.picture`.

In: the sample of an incident, served by the exporter. Out: the picture, as Chromium shows the page.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

ROOT = Path(__file__).parent.parent
PICTURE = ROOT / "docs" / "images" / "landing-page.png"
_ADDRESS = "127.0.0.1:19154"
_SECONDS = 30


def main() -> int:
    """Serve the sample, wait until it is read, take the picture; give the exit code."""
    with tempfile.TemporaryDirectory() as folder:
        flags = ["--config.file", "examples/sample.yml", "--web.listen-address", _ADDRESS]
        flags += ["--checkpoint.file", f"{folder}/checkpoint.json"]
        command = [sys.executable, "-m", "exporter", *flags]
        with subprocess.Popen(command, cwd=ROOT) as exporter:
            try:
                _wait_for_a_verdict()
                return _take(folder)
            finally:
                exporter.terminate()


def _wait_for_a_verdict() -> None:
    end = time.monotonic() + _SECONDS
    while time.monotonic() < end:
        time.sleep(1)
        try:
            with urllib.request.urlopen(f"http://{_ADDRESS}/") as page:
                if b"Nothing to judge" not in page.read():
                    return
        except OSError:
            continue
    raise SystemExit(f"no verdict within {_SECONDS} s")


def _take(folder: str) -> int:
    flags = ["--headless", "--no-sandbox", "--hide-scrollbars", "--window-size=960,1060"]
    flags += [f"--user-data-dir={folder}/browser", f"--screenshot={PICTURE}"]
    return subprocess.call(["chromium", *flags, f"http://{_ADDRESS}/"])


if __name__ == "__main__":
    raise SystemExit(main())
