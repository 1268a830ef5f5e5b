"""A Prometheus over a folder of series that does not scrape."""

from __future__ import annotations

import json
import subprocess
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.prometheus import backfill
from tests.service import eventually, free_port
from tests.tools import tool

_LOOKBACK = "299s"
"""What was recorded five minutes ago is not seen any more where nothing was recorded since: in life
a mark of staleness says so, which cannot be written from outside."""


@dataclass(frozen=True, slots=True)
class Series:
    """A series of an answer: its labels without its name, and its values by time."""

    labels: dict[str, str]
    values: list[tuple[float, str]]


class QueryError(Exception):
    """Prometheus did not take a query."""


class Server:
    """A running Prometheus on loopback; it reads what `write_series` wrote before it started."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.address = f"127.0.0.1:{free_port()}"

    def __enter__(self) -> Self:
        """Start, and wait until it answers."""
        config = self._folder / "prometheus.yml"
        config.write_text("global: {}\n")
        command = [tool("prometheus"), f"--config.file={config}", "--log.level=error"]
        command += [f"--web.listen-address={self.address}", "--storage.tsdb.retention.time=100y"]
        command += [f"--storage.tsdb.path={self._folder / 'data'}", "--web.cors.origin=.*"]
        command += [f"--query.lookback-delta={_LOOKBACK}"]
        self._process = subprocess.Popen(command)
        eventually(self._is_ready, 20)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End it."""
        self._process.terminate()
        self._process.wait(timeout=20)

    def _is_ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://{self.address}/-/ready", timeout=5):
                return True
        except urllib.error.HTTPError as error:
            error.close()  # or Python 3.14 complains
            return False
        except OSError:
            return False

    def range(self, expression: str, begin: float, end: float, step: float) -> list[Series]:
        """Give the series of a query over time."""
        answer = self._ask("query_range", query=expression, start=begin, end=end, step=step)
        return [_series(one, one["values"]) for one in answer["result"]]

    def instant(self, expression: str, moment: float) -> list[Series]:
        """Give the series of a query at a moment, in the order in which Prometheus gives them."""
        answer = self._ask("query", query=expression, time=moment)
        if answer["resultType"] == "scalar":
            return [Series({}, [(moment, answer["result"][1])])]
        return [_series(one, [one["value"]]) for one in answer["result"]]

    def _ask(self, path: str, **parameters: str | float) -> Any:
        data = urllib.parse.urlencode(parameters).encode()
        try:
            with urllib.request.urlopen(
                f"http://{self.address}/api/v1/{path}", data, timeout=60
            ) as answer:
                return json.load(answer)["data"]
        except urllib.error.HTTPError as error:
            raise QueryError(f"{json.load(error)['error']}: {parameters['query']}") from None


def _series(one: dict[str, Any], values: list[tuple[float, str]]) -> Series:
    labels = {name: value for name, value in one["metric"].items() if name != "__name__"}
    return Series(labels, [(moment, value) for moment, value in values])


def write_series(folder: Path, samples: Iterable[str]) -> None:
    """Add samples, in OpenMetrics with time stamps."""
    text = "".join(f"{sample}\n" for sample in samples)
    if text:
        backfill(folder, text)
