"""The collectors on the page: the names of others where they mean the same, and nothing when off."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from prometheus_client.exposition import generate_latest
from prometheus_client.openmetrics.exposition import generate_latest as generate_openmetrics

from exporter.checkpoint.new_series import Births
from exporter.config import Config
from exporter.counts.families import FAMILIES, SIZES
from exporter.counts.totals import Totals
from exporter.page.collectors import NAMES
from exporter.page.exposition import Exposition, no_queues, registry
from exporter.records.services.event import ALL_NAMES
from exporter.tally import Published, families, shown
from tests.by_hand import HOLD, Clock, Exporter
from tests.counting import Counted
from tests.pages import Samples, once, samples
from tests.records.services.texts import SAID

BLOCK = b"".join(
    f"Nov 23 20:15:19 mx1 postfix/{said.replace(': ', '[1]: ', 1)}\n".encode()
    for said, _ in SAID.values()
)


def published(*collectors: str) -> Published:
    """Give what is published of lines of every form."""
    return Counted(Config(collectors=collectors)).add(BLOCK).published()


def page(of: Published, *, openmetrics: bool = False) -> bytes:
    """Give the page."""
    return b"".join(Exposition(lambda: of, process=False).page(openmetrics=openmetrics))


def of_collectors(found: Samples) -> set[str]:
    """Give the names of the collectors' metrics on a page."""
    names = {metric for metric, _ in NAMES.values()}
    return {name for name in found if any(name.startswith(one) for one in names)}


def test_every_family_has_a_name() -> None:
    """Each family has a metric of its own, without total, and a text."""
    assert set(NAMES) == set(FAMILIES)
    assert len({metric for metric, _ in NAMES.values()}) == len(NAMES)
    for metric, documentation in NAMES.values():
        assert metric.startswith("postfix_")
        assert not metric.endswith("_total")
        assert documentation.endswith(".")


def test_all_off() -> None:
    """Without collectors the page has none of their metrics."""
    assert not of_collectors(samples(page(published()).decode()))


@pytest.mark.parametrize("name", ALL_NAMES)
def test_one_on(name: str) -> None:
    """A collector that is on has its metrics on the page, and no other; at 0 before the first line."""
    own = {NAMES[one][0] for one, family in FAMILIES.items() if family.collector == name}
    found = of_collectors(samples(page(published(name)).decode()))
    assert {metric for metric in own if any(one.startswith(metric) for one in found)} == own
    none = samples(page(replace(published(), collectors=(name,), totals=Totals())).decode())
    assert of_collectors(none) <= found


def test_values() -> None:
    """Values and labels are those that were counted; a histogram has its sum."""
    found = samples(page(published(*ALL_NAMES)).decode())
    assert found["postfix_smtpd_connects_total"] == {(): 2}
    assert found["postfix_smtpd_messages_processed_total"]["SCRAM-SHA-256",] == 1
    rejected = found["postfix_smtpd_messages_rejected_total"]
    assert rejected["reject", "554", "5.7.1", "RCPT"] == 1  # labels in the order of their names
    assert rejected["milter-reject", "550", "none", "MAIL"] == 1
    size = "postfix_qmgr_messages_inserted_size_bytes"
    assert found[f"{size}_sum"] == {(): 1234}
    assert found[f"{size}_bucket"] == {
        **{(str(float(bound)),): (2 if bound > 1234 else 1) for bound in SIZES},
        ("+Inf",): 2,
    }
    assert found["postfix_bounce_notifications_total"]["sender", "non-delivery"] == 1
    assert found["postfix_bounce_non_delivery_notification_total"] == {(): 1}


@pytest.mark.parametrize("openmetrics", [False, True])
def test_the_page_is_that_of_a_registry(openmetrics: bool) -> None:
    """Text and OpenMetrics are what prometheus_client itself writes."""
    of = published(*ALL_NAMES)
    generate = generate_openmetrics if openmetrics else generate_latest
    wanted = generate(registry(lambda: of, no_queues, process=False))
    assert sorted(page(of, openmetrics=openmetrics).splitlines()) == sorted(wanted.splitlines())


def test_birth() -> None:
    """A new series shows 0 for the whole hold, as all counters that rules ask for; histograms do not."""
    clock = Clock()
    births = Births(HOLD, clock, families(Counted(Config(collectors=ALL_NAMES)).published()), {})
    of = published(*ALL_NAMES)
    births.take(families(of))
    births.begin()
    held = samples(page(shown(of, births)).decode())
    assert set(held["postfix_log_messages_total"].values()) == {0}
    assert held["postfix_qmgr_messages_inserted_size_bytes_sum"] == {(): 1234}
    clock.now += HOLD + 1
    births.take(families(of))
    assert samples(page(shown(of, births)).decode()) == samples(page(of).decode())


def test_birth_of_a_running_exporter(tmp_path: Path) -> None:
    """What is first counted after the start shows 0 for the hold, and again after a kill; then rises."""
    exporter = Exporter(tmp_path, collectors=("smtpd",))
    exporter.log.write_bytes(BLOCK)
    for wait in (1.0, HOLD - 10):
        assert set(rejects(exporter.wait(wait)).values()) == {0}
    exporter.killed()
    assert set(rejects(exporter.wait(HOLD - 10)).values()) == {0}
    assert 0 not in rejects(exporter.wait(20)).values()


def rejects(exporter: Exporter) -> dict[tuple[str, ...], float]:
    """Give the rejects of smtpd on the page."""
    found = samples(page(exporter.pipeline.published).decode())
    return found["postfix_smtpd_messages_rejected_total"]


def test_kill_and_turning_off(tmp_path: Path) -> None:
    """What was counted survives a kill; a collector that was turned off leaves the page at once."""
    exporter = Exporter(tmp_path, hold=0)
    exporter.config = replace(exporter.config, collectors=("smtpd", "qmgr"))
    exporter.killed()
    exporter.log.write_bytes(BLOCK)
    before = samples(page(exporter.wait(1).pipeline.published).decode())
    exporter.killed()
    assert of_collectors(before)
    after = samples(page(exporter.pipeline.published).decode())
    for name in of_collectors(before):
        assert after[name] == before[name]
    exporter.config = replace(exporter.config, collectors=("qmgr",))
    exporter.killed(away=3600.0)
    left = samples(page(exporter.pipeline.published).decode())
    assert {name.split("_")[1] for name in of_collectors(left)} == {"qmgr"}
    exporter.close()


def test_flag(tmp_path: Path) -> None:
    """`--collectors` names some or all, and wins over the file."""
    log, file = tmp_path / "mail.log", tmp_path / "exporter.yml"
    log.write_bytes(BLOCK)
    file.write_text("collectors: [qmgr]\n", encoding="utf-8")
    named = once(log, "--collectors=smtpd,messages", f"--config.file={file}")
    assert "postfix_smtpd_connects_total" in named
    assert "postfix_log_messages_total" in named
    assert "postfix_qmgr_messages_removed_total" not in named
    every = once(log, "--collectors=all")
    assert of_collectors(every) == of_collectors(samples(page(published(*ALL_NAMES)).decode()))
