"""The measure of the verdict: what is labelled, what is right, and what docs/codes.md says of it."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import pytest

from exporter.verdict.classify import CAUSES
from tests.verdict.score import (
    FILES,
    PAGE,
    Outcome,
    Reply,
    misses,
    outcomes,
    replies,
    section,
    share,
)

LEAST = {
    "public.tsv": 99.0,
    "second.tsv": 99.0,
    "third.tsv": 98.0,
    "replies-2026-11.tsv": 100.0,
    "replies.yaml": 100.0,
}
"""The share of right causes that no change of the rules may fall below, in percent."""


@cache
def scored() -> list[Outcome]:
    """Judge all labelled replies, once."""
    return list(outcomes(reply for path in FILES for reply in replies(path)))


def line(text: str, relay: str = "mx.customer.example[198.51.100.9]:25") -> str:
    """Give a log line with a text."""
    return (
        "Nov 28 10:00:07 mx1 postfix/smtp[2007]: 4ZB00007: to=<recipient@customer.example>,"
        f" relay={relay}, delay=1, delays=0/0/0/1, dsn=5.1.1, status=bounced ({text})"
    )


@pytest.mark.parametrize("file", LEAST)
def test_share(file: str) -> None:
    """The share of causes that are right is not less than it was."""
    assert share(one for one in scored() if one.reply.file == file) >= LEAST[file]


def test_page() -> None:
    """docs/codes.md shows what is scored now; the date alone is that of the last change."""
    page = PAGE.read_text("utf-8")
    assert section(scored(), page) == page, "run `make docs`"


def test_labels() -> None:
    """Every line is a failure of a remote attempt, and labelled with causes that exist."""
    assert set(LEAST) == {path.name for path in FILES}
    for one in scored():
        assert one.provider, one.reply.line
        assert set(one.reply.causes) <= set(CAUSES), one.reply.line
        assert one.reply.source, one.reply.line


def test_spread() -> None:
    """What no rule was made from has every cause, many providers, and more that are plain than arguable."""
    unseen = [one.reply for one in scored() if one.reply.file.endswith(".tsv")]
    assert {reply.causes[0] for reply in unseen} == set(CAUSES) - {"delivered"}
    assert len({reply.providers[0] for reply in unseen}) >= 40
    assert sum(len(reply.causes) == 1 for reply in unseen) > 0.55 * len(unseen)


@pytest.mark.parametrize(
    ("change", "is_right"),
    [
        (lambda one: one, (True, True)),
        (lambda one: one._replace(cause="content"), (True, False)),
        (lambda one: one._replace(cause="mailbox"), (True, True)),
        (lambda one: one._replace(provider="customer.example"), (True, True)),
        (lambda one: one._replace(provider="google"), (False, True)),
        (lambda one: one._replace(provider="unknown"), (False, True)),
    ],
)
def test_right(change: Callable[[Outcome], Outcome], is_right: tuple[bool, bool]) -> None:
    """A cause is right when it is one of those named; of a host in no table, so is its domain."""
    reply = Reply(line("550"), ("other",), ("unknown_recipient", "mailbox"), "", "")
    one = change(Outcome(reply, "other", "unknown_recipient", ""))
    assert (one.is_right_provider, one.is_right_cause) == is_right
    assert bool(list(misses([one]))) == (is_right != (True, True))


def test_unread_line() -> None:
    """A line that is no failure at a remote destination is a miss, and does not stop the score."""
    (one,) = outcomes(
        [Reply(line("550", "127.0.0.1[127.0.0.1]:10024"), ("x",), ("local",), "", "")]
    )
    assert (one.is_right_provider, one.is_right_cause) == (False, False)


def test_date() -> None:
    """The page keeps its date while the figures stay, and gets today's when they change."""
    empty = "a\n<!-- score -->\n<!-- end of score -->\nb"
    first = section(scored()[:9], empty)
    old = first.replace(first.partition("On ")[2][:10], "2026-01-02")
    assert section(scored()[:9], old) == old
    assert "2026-01-02" not in section(scored()[:10], old)
