"""A Prometheus over a folder of data that neither scrapes nor evaluates rules, and is asked.

It takes every query, however large: what a query needs is to be measured, not refused.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from bench.program import PATIENCE, BenchmarkError, free_port

_NO_LIMIT = 10**9
_STILL = 75.0
_COMPACTION = ("prometheus_tsdb_compactions_total ", "prometheus_tsdb_blocks_loaded ")


@dataclass(frozen=True, slots=True)
class Cost:
    """What a query took: samples read, the most in memory at once, CPU seconds."""

    read: int = 0
    peak: int = 0
    cpu: float = 0.0

    def __add__(self, other: Cost) -> Cost:
        return Cost(self.read + other.read, max(self.peak, other.peak), self.cpu + other.cpu)


class Server:
    """A running Prometheus on loopback."""

    def __init__(self, data: Path) -> None:
        self._data = data
        self._address = f"127.0.0.1:{free_port()}"

    def __enter__(self) -> Self:
        """Start, and wait until it answers and has nothing to do."""
        program = shutil.which("prometheus")
        if program is None:
            sys.exit("prometheus is missing: install Debian's package prometheus")
        config = self._data.parent / "prometheus.yml"
        config.write_text("global: {}\n", encoding="ascii")
        command = [program, f"--config.file={config}", "--log.level=error"]
        command += [f"--storage.tsdb.path={self._data}", f"--web.listen-address={self._address}"]
        command += ["--storage.tsdb.retention.time=100y", "--storage.tsdb.max-block-duration=36h"]
        # what was not recorded again is seen no more; in life a mark of staleness says so
        command += ["--query.lookback-delta=299s"]
        command += [f"--query.max-samples={_NO_LIMIT}", f"--query.timeout={PATIENCE:.0f}s"]
        self._process = subprocess.Popen(command)
        self._wait_for(lambda: self._get("-/ready") is not None)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End it."""
        self._process.terminate()
        self._process.wait()

    def settle(self) -> None:
        """Wait until blocks have become as large as Prometheus makes them in life.

        It looks once a minute whether there is something to do; each step through a series asks
        every block that has it, so what small blocks cost would hide what a query costs.
        """
        seen, since = "", time.monotonic()

        def is_still() -> bool:
            nonlocal seen, since
            told = self._compactions()
            if told != seen:
                seen, since = told, time.monotonic()
            return time.monotonic() - since > _STILL

        self._wait_for(is_still)

    def _compactions(self) -> str:
        lines = (self._get("metrics") or b"").decode().splitlines()
        return "".join(line for line in lines if line.startswith(_COMPACTION))

    def _wait_for(self, condition: Any) -> None:
        end = time.monotonic() + 6 * PATIENCE
        while time.monotonic() < end and self._process.poll() is None:
            if condition():
                return
            time.sleep(0.5)
        raise BenchmarkError("Prometheus does not start, or does not come to rest")

    def version(self) -> str:
        """Give what program it is."""
        return str(self._ask("status/buildinfo")["version"])

    def range(self, query: str, begin: float, end: float, step: float) -> Any:
        """Give the answer to a query over time."""
        return self._ask("query_range", query=query, start=begin, end=end, step=step, stats="all")

    def instant(self, query: str, moment: float) -> Any:
        """Give the answer to a query at a moment."""
        return self._ask("query", query=query, time=moment, stats="all")

    def cpu(self) -> float:
        """Give the CPU seconds used so far."""
        return time.clock_gettime(~self._process.pid << 3 | 2)  # clock_getcpuclockid(3)

    def _ask(self, path: str, **parameters: str | float) -> Mapping[str, Any]:
        data = urllib.parse.urlencode(parameters).encode() if parameters else None
        url = f"http://{self._address}/api/v1/{path}"
        try:
            with urllib.request.urlopen(url, data, timeout=PATIENCE) as answer:
                found: Mapping[str, Any] = json.load(answer)["data"]
        except urllib.error.HTTPError as error:
            raise BenchmarkError(f"{json.load(error)['error']}: {parameters['query']}") from None
        return found

    def _get(self, path: str) -> bytes | None:
        with (
            suppress(OSError),
            urllib.request.urlopen(f"http://{self._address}/{path}", timeout=5) as answer,
        ):
            body: bytes = answer.read()
            return body
        return None
