"""What the rules cost a Prometheus: `python -m bench.rules`, or `make bench-rules`.

A real Prometheus scrapes ten instances with 2,000 domains and eight series each every 15 seconds,
until the windows over raw counters are full, and evaluates the shipped rules every minute. The
time of one evaluation is the sum over all groups, the median of the last five.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from statistics import median

from bench.peers import free_port

_ROOT = Path(__file__).resolve().parent.parent
_FILL = 17 * 60
"""Seconds until a window of a quarter of an hour is full."""

_SCRAPE, _EVALUATE = 15, 60
_ATTEMPTS = (
    ("delivered", "2.0.0", "sent", "false"),
    ("mailbox", "4.2.2", "deferred", "false"),
    ("throttled", "4.7.28", "deferred", "false"),
    ("throttled", "4.7.28", "deferred", "true"),
    ("unknown_recipient", "5.1.1", "bounced", "false"),
    ("network", "4.4.1", "deferred", "false"),
)
_RECIPIENTS = ("throttled", "unknown_recipient")
"""The causes of the two series of refused recipients; with the attempts these are eight."""

_PROVIDERS = ("google", "microsoft365", "yahoo", "other", "unknown")
_FAILING = 5
"""Every so manieth domain has failures now; counters of the others stand still."""


class _Fleet:
    """The pages of the instances, which all look alike; counters rise with every scrape."""

    def __init__(self, domains: int) -> None:
        self._begin = time.monotonic()
        self._lines: list[tuple[str, int]] = []
        for number in range(domains):
            place = f'domain="d{number}.example",provider="{_PROVIDERS[number % 5]}"'
            fails = number % _FAILING == 0
            for cause, code, status, repeat in _ATTEMPTS:
                labels = f'cause="{cause}",{place},dsn_class="{code[0]}",dsn_code="{code}"'
                labels += f',repeat="{repeat}",status="{status}"'
                rate = 9 if cause == "delivered" else int(fails)
                self._lines.append((f"postfix_delivery_attempts_total{{{labels}}}", rate))
            for cause in _RECIPIENTS:
                labels = f'cause="{cause}",{place}'
                self._lines.append((f"postfix_refused_recipients_total{{{labels}}}", int(fails)))

    def page(self) -> bytes:
        """Give a page as it is now."""
        scrapes = int((time.monotonic() - self._begin) / _SCRAPE)
        lines = [f"{name} {rate * scrapes}" for name, rate in self._lines]
        lines += ["postfix_exporter_build_info 1", "postfix_exporter_read_lag_seconds 1"]
        return ("\n".join(lines) + "\n").encode()


@contextmanager
def _serving(fleet: _Fleet) -> Iterator[int]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            page = fleet.page()
            self.send_response(200)
            self.send_header("Content-Type", "text/plain; version=0.0.4")
            self.send_header("Content-Length", str(len(page)))
            self.end_headers()
            self.wfile.write(page)

        def log_message(self, format: str, *arguments: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()


@contextmanager
def _prometheus(folder: Path, port: int, instances: int) -> Iterator[str]:
    targets = [
        {"targets": [f"127.0.0.1:{port}"], "labels": {"instance": f"mx{number}"}}
        for number in range(instances)
    ]
    configuration = {
        "global": {"scrape_interval": f"{_SCRAPE}s", "evaluation_interval": f"{_EVALUATE}s"},
        "rule_files": [str(_ROOT / "alerts" / "postfix-*.yml")],
        "scrape_configs": [{"job_name": "postfix", "static_configs": targets}],
    }
    file = folder / "prometheus.json"
    file.write_text(json.dumps(configuration), encoding="ascii")
    address = f"127.0.0.1:{free_port()}"
    program = shutil.which("prometheus")
    if program is None:
        sys.exit("prometheus is missing: install Debian's package prometheus")
    command = [program, f"--config.file={file}", f"--storage.tsdb.path={folder / 'data'}"]
    command += [f"--web.listen-address={address}", "--log.level=warn"]
    with subprocess.Popen(command) as process:
        try:
            yield address
        finally:
            process.kill()


def _ask(address: str, expression: str) -> float:
    url = f"http://{address}/api/v1/query?" + urllib.parse.urlencode({"query": expression})
    with urllib.request.urlopen(url, timeout=60) as answer:
        result = json.load(answer)["data"]["result"]
    return float(result[0]["value"][1]) if result else 0.0


def _groups(address: str) -> tuple[dict[str, float], str]:
    """Give how long each group's last evaluation took in seconds, and when it was."""
    with urllib.request.urlopen(f"http://{address}/api/v1/rules", timeout=60) as answer:
        groups = json.load(answer)["data"]["groups"]
    return (
        {group["name"]: group["evaluationTime"] for group in groups},
        max(group["lastEvaluation"] for group in groups),
    )


def _measured(address: str, fill: float) -> Iterator[dict[str, float]]:
    time.sleep(fill)
    seen = ""
    for _ in range(5):
        durations, moment = _groups(address)
        while moment == seen:
            time.sleep(1)
            durations, moment = _groups(address)
        time.sleep(_EVALUATE / 2)  # all groups of this minute are done
        durations, seen = _groups(address)
        yield durations


def main() -> int:
    """Run it; gives 1 when an evaluation takes two seconds or longer."""
    flags = argparse.ArgumentParser(prog="python -m bench.rules", description=__doc__)
    flags.add_argument("--instances", type=int, default=10)
    flags.add_argument("--domains", type=int, default=2000)
    flags.add_argument("--fill", type=float, default=_FILL, metavar="SECONDS")
    given = flags.parse_args()
    with (
        tempfile.TemporaryDirectory() as folder,
        _serving(_Fleet(given.domains)) as port,
        _prometheus(Path(folder), port, given.instances) as address,
    ):
        rounds = list(_measured(address, given.fill))
        raw = _ask(address, "count(postfix_delivery_attempts_total)")
        recorded = _ask(address, 'count({__name__=~".+:.+"})')
    print(f"{raw:,.0f} series of attempts, {recorded:,.0f} recorded series")
    print("\n| group | median seconds |\n|---|---|")
    for name in rounds[0]:
        print(f"| {name} | {median(durations[name] for durations in rounds):.3f} |")
    total = median(sum(durations.values()) for durations in rounds)
    print(f"| all | {total:.2f} |")
    return int(total >= 2)


if __name__ == "__main__":
    raise SystemExit(main())
