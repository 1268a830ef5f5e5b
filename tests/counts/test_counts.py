"""What is counted where."""

from __future__ import annotations

from exporter.config import Config, DomainsConfig
from exporter.counts.totals import AgentStatus, Attempt, Probe, Totals
from tests.counting import count
from tests.lines import HEADER, line


def test_labels_of_an_attempt() -> None:
    """Domain in lower case, class, canonical code, Postfix' word in lower case."""
    text = "host mx.a.example[203.0.113.9] said: 550 4.07.001 no (in reply to DATA command)"
    totals = count(line(to="U@A.Example", dsn="4.07.001", status="SOFTBOUNCE", text=text)).totals
    assert totals.attempts == {
        Attempt("a.example", "other", "4", "4.7.1", "softbounce", "blocked", "false"): 1
    }


def test_delivery_that_was_cut_off() -> None:
    """A record that ends behind its status is a delivery like any other, a failure is a failure."""
    cut = line(1)[: -len(b" (250 2.0.0 Ok)\n")]
    refused = line(2, status="bounced", dsn="5.1.1", text="x")[: -len(b" (x)\n")]
    for end in (b"\n", b" \n"):
        totals = count(cut + end, line(3), refused + end).totals
        labels = {(attempt.status, attempt.cause): n for attempt, n in totals.attempts.items()}
        assert labels == {("sent", "delivered"): 2, ("bounced", "local"): 1}


def test_only_remote_attempts_are_attempts() -> None:
    """Agents that are not listed, probes and internal hops count by agent only."""
    local = HEADER.replace("smtp", "local")
    totals = count(
        line(header=local, relay="local"),
        line(status="deliverable"),
        line(relay="127.0.0.1[127.0.0.1]:10024"),
    ).totals
    assert totals.attempts == {}
    assert totals.probes == {Probe("deliverable"): 1}
    assert totals.agents == {
        AgentStatus("local", "sent"): 1,
        AgentStatus("smtp", "deliverable"): 1,
        AgentStatus("smtp", "sent"): 1,
    }


def test_configured_agents() -> None:
    """`agents` decides whose records are attempts at remote destinations."""
    block = line(header=HEADER.replace("smtp", "lmtp"))
    assert not count(block).totals.attempts
    assert count(block, config=Config(agents=("smtp", "lmtp"))).totals.attempts


def test_domain_limit() -> None:
    """Beyond the limit domains are `other`; remainders take no place; codes are kept."""
    domains = [
        "a.example",
        "b.example",
        "[1.2.3.4]",
        "",
        "a..b",
        "c.example",
        "d.example",
        "a.example",
    ]
    blocks = [
        line(to=f"u@{domain}" if domain else "u", dsn="5.1.1", status="bounced")
        for domain in domains
    ]
    totals = count(*blocks, config=Config(domains=DomainsConfig(limit=2))).totals
    counted = {attempt.domain: times for attempt, times in totals.attempts.items()}
    assert counted == {
        "a.example": 2, "b.example": 1, "address-literal": 1, "none": 1, "invalid": 1, "other": 2,
    }  # fmt: skip
    assert totals.domains_folded == 2


def test_probes_take_no_place() -> None:
    """Domains that are only asked for, such as a spammer's sender, take no place."""
    probes = [line(to=f"u@d{number}.example", status="undeliverable") for number in range(9)]
    published = count(*probes, line(), config=Config(domains=DomainsConfig(limit=1)))
    assert {attempt.domain for attempt in published.totals.attempts} == {"a.example"}
    assert published.domains == 1


def test_clock_that_is_not_set() -> None:
    """A record of a host without a clock counts; only its time is not known."""
    published = count(
        line(
            header="1970-01-01T00:00:05+02:00 mx1 postfix/smtp[1]: ", status="deferred", dsn="4.1.1"
        )
    )
    assert sum(published.totals.attempts.values()) == 1
    assert published.last_line_seconds is None


def test_nothing_counted_is_nothing() -> None:
    """An empty log gives empty totals."""
    assert count().totals == Totals()
