"""Whose mail a problem is about."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from exporter.triage import sentences
from tests.pages import CORPUS
from tests.triage.reports import NOON, THROTTLED, Log, every, run


class SenderLog(Log):
    """A log in which the queue manager tells the sender before each record."""

    def send(self, moment: float, sender: str, to: str, text: str = "", dsn: str = "") -> None:
        """Add a message of a sender; without a text it was delivered."""
        head = f"{self.stamp(moment)} mx1 postfix/qmgr[1]: {self._number + 1:011X}: "
        told = f"from=<{sender}>, size=1, nrcpt=1 (queue active)"
        self.lines.append((moment - 0.5, head + told))
        self.add(moment, to, text, dsn)


def throttled(folder: Path, domain: str = "gmail.com", others: int = 0) -> Path:
    """Give a log of a receiver that throttles, nine of ten times mail of the same sender.

    Of `others` receivers each throttles as many messages.
    """
    log = SenderLog()
    for number, moment in enumerate(every(30, NOON, NOON + 7200)):
        sender = f"n{number}@news.example" if number % 10 else "x@Other.example"
        for place in range(1 + others):
            to = f"u{number}@{domain if not place else f'd{place}.example'}"
            log.send(moment, sender, to, THROTTLED, "4.7.28")
        log.send(moment, "x@third.example", f"v{number}@d2.example")
    return log.write(folder / "mail.log")


def told(*arguments: Path | str) -> list[dict[str, object]]:
    """Give the senders of the first problem of a report."""
    _, text = run("--format=json", *arguments)
    senders: list[dict[str, object]] = json.loads(text)["problems"][0]["senders"]
    return senders


@pytest.mark.parametrize("domain", ["gmail.com", "d1.example"])
def test_by_domain(domain: str, tmp_path: Path) -> None:
    """A problem names the senders whose mail was refused, in each form, and no address."""
    log = throttled(tmp_path, domain)
    assert told("--senders=domain", log) == [
        {"sender": "news.example", "attempts": 216},
        {"sender": "other.example", "attempts": 24},
    ]
    for form in ("text", "html"):
        _, text = run("--senders=domain", f"--format={form}", log)
        words = " ".join(re.sub(r"<[^>]*>", " ", text).split())
        assert "senders news.example 90%, other.example 10% of 240 failed attempts" in words
        assert "@news" not in text
    assert told(log) == []


def test_by_service(tmp_path: Path) -> None:
    """A service is named without a line of the queue manager."""
    assert told("--senders=service", throttled(tmp_path)) == [
        {"sender": "postfix", "attempts": 240}
    ]


def test_configuration(tmp_path: Path) -> None:
    """Where the configuration counts senders, the report tells them without being asked."""
    config = tmp_path / "exporter.yml"
    config.write_text("senders: {limit: 1}\n")
    found = told(f"--config.file={config}", throttled(tmp_path))
    assert {one["sender"] for one in found} <= {"news.example", "other.example", "other"}
    assert found


def test_nothing_where_it_cannot_be_told(tmp_path: Path) -> None:
    """Other receivers of no table refused as much for the same cause: no sender is blamed."""
    _, text = run("--format=json", "--senders=domain", throttled(tmp_path, "d9.example", others=3))
    for problem in json.loads(text)["problems"]:
        whole = problem["failures"] + problem["retries"]
        assert problem["senders"] == [] or whole >= 0.9 * sum(
            one["attempts"] for one in problem["senders"]
        )


def test_real_log() -> None:
    """In the log of a real rate limit all of what is refused is of the one sender that it has."""
    log = CORPUS / "scenario-a-ratelimit-gmail" / "mail.log"
    assert told("--senders=domain", log) == [{"sender": "sender.example", "attempts": 258}]


def test_sentence() -> None:
    """Three senders are named, and none with less than a percent; the others are one."""
    many = [("a", 500), ("b", 300), ("c", 100), ("d", 100)]
    assert sentences.senders(many) == "a 50%, b 30%, c 10%, others 10% of 1,000 failed attempts"
    assert sentences.senders([("a", 999), ("b", 1)]) == (
        "a 100%, others 0% of 1,000 failed attempts"
    )
