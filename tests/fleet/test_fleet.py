"""Three hosts, each below the minimum: one incident, told once, judged where all of them are known."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from demo.monitoring import example
from demo.rewriting import written_again
from tests.alerts.mailbox import Mailbox, mailbox
from tests.fleet.parts import JOB, Central, central, host
from tests.hosts import of_hosts
from tests.pages import CORPUS
from tests.service import eventually

FACTOR = 30.0
SKIPPED = 5400.0
"""Seconds of the log in which nothing happens; then it is 07:30 in it."""

HOSTS = ("mx1", "mx2", "mx3")
LOG = CORPUS / "scenario-a-ratelimit-gmail" / "mail.log"
EXPECTED = {(JOB, "PostfixDestinationThrottled", "provider", "google")}
PATIENCE = 600.0


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Mailbox, Central]]:
    """Write the log again, until it has been told that the incident is over."""
    folder = tmp_path_factory.mktemp("fleet")
    logs = [folder / f"{name}.log" for name in HOSTS]
    due = [
        (after - SKIPPED, log, rest) for after, log, rest in of_hosts(LOG, logs) if after >= SKIPPED
    ]
    with mailbox() as box, ExitStack() as stack:
        judged = stack.enter_context(central(folder, FACTOR, _telling(box)))
        for name, log in zip(HOSTS, logs, strict=True):
            log.touch()
            stack.enter_context(host(folder / name, log, judged))
        stack.enter_context(written_again(due, FACTOR))
        eventually(lambda: box.told("resolved") >= EXPECTED, PATIENCE, 1)
        yield box, judged


def _telling(box: Mailbox) -> dict[str, Any]:
    """Give Alertmanager's example with a webhook in place of everybody who is told."""
    configuration = example(FACTOR)
    for receiver in configuration["receivers"]:
        if len(receiver) > 1:
            name = receiver["name"]
            receiver.clear()
            receiver["name"] = name
            receiver["webhook_configs"] = [{"url": f"http://127.0.0.1:{box.web_port}/webhook"}]
    return configuration


def test_told_once(told: tuple[Mailbox, Central], capsys: pytest.CaptureFixture[str]) -> None:
    """One notification says that google throttles us, with the figures of all three hosts, and nothing else is told."""
    box, _ = told
    firing = [one for one in box.notifications if one["status"] == "firing"]
    with capsys.disabled():  # to be read by people, too
        for one in box.notifications:
            for alert in one["alerts"]:
                print(
                    f"\n{alert['status']} {alert['startsAt']} {alert['annotations']['description']}"
                )
    assert box.told("firing") == EXPECTED
    assert len({one["groupKey"] for one in firing}) == 1
    assert all(len(one["alerts"]) == 1 for one in firing)


def test_each_host_is_below_the_minimum(told: tuple[Mailbox, Central]) -> None:
    """No host refuses as much as the rules ask of a destination; all of them together do."""
    _, judged = told
    refused = 'postfix_delivery_attempts_total{provider="google",cause="throttled",repeat!="true"}'
    by_host = [judged.asked(f'sum({refused[:-1]},instance="{name}"}})') for name in HOSTS]
    least = judged.asked('max(postfix:alert_threshold{name="fast_min_failures"})')
    assert all(0 < count < least for count in by_host), (by_host, least)
    assert sum(by_host) > least


def test_all_hosts_write(told: tuple[Mailbox, Central]) -> None:
    """The storage knows each exporter as one that is up, under its own name, and all as one job."""
    _, judged = told
    assert judged.asked(f'count(up{{job="{JOB}"}} == 1)') == len(HOSTS)
