"""Which receiver a record is about: the domain label, and whether the relay is our own.

In: the recipient domain and the relay as bytes of the log. Out: a label value, a verdict.
Pure. Labels that stand for no receiver are the remainders `address-literal`, `none`, `invalid`.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
from functools import lru_cache

from exporter.system.errors import ConfigurationError
from exporter.yaml.schema import shown

REMAINDERS = frozenset({"other", "unknown", "none", "invalid", "address-literal"})
"""Labels that stand for no receiver; a domain of that name would be taken for one."""

_ESCAPED = re.compile(rb"#([0-3][0-7]{2})")
# RFC 1123, 2.1, and underscores, which occur; a name of digits and dots only is an address
_HOST_NAME = re.compile(
    r"(?=.{1,253}\Z)(?!\d{1,3}(?:\.\d{1,3}){3}\Z)"
    r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?(?:\.[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?)*"
)
_RELAY = re.compile(r"(?P<host>[^\[\]]*)\[(?P<address>[^\]]*)\](?::\d+)?")
_OWN_HOSTS = frozenset({"localhost", "localhost.localdomain"})
_OWN_NETWORKS = tuple(
    ipaddress.ip_network(network)
    for network in (
        "10.0.0.0/8",  # RFC 1918
        "172.16.0.0/12",
        "192.168.0.0/16",
        "169.254.0.0/16",  # RFC 3927
        "fc00::/7",  # RFC 4193
        "fe80::/10",  # RFC 4291
    )
)
_OCTET = r"(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
# addresses that are in none of these, and no loopback; to read any other takes ten times as long
_PUBLIC = re.compile(rf"(?!0|10\.|127\.|169\.|172\.|192\.168\.){_OCTET}(?:\.{_OCTET}){{3}}")
_Address = ipaddress.IPv4Address | ipaddress.IPv6Address
_Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def label_of(domain: bytes) -> str:
    """Give the `domain` label: lower case, A-labels (RFC 5890), no trailing dot, or a remainder."""
    if not domain:
        return "none"
    if domain.startswith(b"["):
        return "address-literal"
    name = domain.decode("utf-8", "replace") if b"#" not in domain else _unescape(domain)
    name = name.removesuffix(".")
    if not name.isascii():
        name = _to_ascii(name)
    name = name.lower()
    return name if _HOST_NAME.fullmatch(name) and name not in REMAINDERS else "invalid"


domain_label = lru_cache(maxsize=1 << 13)(label_of)
"""The same, with a memory."""


def _unescape(domain: bytes) -> str:
    """Undo rsyslog's #ooo for control and 8-bit characters; `#` is in no host name."""
    return _ESCAPED.sub(lambda octal: bytes([int(octal[1], 8)]), domain).decode("utf-8", "replace")


def _to_ascii(name: str) -> str:
    """Convert U-labels to A-labels (RFC 5891, UTS 46); give "" when a label has none."""
    import idna  # only where needed: its tables take 2 MB

    try:
        return ".".join(
            label if label.isascii() else idna.encode(label, uts46=True).decode()
            for label in re.split("[.\u3002\uff0e\uff61]", name)
        )
    except (idna.IDNAError, UnicodeError):
        return ""


class Relays:
    """Tells hops inside our own system from receivers, by the host in `relay=`.

    `internal` and `remote` list host names (a leading dot means everything below), addresses and
    networks; `remote` wins, and its entries stand under `key` in the configuration. Raises
    ConfigurationError for an entry that is none of these.
    """

    def __init__(
        self,
        internal: Iterable[str] = (),
        remote: Iterable[str] = (),
        *,
        key: str = "remote_relays",
    ) -> None:
        internal, remote = tuple(internal), tuple(remote)
        self._internal = _RelayList("internal_relays", internal)
        self._remote = _RelayList(key, remote)
        self._lists_none = not internal and not remote

    def is_internal(self, relay: bytes) -> bool:
        """Whether a message handed to this relay has not left our own system."""
        match = _RELAY.fullmatch(relay.decode("utf-8", "replace"))
        if match is None:  # none, local, virtual, a pipe service
            return False
        host = match["host"].lower()
        if self._lists_none and _PUBLIC.fullmatch(match["address"]):
            return host in _OWN_HOSTS
        address = _address(match["address"])
        if self._remote.has(host, address):
            return False
        if self._internal.has(host, address) or host in _OWN_HOSTS or address is None:
            return True
        if address.is_loopback:
            # a named host on a loopback address is somebody's test provider, not a filter
            return _address(host) is not None
        return any(address in network for network in _OWN_NETWORKS)


class _RelayList:
    def __init__(self, key: str, entries: Iterable[str]) -> None:
        self._hosts: set[str] = set()
        self._suffixes: list[str] = []
        self._networks: list[_Network] = []
        for entry in entries:
            self._add(key, entry.lower().strip())

    def _add(self, key: str, entry: str) -> None:
        try:
            self._networks.append(ipaddress.ip_network(entry.strip("[]")))
        except ValueError as error:
            if not _HOST_NAME.fullmatch(entry.removeprefix(".")):
                raise ConfigurationError(
                    f"{key}: expected a host name, .domain, address or network without host bits,"
                    f" got {shown(entry)}"
                ) from error
            if entry.startswith("."):
                self._suffixes.append(entry)
            else:
                self._hosts.add(entry)

    def has(self, host: str, address: _Address | None) -> bool:
        """Whether the host or its address is listed."""
        return (
            host in self._hosts
            or any(host.endswith(suffix) for suffix in self._suffixes)
            or (address is not None and any(address in network for network in self._networks))
        )


def _address(text: str) -> _Address | None:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    mapped = getattr(address, "ipv4_mapped", None)
    return mapped or address
