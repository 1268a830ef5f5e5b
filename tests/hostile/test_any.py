"""Any bytes: the findings of fuzzing, made-up input, and how time grows with size.

HOSTILE_SECONDS is the time that each kind of input is made up for; `make fuzz-input` asks for more.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from exporter.config import _SECTIONS
from exporter.verdict.knowledge import built_in
from tests.hostile import seeds
from tests.hostile.targets import TARGETS, Together
from tests.lines import HEADER, line
from tests.prometheus import check_metrics
from tests.records.pieces import PIECES
from tests.webconfig import SECTIONS

SECONDS = float(os.environ.get("HOSTILE_SECONDS", "3"))
SECRET = "kanarienvogel"
"""A local part that is nowhere else."""

FOUND = sorted(seeds.FINDINGS.glob("*/*"))


@pytest.mark.parametrize("path", FOUND, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_findings(path: Path) -> None:
    """What once broke a promise breaks none any more."""
    TARGETS[path.parent.name](path.read_bytes())


@pytest.mark.parametrize("target", TARGETS)
def test_known_input(target: str) -> None:
    """The promises hold for the logs, replies and files of the other tests."""
    for seed in seeds.of(target):
        TARGETS[target](seed)


# -- made-up input ---------------------------------------------------------------------------------


def hold(strategy: st.SearchStrategy[bytes], check: Callable[[bytes], None]) -> None:
    """Check made-up examples, other ones each time, as long as HOSTILE_SECONDS say."""
    number = 0

    @settings(
        max_examples=200,
        deadline=None,
        derandomize=False,
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def hold_once(data: bytes) -> None:
        nonlocal number
        number += 1
        check(data)

    started = time.monotonic()
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


def test_any_lines() -> None:
    """Any lines of a log: the promises hold, and one page of them all is read by Prometheus' parser."""
    together = Together()

    def check(block: bytes) -> None:
        assert SECRET not in TARGETS["parser"](block)
        together.add(block)

    hold(ANY_LINES, check)
    page = together.page()
    assert page.count(b"postfix_delivery_attempts_total{") > 20
    assert check_metrics(page) == (0, "")


def test_any_reply() -> None:
    """Any reply of a receiver: the promises hold, and no address in it is told."""

    def check(reply: bytes) -> None:
        assert SECRET not in TARGETS["classifier"](reply)

    hold(
        REPLIES.map(lambda reply: reply.encode("utf-8", "replace")) | st.binary(max_size=3000),
        check,
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


def test_any_file() -> None:
    """Any bytes in the place of a configuration: it works, or there is one clear error."""

    def check(content: bytes) -> None:
        TARGETS["configuration"](content)

    hold(ANY_FILE, check)


# -- time ------------------------------------------------------------------------------------------

STEP, FAR = 10_000, 1_000_000
MOST_GROWTH = 8
"""Times that a byte of FAR may cost of what one of STEP costs; with quadratic time it is 100."""

RECORD = line()[: len(HEADER) + 13].decode()
UNTIL_RELAY = "to=<u@a.example>, relay="
UNTIL_TEXT = line(dsn="5.7.1", status="bounced", text="")[:-2].decode()
SAID = UNTIL_TEXT + "host x[192.0.2.1] said: 550-5.7.1 "
SHAPES = {
    # what one long line begins with, and what is repeated to its end
    "letters": ("", "a"),
    "spaces": ("", " "),
    "NULs": ("", "\0"),
    "carriage returns": ("", "\r"),
    "a long tag": ("Nov 23 20:15:19 mx1 postfix", "/a"),
    "a long host": ("Nov 23 20:15:19 ", "m.x@"),
    "structured data": ("<22>1 2026-11-23T20:15:19Z mx1 postfix/smtp 1 - ", '[a b="\\"]'),
    "structured data without end": ("<22>1 2026-11-23T20:15:19Z mx1 postfix/smtp 1 - ", "["),
    "records in a record": (RECORD, "to=<"),
    "ends of an address": (RECORD + "to=<", ">, "),
    "almost the next field": (RECORD + "to=<", ">, relay"),
    "next fields": (RECORD, UNTIL_RELAY),
    "quotes": (RECORD + 'to=<"', '"'),
    "backslashes": (RECORD + 'to=<"', "\\"),
    "ats": (RECORD + "to=<", "@"),
    "labels of a domain": (RECORD + "to=<u@", "a."),
    "octal escapes": (RECORD + "to=<u@", "#303#274"),
    "U-labels": (RECORD + "to=<u@", "\u00fc."),
    "labels of a relay": (RECORD + UNTIL_RELAY, "a."),
    "brackets of a relay": (RECORD + UNTIL_RELAY, "[private/"),
    "unknown fields": (RECORD + UNTIL_RELAY + "x, delay=1, delays=0/0/0/0, ", "tls=x, "),
    "digits": (RECORD + UNTIL_RELAY + "x, delay=", "1"),
    "repeated": (HEADER, "message repeated 9 times: [ "),
    "expired": (HEADER.replace("smtp", "qmgr"), "A: from=<>, status=expired, returned to sender "),
    "hosts that said": (UNTIL_TEXT, "host x[192.0.2.1] said: "),
    "hosts without end": (UNTIL_TEXT, "host x["),
    "brackets of a reply": (SAID, "[("),
    "addresses in a reply": (SAID, "<a@b> "),
    "numbers in a reply": (SAID, "a12345678 "),
    "codes in a reply": (SAID, "(#5.1."),
    "line ends of a reply": (SAID, "550-5.7.1 x "),
    "commands in a reply": (SAID, " (in reply to "),
    # many lines
    "delivery lines": ("", line(text="x").decode()),
    "refusals": ("", line(dsn="5.7.1", status="bounced", text="host x[::1] said: 550 no").decode()),
    "almost delivery lines": ("", line(delay="1.2.3").decode()),
    "headers": ("", "Nov 23 20:15:19 mx1 postfix/smtp[4711]: \n"),
    "messages removed": ("", HEADER.replace("smtp", "qmgr") + "4jYHHW: removed\n"),
    "objects of Docker": ("", '{"log":"a"}\n'),
    "objects without end": ("", '{"log":' + "[" * 99 + "\n"),
    "parts of CRI": ("", "2026-11-24T00:00:00Z stdout P a\n"),
    "parts of Docker": ("", '{"log":"' + "a" * 90 + '"}\n'),
}
REPLY_SHAPES = {
    name: (start.removeprefix(UNTIL_TEXT), more)
    for name, (start, more) in SHAPES.items()
    if start.startswith(UNTIL_TEXT)
}
FILE_SHAPES = {
    "letters": ("", "a"),
    "a long key": ("? ", "a"),
    "a long text": ("hold: ", "a "),
    "a long quoted text": ('hold: "', "\\n"),
    "a long block": ("hold: |\n", " a\n"),
    "a long regular expression": ("log: {rotated: '", "(a|"),
    "brackets": ("a: ", "["),
    "braces": ("a: ", "{"),
    "pairs in pairs": ("", "{a: "),
    "lists in lists": ("", "- "),
    "question marks": ("", "? "),
    "colons": ("", ": "),
    "comments": ("", "# a\n"),
    "newlines": ("", "\n"),
    "documents": ("", "---\n"),
    "tags": ("%TAG ! a\n", "%TAG ! a\n"),
    "names": ("internal_relays:\n", "- a.example\n"),
    "commas": ("internal_relays: [", "a,"),
    "phrases": ("causes: [{cause: other, text: ['", "a* "),
    "hosts of a provider": ("providers: [{id: a, hosts: ['", "a."),
    "anchors": ("a:\n", "- &a b\n"),
    "aliases": ("a: [&a [" + "b," * 99 + "]", ", *a"),
    "merges": ("a: &a {b: 1}\nc:\n  <<: [*a", ", *a"),
    "rules": ("causes:\n", "- {cause: other, text: slow down}\n"),
    "users": ("basic_auth_users:\n", "  a: b\n"),
}
GROWING = {
    (target, shape): start_and_more
    for target, shapes in (
        ("parser", SHAPES),
        ("classifier", REPLY_SHAPES),
        ("configuration", FILE_SHAPES),
    )
    for shape, start_and_more in shapes.items()
}


@pytest.mark.parametrize(("target", "shape"), GROWING, ids=map(": ".join, GROWING))
def test_time_is_linear(target: str, shape: str) -> None:
    """A byte of a megabyte costs about what a byte of ten kilobytes costs, whatever it says."""
    start, more = (text.encode() for text in GROWING[target, shape])

    def cost_of_a_byte(size: int) -> float:
        data = start + more * ((size - len(start)) // len(more))
        started = time.process_time()
        TARGETS[target](data)
        return (time.process_time() - started) / size

    near = min(cost_of_a_byte(STEP) for _ in range(3))
    far = cost_of_a_byte(FAR)
    for _ in range(3):  # the machine's, then, or a quadratic time
        if far > MOST_GROWTH * near:
            far, near = min(far, cost_of_a_byte(FAR)), min(near, cost_of_a_byte(STEP))
    print(f"{far / near:.2f} times, {far * 1e9:.0f} ns a byte")
    assert far <= MOST_GROWTH * near
