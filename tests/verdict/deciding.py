"""The rule that decides about a record's text."""

from __future__ import annotations

from exporter.verdict.classify import Classifier, Rule, spoken

Names = tuple[bytes, bytes, bytes]
NOBODY: Names = (b"", b"", b"")


def decide(
    one: Classifier, provider: str, code: str, status: str, text: bytes, names: Names = NOBODY
) -> Rule:
    """Give the rule for a record's text."""
    return one.decide(provider, "smtp", code, status, *spoken(text, *names))
