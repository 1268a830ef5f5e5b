"""Which receiver a record is about."""

from __future__ import annotations

import pytest

from exporter.system.errors import ConfigurationError
from exporter.verdict.destination import Relays, domain_label

LABELS = {
    b"example.com": "example.com",
    b"EXAMPLE.Com": "example.com",
    b"example.com.": "example.com",
    b"nodots": "nodots",
    b"_dmarc.example.com": "_dmarc.example.com",
    b"under_score.example": "under_score.example",
    b"xn--bcher-kva.example": "xn--bcher-kva.example",
    "bücher.example".encode(): "xn--bcher-kva.example",
    "BÜCHER.example".encode(): "xn--bcher-kva.example",
    "straße.example".encode(): "xn--strae-oqa.example",  # IDNA 2008, not 2003's strasse
    "例子。example".encode(): "xn--fsqu00a.example",
    b"b#303#274cher.example": "xn--bcher-kva.example",
    b"": "none",
    b"[203.0.113.9]": "address-literal",
    b"[IPv6:2001:db8::1]": "address-literal",
    b"203.0.113.9": "invalid",
    b"a..b": "invalid",
    b"other": "invalid",  # would be taken for a remainder
    b"None": "invalid",
    b".": "invalid",
    b"-a.example": "invalid",
    b"a-.example": "invalid",
    b"a b.example": "invalid",
    b'x">y': "invalid",
    b"#012.example": "invalid",
    b"\xff\xfe.example": "invalid",
    b"a" * 64 + b".example": "invalid",
    b"a." * 127 + b"example": "invalid",
    b"a\n.example": "invalid",
    "u@٣".encode(): "invalid",
}


@pytest.mark.parametrize("domain", LABELS)
def test_domain_labels(domain: bytes) -> None:
    """The label is a host name in lower case A-labels, or a remainder."""
    assert domain_label(domain) == LABELS[domain]


RELAYS = {
    b"127.0.0.1[127.0.0.1]:10024": True,
    b"::1[::1]:10024": True,
    b"localhost[127.0.0.1]:10025": True,
    b"localhost.localdomain[::1]:10025": True,
    b"mx1.example[private/dovecot-lmtp]": True,
    b"mail.example[/var/run/lmtp]": True,
    b"store.example[10.1.2.3]:25": True,
    b"store.example[172.16.0.1]:25": True,
    b"store.example[192.168.1.1]:24": True,
    b"store.example[fd00::1]:25": True,
    b"store.example[fe80::1]:25": True,
    b"10.0.0.5[10.0.0.5]:25": True,
    b"store.example[::ffff:10.0.0.5]:25": True,
    b"mx.example[172.32.0.1]:25": False,
    b"mx.example[203.0.113.9]:25": False,
    b"mx.example[2001:db8::9]:25": False,
    b"mx.example[127.0.0.2]:25": False,  # a named host on a loopback address
    b"none": False,
    b"local": False,
    b"\xff[": False,
}


@pytest.mark.parametrize("relay", RELAYS)
def test_internal_relays(relay: bytes) -> None:
    """A hop inside our own system is told from a receiver by host and address."""
    assert Relays().is_internal(relay) is RELAYS[relay]


def test_configured_relays() -> None:
    """internal_relays adds hosts, suffixes, addresses and networks; remote_relays wins."""
    relays = Relays(
        ["store.example", ".inside.example", "203.0.113.0/28", "2001:db8::7"],
        ["10.0.0.5", "smarthost.inside.example"],
    )
    internal = [
        b"store.example[203.0.113.99]:25",
        b"a.inside.example[203.0.113.99]:25",
        b"mx.example[203.0.113.9]:25",
        b"mx.example[2001:db8::7]:25",
        b"other.example[10.0.0.6]:25",
    ]
    remote = [
        b"mx.example[203.0.113.99]:25",
        b"hub.example[10.0.0.5]:25",
        b"smarthost.inside.example[10.0.0.7]:25",
    ]
    assert [relays.is_internal(relay) for relay in internal + remote] == [True] * 5 + [False] * 3


@pytest.mark.parametrize("entry", ["", "a b", "10.0.0.1/8", "300.1.1.1", "host:25", "*.example"])
def test_wrong_relays(entry: str) -> None:
    """An entry that is no host, address or network is refused by name."""
    with pytest.raises(ConfigurationError, match="remote_relays: expected a host name"):
        Relays([], [entry])


FIRST_OCTETS = ("0", "9", "10", "11", "126", "127", "128", "169", "172", "192", "255", "256", "010")


@pytest.mark.parametrize("first", FIRST_OCTETS)
def test_addresses_are_judged_alike_with_and_without_lists(first: str) -> None:
    """Whose an IPv4 address is does not depend on whether somebody else's is listed."""
    plain, listing = Relays(), Relays(internal=["2001:db8::1"], remote=["2001:db8::2"])
    for rest in (
        "0.0.1",
        "16.0.1",
        "31.9.9",
        "32.0.1",
        "168.0.1",
        "254.0.9",
        "1.1",
        "1.1.1.1",
        "1.1.1.",
    ):
        for host in ("mx.example", "localhost", "127.0.0.1"):
            relay = f"{host}[{first}.{rest}]:25".encode()
            assert plain.is_internal(relay) == listing.is_internal(relay), relay
