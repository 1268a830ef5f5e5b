"""The registered domain of a host: the one its owner has from a registry, or from who is like one.

In: a host name in lower case, in A-labels. Out: its registered domain.
Pure but for the list of public suffixes (https://publicsuffix.org), which comes with the package
`publicsuffixlist` and is read once, when the first host is asked about.

Both sections of the list count. Below a private suffix, as eu-west-1.compute.amazonaws.com, each
name has an owner of its own: to take all of them for one receiver would be wrong, and to take each
for one is right, for it is a server of its own. Where a hoster's own exchangers lie below a private
suffix (kasserver.com), data/providers.yaml has it.
"""

from __future__ import annotations

from functools import cache, lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from publicsuffixlist import PublicSuffixList


@cache
def _list() -> bytes:
    """Read the list: a rule a line, and comments that begin with //."""
    from publicsuffixlist import PSLFILE

    with open(PSLFILE, "rb") as file:
        return file.read()


@lru_cache(maxsize=1000)
def _suffixes(top_level: str, with_a_labels: bool) -> PublicSuffixList:
    """Give the rules below one top-level domain: all of them would take 20 ms at the start.

    A-labels (RFC 5890) are made of U-labels, which takes as long again.
    """
    from publicsuffixlist import PublicSuffixList  # only where needed: a start takes 1 MB less

    end = f".{_u_label(top_level)}\n".encode()
    before = (part.rpartition(b"\n")[2] for part in _list().split(end)[:-1])
    rules = [rule + end for rule in before if not rule.startswith(b"//")]
    return PublicSuffixList(rules, accept_encoded_idn=with_a_labels)


def _u_label(label: str) -> str:
    try:
        return label.encode().decode("idna") if label.startswith("xn--") else label
    except UnicodeError:
        return label


def registered_domain(host: str) -> str:
    """Give the public suffix of a host and the label before it; "" for a host that has none.

    A top-level domain that is not on the list is a public suffix (the list's rule `*`).
    """
    rest, _, top_level = host.rpartition(".")
    if not rest:
        return ""
    return _suffixes(top_level, "xn--" in host).privatesuffix(host) or ""
