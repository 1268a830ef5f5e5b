"""Who runs the mail exchanger that a record names: the label `provider`.

In: the host of `relay=`, or the one that the text names, and the recipient's domain.
Out: the provider of the table; for a host in no table the registered domain of the host, which has
a dot as no provider of the table has; `other` where that is the recipient's own, or none;
`unknown` where no host was ever seen.
Pure.

Trust: the name before the brackets is what DNS calls the address, chosen by the owner of the
recipient's domain or of the address. Whoever lies there hides himself only.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from exporter.verdict.destination import label_of
from exporter.verdict.registered import registered_domain

OTHER = "other"
UNKNOWN = "unknown"
_LONGEST_HOST = 255  # RFC 1035, 2.3.4

RELAY = "relay"
"""The kind of provider that takes our mail for others: a smarthost."""

KINDS = ("consumer", "hosted", "gateway", "isp", RELAY)


@dataclass(frozen=True, slots=True)
class Provider:
    """An entry of providers.yaml, which explains the keys."""

    id: str
    name: str = ""
    kind: str = "hosted"
    hosts: tuple[str, ...] = ()
    unverified: tuple[str, ...] = ()
    domains: tuple[str, ...] = ()
    postmaster: str = ""
    note: str = ""


def smarthosts(providers: Iterable[Provider]) -> list[str]:
    """Give the hosts that take our mail for others, as `remote_relays` lists them."""
    hosts = [host for one in providers if one.kind == RELAY for host in one.hosts]
    below = ["." + host for host in hosts if not host[-1].isdigit() and ":" not in host]
    return [host for host in (*hosts, *below) if "*" not in host]


def is_named(provider: str) -> bool:
    """Whether a provider is in no table, and has the name of its registered domain."""
    return "." in provider


def listed(provider: str) -> str:
    """Give a provider of a table; those that have the name of a domain are one, so few series."""
    return OTHER if is_named(provider) else provider


class ProviderTable:
    """Finds the provider of a host: the longest end of its name that is listed decides.

    Hosts below `rented` are everybody's, and tell no receiver.
    """

    def __init__(self, providers: Iterable[Provider], rented: Iterable[str] = ()) -> None:
        all_of_them = tuple(providers)
        self._by_host = dict.fromkeys(rented, OTHER) | {
            host: provider.id
            for provider in all_of_them
            for host in (*provider.hosts, *provider.unverified)
        }
        self.domains = {
            domain: provider.id for provider in all_of_them for domain in provider.domains
        }
        """Providers that are known to run all mail of a domain, by its label."""
        self.of_host = lru_cache(maxsize=1 << 12)(self._of_host)
        """Provider of a host name, or its registered domain where no table has it."""

    def _of_host(self, host: str) -> str:
        """Give the provider of a host; `*` in a listed host stands for one label."""
        if len(host) > _LONGEST_HOST:
            return OTHER
        end = host.lower().rstrip(".")
        while end:
            first, _, rest = end.partition(".")
            starred = f"{first}.*.{rest.partition('.')[2]}"
            if found := self._by_host.get(end) or self._by_host.get(starred):
                return found
            end = rest
        return registered_domain(label_of(host.encode())) or OTHER

    def of_relay(self, relay: bytes) -> str | None:
        """Give the provider of `relay=host[address]:port`, None where that names no host."""
        host, bracket, _ = relay.partition(b"[")
        return self.of_host(host.decode("utf-8", "replace")) if bracket and host else None

    def of_domain(self, domain: str) -> str:
        """Give the provider of a recipient's domain, as a label: who is known to run its mail."""
        return self.domains.get(domain, OTHER)


BY_RELAY = "relay"
BY_RECIPIENT = "recipient"
WAYS = (BY_RELAY, BY_RECIPIENT)
"""What tells the provider: the host of `relay=`, or the recipient's domain."""


# src/smtp/smtp_connect.c and smtp_trouble.c: how Postfix names the host it speaks of
_NAMED = re.compile(
    rb"(?:delivery temporarily suspended: )?"
    rb"(?:connect to |host |lost connection with |conversation with "
    rb"|SASL authentication failed; server |TLS is required, but was not offered by host )"
    rb"(?P<relay>[^ \[\]]++\[[^ \[\]]*+\](?::[0-9]++)?)"
)


def relay_in_text(text: bytes) -> bytes:
    """Give the `host[address]:port` that Postfix speaks of in a record's text, b"" without one."""
    named = _NAMED.match(text)
    return named["relay"] if named else b""
