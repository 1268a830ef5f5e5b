"""Which records are judged, and whose they are."""

from __future__ import annotations

from typing import Any

import pytest

from exporter.checkpoint.state import State
from exporter.config import Config
from exporter.counts.totals import Totals
from exporter.records.parse import Parser
from exporter.tally import Tally
from exporter.verdict.classify import Classifier, Rule
from exporter.verdict.destination import Relays
from exporter.verdict.judge import MOST_DOMAINS, Judge, Memo
from exporter.verdict.knowledge import classifier
from exporter.verdict.providers import Provider, ProviderTable, smarthosts
from tests.counting import START, Counted, by
from tests.lines import HEADER, line


def count(*blocks: bytes, config: Config | None = None) -> Totals:
    """Count blocks."""
    return Counted(config or Config()).add(START, *blocks).published().totals


def providers(*blocks: bytes) -> list[str]:
    """Give the provider of the last block's only failure."""
    counted = Counted().add(START, *blocks[:-1])
    before = by(counted.published().totals, "provider")
    after = by(counted.add(blocks[-1]).published().totals, "provider")
    return [provider for (provider,) in after - before]


GOOGLE = "aspmx.l.google.com[192.0.2.1]:25"
NOT_FOUND = (
    "Host or domain name not found. Name service error for name=a.example type=MX: Host not found"
)


def failure(text: str, **fields: str) -> bytes:
    """Give a deferral without a relay."""
    return line(7, **{"relay": "none", "dsn": "4.4.3", "status": "deferred", "text": text} | fields)


def test_provider_last_provider() -> None:
    """Without a host the provider is the one last seen for the domain; before that, unknown."""
    assert providers(failure(NOT_FOUND)) == ["unknown"]
    assert providers(line(1, relay=GOOGLE), failure(NOT_FOUND)) == ["google"]
    assert providers(line(1, relay=GOOGLE), line(2), failure(NOT_FOUND)) == ["other"]
    assert providers(line(1, relay=GOOGLE, to="u@b.example"), failure(NOT_FOUND)) == ["unknown"]


def test_order_of_records_in_a_block() -> None:
    """What stands behind a record in the log says nothing about it, in whatever blocks it comes."""
    lines = [
        failure(NOT_FOUND),
        line(1, relay=GOOGLE),
        failure(NOT_FOUND),
        line(2),
        failure(NOT_FOUND),
    ]
    at_once, one_by_one = count(b"".join(lines)), count(*lines)
    assert at_once == one_by_one
    failed = {key: n for key, n in by(at_once, "provider", "status").items() if key[1] != "sent"}
    assert failed == {
        ("unknown", "deferred"): 1, ("google", "deferred"): 1, ("other", "deferred"): 1,
    }  # fmt: skip


def test_host_in_the_text_wins_when_it_is_known() -> None:
    """A host in a table decides; an unknown one does not hide the provider seen before."""
    named = failure(
        "connect to aspmx.l.google.com[192.0.2.1]:25: Connection timed out", dsn="4.4.1"
    )
    dead = failure("connect to backup.a.example[192.0.2.1]:25: Connection timed out", dsn="4.4.1")
    assert providers(named) == ["google"]
    assert providers(dead) == ["other"]
    assert providers(line(1, relay=GOOGLE), dead) == ["google"]


def test_memory_of_providers_is_bounded_and_kept() -> None:
    """Providers are remembered over a restart, the latest ones up to a bound."""
    counted = Counted().add(START, line(1, relay=GOOGLE)).restarted().add(failure(NOT_FOUND))
    assert by(counted.published().totals, "provider")["google",] == 2
    judge = Judge(("smtp",), Relays(), ProviderTable([]), classifier(), {})
    for number in range(MOST_DOMAINS * 2):
        judge.last_provider.note(b"d%d.example" % number, "google")
    assert len(judge.last_provider) <= MOST_DOMAINS
    assert b"d%d.example" % (MOST_DOMAINS * 2 - 1) in judge.last_provider


# -- what counts as an attempt at a remote destination -----------------------------------------------


def test_content_filter() -> None:
    """The hop to a content filter is no delivery; the second instance's line is; both in one log."""
    hop = line(1, relay="127.0.0.1[127.0.0.1]:10024", to="u@gmail.com")
    totals = count(
        hop, line(2, relay=GOOGLE, to="u@gmail.com"), failure(NOT_FOUND, to="u@gmail.com")
    )
    assert by(totals, "domain", "provider") == {("gmail.com", "google"): 2}


def test_filter_that_refuses() -> None:
    """A content filter's own refusals and outages are nobody's word, tried or suspended."""
    refused = "host 127.0.0.1[127.0.0.1] said: 550 5.7.1 Spam (in reply to end of DATA command)"
    down = "connect to 127.0.0.1[127.0.0.1]:10024: Connection refused"
    totals = count(
        failure(refused, relay="127.0.0.1[127.0.0.1]:10024", dsn="5.7.1", status="bounced"),
        failure(down),
        failure("delivery temporarily suspended: " + down, header=HEADER.replace("smtp", "error")),
    )
    assert (totals.attempts, totals.refused) == ({}, {})
    assert sum(totals.agents.values()) == 3


def test_mailbox_server_of_our_own() -> None:
    """A gateway's own mailbox server on a private address is no receiver, whatever it answers."""
    relay = "store.example[10.1.2.3]:25"
    unknown = f"host {relay[:-3]} said: 550 5.1.1 User unknown (in reply to RCPT TO command)"
    totals = count(
        failure(unknown, relay=relay, dsn="5.1.1", status="bounced"),
        failure(f"connect to {relay}: Connection refused"),
        line(1, relay=relay),
    )
    assert totals.attempts == {}


def test_smarthost() -> None:
    """A smarthost named in the configuration is remote, and the provider of all, by its own rules."""
    ours = Provider("our-relay", kind="relay", hosts=("relay.corp.example", "10.0.0.5"))
    config = Config(providers=(ours,))
    assert smarthosts([ours]) == ["relay.corp.example", "10.0.0.5", ".relay.corp.example"]
    blocks = [
        line(1, relay="mx1.relay.corp.example[10.0.0.6]:587"),
        line(2, relay="10.0.0.5[10.0.0.5]:25"),
        line(3, relay="elsewhere.example[10.0.0.7]:25"),
    ]
    assert by(count(*blocks, config=config), "provider") == {("our-relay",): 2}
    assert count(*blocks).attempts == {}


def test_remote_lmtp() -> None:
    """LMTP counts when `agents` has it: by TCP to a receiver; a socket is always our own."""
    lmtp = HEADER.replace("smtp", "lmtp")
    blocks = [
        line(1, header=lmtp, relay="store.example[203.0.113.5]:24"),
        line(2, header=lmtp, relay="mx1.sender.example[private/dovecot-lmtp]"),
    ]
    assert count(*blocks).attempts == {}
    totals = count(*blocks, config=Config(agents=("smtp", "lmtp", "error")))
    assert sum(totals.attempts.values()) == 1


def test_bounce_by_our_own_transport_table() -> None:
    """What error(8) bounces by configuration is local; what it puts off was suspended or local."""
    error = HEADER.replace("smtp", "error")
    blocks = [
        failure(
            "mail for dead.example is not accepted", header=error, dsn="5.1.1", status="bounced"
        ),
        failure("mail transport unavailable", header=error, dsn="4.3.0"),
        failure(
            "delivery temporarily suspended: connect to mx.a.example[192.0.2.1]:25: no",
            header=error,
        ),
    ]
    assert by(count(*blocks), "cause") == {("local",): 2, ("suspended",): 1}


def test_tally_uses_the_configured_rules() -> None:
    """Rules and providers of the configuration are at work in the exporter."""
    tally = Tally(Config(providers=(Provider("ours", hosts=("mx.a.example",)),)), State())
    tally.add(line())
    assert by(tally.published().totals, "provider") == {("ours",): 1}


REPEATED = {
    "connect to mx.a.example[192.0.2.1]:25: Connection refused": "connection-refused",
    "host mx.a.example[192.0.2.1] refused to talk to me: 554 5.7.1 No": "greeting-refused",
    "Cannot start TLS: handshake failure": "tls-handshake-failed",
    NOT_FOUND + ", try again": "dns-no-answer",
    "": "suspended",
}


@pytest.mark.parametrize(("repeated", "rule"), REPEATED.items(), ids=REPEATED)
def test_suspension(repeated: str, rule: str) -> None:
    """What is suspended is decided by the failure that is repeated, where one is told."""
    text = failure(
        "delivery temporarily suspended: " + repeated, header=HEADER.replace("smtp", "error")
    )
    (delivery,) = Parser().parse_line(text.rstrip(b"\n"))[1]
    judged = Judge(("error",), Relays(), ProviderTable([]), classifier(), {}).failure(delivery)
    assert judged is not None
    _, decision = judged
    assert (decision.cause, decision.rule.id) == ("suspended", rule)


def test_what_is_needed_again_is_remembered() -> None:
    """A memory is bounded, forgets what was not needed for long, and never what is needed often."""
    computed: list[int] = []

    def compute(key: int) -> None:
        computed.append(key)

    memory: Memo[int, None] = Memo(compute, 10)
    for key in range(1, 1000):
        assert memory[0] is memory[key] is None
        assert len(memory) <= 10
    assert computed.count(0) == 1
    assert memory[1] is None
    assert computed.count(1) == 2


def test_replies_that_name_the_domain_are_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    """Replies that differ in the name of the recipient's domain are judged once."""
    asked: list[bytes] = []

    def decide(one: Classifier, *of: Any) -> Rule:
        asked.append(of[-1])
        return judged(one, *of)

    judged = Classifier.decide
    monkeypatch.setattr(Classifier, "decide", decide)
    told = "host mx.NAME[192.0.2.1] said: 450 4.2.1 Busy, see https://x.NAME/y (in reply to DATA)"
    names = ("kq.example", "Zv.Example", "wx.test", "mailbox.example")
    block = b"".join(
        failure(told.replace("NAME", name), to=f"u@{name}", relay=f"mx.{name}[192.0.2.1]:25")
        for name in names
    )
    count(block)
    assert [b"mailbox" in words for words in asked] == [False, True]


@pytest.mark.parametrize("domain", ["us.org", "kq.bar", "kq.example"])
def test_names_within_longer_ones(domain: str) -> None:
    """A longer name decides as ever, of which the recipient's domain is the end or the beginning."""
    told = "host mx.example[192.0.2.1] said: 554 5.7.0 No, see %s (in reply to RCPT TO)"
    for name, rule in {
        "https://www.spamhaus.org/query": "spamhaus-listed",
        "https://kq.barracudacentral.org/": "barracuda-listed",
    }.items():
        block = failure(told % name, to=f"u@{domain}", dsn="5.7.0", status="bounced")
        (reason,) = {one.reason for one in count(block).reasons}
        assert reason == rule, name


@pytest.mark.parametrize("domain", ["mx1.example", "x.example", "client.example"])
def test_a_phrase_over_line_ends(domain: str) -> None:
    """A phrase is found over the end of a line, whatever name the first line begins with."""
    told = (
        "host mx.a.example[192.0.2.1] said: 550-%s.test [192.0.2.2] is currently not permitted to"
        " relay through 550-this server. Perhaps you have not logged into the pop/imap server in"
        " the 550-last 30 minutes or do not have SMTP Authentication turned on 550 in your email"
        " client. (in reply to RCPT TO command)"
    )
    block = failure(told % domain, to=f"u@{domain}", dsn="5.0.0", status="bounced")
    (reason,) = {one.reason for one in count(block).reasons}
    assert reason == "relaying-denied-without-login"


def test_a_recipient_without_a_domain() -> None:
    """A reply is judged that begins with no letter, to a recipient that has no domain."""
    told = "host mx.example[192.0.2.1] said: - Service unavailable (in reply to RCPT TO)"
    (reason,) = count(failure(told, to="postmaster", status="bounced")).reasons
    assert reason.cause != "delivered"
