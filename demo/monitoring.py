"""Prometheus with the shipped rules, and Alertmanager with the shipped example, faster than life.

In: targets by job, and who is told. Out: the two programs, running, all durations shortened.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from demo import compressed
from demo.programs import answers, program

ALERTS = Path(__file__).resolve().parent.parent / "alerts"

_SCRAPED_EVERY, _EVALUATED_EVERY = 60.0, 120.0
"""Seconds of the log."""


@dataclass(frozen=True)
class Place:
    """Where they run: a folder, two addresses, and how many times faster than life."""

    folder: Path
    prometheus: str
    alertmanager: str
    factor: float


def example(factor: float) -> dict[str, Any]:
    """Give Alertmanager's example with shortened waits; its receivers are still to be named."""
    text = (ALERTS / "alertmanager.example.yml").read_text("utf-8")
    configuration: dict[str, Any] = yaml.safe_load(compressed.alertmanager(text, factor))
    return configuration


@contextmanager
def monitored(
    place: Place, targets: Mapping[str, Sequence[str]], telling: Mapping[str, Any]
) -> Iterator[None]:
    """Run both, Alertmanager with the configuration `telling`, until the block ends."""
    configure(place, targets, telling)
    alertmanager = (
        "prometheus-alertmanager --config.file=alertmanager.yml --storage.path=told"
        f" --cluster.listen-address= --web.listen-address={place.alertmanager} --log.level=warn"
    )
    prometheus = (
        "prometheus --config.file=prometheus.yml --storage.tsdb.path=data"
        f" --web.listen-address={place.prometheus} --log.level=warn"
    )
    with (
        program(alertmanager.split(), place.folder) as tells,
        program(prometheus.split(), place.folder) as evaluates,
    ):
        tells.wait_until(lambda: answers(f"http://{place.alertmanager}/-/ready"))
        evaluates.wait_until(lambda: answers(f"http://{place.prometheus}/-/ready"))
        yield


def configure(
    place: Place, targets: Mapping[str, Sequence[str]], telling: Mapping[str, Any]
) -> None:
    """Write both configurations, and beside them the rules and the template of the texts."""
    (place.folder / "alertmanager.yml").write_text(yaml.safe_dump(dict(telling)), "utf-8")
    shutil.copy(ALERTS / "postfix.tmpl", place.folder)
    rules = sorted(ALERTS.glob("postfix-*.yml"))
    for path in rules:
        text = compressed.rules(path.read_text("utf-8"), place.factor)
        (place.folder / path.name).write_text(text, "utf-8")
    scraped = f"{round(1000 * _SCRAPED_EVERY / place.factor)}ms"
    configuration = {
        "global": {
            "scrape_interval": scraped,
            "scrape_timeout": scraped,
            "evaluation_interval": f"{round(1000 * _EVALUATED_EVERY / place.factor)}ms",
        },
        "rule_files": [path.name for path in rules],
        "alerting": {"alertmanagers": [{"static_configs": [{"targets": [place.alertmanager]}]}]},
        "scrape_configs": [
            {"job_name": job, "static_configs": [{"targets": list(addresses)}]}
            for job, addresses in targets.items()
        ],
    }
    (place.folder / "prometheus.yml").write_text(yaml.safe_dump(configuration), "utf-8")
