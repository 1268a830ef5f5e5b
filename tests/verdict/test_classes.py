"""Classes of replies: what each is taken for, with the replies that only look alike."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from exporter.verdict.classify import Rule
from exporter.verdict.knowledge import classifier
from tests.verdict.deciding import decide

CLASSES: dict[str, list[dict[str, Any]]] = yaml.load(
    (Path(__file__).parent / "classes.yaml").read_text("utf-8"), yaml.CSafeLoader
)
NAMES = (b"u@a.example", b"a.example", b"mx.a.example[192.0.2.1]:25")


def code_of(reply: str, to: str) -> str:
    """Give the enhanced code that Postfix logs (src/smtp/smtp_trouble.c, src/global/dsn_util.c)."""
    digit, rest = reply[0], reply[4:].split(" ")[0]
    numbers = rest.split(".")
    is_code = len(numbers) == 3 and all(map(str.isdigit, numbers)) and numbers[0] == digit
    logged = "4" if to == "greeting" else digit
    return ".".join([logged, *(numbers[1:] if is_code else "00")])


def judged(entry: dict[str, Any]) -> Rule:
    """Give the rule that decides about an entry of classes.yaml."""
    reply, to = entry["reply"], entry.get("to", "rcpt to")
    code = entry.get("dsn") or code_of(reply, to)
    text = reply
    if to == "greeting":
        text = f"host mx.a.example[192.0.2.1] refused to talk to me: {reply}"
    elif to != "postfix":
        command = {"mail from": "MAIL FROM", "rcpt to": "RCPT TO", "end of data": "end of DATA"}[to]
        text = f"host mx.a.example[192.0.2.1] said: {reply} (in reply to {command} command)"
    status = "bounced" if code[0] == "5" else "deferred"
    provider = entry.get("provider", "other")
    return decide(classifier(), provider, code, status, (text + ")").encode(), NAMES)


def wrong(entries: list[dict[str, Any]]) -> Iterator[str]:
    """Yield what is judged wrongly."""
    for entry in entries:
        rule, right = judged(entry), entry["cause"]
        if rule.cause not in ([right] if isinstance(right, str) else right):
            yield f"{right} -> {rule.cause} by {rule.id}: {entry['reply']}"


@pytest.mark.parametrize("name", CLASSES)
def test_class(name: str) -> None:
    """Every reply of a class has the cause that a person gives it."""
    assert list(wrong(CLASSES[name])) == []


def test_there_are_enough() -> None:
    """Each class of the verdict has a table."""
    assert len(CLASSES) >= 12
    assert sum(map(len, CLASSES.values())) >= 350
