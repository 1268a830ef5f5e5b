"""Any text of a reply: it is decided, in linear time."""

from __future__ import annotations

import string
import time
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.verdict.classify import CAUSES, speaker_and_words
from exporter.verdict.knowledge import built_in, classifier
from exporter.verdict.phrases import MOST, plain
from exporter.verdict.providers import relay_in_text
from tests.verdict.deciding import decide


@given(st.binary(max_size=3000))
def test_any_text_is_decided(text: bytes) -> None:
    """No text stops the classifier."""
    one = classifier()
    for head in (b"", b"host x[192.0.2.1] said: ", b"delivery temporarily suspended: "):
        rule = decide(one, "google", "5.7.1", "bounced", head + text)
        assert rule.cause in CAUSES


HOSTILE: dict[str, Callable[[int], bytes]] = {
    "one letter": lambda size: b"a" * size,
    "spaces": lambda size: b" " * size,
    "full stops": lambda size: b"." * size,
    "stops and spaces": lambda size: b". " * (size // 2),
    "beginnings of phrases": lambda size: b"ofr ofr" * (size // 7),
    "a word of many phrases": lambda size: b"mailbox " * (size // 8),
    "all words of phrases": lambda size: (
        " ".join(word for rule in built_in().rules for word in rule.text) * 99
    ).encode()[:size],
    "words before a gap": lambda size: b"user mailbox exceeded " * (size // 22),
    "brackets": lambda size: b"(#5.1." * (size // 6),
    "lines of a reply": lambda size: b"550-5.7.1 x " * (size // 12),
    "commands": lambda size: b" (in reply to" * (size // 13),
    "host": lambda size: b"host " + b"x" * size + b"[1] said: ",
    "letters": lambda size: (string.ascii_letters * size).encode()[:size],
}


@pytest.mark.parametrize("make", HOSTILE.values(), ids=HOSTILE)
def test_time_is_linear(make: Callable[[int], bytes]) -> None:
    """Ten times the text takes about ten times as long, far beyond the bytes that are looked at."""
    one = classifier()
    among, default = one._candidates("orange", "5.0.0", "bounced", "smtp", "reply", "5", "")

    def took(size: int) -> float:
        text, best = make(size), 1e9
        for _ in range(3):
            started = time.process_time()
            said, words = speaker_and_words(
                b"host x[192.0.2.1] said: 550-5.7.1 " + text, b"", b"", b""
            )
            one.decide("orange", "smtp", "5.0.0", "bounced", said, words)
            relay_in_text(text)
            one._finder.first(b" " + text + b" ", among, default)
            best = min(best, time.process_time() - started)
        return best

    assert took(1_000_000) < 0.01 + 40 * took(100_000)
    assert len(plain(make(10 * MOST))) <= MOST + 2
