"""A queue is counted exactly, and within bounds whatever stands in it."""

from __future__ import annotations

import json
import sys
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.queue.counting import MOST_DOMAINS, Counting
from exporter.queue.figures import AGES, QUEUES, SIZES, Destination, Figures, unpacked
from exporter.queue.showq import BOUNCED, DEFERRED, UNTRIED, Entry, Message, Recipient, entries
from exporter.verdict.destination import REMAINDERS
from tests.queue.replies import DATA, told_by_postqueue

NOW = 1_795_961_000.0
KNOWN = {"gmail.com": "google", "customer.example": "microsoft"}


def counted(*told: Entry, limit: int = 100, most: int = MOST_DOMAINS) -> Figures:
    """Count entries."""
    counting = Counting(NOW, KNOWN, "unknown", most)
    counting.add(told)
    return counting.figures(limit)


def waiting(*addresses: bytes) -> list[Entry]:
    """Give a message that waits for these recipients."""
    return [Message(b"deferred", 0, 1), *(Recipient(one, DEFERRED) for one in addresses)]


@pytest.mark.parametrize("version", ["3.7", "3.11"])
def test_real_queues(version: str) -> None:
    """Depth, age, size, recipients by state and by domain are those of postqueue -j."""
    told = told_by_postqueue((DATA / f"postqueue-{version}.json").read_text(encoding="utf-8"))
    found = counted(*entries([(DATA / f"showq-{version}").read_bytes()]))
    assert {name: queue.depth() for name, queue in found.queues.items() if queue.depth()} == (
        told.depth
    )
    for name, queue in found.queues.items():
        ages = [NOW - arrival for arrival in told.arrivals.get(name, ())]
        assert queue.seconds == sum(ages)
        assert queue.oldest == max(ages, default=0)
        assert queue.bytes == sum(told.sizes.get(name, ()))
        for state, recipients in queue.recipients.items():
            assert recipients == told.recipients[name, state]
    names = {"[192.0.2.1]": "address-literal", "bã¼cher.example": "invalid"}
    by_domain = {names.get(domain, domain): times for domain, times in told.domains.items()}
    assert {to.domain: times for to, times in found.deferred.items()} == by_domain
    assert told.recipients["incoming", "bounced"] == (version == "3.11")


def test_buckets() -> None:
    """A message is in the bucket whose bound its age or size does not exceed."""
    ages = [Message(b"hold", int(NOW) - age, 1) for age in (0, 10, 11, AGES[-1] + 1, -5)]
    sizes = [Message(b"active", int(NOW), size) for size in (0, 1000, 1001, SIZES[-1] + 1)]
    queues = counted(*ages, *sizes).queues
    assert queues["hold"].ages == [3, 1, 0, 0, 0, 0, 0, 0, 1]
    assert queues["active"].sizes == [2, 1, 0, 0, 0, 0, 0, 1]
    assert queues["active"].oldest == 0


def test_queues() -> None:
    """Each known queue is there, empty or not; one with an unknown name is `other`."""
    assert list(counted().queues) == list(QUEUES)
    assert counted().queues["hold"].recipients == {UNTRIED: 0, DEFERRED: 0, BOUNCED: 0}
    queues = counted(Message(b"corrupt", 0, 1), Message(b"\xff", 0, 1)).queues
    assert list(queues) == [*QUEUES, "other"]
    assert queues["other"].depth() == 2


def test_who_waits() -> None:
    """By destination the deferred ones count, in whichever queue; not who has bounced or is new."""
    found = counted(
        *waiting(b"a@gmail.com", b"b@GMAIL.com.", b"c@customer.example", b"d@else.example"),
        Message(b"hold", 0, 1),
        Recipient(b"e@gmail.com", DEFERRED),
        Recipient(b"f@gmail.com", BOUNCED),
        Recipient(b"g@gmail.com", UNTRIED),
    )
    assert found.deferred == {
        Destination("gmail.com", "google"): 3,
        Destination("customer.example", "microsoft"): 1,
        Destination("else.example", "unknown"): 1,
    }
    assert found.queues["hold"].recipients == {UNTRIED: 1, DEFERRED: 1, BOUNCED: 1}


ODD = {
    b"local": "none",
    b"a@": "none",
    b"a@[192.0.2.1]": "address-literal",
    b"a@b c.example": "invalid",
    b"a@other": "invalid",
    b"a@" + b"x" * 100_000: "invalid",
    b'"a@b.example"@c.example': "c.example",
    "a@Bücher.example".encode(): "xn--bcher-kva.example",
}


@pytest.mark.parametrize("address", ODD, ids=lambda address: ODD[address])
def test_odd_addresses(address: bytes) -> None:
    """What is no domain name is a remainder; nothing of an address but its domain is kept."""
    assert list(counted(*waiting(address)).deferred) == [Destination(ODD[address], "unknown")]


def test_domains_with_most_recipients_are_named() -> None:
    """Beyond the limit those with fewest are `other`, by provider; remainders take no place."""
    found = counted(
        *waiting(*[b"a@one.example"] * 3, *[b"a@two.example"] * 2, b"a@gmail.com", b"a@x.example"),
        *waiting(b"here"),
        limit=2,
    )
    assert found.deferred == {
        Destination("one.example", "unknown"): 3,
        Destination("two.example", "unknown"): 2,
        Destination("none", "unknown"): 1,
        Destination("other", "google"): 1,
        Destination("other", "unknown"): 1,
    }


DOMAINS = st.one_of(
    st.from_regex(rb"[a-z]{1,3}\.example", fullmatch=True),
    st.sampled_from([b"gmail.com", b"customer.example", b"", b"[1]", b"\xff", b"unknown"]),
)


@given(domains=st.lists(DOMAINS, max_size=60), limit=st.integers(1, 8), most=st.integers(1, 12))
def test_bounds_hold(domains: list[bytes], limit: int, most: int) -> None:
    """Whatever destinations are made up: series are bounded, and sums by provider are exact."""
    found = counted(*waiting(*(b"a@" + one for one in domains)), limit=limit, most=most).deferred
    named = {to.domain for to in found} - REMAINDERS
    assert len(named) <= limit
    assert len(found) <= limit + len(REMAINDERS) - 1 + len({*KNOWN.values(), "unknown"})
    providers: Counter[str] = Counter()
    for to, times in found.items():
        providers[to.provider] += times
    assert providers == Counter(KNOWN.get(one.decode("latin-1"), "unknown") for one in domains)


def test_memory_is_bounded() -> None:
    """A million domains of a queue are no more in memory than MOST_DOMAINS of them."""
    counting = Counting(NOW, KNOWN, "unknown", 1000)
    counting.add(waiting(*(b"a@%d.example" % number for number in range(20_000))))
    assert sys.getsizeof(counting._domains) < 100_000
    assert counting.figures(10).deferred[Destination("other", "unknown")] == 20_000 - 10


def test_figures_are_handed_over() -> None:
    """What a child packs its parent unpacks."""
    found = counted(*waiting(b"a@gmail.com", b"b@x.example"), Message(b"hold", 5, 6))
    assert unpacked(json.loads(found.packed())) == found
