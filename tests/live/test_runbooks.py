"""The queries of the runbooks run: a real Prometheus, where every series exists, has answers."""

from __future__ import annotations

import json
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from itertools import product

import pytest

from exporter.verdict.classify import CAUSES
from tests.alerts.runbooks import METRICS, QUERIES
from tests.pages import ROOT
from tests.prometheus import backfill, query
from tests.service import eventually, free_port
from tests.tools import tool

VALUES = {
    "job": ["postfix"],
    "instance": ["mx1.example:9154", "mx2.example:9154"],
    "domain": ["gmail.com", "example.com"],
    "provider": ["google", "other"],
    "cause": CAUSES,
    "scope": ["domain", "provider"],
    "destination": ["google", "example.com"],
    "stage": ["connection_setup", "transmission"],
    "le": ["0.5", "1.0", "+Inf"],
    "reason": ["authentication", "policy"],
    "alertstate": ["firing"],
    "state": ["deferred"],
    "status": ["sent", "deferred"],
    "queue": ["incoming", "active"],
    "severity": ["warning", "fatal"],
    "code": ["450"],
    "command": ["auth"],
    "sasl_method": ["PLAIN"],
}
"""What labels hold in the samples that queries are asked about; others hold one value each."""

ALARMING_AT_ZERO = {
    *("up", "postfix_up", "postfix_exporter_log_readable", "postfix_exporter_log_understood"),
}
NOW = time.time() - 4 * 3600  # before what the rules record themselves


def sample_lines(now: float) -> Iterator[str]:
    """Yield samples of every series, one a minute, of now and of a day ago, in OpenMetrics."""
    hours = [now - 60 * place for place in range(150, -1, -1)]
    moments = [moment - 86400 for moment in hours] + hours
    for name, labels in METRICS.items():
        ordered = sorted(labels)
        for values in product(*(VALUES.get(label, ["x"]) for label in ordered)):
            pairs = zip(ordered, values, strict=True)
            inner = ",".join(f'{label}="{value}"' for label, value in pairs)
            for place, moment in enumerate(moments):
                value = 0 if name in ALARMING_AT_ZERO else place
                yield f"{name}{{{inner}}} {value} {moment:.0f}\n"


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Run a Prometheus that has the rules and samples of every series; give its address."""
    folder = tmp_path_factory.mktemp("prometheus")
    backfill(folder, "".join(sample_lines(NOW)))
    config = folder / "prometheus.yml"
    config.write_text(json.dumps({"rule_files": [str(ROOT / "alerts" / "postfix-*.yml")]}))
    listen = f"127.0.0.1:{free_port()}"
    command = [tool("prometheus"), f"--config.file={config}", f"--web.listen-address={listen}"]
    command += [f"--storage.tsdb.path={folder / 'data'}", "--log.level=error"]
    with subprocess.Popen(command) as process:
        try:
            eventually(lambda: query(listen, "vector(1)"))
            yield listen
        finally:
            process.kill()


@pytest.mark.parametrize(("name", "expression"), QUERIES)
def test_queries_run(name: str, expression: str, address: str) -> None:
    """A real Prometheus, where every series exists, gives some without an error or a warning."""
    parameters = urllib.parse.urlencode({"query": expression, "time": f"{NOW:.0f}"})
    try:
        with urllib.request.urlopen(
            f"http://{address}/api/v1/query?{parameters}", timeout=5
        ) as page:
            answer = json.load(page)
    except urllib.error.HTTPError as error:
        pytest.fail(f"{name}: {json.load(error)['error']}")
    assert answer["status"] == "success"
    assert not answer.get("warnings")
    assert answer["data"]["result"], f"{name}: no series"
