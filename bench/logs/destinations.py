"""The receivers of the generated mail: invented domains and the hosts that take their mail.

Every name ends in .example (RFC 2606) and every address is from a block for documentation
(RFC 5737, RFC 3849), so that nobody's mail server is named.
"""

from __future__ import annotations

from itertools import accumulate
from random import Random
from typing import NamedTuple

_FIRST = (
    "alder amber birch bramble brook cedar clover copper coral dune elder fern flint garnet harbour"
    " hazel heron indigo ivory juniper larch linden lunar maple marble meadow mill moss north oak"
    " olive orchard pebble pine quartz raven reed river saffron slate sorrel thistle tulip willow"
).split()
_SECOND = (
    "bakery bank books bridge cabinet choir circle club college craft depot desk dairy farm ferry"
    " forge garden gazette guild hall hosting house institute kitchen lab library mail market"
    " museum network office painter partners post press rail school shop society studio supply"
    " theatre tools trade union weavers works"
).split()
_NETWORKS = ("192.0.2", "198.51.100", "203.0.113")
_LARGE = 10
_LEAST_PROVIDERS, _DOMAINS_A_PROVIDER = 20, 20
_SKEW = 1.1
"""Exponent of Zipf's law: how quickly the volume falls with a domain's rank."""


class Receiver(NamedTuple):
    """A recipient domain and its mail exchangers, each as `host[address]`."""

    domain: str
    exchangers: tuple[str, ...]


def receivers(random: Random, number: int) -> list[Receiver]:
    """Invent `number` receivers with distinct domains, those with the most mail first.

    The first ten run many exchangers of their own, a third of the others let a provider do it that
    is in no table of the exporter's: there are many of these, too, where there are many domains.
    """
    names = _names(random, max(_LEAST_PROVIDERS, number // _DOMAINS_A_PROVIDER))
    providers = [_exchangers(random, f"hosted.{name}", 4) for name in names]
    found = []
    for rank, domain in enumerate(_names(random, number)):
        if rank < _LARGE:
            exchangers = _exchangers(random, domain, 8)
        elif random.random() < 1 / 3:
            exchangers = random.choice(providers)
        else:
            exchangers = _exchangers(random, domain, random.choice((1, 1, 2)))
        found.append(Receiver(domain, exchangers))
    return found


def volumes(number: int) -> list[float]:
    """Give the cumulated shares of mail of `number` receivers, for `Random.choices`."""
    return list(accumulate((rank + 1) ** -_SKEW for rank in range(number)))


def address(random: Random) -> str:
    """Give an address of a host; one in eight is IPv6."""
    if random.random() < 1 / 8:
        return f"2001:db8:{random.getrandbits(16):x}::{random.randrange(1, 99)}"
    return f"{random.choice(_NETWORKS)}.{random.randrange(1, 255)}"


def _exchangers(random: Random, domain: str, number: int) -> tuple[str, ...]:
    return tuple(f"mx{host + 1}.{domain}[{address(random)}]" for host in range(number))


def _names(random: Random, number: int) -> list[str]:
    names: dict[str, None] = {}  # in the order of their invention, which a set does not keep
    while len(names) < number:
        first, second = random.choice(_FIRST), random.choice(_SECOND)
        names[_name(random.random(), first, second, random.randrange(2, 10_000))] = None
    return list(names)


def _name(form: float, first: str, second: str, suffix: int) -> str:
    if form < 0.4:
        return f"{first}{second}.example"
    if form < 0.7:
        return f"{first}-{second}.example"
    if form < 0.8:
        return f"{second}.{first}.example"
    return f"{first}{second}{suffix}.example"
