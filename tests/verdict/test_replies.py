"""Real replies: provider and cause of each are as a person says they are."""

from __future__ import annotations

import re
from pathlib import Path

import yaml

from exporter.records.line import Delivery
from exporter.verdict.classify import CAUSES
from exporter.verdict.destination import Relays
from exporter.verdict.judge import Judge
from exporter.verdict.knowledge import classifier, provider_table

REPLIES: list[dict[str, str]] = yaml.load(
    (Path(__file__).parent / "replies.yaml").read_text("utf-8"), yaml.CSafeLoader
)


# the recipient that a reply repeats
RECIPIENT = re.compile(r"(?P<local_part>[a-z.]+)@(?P<domain>(?:[a-z-]+\.)*example(?:\.com)?)")


def judge(agents: tuple[str, ...] = ("smtp", "lmtp", "error", "cleanup")) -> Judge:
    """Give a judge with the built-in knowledge."""
    return Judge(agents, Relays(), provider_table(), classifier(), {})


def delivery(entry: dict[str, str]) -> Delivery:
    """Make the delivery record of an entry of replies.yaml."""
    found = RECIPIENT.search(entry["text"])
    local_part, domain = found.groups() if found else ("user", "recipient.example")
    fields = {
        "timestamp": "Nov 23 20:15:19",
        "origin": f"mx1 postfix/{entry['agent']}",
        "queue_id": "4jYHHW4y9RzBrg7",
        "local_part": local_part,
        "domain": domain,
        "relay": entry["relay"],
        "delay": "1",
        "delays": "0/0/0/1",
        "dsn": str(entry["dsn"]),
        "status": entry["status"],
        "text": entry["text"] + ")",
    }
    return Delivery(**{name: value.encode() for name, value in fields.items()})


def test_real_replies() -> None:
    """Provider and cause of every labelled reply are as a person says they are."""
    one, wrong = judge(), []
    for entry in REPLIES:
        one.last_provider.clear()
        failure = one.failure(delivery(entry))
        got = (failure.provider, failure.cause) if failure else None
        if got != (entry["provider"], entry["cause"]):
            wrong.append((got, entry))
    assert wrong == []


def test_there_are_enough_real_replies() -> None:
    """The labelled replies are many, of many providers, and name where they are from."""
    assert len({entry["text"] for entry in REPLIES}) >= 500
    assert len({entry["provider"] for entry in REPLIES}) >= 50
    assert {entry["cause"] for entry in REPLIES} == set(CAUSES) - {"delivered"}
    assert sum(entry["source"] != "memory" for entry in REPLIES) >= 480
