"""Routes: what is not looked at record by record counts as if it were."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from unittest.mock import patch

from hypothesis import example, given, settings
from hypothesis import strategies as st

from exporter.checkpoint.state import State
from exporter.config import Config, DomainsConfig
from exporter.counts.routes import Routes
from exporter.tally import Tally
from exporter.verdict.bounded import Recent
from tests.counting import START
from tests.lines import HEADER, line

RELAYS = {
    "google": "gmail-smtp-in.l.google.com[192.0.2.1]:25",
    "microsoft": "x.mail.protection.outlook.com[192.0.2.2]:25",
    "other": "mx.a.example[192.0.2.3]:25",
    "filter": "127.0.0.1[127.0.0.1]:10024",
    "none": "none",
}
AGENTS = ("smtp", "lmtp", "error")
STATUSES = {"sent": "2.0.0", "deferred": "4.7.0", "bounced": "5.1.1", "undeliverable": "5.1.1"}
RECORDS = st.tuples(
    st.integers(1, 4),
    st.sampled_from("abcde"),
    st.sampled_from(sorted(RELAYS)),
    st.sampled_from(AGENTS),
    st.sampled_from(["sent", "sent", "sent", *STATUSES]),
)


class LookedAt(Routes):
    """Routes that have every record looked at."""

    @property
    def inspects_all(self) -> bool:
        """Always."""
        return True

    @inspects_all.setter
    def inspects_all(self, value: bool) -> None:
        pass


def tally(looked_at: bool, limit: int, most_domains: int) -> Tally:
    """Give a tally whose memories hold few domains."""
    with patch("exporter.counts.counts.Routes", LookedAt if looked_at else Routes):
        one = Tally(Config(domains=DomainsConfig(limit=limit)), State())
    one.counts._judge.last_provider = Recent(most_domains)
    return one


def text_of(record: tuple[int, str, str, str, str]) -> bytes:
    """Make a record's line."""
    number, domain, relay, agent, status = record
    fields: dict[str, Any] = {"to": f"u@{domain}.example", "relay": RELAYS[relay], "status": status}
    header = HEADER.replace("/smtp", f"/{agent}")
    return line(number, header=header, dsn=STATUSES[status], text="421 4.7.0 x", **fields)


FILTER, OTHERS, NONE = ("a", "filter", "smtp"), ("a", "google", "lmtp"), ("a", "none", "error")


@settings(max_examples=300, deadline=None)
@example(  # a domain without a series stays one when a route without attempts comes between
    [
        [(1, *FILTER, "sent"), (1, "b", "google", "smtp", "sent")],
        [(1, *FILTER, "sent"), (2, *NONE, "sent")],
        [(1, *FILTER, "sent"), (1, *OTHERS, "sent")],
        [(1, *FILTER, "sent"), (1, *NONE, "sent")],
    ],
    1,
    3,
)
@given(
    st.lists(st.lists(RECORDS, min_size=1, max_size=6), max_size=8),
    st.sampled_from([1, 3, 2000]),
    st.sampled_from([1, 3, 2000]),
)
def test_what_is_not_looked_at_counts_the_same(
    blocks: list[list[tuple[int, str, str, str, str]]], limit: int, most_domains: int
) -> None:
    """Skipping what says nothing new changes no count and no memory, however full these are."""
    quick, thorough = tally(False, limit, most_domains), tally(True, limit, most_domains)
    for one in (quick, thorough):
        one.add(START)
        for block in blocks:
            one.add(b"".join(map(text_of, block)))
    wanted = thorough.published()
    got = quick.published()
    assert got.totals == wanted.totals
    assert replace(got, health=wanted.health) == wanted
    quick_memory, thorough_memory = quick.counts.memory(), thorough.counts.memory()
    assert quick_memory.providers == thorough_memory.providers
    assert quick_memory.domains.newcomers == thorough_memory.domains.newcomers
    assert list(quick.counts.domains.known) == list(thorough.counts.domains.known)
