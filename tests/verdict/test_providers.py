"""Whose host it is: by the tables, the relay, and what Postfix says in the text."""

from __future__ import annotations

import pytest

from exporter.verdict.knowledge import built_in, provider_table
from exporter.verdict.providers import Provider, relay_in_text

HOSTS = {
    "aspmx.l.google.com": "google",
    "ALT1.ASPMX.L.GOOGLE.COM": "google",
    "example-com.mail.protection.outlook.com": "microsoft-365",
    "outlook-com.olc.protection.outlook.com": "microsoft-consumer",
    "mx00.emig.gmx.net": "united-internet",
    "notgmx.net": "other",
    "gmx.net.example": "other",
    "inbound-smtp.eu-west-1.amazonaws.com": "amazon",
    "ec2-192-0-2-1.eu-west-1.compute.amazonaws.com": "other",
    "mx.example.": "other",
    "192.0.2.1": "other",
}


@pytest.mark.parametrize(("host", "provider"), HOSTS.items())
def test_provider_of_a_host(host: str, provider: str) -> None:
    """The longest listed end decides, at a dot only; case does not matter."""
    assert provider_table().of_host(host) == provider


def test_configured_provider_wins() -> None:
    """A host that the configuration names too is the configuration's."""
    table = provider_table([Provider("ours", hosts=("aspmx.l.google.com",))])
    assert table.of_host("alt1.aspmx.l.google.com") == "ours"
    assert table.of_host("gmail-smtp-in.l.google.com") == "google"


def test_no_host_is_listed_twice() -> None:
    """A host belongs to one provider, and each provider has one entry."""
    hosts = [host for one in built_in().providers for host in (*one.hosts, *one.unverified)]
    assert len(hosts) == len(set(hosts))
    ids = [one.id for one in built_in().providers]
    assert len(ids) == len(set(ids))
    assert "relay" not in {one.kind for one in built_in().providers}


RELAYS = {
    "aspmx.l.google.com[142.250.1.27]:25": "google",
    "aspmx.l.google.com[2a00:1450::1b]:25": "google",
    "none": None,
    "local": None,
    "[192.0.2.1]:25": None,
}


@pytest.mark.parametrize(("relay", "provider"), RELAYS.items())
def test_provider_of_a_relay(relay: str, provider: str | None) -> None:
    """A relay without a host has no provider."""
    assert provider_table().of_relay(relay.encode()) == provider


NAMED = {
    "connect to mx.a.example[192.0.2.1]:25: Connection refused": "mx.a.example[192.0.2.1]:25",
    "lost connection with mx.a.example[2001:db8::1] while sending": "mx.a.example[2001:db8::1]",
    "conversation with mx.a.example[192.0.2.1] timed out": "mx.a.example[192.0.2.1]",
    "host mx.a.example[192.0.2.1] said: 450 no": "mx.a.example[192.0.2.1]",
    "delivery temporarily suspended: host mx.a.example[192.0.2.1] said: 4": "mx.a.example[192.0.2.1]",
    "TLS is required, but was not offered by host mx.a.example[192.0.2.1]": "mx.a.example[192.0.2.1]",
    "Host or domain name not found. Name service error for name=a.example": "",
    "x connect to mx.a.example[192.0.2.1]:25: no": "",
}  # fmt: skip


@pytest.mark.parametrize(("text", "relay"), NAMED.items())
def test_host_named_in_the_text(text: str, relay: str) -> None:
    """Where there is no relay, the host that Postfix speaks of counts; a reply's words do not."""
    assert relay_in_text(text.encode()).decode() == relay
