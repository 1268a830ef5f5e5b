"""The rule that decides about a record's text."""

from __future__ import annotations

from exporter.verdict.classify import Classifier, Rule, speaker_and_words

Names = tuple[bytes, bytes, bytes]
NOBODY: Names = (b"", b"", b"")


def decide(
    one: Classifier, provider: str, code: str, status: str, text: bytes, names: Names = NOBODY
) -> Rule:
    """Give the rule for a record's text."""
    return one.decide(provider, "smtp", code, status, *speaker_and_words(text, *names))
