"""What the rules cost a Prometheus: `python -m bench.measure.rules`, or `make bench-rules`.

A real Prometheus scrapes ten instances with 2,000 domains, until the windows over raw counters are
full, and evaluates the shipped rules; both every minute, as it does where nothing else is
configured. The time of one evaluation is the sum over all groups, the median of the last five.

The page of an instance is one that the exporter wrote, of so much of bench.logs.generate's log that
there are eight series a domain. From there each counter grows at the pace it had in the log, which
is that of 700,000 deliveries a day.
"""

from __future__ import annotations

import argparse
import json
import re
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
from pathlib import Path
from statistics import median
from typing import Any

from bench.logs.generate import HEADERS, generate
from bench.measure.series import configuration
from bench.program import ROOT, free_port

_FILL = 17 * 60
"""Seconds until a window of a quarter of an hour is full."""

_EVALUATE = 60
_BURST, _TWO_HOURS = 60, 7200
"""After so many seconds the mail of so many comes at once."""

_LINES_A_SECOND = 60
"""Of a busy host."""

_LINES_A_DOMAIN = 425
"""After so many for each domain, the exporter's page has eight series a domain."""


class _Fleet:
    """The pages of the instances, which all look alike.

    `page` is what they show first, and a new one every `step` seconds. Soon after, the mail of two
    hours comes at once, so that windows and memories hold what they hold after two hours.
    """

    def __init__(self, page: str, domains: int, step: int) -> None:
        self._begin = time.monotonic()
        self._step = step
        self._page_at = lru_cache(maxsize=1)(self._written)  # all instances show the same
        self._pace = pace(domains)
        self._samples = [_sample(line) for line in page.splitlines()]

    def page(self) -> bytes:
        """Give a page as it is now."""
        return self._page_at(int((time.monotonic() - self._begin) / self._step) * self._step)

    def _written(self, seconds: int) -> bytes:
        seconds += _TWO_HOURS * (seconds > _BURST)
        lines = []
        for number, (series, counted) in enumerate(self._samples):
            if counted:
                # what is rare does not happen everywhere at the same scrape
                series += str(int(counted + counted * self._pace * seconds + number * 0.618 % 1))
            lines.append(series)
        return ("\n".join(lines) + "\n").encode()


def _sample(line: str) -> tuple[str, float]:
    """Take the value off the line of a counter that grows; any other line is whole, with 0."""
    series, space, value = line.rpartition(" ")
    if line.startswith("#") or not series.partition("{")[0].endswith("_total") or not float(value):
        return line, 0
    return series + space, float(value)


def pace(domains: int) -> float:
    """Give by how much of what it is on `page_of` a counter grows in a second."""
    return _LINES_A_SECOND / (_LINES_A_DOMAIN * domains)


def page_of(folder: Path, domains: int, *, incident: bool) -> str:
    """Give the page of an exporter that has read a generated log of so many domains."""
    log, lines = folder / "mail.log", _LINES_A_DOMAIN * domains
    generate(log, lines=lines, domains=domains, header=HEADERS[0], seed=1, incident=incident)
    command = [sys.executable, "-m", "exporter", "--once"]
    command.append(f"--config.file={configuration(folder, log, domains)}")
    done = subprocess.run(command, check=True, cwd=ROOT, capture_output=True, text=True)
    # the log is old, but they shall not be catching up
    return re.sub(r"(?m)^(postfix_exporter_read_lag_seconds) .*", r"\1 0", done.stdout)


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
def _prometheus(folder: Path, port: int, instances: int, scrape: int) -> Iterator[str]:
    targets = [
        {"targets": [f"127.0.0.1:{port}"], "labels": {"instance": f"mx{number}"}}
        for number in range(instances)
    ]
    settings = {
        "global": {"scrape_interval": f"{scrape}s", "evaluation_interval": f"{_EVALUATE}s"},
        "rule_files": [str(ROOT / "alerts" / "postfix-*.yml")],
        "scrape_configs": [{"job_name": "postfix", "static_configs": targets}],
    }
    file = folder / "prometheus.json"
    file.write_text(json.dumps(settings), encoding="ascii")
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


def _api(address: str, path: str) -> Any:
    with urllib.request.urlopen(f"http://{address}/api/v1/{path}", timeout=60) as answer:
        return json.load(answer)["data"]


def _ask(address: str, expression: str) -> float:
    result = _api(address, "query?" + urllib.parse.urlencode({"query": expression}))["result"]
    return float(result[0]["value"][1]) if result else 0.0


_Groups = list[dict[str, Any]]
"""The groups of rules as Prometheus' API gives them."""


def _measured(address: str, fill: float) -> Iterator[_Groups]:
    """Yield the groups after each of five evaluations, once the windows are full."""
    time.sleep(fill)
    seen = ""
    for _ in range(5):
        while _evaluated(_groups(address)) == seen:
            time.sleep(1)
        time.sleep(_EVALUATE / 2)  # all groups of this minute are done
        groups = _groups(address)
        seen = _evaluated(groups)
        yield groups


def _groups(address: str) -> _Groups:
    return list(_api(address, "rules")["groups"])


def _evaluated(groups: _Groups) -> str:
    """Give when the last of them was evaluated."""
    return max(str(group["lastEvaluation"]) for group in groups)


def _seconds(groups: _Groups) -> dict[str, float]:
    """Give how long each group's last evaluation took."""
    return {group["name"]: group["evaluationTime"] for group in groups}


def _reading(groups: _Groups) -> float:
    """Give the seconds of the recording rules that read the counters with a domain."""
    return sum(
        float(rule["evaluationTime"])
        for group in groups
        for rule in group["rules"]
        if rule["type"] == "recording" and re.search(r"increase\(postfix_\w+_total", rule["query"])
    )


def main() -> int:
    """Run it; gives 1 when an evaluation takes two seconds or longer."""
    flags = argparse.ArgumentParser(prog="python -m bench.measure.rules", description=__doc__)
    flags.add_argument("--instances", type=int, default=10)
    flags.add_argument("--domains", type=int, default=2000)
    flags.add_argument(
        "--scrape", type=int, default=60, metavar="SECONDS", help="between two scrapes"
    )
    flags.add_argument("--incident", action="store_true", help="most mail is deferred")
    flags.add_argument("--fill", type=float, default=_FILL, metavar="SECONDS")
    given = flags.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        page = page_of(folder, given.domains, incident=given.incident)
        with (
            _serving(_Fleet(page, given.domains, given.scrape)) as port,
            _prometheus(folder, port, given.instances, given.scrape) as address,
        ):
            rounds = list(_measured(address, given.fill))
            if _ask(address, "sum(up)") < given.instances:
                sys.exit("Prometheus does not get the pages of all instances")
            raw = _ask(address, 'count({domain!="", __name__!~".+:.+"})')
            recorded = _ask(address, 'count({__name__=~".+:.+"})')
            version = _api(address, "status/buildinfo")["version"]
    print(f"Prometheus {version}, scraped every {given.scrape} s")
    print(f"{raw:,.0f} series with a domain, {recorded:,.0f} recorded series")
    print("\n| group | median seconds |\n|---|---|")
    durations = [_seconds(groups) for groups in rounds]
    for name in durations[0]:
        print(f"| {name} | {median(duration[name] for duration in durations):.3f} |")
    total = median(sum(duration.values()) for duration in durations)
    print(f"| all | {total:.2f} |")
    print(f"| of it reading raw counters | {median(map(_reading, rounds)):.2f} |")
    return int(total >= 2)


if __name__ == "__main__":
    raise SystemExit(main())
