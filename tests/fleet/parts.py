"""What a fleet is made of: on each host an exporter and an agent, and one place that judges all.

An agent is a Prometheus in agent mode; the place is VictoriaMetrics, vmalert and Alertmanager. All
durations are divided by one factor.
"""

from __future__ import annotations

import urllib.parse
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from demo import compressed
from demo.incident import exporter_configuration
from demo.monitoring import ALERTS, Place, configure
from demo.programs import Program, answers, program
from tests.service import free_port, running

JOB = "fleet"
_RULES = "postfix-thresholds.yml", "postfix-reasons.yml", "postfix.yml"


@dataclass(frozen=True)
class Central:
    """Where the fleet is judged."""

    storage: str
    alertmanager: str
    factor: float

    def seconds(self, lived: float) -> str:
        """Give a duration of life as a flag's value."""
        return f"{round(1000 * lived / self.factor)}ms"

    def asked(self, expression: str) -> float:
        """Give what the storage answers, 0 where there is nothing."""
        url = f"http://{self.storage}/api/v1/query?" + urllib.parse.urlencode({"query": expression})
        with urllib.request.urlopen(url, timeout=10) as answer:
            found = yaml.safe_load(answer.read())["data"]["result"]
        return float(found[0]["value"][1]) if found else 0.0


def _ready(one: Program, address: str, path: str) -> None:
    one.wait_until(lambda: answers(f"http://{address}{path}"))


@contextmanager
def central(folder: Path, factor: float, telling: Mapping[str, Any]) -> Iterator[Central]:
    """Run storage, rules and Alertmanager with the configuration `telling`."""
    addresses = [f"127.0.0.1:{free_port()}" for _ in range(3)]
    storage, rules, alertmanager = addresses
    made = Central(storage, alertmanager, factor)
    configure(Place(folder, "", alertmanager, factor), {}, telling)
    cut = (ALERTS / "vmalert" / "postfix.yml").read_text("utf-8")
    (folder / "postfix.yml").write_text(compressed.rules(cut, factor), "utf-8")
    url = f"http://{storage}"
    latency = made.seconds(30)
    with ExitStack() as stack:
        stores = stack.enter_context(
            program(
                [
                    "victoria-metrics",
                    f"-httpListenAddr={storage}",
                    f"-storageDataPath={folder / 'stored'}",
                    f"-search.latencyOffset={latency}",
                ],
                folder,
            )
        )
        tells = stack.enter_context(
            program(
                [
                    "prometheus-alertmanager",
                    "--config.file=alertmanager.yml",
                    "--storage.path=told",
                    "--cluster.listen-address=",
                    f"--web.listen-address={alertmanager}",
                ],
                folder,
            )
        )
        _ready(stores, storage, "/health")
        _ready(tells, alertmanager, "/-/ready")
        evaluates = stack.enter_context(
            program(
                [
                    "vmalert",
                    *(f"-rule={folder / name}" for name in _RULES),
                    f"-datasource.url={url}",
                    f"-remoteWrite.url={url}",
                    f"-remoteRead.url={url}",
                    f"-notifier.url=http://{alertmanager}",
                    f"-evaluationInterval={made.seconds(60)}",
                    f"-datasource.queryStep={made.seconds(300)}",
                    f"-rule.evalDelay={latency}",
                    f"-remoteWrite.flushInterval={made.seconds(2)}",
                    f"-httpListenAddr={rules}",
                ],
                folder,
            )
        )
        _ready(evaluates, rules, "/health")
        yield made


@contextmanager
def host(folder: Path, log: Path, at: Central) -> Iterator[None]:
    """Run an exporter for the log, and an agent that scrapes it and writes to the storage."""
    folder.mkdir()
    exporter = folder / "exporter.yml"
    exporter.write_text(exporter_configuration(at.factor), "ascii")
    address = f"127.0.0.1:{free_port()}"
    flags: Sequence[str | Path] = ("--config.file", exporter, "--postfix.logfile-path", log)
    with running(folder, *flags) as service:
        scraped = at.seconds(60)
        configuration = {
            "global": {"scrape_interval": scraped, "scrape_timeout": scraped},
            "scrape_configs": [
                {
                    "job_name": JOB,
                    "static_configs": [
                        {
                            "targets": [f"127.0.0.1:{service.port}"],
                            "labels": {"instance": folder.name},
                        }
                    ],
                }
            ],
            "remote_write": [
                {
                    "url": f"http://{at.storage}/api/v1/write",
                    "queue_config": {"batch_send_deadline": at.seconds(5)},
                }
            ],
        }
        (folder / "agent.yml").write_text(yaml.safe_dump(configuration), "utf-8")
        agent = [
            "prometheus",
            "--agent",
            "--config.file=agent.yml",
            "--storage.agent.path=agent",
            f"--web.listen-address={address}",
        ]
        with program(agent, folder) as writes:
            _ready(writes, address, "/-/ready")
            yield
