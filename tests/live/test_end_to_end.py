"""From the log to the notification, all parts real: exporter, Prometheus, Alertmanager.

The corpus' scenarios are written again in compressed time, all at once, an exporter and a job for
each; the rules and Alertmanager's example are the shipped ones, compressed by the same factor.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from demo.monitoring import Place, example, monitored
from demo.rewriting import Line, lines, written_again
from tests.alerts.mailbox import Mailbox, Told, mailbox
from tests.hosts import of_hosts
from tests.pages import CORPUS
from tests.service import eventually, free_port, running

FACTOR = 120
HOLD = 0.6
"""Seconds that a new series shows 0: 65 in the default configuration."""
GROUP_WAIT = "2s"
"""Not compressed: what silences must arrive before what is silenced is told, however busy we are."""

SCENARIOS = {
    "ratelimit": "scenario-a-ratelimit-gmail",
    "authentication": "scenario-c-auth-gmail",
    "unknown": "scenario-d-nouser-spike",
    "healthy": "scenario-f-healthy",
    "outage": "scenario-g-local-outage",
}
FLEET = ("fleet-0", "fleet-1", "fleet-2")
"""The rate limit again, its messages spread over three hosts, each below the minimum."""

EXPECTED: dict[str, set[Told]] = {
    "ratelimit": {("ratelimit", "PostfixDestinationThrottled", "provider", "google")},
    "authentication": {
        ("authentication", "PostfixDestinationAuthenticationFailing", "provider", "google")
    },
    "unknown": {("unknown", "PostfixListQualityDegraded", "provider", "google")},
    "healthy": set(),
    "outage": {("outage", "PostfixOwnNetworkOutage")},
    "fleet": {("fleet", "PostfixDestinationThrottled", "provider", "google")},
}

ENDING = {alert for job in ("ratelimit", "unknown", "outage", "fleet") for alert in EXPECTED[job]}
"""What is over before the end; the authentication failures go on."""


def _parts(folder: Path) -> Iterator[Line]:
    for job, scenario in SCENARIOS.items():
        path = folder / f"{job}.log"
        yield from lines(CORPUS / scenario / "mail.log", lambda _, path=path: path)  # type: ignore[misc]

    hosts = [folder / f"{name}.log" for name in FLEET]
    yield from of_hosts(CORPUS / SCENARIOS["ratelimit"] / "mail.log", hosts)


@contextmanager
def _exporters(folder: Path) -> Iterator[dict[str, list[str]]]:
    """Run an exporter for each log; give the targets of each job."""
    configuration = folder / "exporter.yml"
    configuration.write_text(f"hold: {HOLD}\ncheckpoint: {{interval: 0.5s}}\n", "ascii")
    targets: dict[str, list[str]] = {}
    with ExitStack() as stack:
        for name in (*SCENARIOS, *FLEET):
            log, own = folder / f"{name}.log", folder / name
            log.touch()
            own.mkdir()
            flags = ("--config.file", configuration, "--postfix.logfile-path", log)
            service = stack.enter_context(running(own, *flags))
            targets.setdefault(name.partition("-")[0], []).append(f"127.0.0.1:{service.port}")
        yield targets


def _receiving(box: Mailbox) -> dict[str, Any]:
    """Give Alertmanager's example, compressed, with our receivers' addresses and a webhook more."""
    configuration = example(FACTOR)
    configuration["route"]["group_wait"] = GROUP_WAIT
    configuration["global"]["smtp_smarthost"] = f"127.0.0.1:{box.smtp_port}"
    for receiver in configuration["receivers"]:
        if receiver["name"] == "nobody":
            continue
        for chat in receiver.get("slack_configs", ()):
            chat["api_url"] = f"http://127.0.0.1:{box.web_port}/chat"
        receiver["webhook_configs"] = [{"url": f"http://127.0.0.1:{box.web_port}/webhook"}]
    return configuration


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mailbox]:
    """Let everything happen once; give what was told."""
    folder = tmp_path_factory.mktemp("end-to-end")
    place = Place(folder, f"127.0.0.1:{free_port()}", f"127.0.0.1:{free_port()}", FACTOR)
    with (
        mailbox() as box,
        _exporters(folder) as targets,
        monitored(place, targets, _receiving(box)),
        written_again(_parts(folder), FACTOR) as writer,
    ):
        eventually(lambda: not writer.is_alive(), 400)
        # until the last alert's end: its window, keep_firing_for, and a group's interval
        with suppress(AssertionError):
            eventually(lambda: box.told("resolved") >= ENDING, 60)
        yield box


@pytest.mark.parametrize("job", EXPECTED)
def test_notifications(job: str, told: Mailbox) -> None:
    """Each scenario's job delivers exactly the expected notifications, the healthy one none."""
    assert {alert for alert in told.told("firing") if alert[0] == job} == EXPECTED[job]


def test_ends(told: Mailbox) -> None:
    """What is over is told to be over."""
    assert told.told("resolved") >= ENDING


def test_texts(told: Mailbox, capsys: pytest.CaptureFixture[str]) -> None:
    """Mails and chat say the receiver, how many, since when, the codes and what to do next."""
    with capsys.disabled():  # to be read by people, too
        print("", *told.mails, *told.chats, sep="\n" + 100 * "-" + "\n")
    firing = [mail for mail in told.mails if "FIRING" in mail]
    throttled = next(mail for mail in firing if "ratelimit" in mail)
    for part in (
        "google (provider)",
        "messages refused in 2h",
        "Since ",
        "4.7.28",
        "gmail.com",
        "Reasons at google in 2h: ",
        "Next: ",
    ):
        assert part in throttled
    assert any("PostfixOwnNetworkOutage.md" in chat for chat in told.chats)


def test_fleet_fires_once(told: Mailbox) -> None:
    """Three hosts below the minimum are one sender: one notification, not three."""
    groups = [
        one
        for one in told.notifications
        if one["groupLabels"]["job"] == "fleet" and one["status"] == "firing"
    ]
    assert len({one["groupKey"] for one in groups}) == 1
    assert all(len(one["alerts"]) == 1 for one in groups)
