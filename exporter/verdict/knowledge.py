"""What the exporter knows of codes and providers: its two data files, read and checked.

In: data/causes.yaml, data/providers.yaml, and what the configuration adds to them. Out: frozen
records. The built-in files and the additions are read by the same rules, so that an addition that
works here may stand there.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any

from exporter.records.agents import PROGRAMS
from exporter.system.errors import ConfigurationError
from exporter.verdict.classify import (
    CAUSES,
    COMMANDS,
    SPEAKERS,
    STATUSES,
    Classifier,
    Rule,
    code_pattern,
)
from exporter.verdict.destination import REMAINDERS, domain_label
from exporter.verdict.phrases import phrase
from exporter.verdict.providers import KINDS, Provider, ProviderTable
from exporter.yaml.builtin import read_builtin
from exporter.yaml.schema import Reader, one_of, records, shown, some_of, text, texts


@dataclass(frozen=True, slots=True)
class Cause:
    """What a value of the label `cause` means, and what to check next."""

    meaning: str
    next: str


@dataclass(frozen=True, slots=True)
class Knowledge:
    """The content of both files."""

    sources: Mapping[str, str]
    causes: Mapping[str, Cause]
    rules: tuple[Rule, ...]
    providers: tuple[Provider, ...]
    rented: tuple[str, ...]


@cache
def built_in() -> Knowledge:
    """Read the files that come with the exporter."""
    causes, providers = _load("causes.yaml"), _load("providers.yaml")
    return Knowledge(
        causes["sources"],
        {name: Cause(**told) for name, told in causes["causes"].items()},
        _numbered("causes.yaml", read_rules("rules", causes["rules"])),
        read_providers("providers", providers["providers"]),
        _hosts("rented", providers["rented"]),
    )


@cache
def familiar_codes() -> frozenset[str]:
    """Give the codes that rules name, and x.0.0 to x.7.0: no receiver made them up."""
    named = {code for rule in built_in().rules for code in rule.code}
    patterns = {code for code in named if re.fullmatch(r"[x45]\.\d+\.\d+", code)}
    spelt = {code.replace("x", digit) for code in patterns for digit in "45"}
    return frozenset(spelt | {f"{digit}.{subject}.0" for digit in "245" for subject in range(8)})


def classifier(additions: Iterable[Rule] = ()) -> Classifier:
    """Give the classifier of the configuration's rules, which come first, and the built-in ones."""
    return _classifier(_numbered("configuration", additions))


@lru_cache(maxsize=2)  # a configuration is read again more often than its rules change
def _classifier(additions: tuple[Rule, ...]) -> Classifier:
    return Classifier([*additions, *built_in().rules])


def provider_table(additions: Iterable[Provider] = ()) -> ProviderTable:
    """Give the table of the built-in providers and the configuration's, which win."""
    return ProviderTable([*built_in().providers, *additions], built_in().rented)


def _load(name: str) -> Any:
    return read_builtin(files("exporter.verdict").joinpath("data", name).read_text("utf-8"))


def _numbered(file: str, rules: Iterable[Rule]) -> tuple[Rule, ...]:
    return tuple(
        replace(rule, id=rule.id or f"{file}-{number}", origin=f"{file}, rule {number}")
        for number, rule in enumerate(rules, 1)
    )


# -- the keys of both files ------------------------------------------------------------------------

_ID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_HOST = re.compile(r"[a-z0-9_*:](?:[a-z0-9_.:*-]*[a-z0-9_:])?")


def _provider_id(key: str, value: Any) -> str:
    name = text(key, value)
    if not _ID.fullmatch(name) or name in REMAINDERS:
        raise ConfigurationError(
            f"{key}: expected lower-case letters, digits and hyphens, and none of"
            f" {', '.join(sorted(REMAINDERS))}; got {shown(name)}"
        )
    return name


def _rule_id(key: str, value: Any) -> str:
    name = text(key, value)
    if not _ID.fullmatch(name):
        raise ConfigurationError(
            f"{key}: expected lower-case letters, digits and hyphens; got {shown(name)}"
        )
    return name


def _provider_ids(key: str, value: Any) -> tuple[str, ...]:
    return tuple(_provider_id(key, name) for name in texts(key, value))


def _hosts(key: str, value: Any) -> tuple[str, ...]:
    hosts = tuple(host.lower().strip(".") for host in texts(key, value))
    for host in hosts:
        if not _HOST.fullmatch(host):
            raise ConfigurationError(f"{key}: expected ends of host names, got {shown(host)}")
    return hosts


def _domains(key: str, value: Any) -> tuple[str, ...]:
    written = [name for some in texts(key, value) for name in some.split()]
    domains = tuple(domain_label(name.encode()) for name in written)
    for name, domain in zip(written, domains, strict=True):
        if domain in REMAINDERS:
            raise ConfigurationError(f"{key}: expected domains, got {shown(name)}")
    return domains


def _all(read: Callable[[str], object], expected: str) -> Reader:
    """Give a reader of texts that `read` takes without a ValueError."""

    def check(key: str, value: Any) -> tuple[str, ...]:
        found = texts(key, value)
        for written in found:
            try:
                read(written)
            except ValueError:
                raise ConfigurationError(
                    f"{key}: expected {expected} got {shown(written)}"
                ) from None
        return found

    return check


_codes = _all(code_pattern, "codes such as 4.7.28, x.1.1, 5.7.x, 4.7.500-699;")
_listed_phrases = _all(
    phrase,
    "phrases with a word of two letters or more, and `*` at the end of a word or between two,"
    " or `**` between two,",
)


def _phrases(key: str, value: Any) -> tuple[str, ...]:
    # one text with many phrases is read much faster than a list of them
    if isinstance(value, str) and "|" in value:
        value = [" ".join(written.split()) for written in value.split("|")]
    phrases: tuple[str, ...] = _listed_phrases(key, value)
    return phrases


def _replies(key: str, value: Any) -> tuple[str, ...]:
    codes = value if isinstance(value, list) else [value]
    for code in codes or [None]:
        if type(code) is not int or not (code in (4, 5) or 400 <= code <= 599):
            raise ConfigurationError(
                f"{key}: expected reply codes such as 450, or their first digit, 4 or 5;"
                f" got {shown(value)}"
            )
    return tuple(map(str, codes))


def _flag(key: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise ConfigurationError(f"{key}: expected true or false, got {shown(value)}")
    return value


read_providers = records(
    Provider,
    {
        "id": _provider_id,
        "name": text,
        "kind": one_of(KINDS),
        "hosts": _hosts,
        "unverified": _hosts,
        "domains": _domains,
        "postmaster": text,
        "note": text,
    },
    required=("id",),
)
"""Read a list of providers; raises ConfigurationError."""

read_rules = records(
    Rule,
    {
        "id": _rule_id,
        "cause": one_of([cause for cause in CAUSES if cause != "delivered"]),
        "said": some_of(SPEAKERS, f"one of: {', '.join(SPEAKERS)}"),
        "provider": _provider_ids,
        "code": _codes,
        "reply": _replies,
        "status": some_of(STATUSES, f"one of: {', '.join(STATUSES)}"),
        "agent": some_of(PROGRAMS, "Postfix delivery agents such as smtp, error"),
        "command": some_of(COMMANDS, f"one of: {', '.join(COMMANDS)}"),
        "text": _phrases,
        "meaning": text,
        "next": text,
        "source": text,
        "unverified": _flag,
    },
    required=("cause",),
)
"""Read a list of rules; raises ConfigurationError."""
