"""A Prometheus that scrapes a fleet and evaluates a folder of rules, and what it tells of them.

`hurry` makes groups come around so many times as often; what an evaluation costs is the same.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.program import PATIENCE, free_port

EVALUATE = 60
"""Seconds between two evaluations of a group that names no interval."""

RECORDED = '{__name__=~".+:.+"}'


@dataclass(slots=True)
class Engine:
    """A running Prometheus; `took` is how long each evaluation of each group took, in seconds."""

    address: str
    instances: int
    process: subprocess.Popen[bytes]
    took: dict[str, dict[str, float]] = field(default_factory=dict)
    intervals: dict[str, float] = field(default_factory=dict)

    def ask(self, expression: str) -> list[tuple[dict[str, str], float]]:
        """Give the series of a query and their values."""
        query = urllib.parse.urlencode({"query": expression})
        answer = self._data(f"query?{query}")["result"]
        return [(one["metric"], float(one["value"][1])) for one in answer]

    def number(self, expression: str) -> float:
        """Give the value of a query for one series, or 0."""
        return next((value for _, value in self.ask(expression)), 0.0)

    def version(self) -> str:
        """Give what program it is."""
        return str(self._data("status/buildinfo")["version"])

    def wait(self) -> None:
        """Wait until it has the pages of all instances."""
        end = time.monotonic() + PATIENCE + EVALUATE
        while time.monotonic() < end:
            try:
                if self.number("sum(up)") >= self.instances:
                    return
            except OSError:
                pass
            time.sleep(0.5)
        sys.exit("Prometheus does not get the pages of all instances")

    def cpu(self) -> float:
        """Give the CPU seconds used so far."""
        # clock_getcpuclockid(3), to the nanosecond
        return time.clock_gettime(~self.process.pid << 3 | 2)

    def read(self) -> float:
        """Give how many samples all queries and rules have read so far."""
        found = re.search(
            r"(?m)^prometheus_engine_query_samples_total (\S+)", self._get("metrics").decode()
        )
        return float(found[1]) if found else 0.0

    def look(self) -> None:
        """Take note of evaluations that have ended since the last look."""
        for group in self._data("rules")["groups"]:
            name = group["name"]
            self.intervals[name] = group["interval"]
            self.took.setdefault(name, {})[group["lastEvaluation"]] = group["evaluationTime"]

    def samples(self) -> dict[str, float]:
        """Give how many samples each group's last evaluation recorded."""
        found = re.findall(
            r'(?m)^prometheus_rule_group_last_evaluation_samples\{rule_group="[^;]*;([^"]*)"\}'
            r" (\S+)",
            self._get("metrics").decode(),
        )
        return {name: float(value) for name, value in found}

    def _data(self, path: str) -> Any:
        return json.loads(self._get(f"api/v1/{path}"))["data"]

    def _get(self, path: str) -> bytes:
        with urllib.request.urlopen(f"http://{self.address}/{path}", timeout=60) as answer:
            body: bytes = answer.read()
        return body


@contextmanager
def prometheus(
    folder: Path, rules: Path, fleet: int, instances: int, scrape: int, hurry: float
) -> Iterator[Engine]:
    """Run one with its data in `folder`; the fleet's port is `fleet`."""
    folder.mkdir(exist_ok=True)
    loaded = folder / "rules"
    loaded.mkdir(exist_ok=True)
    for file in rules.glob("postfix-*.yml"):
        (loaded / file.name).write_text(_hurried(file.read_text("utf-8"), hurry), "utf-8")
    start = time.time_ns()  # each start is a fleet's first scrape
    jobs = [
        {
            "targets": [f"127.0.0.1:{fleet}"],
            "labels": {"instance": f"mx{number}", "__metrics_path__": f"/{start}/mx{number}"},
        }
        for number in range(instances)
    ]
    settings = {
        "global": {
            "scrape_interval": f"{scrape}s",
            "scrape_timeout": f"{scrape}s",
            "evaluation_interval": f"{round(EVALUATE / hurry)}s",
        },
        "rule_files": [f"{loaded}/postfix-*.yml"],
        "scrape_configs": [{"job_name": "postfix", "static_configs": jobs}],
    }
    file = folder / "prometheus.json"
    file.write_text(json.dumps(settings), encoding="ascii")
    address = f"127.0.0.1:{free_port()}"
    program = shutil.which("prometheus")
    if program is None:
        sys.exit("prometheus is missing: install Debian's package prometheus")
    command = [program, f"--config.file={file}", f"--storage.tsdb.path={folder / 'data'}"]
    command += [f"--web.listen-address={address}", "--log.level=error"]
    with subprocess.Popen(command) as process:
        try:
            yield Engine(address, instances, process)
        finally:
            process.terminate()


def _hurried(text: str, hurry: float) -> str:
    """Shorten the intervals that groups name."""

    def shorter(found: re.Match[str]) -> str:
        seconds = int(found[2]) * (EVALUATE if found[3] == "m" else 1)
        return f"{found[1]}{round(1000 * seconds / hurry)}ms"

    return re.sub(r"(?m)^( +interval: )(\d+)([ms])$", shorter, text)
