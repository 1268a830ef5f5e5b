"""Made-up input: lines, replies and files.

The same ones for everybody: `make test` says the same of a commit each time. With HOSTILE_SECONDS
other ones each time, as long as it says of each kind: what `make fuzz-input` looks for, and finds.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable

import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from exporter.config import _SECTIONS
from exporter.verdict.knowledge import built_in
from tests.hostile import seeds
from tests.lines import line
from tests.records.pieces import PIECES
from tests.webconfig import SECTIONS

SECONDS = float(os.environ.get("HOSTILE_SECONDS", "0"))
EXAMPLES = 200
SECRET = "kanarienvogel"
"""A local part that is nowhere else."""


def hold(strategy: st.SearchStrategy[bytes], check: Callable[[bytes], None]) -> None:
    """Check made-up examples: EXAMPLES known ones, or others as long as SECONDS say."""
    number = 0

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=not SECONDS,
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def hold_once(data: bytes) -> None:
        nonlocal number
        number += 1
        check(data)

    started = time.monotonic()
    hold_once()
    while time.monotonic() - started < SECONDS:
        hold_once()
    print(f"{number} examples in {time.monotonic() - started:.0f} s")


def spliced(whole: list[bytes], pieces: st.SearchStrategy[bytes]) -> st.SearchStrategy[bytes]:
    """Give known bytes with a piece in the place of some of them."""

    def splice(known: bytes, start: int, length: int, piece: bytes) -> bytes:
        start = start % (len(known) + 1)
        return known[:start] + piece + known[start + length :]

    return st.builds(splice, st.sampled_from(whole), st.integers(0), st.integers(0, 30), pieces)


LINES = [line for path in seeds.LOGS for line in path.read_bytes().splitlines(keepends=True)[::9]]
WORDS = [word for rule in built_in().rules for text in rule.text for word in text.split()]
LOCAL_PARTS = st.sampled_from(
    [
        SECRET,
        f'"{SECRET}"',
        f'"{SECRET} x"',
        f"{SECRET}@b",
        f'"{SECRET}@b"',
        f'"{SECRET}\\">, relay="',
    ]
)
DOMAINS = st.from_regex(r"[a-z0-9_-]{1,9}(\.[a-z]{2,9}){0,3}", fullmatch=True) | st.text(max_size=9)
HEADS = [
    "",
    "host mx.a.example[192.0.2.1] said: 550-5.7.1 ",
    "host m[::1] refused to talk to me: 421 ",
    "delivery temporarily suspended: ",
    "connect to x.example[192.0.2.1]:25: ",
    "host x[",
]
REPLIES = st.builds(
    lambda head, words: (head + " ".join(words))[:1500],
    st.sampled_from(HEADS),
    st.lists(
        st.sampled_from(
            [
                *WORDS,
                f"<{SECRET}@a.example>",
                f"{SECRET}@a",
                "(#5.1.1)",
                "550-5.1.1",
                "[",
                "]",
                "  ",
                "@",
            ]
        )
        | st.text(max_size=5),
        max_size=20,
    ),
)
RECORDS = st.builds(
    lambda local, domain, relay, dsn, status, text, how: how(
        line(
            to=f"{local}@{domain}".replace("\n", ""),
            relay=relay,
            dsn=dsn,
            status=status,
            text=text.replace("\n", " "),
        )
    ),
    LOCAL_PARTS,
    DOMAINS.filter(lambda domain: "@" not in domain),
    st.sampled_from(["mx.a.example[192.0.2.1]:25", "none", "[private/x]", "x[", "aspmx.l.google.com[::1]:25"]),
    st.sampled_from(["2.0.0", "4.7.1", "5.1.1", "5.999.999", "4.007.01"]),
    st.sampled_from(["sent", "deferred", "bounced", "SOFTBOUNCE", "deliverable", "undeliverable"]),
    REPLIES,
    st.sampled_from([
        lambda whole: whole,
        lambda whole: b"2026-11-24T00:00:00Z stdout F " + whole,
        lambda whole: b"2026-11-24T00:00:00Z stdout P " + whole,
        lambda whole: whole[:-1] + b"\r\n",
        lambda whole: whole[:180] + b"\n",
        lambda whole: whole.replace(b"to=<", b"to=<x@b.example>, orig_to=<"),
        lambda whole: whole.replace(b"smtp[4711]: ", b"smtp[4711]: message repeated 3 times: [ "),
        lambda whole: whole.replace(b"postfix/smtp", b"postfix"),
        lambda whole: whole.replace(b"smtp[4711]", b"cleanup[1]: 4jYHHW: message-id=<"),
    ]),
)  # fmt: skip
ANY_LINES = st.lists(RECORDS | spliced(LINES, PIECES | st.binary(max_size=9)), max_size=9).map(
    b"".join
)


FILES = list(seeds.of("configuration"))
KEYS = [word.decode() for word in seeds.words("configuration")]
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=9)
    | st.sampled_from(
        ["smtp", "5.7.1", "google", "a.example", "10.0.0.0/8", "[", "end", "7d", "other"]
    ),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(KEYS) | st.text(max_size=9), inner, max_size=5)
    ),
    max_leaves=12,
)
DOCUMENTS = st.dictionaries(st.sampled_from([*_SECTIONS, *SECTIONS]), VALUES, max_size=4)
TOKENS = st.sampled_from(seeds.words("configuration")) | st.sampled_from(
    [b"\n", b"  ", b": ", b"- ", b", ", b"<<: {1: 2}"]
)
ANY_FILE = (
    DOCUMENTS.map(lambda document: yaml.safe_dump(document).encode())
    | spliced(FILES, TOKENS | st.binary(max_size=9))
    | st.lists(TOKENS | st.binary(max_size=3), max_size=40).map(b"".join)
)
