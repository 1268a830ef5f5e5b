"""A real Prometheus in tests."""

from __future__ import annotations

import json
import subprocess
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.service import free_port
from tests.tools import tool


@contextmanager
def prometheus(folder: Path, target: str, how: str = "") -> Iterator[str]:
    """Run a Prometheus that scrapes the target every half second, `how` it says; give its address."""
    address = f"127.0.0.1:{free_port()}"
    config = folder / "prometheus.yml"
    config.write_text(
        "global: {scrape_interval: 500ms, scrape_timeout: 500ms}\n"
        f"scrape_configs:\n  - job_name: postfix\n{how}"
        f"    static_configs: [{{targets: ['{target}']}}]\n"
    )
    command = [tool("prometheus"), f"--config.file={config}", f"--web.listen-address={address}"]
    command += [f"--storage.tsdb.path={folder / 'data'}", "--log.level=error"]
    with subprocess.Popen(command) as process:
        try:
            yield address
        finally:
            process.kill()


def check_metrics(page: bytes | str) -> tuple[int, str]:
    """Let Prometheus' own parser read a page; give the exit code and what it says."""
    command = [tool("promtool"), "check", "metrics"]
    data = page if isinstance(page, bytes) else page.encode()
    ended = subprocess.run(command, input=data, capture_output=True, check=False)
    return ended.returncode, (ended.stdout + ended.stderr).decode()


def query(address: str, expression: str, at: float | None = None) -> float | None:
    """Give the value of an instant query, None before Prometheus answers or without a series."""
    parameters = {"query": expression} | ({} if at is None else {"time": f"{at}"})
    url = f"http://{address}/api/v1/query?" + urllib.parse.urlencode(parameters)
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            result = json.load(answer)["data"]["result"]
    except urllib.error.HTTPError as error:
        error.close()  # or Python 3.14 complains
        return None
    except OSError:
        return None
    return float(result[0]["value"][1]) if result else None


def backfill(folder: Path, samples: str) -> None:
    """Put samples, in OpenMetrics with time stamps, where `prometheus` keeps its data."""
    exposition = folder / "samples.om"
    exposition.write_text(samples + "# EOF\n")
    command = [tool("promtool"), "tsdb", "create-blocks-from", "openmetrics", str(exposition)]
    subprocess.run([*command, str(folder / "data")], check=True, capture_output=True)
