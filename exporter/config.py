"""The configuration file: YAML in, frozen dataclasses out.

Every key is optional. Every error names the file, the key, what was expected and what was found;
an unknown key is an error, because a misspelt one would be silently without effect.
"""

from __future__ import annotations

import os
import re
import warnings
from dataclasses import dataclass, field
from typing import Any

from exporter.queue.options import QueueOptions, read_queue
from exporter.records.agents import PROGRAMS
from exporter.records.senders import BY_DOMAIN
from exporter.records.senders import WAYS as SENDER_WAYS
from exporter.records.services.event import ALL_NAMES as COLLECTORS
from exporter.sources.journalctl import NAME as JOURNAL
from exporter.sources.journalctl import JournalOptions
from exporter.sources.rotation import ROTATED, suffix_pattern
from exporter.sources.syslog.address import ACCESS, address_of
from exporter.system.errors import ConfigurationError
from exporter.verdict.classify import Rule
from exporter.verdict.destination import Relays
from exporter.verdict.knowledge import built_in, read_providers, read_rules
from exporter.verdict.providers import BY_RELAY, WAYS, Provider, smarthosts
from exporter.yaml.file import read_yaml
from exporter.yaml.schema import (
    Reader,
    boolean,
    duration,
    mapping,
    natural,
    one_of,
    positive,
    section,
    shown,
    some_of,
    text,
    texts,
)

_LONGEST_PATTERN = 500
_ALL = "all"
STARTS = ("end", "beginning")
INTERVALS = (0.1, 60.0)
"""Seconds between commits, at least and at most: each syncs the disk, and the page waits for it."""


@dataclass(frozen=True, slots=True)
class LogConfig:
    """What is read; see docs/configuration.md."""

    paths: tuple[str, ...] = ()
    journal: JournalOptions | None = None
    syslog: tuple[str, ...] = ()
    syslog_access: str = "group"
    rotated: str = ROTATED
    start: str = "end"
    syslog_names: tuple[str, ...] = ()

    def names(self) -> tuple[str, ...]:
        """Give what is read, by name."""
        return (*self.paths, *([JOURNAL] if self.journal else []), *self.syslog)


@dataclass(frozen=True, slots=True)
class DomainsConfig:
    """The bound on series; `idle` in seconds."""

    limit: int = 2000
    idle: float = 7 * 86400.0


@dataclass(frozen=True, slots=True)
class ReceiversConfig:
    """What names a receiver, and the bound on those that no table knows."""

    by: str = BY_RELAY
    limit: int = 500


@dataclass(frozen=True, slots=True)
class SendersConfig:
    """What names a sender, and the bound on series; with a limit of 0 none are counted.

    `idle` is in seconds.
    """

    by: str = BY_DOMAIN
    limit: int = 0
    idle: float = 7 * 86400.0


@dataclass(frozen=True, slots=True)
class CheckpointConfig:
    """Where the exporter's memory is kept; "" is the default place.

    `interval` is in seconds: the page is at most so far behind the log while mail flows.
    """

    file: str = ""
    interval: float = 5.0


@dataclass(frozen=True, slots=True)
class Config:
    """The whole configuration; `hold` in seconds, `providers` and `causes` add to the tables."""

    log: LogConfig = field(default_factory=LogConfig)
    agents: tuple[str, ...] = ("smtp", "error")
    internal_relays: tuple[str, ...] = ()
    remote_relays: tuple[str, ...] = ()
    domains: DomainsConfig = field(default_factory=DomainsConfig)
    receivers: ReceiversConfig = field(default_factory=ReceiversConfig)
    senders: SendersConfig = field(default_factory=SendersConfig)
    hold: float = 65.0
    providers: tuple[Provider, ...] = ()
    causes: tuple[Rule, ...] = ()
    queue: QueueOptions | None = None
    collectors: tuple[str, ...] = ()
    checkpoint: CheckpointConfig = field(default_factory=CheckpointConfig)


def load(path: str) -> Config:
    """Read and check the file at `path`; raises ConfigurationError."""
    data = read_yaml(path)
    try:
        return _config({} if data is None else data)
    except ConfigurationError as error:
        raise ConfigurationError(f"{path}: {error}") from error


def default_checkpoint() -> str:
    """Give the checkpoint's usual place: systemd's state folder, else the user's."""
    if folder := os.environ.get("STATE_DIRECTORY"):
        return os.path.join(folder.split(":")[0], "checkpoint.json")
    home = os.environ.get("XDG_STATE_HOME") or os.path.expanduser("~/.local/state")
    return os.path.join(home, "postfix-deliverability-exporter", "checkpoint.json")


def _config(data: Any) -> Config:
    config = Config(**mapping("", data, _SECTIONS))
    Relays(config.internal_relays, config.remote_relays)
    Relays(remote=smarthosts(config.providers), key="providers.hosts")
    _check_providers(config.providers)
    if config.causes:
        _check_rules(config.causes, config.providers)
    return config


def _check_providers(providers: tuple[Provider, ...]) -> None:
    """Refuse providers that nothing can be found to be."""
    for number, one in enumerate(providers):
        if not (one.hosts or one.unverified or one.domains):
            raise ConfigurationError(
                f"providers[{number}]: expected hosts or domains of {shown(one.id)}, got neither"
            )


def _check_rules(rules: tuple[Rule, ...], providers: tuple[Provider, ...]) -> None:
    """Refuse ids of rules that are taken, and rules for providers that do not exist."""
    taken = {rule.id for rule in built_in().rules}
    known = {one.id for one in (*built_in().providers, *providers)}
    for number, rule in enumerate(rules):
        if rule.id in taken:
            raise ConfigurationError(
                f"causes[{number}].id: expected an id that no other rule has, got {shown(rule.id)}"
            )
        taken |= {rule.id} - {""}
        for name in rule.provider:
            if name not in known:
                raise ConfigurationError(
                    f"causes[{number}].provider: expected providers of docs/codes.md or of the"
                    f" configuration, got {shown(name)}"
                )


def _syslog_names(key: str, value: Any) -> tuple[str, ...]:
    for name in texts(key, value):
        if not re.fullmatch(r"[^\s:\[]+", name):
            raise ConfigurationError(
                f"{key}: expected names without spaces, : and [, got {shown(name)}"
            )
    return texts(key, value)


def syslog_addresses(key: str, value: Any) -> tuple[str, ...]:
    """Read addresses at which syslog is received; raises ConfigurationError."""
    for address in texts(key, value):
        try:
            address_of(address)
        except ValueError as expected:
            raise ConfigurationError(f"{key}: expected {expected}, got {shown(address)}") from None
    return texts(key, value)


def _matches(key: str, value: Any) -> tuple[str, ...]:
    matches = texts(key, value)
    for match in matches:
        if not all(re.fullmatch(r"[A-Z_][A-Z0-9_]*=.*", word) for word in match.split() or [""]):
            raise ConfigurationError(
                f"{key}: expected FIELD=VALUE, several of them with a space between, got"
                f" {shown(match)}"
            )
    return matches


def _pattern(key: str, value: Any) -> str:
    suffix = text(key, value)
    if len(suffix) > _LONGEST_PATTERN:
        raise ConfigurationError(f"{key}: expected at most {_LONGEST_PATTERN} characters")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", FutureWarning)  # a pattern that will mean another thing
            pattern = re.compile(suffix)
            suffix_pattern(suffix)
    except (re.error, OverflowError, RecursionError, FutureWarning) as error:
        raise ConfigurationError(f"{key}: expected a regular expression: {error}") from error
    if pattern.fullmatch(""):
        raise ConfigurationError(f"{key}: expected a pattern that does not match an empty suffix")
    return suffix


def read_collectors(key: str, value: Any) -> tuple[str, ...]:
    """Read names of collectors, of which `all` is all, or a mapping of names to true or false."""
    if isinstance(value, dict):
        on = mapping(key, value, dict.fromkeys(COLLECTORS, boolean))
        return tuple(name for name in COLLECTORS if on.get(name))
    names = some_of((*COLLECTORS, _ALL), ", ".join((*COLLECTORS, _ALL)))(key, value)
    return tuple(name for name in COLLECTORS if name in names or _ALL in names)


def _interval(key: str, value: Any) -> float:
    least, most = INTERVALS
    seconds = duration(key, value)
    if not least <= seconds <= most:
        raise ConfigurationError(
            f"{key}: expected a duration from {least:g}s to {most:g}s, got {shown(value)}"
        )
    return seconds


_SECTIONS: dict[str, Reader] = {
    "log": section(
        LogConfig,
        {
            "paths": texts,
            "journal": section(
                JournalOptions, {"matches": _matches, "directory": text, "namespace": text}
            ),
            "syslog": syslog_addresses,
            "syslog_access": one_of(tuple(ACCESS)),
            "rotated": _pattern,
            "start": one_of(STARTS),
            "syslog_names": _syslog_names,
        },
    ),
    "agents": some_of(PROGRAMS, "Postfix delivery agents such as smtp, error, lmtp"),
    "internal_relays": texts,
    "remote_relays": texts,
    "domains": section(DomainsConfig, {"limit": positive, "idle": duration}),
    "receivers": section(ReceiversConfig, {"by": one_of(WAYS), "limit": positive}),
    "senders": section(
        SendersConfig, {"by": one_of(SENDER_WAYS), "limit": natural, "idle": duration}
    ),
    "hold": duration,
    "providers": read_providers,
    "causes": read_rules,
    "queue": read_queue,
    "collectors": read_collectors,
    "checkpoint": section(CheckpointConfig, {"file": text, "interval": _interval}),
}
