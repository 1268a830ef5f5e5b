"""A Prometheus that was started empty: it keeps samples of any time, and answers expressions.

In: samples, and expressions with moments. Out: answers, by labels.
It scrapes nothing, has no rules, and ends with the block that started it.
"""

from __future__ import annotations

import http.client
import json
import shutil
import socket
import subprocess
import tempfile
import time
import urllib.parse
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from exporter.system.errors import ExporterError
from replay.remote_write import Labels, Samples, body

STEP = 60
"""Seconds between scrapes, and between evaluations."""

Answer = dict[Labels, list[tuple[int, float]]]

_PATIENCE = 30.0
_SERVES = (
    "--web.enable-remote-write-receiver",
    # samples may be half of this older than the newest
    "--storage.tsdb.min-block-duration=2d",
    "--storage.tsdb.max-block-duration=2d",
    "--storage.tsdb.retention.time=100y",
    "--log.level=error",
)


class PrometheusError(ExporterError):
    """Prometheus is missing, or refused something."""


class Prometheus:
    """Speaks to a Prometheus at a port of this host."""

    def __init__(self, port: int) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=600)

    def is_ready(self) -> bool:
        """Whether it answers."""
        try:
            return self._ask("GET", "/-/ready")[0] == 200
        except OSError:
            self._connection.close()
            return False

    def write(self, samples: Mapping[Labels, Samples]) -> None:
        """Add samples; those of a series are later than all before."""
        if not samples:
            return
        headers = {"Content-Encoding": "snappy", "Content-Type": "application/x-protobuf"}
        status, said = self._ask("POST", "/api/v1/write", body(samples), headers)
        if status >= 300:
            raise PrometheusError(f"Prometheus takes no samples: {said.decode().strip()}")

    def range(self, expression: str, begin: int, end: int) -> Answer:
        """Give what an expression is at each STEP from `begin` to `end`."""
        result = self._query("query_range", expression, start=begin, end=end, step=STEP)
        return {
            _labels(one["metric"]): [(int(at), float(value)) for at, value in one["values"]]
            for one in result
        }

    def at(self, expression: str, moment: int) -> dict[Labels, float]:
        """Give what an expression is at a moment."""
        result = self._query("query", expression, time=moment)
        return {_labels(one["metric"]): float(one["value"][1]) for one in result}

    def close(self) -> None:
        """End the connection."""
        self._connection.close()

    def _query(self, how: str, expression: str, **parameters: int) -> list[dict[str, Any]]:
        asked = urllib.parse.urlencode({"query": expression, **parameters}).encode()
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        status, said = self._ask("POST", f"/api/v1/{how}", asked, headers)
        answer = json.loads(said)
        if status != 200:
            raise PrometheusError(f"Prometheus cannot evaluate {expression!r}: {answer['error']}")
        if answer["data"]["resultType"] == "scalar":
            return [{"metric": {}, "value": answer["data"]["result"]}]
        found: list[dict[str, Any]] = answer["data"]["result"]
        return found

    def _ask(
        self, method: str, path: str, sent: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> tuple[int, bytes]:
        self._connection.request(method, path, sent, dict(headers or {}))
        with self._connection.getresponse() as answer:
            return answer.status, answer.read()


@contextmanager
def prometheus() -> Iterator[Prometheus]:
    """Run a Prometheus in a folder of its own, which is removed."""
    program = shutil.which("prometheus")
    if program is None:
        raise PrometheusError(
            "prometheus is missing: install Debian's package prometheus, or put the program of"
            " https://prometheus.io/download/ into PATH"
        )
    with tempfile.TemporaryDirectory(prefix="replay-") as folder:
        config, port = Path(folder, "prometheus.yml"), _free_port()
        config.write_text("{}\n", "ascii")
        places = (f"--config.file={config}", f"--storage.tsdb.path={folder}/data")
        command = [program, *places, f"--web.listen-address=127.0.0.1:{port}", *_SERVES]
        errors = Path(folder, "errors")
        with errors.open("wb") as log:
            process = subprocess.Popen(command, stdout=log, stderr=log)
        served = Prometheus(port)
        try:
            _wait(served, process, errors)
            yield served
        finally:
            served.close()
            process.kill()
            process.wait()


def _wait(served: Prometheus, process: subprocess.Popen[bytes], errors: Path) -> None:
    end = time.monotonic() + _PATIENCE
    while not served.is_ready():
        if process.poll() is not None or time.monotonic() > end:
            said = errors.read_text("utf-8", "replace").strip() or "it does not answer"
            raise PrometheusError(f"Prometheus does not start: {said}")
        time.sleep(0.05)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _labels(metric: Mapping[str, str]) -> Labels:
    return tuple(sorted(metric.items()))
