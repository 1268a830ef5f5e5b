"""What the rules cost a Prometheus: `python -m bench.rules`, or `make bench-rules`.

A real Prometheus scrapes ten instances with 2,000 domains and eight series each every 15 seconds,
until the windows over raw counters are full, and evaluates the shipped rules every minute. The
time of one evaluation is the sum over all groups, the median of the last five. Each instance has
the mail of bench.generate's everyday log, 700,000 deliveries a day; with `--busy` it delivers to
every domain between any two scrapes, a hundred million times a day.
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
from functools import lru_cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import NamedTuple

from bench.destinations import volumes
from bench.peers import free_port

_ROOT = Path(__file__).resolve().parent.parent
_FILL = 17 * 60
"""Seconds until a window of a quarter of an hour is full."""

_SCRAPE, _EVALUATE = 15, 60
_BURST, _TWO_HOURS = 4, 480
"""The scrape after which the mail of so many comes at once."""

_ATTEMPTS_A_SCRAPE = 153
"""Attempts of a host with 60 lines a second, 17 % of which are delivery records."""


class _Series(NamedTuple):
    """A series of each domain, and its share of all attempts."""

    cause: str
    code: str
    status: str
    repeat: str
    share: float


# the shares are those of the everyday log of bench.generate
_ATTEMPTS = (
    _Series("delivered", "2.0.0", "sent", "false", 0.812),
    _Series("mailbox", "4.2.2", "deferred", "false", 0.014),
    _Series("throttled", "4.7.28", "deferred", "false", 0.021),
    _Series("throttled", "4.7.28", "deferred", "true", 0.002),
    _Series("unknown_recipient", "5.1.1", "bounced", "false", 0.030),
    _Series("network", "4.4.1", "deferred", "false", 0.049),
)
_RECIPIENTS = (_ATTEMPTS[2], _ATTEMPTS[4])
"""What the two series of refused recipients count; with the attempts these are eight."""

_PROVIDERS = ("google", "microsoft365", "yahoo", "other", "unknown")
_DELIVERED_BUSY, _FAILING_BUSY = 9, 5
"""With `busy`, so many messages are delivered to each domain, and every so manieth fails."""


class _Fleet:
    """The pages of the instances, which all look alike.

    The volume falls with a domain's rank by Zipf's law, so that most domains are quiet most of the
    time. At the beginning there is the mail of two hours at once, so that windows and memories hold
    what they hold after two hours. With `busy` every domain has deliveries between two scrapes.
    """

    def __init__(self, domains: int, *, busy: bool) -> None:
        self._begin = time.monotonic()
        self._page_at = lru_cache(maxsize=1)(self._written)  # all instances show the same
        cumulated = volumes(domains)
        self._lines = [
            (
                f"{name}{{{labels}}}",
                _busy(series, rank)
                if busy
                else _ATTEMPTS_A_SCRAPE * series.share * (high - low) / cumulated[-1],
                rank * 0.618 % 1,  # what is rare does not happen everywhere at the same scrape
            )
            for rank, (low, high) in enumerate(pairwise([0.0, *cumulated]))
            for name, labels, series in _series_of(rank)
        ]

    def page(self) -> bytes:
        """Give a page as it is now."""
        return self._page_at(int((time.monotonic() - self._begin) / _SCRAPE))

    def _written(self, scrapes: int) -> bytes:
        scrapes += _TWO_HOURS * (scrapes > _BURST)
        lines = [f"{name} {int(rate * scrapes + begun)}" for name, rate, begun in self._lines]
        lines += ["postfix_exporter_build_info 1", "postfix_exporter_read_lag_seconds 1"]
        return ("\n".join(lines) + "\n").encode()


def _series_of(rank: int) -> Iterator[tuple[str, str, _Series]]:
    place = f'domain="d{rank}.example",provider="{_PROVIDERS[rank % len(_PROVIDERS)]}"'
    for one in _ATTEMPTS:
        labels = f'cause="{one.cause}",{place},dsn_class="{one.code[0]}",dsn_code="{one.code}"'
        labels += f',repeat="{one.repeat}",status="{one.status}"'
        yield "postfix_delivery_attempts_total", labels, one
    for one in _RECIPIENTS:
        yield "postfix_refused_recipients_total", f'cause="{one.cause}",{place}', one


def _busy(series: _Series, rank: int) -> float:
    return _DELIVERED_BUSY if series.cause == "delivered" else rank % _FAILING_BUSY == 0


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
    flags.add_argument("--busy", action="store_true", help="every domain has mail all the time")
    flags.add_argument("--fill", type=float, default=_FILL, metavar="SECONDS")
    given = flags.parse_args()
    with (
        tempfile.TemporaryDirectory() as folder,
        _serving(_Fleet(given.domains, busy=given.busy)) as port,
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
