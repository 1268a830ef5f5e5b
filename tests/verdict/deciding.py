"""What tests judge: labelled replies as log lines, by whom, and the rule that decides."""

from __future__ import annotations

import re

from exporter.verdict.classify import Classifier, Rule, speaker_and_words
from exporter.verdict.destination import Relays
from exporter.verdict.judge import Judge
from exporter.verdict.knowledge import classifier, provider_table

Names = tuple[bytes, bytes, bytes]
NOBODY: Names = (b"", b"", b"")

# the recipient that a reply repeats
_RECIPIENT = re.compile(r"[a-z.]+@(?:[a-z-]+\.)*example(?:\.com)?")


def decide(
    one: Classifier, provider: str, code: str, status: str, text: bytes, names: Names = NOBODY
) -> Rule:
    """Give the rule for a record's text."""
    return one.decide(provider, "smtp", code, status, *speaker_and_words(text, *names))


def judge(agents: tuple[str, ...] = ("smtp", "lmtp", "error", "cleanup")) -> Judge:
    """Give a judge with the built-in knowledge."""
    return Judge(agents, Relays(), provider_table(), classifier(), {})


def line(entry: dict[str, str]) -> str:
    """Give the log line of an entry of replies.yaml."""
    found = _RECIPIENT.search(entry["text"])
    return (
        f"Nov 23 20:15:19 mx1 postfix/{entry['agent']}[2014]: 4jYHHW4y9RzBrg7:"
        f" to=<{found[0] if found else 'user@recipient.example'}>, relay={entry['relay']},"
        f" delay=1, delays=0/0/0/1, dsn={entry['dsn']}, status={entry['status']} ({entry['text']})"
    )
