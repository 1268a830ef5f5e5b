"""Asks a URL for its health: `python -m exporter.healthcheck URL`.

Exit code 0 for an answer with status 200, else 1 and the reason on standard error. An image
without a shell and curl needs a program of its own for HEALTHCHECK.
"""

from __future__ import annotations

import sys
import urllib.request

TIMEOUT = 4.0
"""Seconds to wait for the answer."""


def main(url: str) -> int:
    """Ask once; gives the exit code."""
    try:
        with urllib.request.urlopen(url, timeout=TIMEOUT) as answer:
            return 0 if answer.status == 200 else 1
    except (OSError, ValueError) as error:
        print(f"{url}: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    raise SystemExit(main(*sys.argv[1:2] or ["http://127.0.0.1:9154/-/healthy"]))
