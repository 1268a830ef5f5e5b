"""Whose host it is: by the tables, the relay, and what Postfix says in the text."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from publicsuffixlist import PSLFILE, PublicSuffixList

from exporter.verdict.destination import domain_label
from exporter.verdict.knowledge import built_in, provider_table
from exporter.verdict.providers import Provider, is_named, relay_in_text
from exporter.verdict.registered import registered_domain

HOSTS = {
    "aspmx.l.google.com": "google",
    "ALT1.ASPMX.L.GOOGLE.COM": "google",
    "example-com.mail.protection.outlook.com": "microsoft-365",
    "outlook-com.olc.protection.outlook.com": "microsoft-consumer",
    "mx00.emig.gmx.net": "united-internet",
    "smtp1.privaterelay.appleid.com": "apple",
    "mx01.1and1.es": "ionos",
    "mailin.ng.telekom.net": "t-online",
    "hrndva-smtpin02.mail.rr.com": "charter",
    "mx0.mail.ovh.ca": "ovh",
    "mx11.go2.pl": "wp",
    "inbound.virgin.net.cust.securehostedemail.com": "tucows",
    "email-smtp.ap-northeast-1.amazonaws.com": "amazon",
    "smtp.sendgrid.net": "sendgrid",
    "w0123456.kasserver.com": "all-inkl",
    "1.2.3.34.bc.googleusercontent.com": "other",
    "static.1.2.0.192.clients.your-server.de": "other",
    "mail.your-server.de": "hetzner",
    "notgmx.net": "notgmx.net",
    "mx.gmx.net.example": "net.example",
    "inbound-smtp.eu-west-1.amazonaws.com": "amazon",
    "ec2-192-0-2-1.eu-west-1.compute.amazonaws.com": "ec2-192-0-2-1.eu-west-1.compute.amazonaws.com",
    "MX.hoster.example.": "hoster.example",
    "mx.xn--bcher-kva.xn--55qx5d.cn": "xn--bcher-kva.xn--55qx5d.cn",
    "MX.Bücher.example": "xn--bcher-kva.example",
    "mx.city.kawasaki.jp": "city.kawasaki.jp",
    "mx.shop.kawasaki.jp": "mx.shop.kawasaki.jp",
    "kawasaki.jp": "other",
    "mx_1.hoster.example": "hoster.example",
    "192.0.2.1": "other",
    "localhost": "other",
    "co.uk": "other",
    "-.example": "other",
    "mx..example": "other",
    "": "other",
}


@pytest.mark.parametrize(("host", "provider"), HOSTS.items())
def test_provider_of_a_host(host: str, provider: str) -> None:
    """The longest listed end decides, at a dot only, or else the registered domain, if any."""
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
    domains = [domain for one in built_in().providers for domain in one.domains]
    assert len(domains) == len(set(domains)) > 300
    ids = [one.id for one in built_in().providers]
    assert len(ids) == len(set(ids))
    assert "relay" not in {one.kind for one in built_in().providers}


RELAYS = {
    "aspmx.l.google.com[198.51.100.27]:25": "google",
    "aspmx.l.google.com[2001:db8::1b]:25": "google",
    "none": None,
    "local": None,
    "[192.0.2.1]:25": None,
}


@pytest.mark.parametrize(("relay", "provider"), RELAYS.items())
def test_provider_of_a_relay(relay: str, provider: str | None) -> None:
    """A relay without a host has no provider."""
    assert provider_table().of_relay(relay.encode()) == provider


LETTERS = st.sampled_from("aZ09-_.#\x00 \u00fc\u5bb6x")
NAMES = st.one_of(st.text(max_size=300), st.text(LETTERS, max_size=80).map("mx.{}.co.uk".format))


@settings(max_examples=1000, deadline=None)
@given(NAMES)
def test_a_name_is_a_domain(host: str) -> None:
    """Whatever a host is called, its provider is of the table, or a domain in the form of labels."""
    provider = provider_table().of_host(host)
    if is_named(provider):
        assert domain_label(provider.encode()) == provider
        assert len(provider) <= 253
        name = domain_label(host.encode())
        assert name == provider or name.endswith(f".{provider}")


def test_registered_domains_are_those_of_the_whole_list() -> None:
    """Rules are read by top-level domain; the answer is that of the list as a whole, for any rule."""
    whole = PublicSuffixList()
    for rule in Path(PSLFILE).read_text(encoding="utf-8").splitlines():
        if rule and not rule.startswith("//"):
            suffix = rule.lstrip("!").replace("*", "x").encode("idna").decode()
            for host in (suffix, f"a.{suffix}", f"b.a.{suffix}"):
                wanted = whole.privatesuffix(host) if "." in host else None
                assert registered_domain(host) == (wanted or ""), host


def test_the_list_is_read_when_it_is_needed() -> None:
    """The list of public suffixes takes time and memory, so who knows all hosts does not read it."""
    program = (
        "import sys, exporter.cli; from exporter.verdict.knowledge import provider_table;"
        " provider_table().of_host('aspmx.l.google.com'); print('publicsuffixlist' in sys.modules)"
    )
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert ended.stdout == b"False\n"


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
