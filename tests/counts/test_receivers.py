"""Receivers that no table knows: who is named, that they are few, and that nothing changes it."""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st

from exporter.checkpoint.state import State
from exporter.config import Config, DomainsConfig, ReceiversConfig
from exporter.counts.totals import Totals
from exporter.tally import Tally
from exporter.verdict.destination import domain_label
from tests.counting import START, Counted, by
from tests.counts.few_places import WEEK
from tests.lines import HEADER, line


def at(relay: str, *domains: str, **fields: str) -> bytes:
    """Give a delivery to each domain through a relay."""
    records = [
        {"to": f"u@{domain}", "relay": f"{relay}[192.0.2.1]:25"} | fields for domain in domains
    ]
    return b"".join(line(number, **record) for number, record in enumerate(records, 1))


def providers(totals: Totals) -> dict[str, str]:
    """Give the providers by domain."""
    return {attempt.domain: attempt.provider for attempt in totals.attempts}


def count(*blocks: bytes, config: Config | None = None) -> dict[str, str]:
    """Give the providers by domain of some blocks."""
    return providers(Counted(config).add(START, *blocks).published().totals)


def limited(receivers: int, domains: int = 2000) -> Config:
    """Give a configuration with room for so many receivers and domains."""
    return Config(
        receivers=ReceiversConfig(limit=receivers), domains=DomainsConfig(domains, idle=WEEK)
    )


def test_customers_of_a_hoster_are_one_receiver() -> None:
    """Where no table knows the host, its registered domain is the provider of all its customers."""
    blocks = [
        at("mx1.hoster.co.uk", "a.example", "b.example"),
        at("MX2.eu.Hoster.CO.UK", "c.example", status="bounced", dsn="5.1.1"),
    ]
    assert count(*blocks) == dict.fromkeys(("a.example", "b.example", "c.example"), "hoster.co.uk")


def test_who_runs_his_own_exchangers_is_no_provider() -> None:
    """A domain whose exchangers have names of its own stays `other`: it has its own series."""
    blocks = [
        at("mx.a.example", "a.example", "mail.A.EXAMPLE", "b.example"),
        at("mx.xn--bcher-kva.example", "bücher.example"),
        at("mx.a.example", "notA.example"),
    ]
    assert count(*blocks) == {
        "a.example": "other",
        "mail.a.example": "other",
        "b.example": "a.example",
        "nota.example": "a.example",
        "xn--bcher-kva.example": "other",
    }


def test_both_at_one_domain() -> None:
    """A backup at a hoster is the hoster's; a failure without a host is his who was seen last."""
    nowhere = "Host or domain name not found. Name service error for name=a.example type=MX: no"
    lost = line(3, relay="none", status="deferred", dsn="4.4.3", text=nowhere)
    blocks = [at("mx.a.example", "a.example"), at("backup.hoster.example", "a.example"), lost]
    totals = Counted().add(START, *blocks).published().totals
    assert by(totals, "provider", "cause") == {
        ("other", "delivered"): 1,
        ("hoster.example", "delivered"): 1,
        ("hoster.example", "network"): 1,
    }


def test_domains_without_series_name_nobody() -> None:
    """Domains that share `other` never leave, so they name no receiver, and no series is added."""
    blocks = [at("mx.h.example", "a.example", "b.example"), at("mx.i.example", "c.example")]
    assert count(*blocks, config=limited(9, domains=1)) == {
        "a.example": "h.example",
        "other": "other",
    }


def test_the_first_ones_are_named_until_they_leave() -> None:
    """At the limit who comes first is named; a place is free when the last domain has left."""
    counted = Counted(limited(1)).add(START)
    two = at("mx.h.example", "a.example"), at("mx.i.example", "b.example")
    assert providers(counted.add(*two).published().totals) == {
        "a.example": "h.example",
        "b.example": "other",
    }
    counted.later(WEEK / 2).add(two[1]).later(WEEK / 2 + 60)
    counted.add(two[1] + at("mx.j.example", "c.example"))
    wanted = {
        ("b.example", "other"): 2,
        ("b.example", "i.example"): 1,
        ("c.example", "other"): 1,
    }
    assert by(counted.published().totals, "domain", "provider") == wanted
    again = counted.restarted().add(at("mx.j.example", "c.example"))
    assert by(again.published().totals, "domain", "provider") == wanted | {
        ("c.example", "other"): 2
    }


def test_a_label_is_a_host_name_of_ordinary_length() -> None:
    """Whatever a host is called, it names a registered domain or nobody."""
    hosts = {
        "x" * 300 + ".example": "other",
        ".".join(["x" * 60] * 5): "other",
        ".".join(["x" * 60] * 4): ".".join(["x" * 60] * 2),
        'a"\\\n{}.example': "other",
        "example": "other",
        "192.0.2.1": "other",
        "co.uk": "other",
        "mx..example": "other",
        "mx.kasserver.example#134": "other",
    }
    for host, provider in hosts.items():
        if "\n" not in host:
            assert count(at(host, "a.test")) == {"a.test": provider}, host


RELAYS = (
    *(f"mx{number}.{name}.example" for number in (1, 2) for name in "hijk"),
    *("mx.a.example", "mx.b.example", "aspmx.l.google.com", "127.0.0.1", "none", "x"),
)
STATUSES = {"sent": "2.0.0", "deferred": "4.7.0", "bounced": "5.1.1", "undeliverable": "5.1.1"}


class Record(NamedTuple):
    """A record of a drawn log."""

    number: int
    domain: str
    relay: str
    named: str
    agent: str
    status: str

    def line(self) -> bytes:
        """Give its line."""
        relay = self.relay if self.relay == "none" else f"{self.relay}[192.0.2.1]:25"
        return line(
            self.number,
            header=HEADER.replace("/smtp", f"/{self.agent}"),
            to=f"u@{self.domain}.example",
            relay=relay.replace("127.0.0.1[192.0.2.1]", "127.0.0.1[127.0.0.1]"),
            status=self.status,
            dsn=STATUSES[self.status],
            text=f"connect to {self.named}[192.0.2.1]:25: Connection refused",
        )


RECORDS = st.builds(
    Record,
    st.integers(1, 6),
    st.sampled_from("abcde"),
    st.sampled_from(RELAYS),
    st.sampled_from(RELAYS[:6]),
    st.sampled_from(("smtp", "smtp", "error")),
    st.sampled_from(("sent", "sent", *STATUSES)),
).filter(lambda record: record.status != "sent" or record.relay != "none")
LOGS = st.lists(st.lists(RECORDS, min_size=1, max_size=8), min_size=1, max_size=6)


@settings(max_examples=300, deadline=None)
@given(LOGS, st.sampled_from((1, 2, 500)), st.sampled_from((1, 3, 2000)), st.data())
def test_cuts_and_restarts_change_nothing(
    log: list[list[Record]], receivers: int, domains: int, data: st.DataObject
) -> None:
    """Blocks of a line, commits and restarts anywhere name the same receivers, whatever is full."""
    whole = Counted(limited(receivers, domains)).add(START)
    cut = Counted(limited(receivers, domains)).add(START)
    for period in log:
        whole.add(b"".join(record.line() for record in period))
        for record in period:
            cut.add(record.line())
            if data.draw(st.booleans()):
                cut = cut.restarted()
        wait = data.draw(st.sampled_from((0.0, WEEK / 2, WEEK)))
        if wait:  # a look at what is idle is due in both
            whole.later(wait + 61)
            cut.later(wait + 61)
        assert whole.published().totals.attempts == cut.published().totals.attempts
    named = {attempt.provider for attempt in whole.published().totals.attempts}
    assert len({provider for provider in named if "." in provider}) <= receivers


@settings(max_examples=200, deadline=None)
@given(LOGS)
def test_no_series_is_added(log: list[list[Record]]) -> None:
    """A domain has a series for each provider of its relays, and never two for one relay."""
    counted = Counted(limited(500)).add(START)
    counted.add(*(record.line() for period in log for record in period))
    relays: Counter[tuple[str, str]] = Counter()
    for domain, provider in by(counted.published().totals, "domain", "provider"):
        relays[domain, provider] += 1
        if "." in provider:
            assert not domain.endswith(provider)
    assert set(relays.values()) <= {1}


def test_a_flood_of_names() -> None:
    """A receiver that invents names of exchangers gets as many series as there are places."""
    tally = Tally(limited(20), State())
    tally.add(START)
    for number in range(1000):
        tally.add(at(f"mx.n{number}.example", "a.test"))
    attempts = tally.published().totals.attempts
    assert len(attempts) == 21
    assert sum(attempts.values()) == 1000
    assert attempts[next(one for one in attempts if one.provider == "other")] == 980


def test_by_the_recipient() -> None:
    """Where a smarthost takes all mail, the recipient's domain tells who is behind it, if known."""
    config = Config(
        receivers=ReceiversConfig(by="recipient"),
        remote_relays=("127.0.0.1",),
        agents=("smtp", "lmtp", "error"),
    )
    local = {"header": HEADER.replace("smtp", "lmtp"), "relay": "127.0.0.1[127.0.0.1]:10083"}
    lost = {"relay": "none", "status": "deferred", "dsn": "4.4.1", "text": "no transport"}
    wanted = {
        "gmail.com": "google",
        "GoogleMail.com": "google",
        "live.co.uk": "microsoft-consumer",
        "ymail.com": "yahoo",
        "me.com": "apple",
        "web.de": "united-internet",
        "wanadoo.fr": "orange",
        "a.example": "other",
        "sub.gmail.com": "other",
    }
    blocks = [line(1, to=f"u@{domain}", **local) for domain in wanted]
    blocks += [line(2, to=f"u@{domain}", **lost) for domain in wanted]
    labels = {domain_label(domain.encode()): provider for domain, provider in wanted.items()}
    assert count(*blocks, config=config) == labels
