"""What is counted where."""

from __future__ import annotations

from collections import Counter

from exporter.checkpoint.state import State
from exporter.config import Config, DomainsConfig
from exporter.counts.queue import DeferredRecipients, QueueState
from exporter.counts.series import FAILED, SENT
from exporter.counts.totals import AgentStatus, Attempt, Probe, Totals
from exporter.tally import Published, Tally
from exporter.verdict.judge import canonical_code
from tests.lines import HEADER, line

START = line(header="Nov 23 20:00:00 mx1 postfix/local[1]: ", relay="local")
QMGR = "Nov 23 20:15:19 mx1 postfix/error[4711]: "


def count(*blocks: bytes, config: Config | None = None) -> Published:
    """Count blocks."""
    tally = Tally(config or Config(), State())
    for block in blocks:
        tally.add(block)
    return tally.published()


def test_labels_of_an_attempt() -> None:
    """Domain in lower case, class, canonical code, Postfix' word in lower case."""
    text = "host mx.a.example[203.0.113.9] said: 550 4.07.001 no (in reply to DATA command)"
    totals = count(line(to="U@A.Example", dsn="4.07.001", status="SOFTBOUNCE", text=text)).totals
    assert totals.attempts == {
        Attempt("a.example", "other", "4", "4.7.1", "softbounce", "throttled", "false"): 1
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


def test_codes_are_bounded() -> None:
    """The receiver chooses the code: beyond a number of distinct ones only the class is kept."""
    codes = [f"5.{subject}.{detail}" for subject in (8, 9) for detail in range(500)]
    blocks = [
        line(to=f"u@d{number // 20}.example", dsn=code, status="bounced")
        for number, code in enumerate(codes)
    ]
    counted: Counter[str] = Counter()
    for attempt, times in count(*blocks).totals.attempts.items():
        counted[attempt.dsn_code] += times
    assert len(counted) == FAILED.codes + 1
    assert counted["5.x.x"] == 1000 - FAILED.codes


def test_familiar_codes_are_always_shown() -> None:
    """Receivers who invent codes cannot hide a code that means something."""
    invented = [
        line(to=f"u@d{number // 20}.example", dsn=f"5.9.{number}", status="bounced")
        for number in range(900)
    ]
    totals = count(*invented, line(dsn="4.7.28", status="deferred")).totals
    assert "4.7.28" in {attempt.dsn_code for attempt in totals.attempts}


def test_probes_take_no_place() -> None:
    """Domains that are only asked for, such as a spammer's sender, take no place."""
    probes = [line(to=f"u@d{number}.example", status="undeliverable") for number in range(9)]
    published = count(*probes, line(), config=Config(domains=DomainsConfig(limit=1)))
    assert {attempt.domain for attempt in published.totals.attempts} == {"a.example"}
    assert published.domains == 1


def test_codes_of_a_domain_are_bounded() -> None:
    """A receiver that invents codes takes no more than a share; what it delivers has its own."""
    failed = [line(dsn=f"5.9.{number}", status="bounced") for number in range(100)]
    sent = [line(dsn=f"2.9.{number}") for number in range(100)]
    totals = count(*failed, *sent, line(to="u@b.example", dsn="5.8.8", status="bounced")).totals
    codes = {attempt.dsn_code for attempt in totals.attempts if attempt.domain == "a.example"}
    assert len(codes) == FAILED.codes_of_domain + SENT.codes_of_domain + 2
    assert {"2.x.x", "5.x.x"} <= codes
    assert totals.attempts[bounced("b.example", "5.8.8")] == 1


def bounced(domain: str, code: str, cause: str = "local") -> Attempt:
    """Give the series of a bounce."""
    return Attempt(domain, "other", code[0], code, "bounced", cause, "false")


def test_canonical_codes() -> None:
    """Codes have no leading zeros."""
    assert canonical_code[b"5.07.01"] == "5.7.1"
    assert canonical_code[b"5.7.999"] == "5.7.999"
    assert canonical_code[b"4.000.0"] == "4.0.0"


def delays(published: Published) -> tuple[list[int], list[float]]:
    """Give the number and the sum of delays by stage."""
    histograms = published.totals.delays
    return [sum(h.buckets) for h in histograms], [h.microseconds / 1e6 for h in histograms]


def test_delays_of_first_attempts() -> None:
    """Each stage has its part of delays=; retries are left out, whatever their status."""
    first = line(1, status="deferred", dsn="4.7.0", delay="6.66", delays="0.06/0.1/2.5/4")
    retry = line(1, status="deferred", dsn="4.7.0", delay="400", delays="390/0/1/9")
    sent = line(1, delay="4000", delays="3990/0/1/9")
    assert delays(count(START, first)) == ([1] * 4, [0.06, 0.1, 2.5, 4.0])
    assert delays(count(START, first, retry, sent)) == delays(count(START, first))
    assert delays(count(START + first + retry + sent)) == delays(count(START, first))


def test_delays_of_what_was_not_tried_are_left_out() -> None:
    """Suspended mail, hops and probes have no delay at a receiver."""
    blocks = [
        line(
            header=QMGR, relay="none", status="deferred", text="delivery temporarily suspended: x"
        ),
        line(relay="127.0.0.1[127.0.0.1]:10024"),
        line(
            relay="none", status="deferred", text="connect to store.example[10.1.2.3]:25: refused"
        ),
        line(status="undeliverable"),
        line(header=HEADER.replace("smtp", "local"), relay="local"),
    ]
    assert delays(count(*blocks)) == ([0] * 4, [0.0] * 4)


def test_delays_before_the_memory_begins() -> None:
    """A message that arrived before the log may have been tried unseen: it is no first attempt."""
    assert delays(count(line(1, delay="300", delays="299/0/0/1")))[0] == [0] * 4
    assert delays(count(line(1), line(2, delay="300", delays="299/0/0/1")))[0] == [1] * 4


def test_same_recipient_of_another_message_or_instance() -> None:
    """The memory tells messages, recipients and instances apart."""
    deferred = line(1, status="deferred", dsn="4.7.0")
    others = [
        line(2),
        line(1, to="v@a.example"),
        line(1, header=HEADER.replace("postfix/", "postfix-b/")),
    ]
    assert delays(count(deferred, *others))[0] == [4] * 4
    relay = line(1, header=HEADER.replace("postfix/", "postfix/relay/"))
    assert delays(count(deferred, relay))[0] == [1] * 4


def test_memory_of_the_queue_is_bounded() -> None:
    """Beyond the limit the oldest messages are forgotten, and the memory begins after them."""
    memory = DeferredRecipients(QueueState(), limit=100)
    tally = Tally(Config(), State())
    tally.counts.queue = memory
    deferred = b"".join(line(number, status="deferred", dsn="4.7.0") for number in range(1000))
    tally.add(deferred)
    assert len(memory) <= 100
    assert memory.overflows == 1000 - len(memory)
    restored = DeferredRecipients(memory.state(), limit=100)
    assert restored.state() == memory.state()


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
