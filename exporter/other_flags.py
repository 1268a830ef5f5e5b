"""Flags of other Postfix exporters: those that mean nothing here, and what to do instead.

In: arguments. Out: an error that says what to do.
Flags of theirs that mean the same are flags of ours, where these are added.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Any

from exporter.system.errors import ConfigurationError

_CONTAINER = (
    "name Docker's or Kubernetes' log file with --postfix.logfile-path, or let standard input be"
    " read (docs/containers.md)"
)
_UNIT = (
    "leave it out: all entries of the facility mail are read; the key log.journal.matches selects"
    " others, such as _SYSTEMD_UNIT=postfix.service"
)
_SERVICES = (
    "leave it out: services are known by the program, by whatever syslog_name they log; the key"
    " log.syslog_names selects instances"
)

_INSTEAD: dict[str, str] = {
    **dict.fromkeys(
        ("docker.enable", "docker.container.id", "kubernetes.enable", "kubernetes.namespace",
         "kubernetes.pod-name", "kubernetes.service", "kubernetes.container",
         "kubernetes.kubeconfig"),
        _CONTAINER,
    ),
    **dict.fromkeys(("systemd.unit", "systemd.slice", "journald.unit"), _UNIT),
    **{
        f"postfix.{service}_service_label": _SERVICES
        for service in "cleanup lmtp pipe qmgr smtp smtpd bounce virtual postscreen".split()
    },
    "postfix.instance": "name it in the key log.syslog_names",
    "log.unsupported": "leave it out: delivery records that cannot be read are counted, and the"
    " first is told without what it says (docs/operations.md)",
    "postfix.logfile_must_exist": "leave it out: a log that does not exist is waited for, and told"
    " by postfix_exporter_log_readable",
    "postfix.logfile_poll": "leave it out: a log is polled",
    "postfix.logfile_debug": "leave it out; --log.level debug says more",
    "watchdog": "leave it out: a source that stops is opened again",
    "collector": "name what is read: --postfix.logfile-path PATH, or --journal; --collectors names"
    " what is counted",
    "web.systemd-socket": "name addresses with --web.listen-address",
}  # fmt: skip
_OFF: dict[str, str] = {
    **dict.fromkeys(
        ("docker.enable", "kubernetes.enable", "config.check"), "leave it out: it is off by default"
    ),
    "systemd.enable": "name a log with --postfix.logfile-path: the journal is read only where none"
    " is named and no usual log exists",
    **{
        name: _INSTEAD[name]
        for name in (
            "log.unsupported", "postfix.logfile_must_exist", "postfix.logfile_poll",
            "postfix.logfile_debug", "watchdog", "web.systemd-socket",
        )
    },
}  # fmt: skip
"""What to do instead of turning off what they have on or off."""

REFUSED = _INSTEAD | {f"no-{name}": told for name, told in _OFF.items()}
"""What to do instead, by the flag without its dashes."""


def add_refused_flags(flags: argparse.ArgumentParser) -> None:
    """Add the flags that are refused by name."""
    for name in REFUSED:
        flags.add_argument(
            f"--{name}", nargs="?", dest="refused", action=_Note, help=argparse.SUPPRESS
        )


def check_refused(flags: argparse.Namespace) -> None:
    """Raise ConfigurationError for a flag of another exporter that means nothing here."""
    if flags.refused:
        raise ConfigurationError(f"--{flags.refused}: {REFUSED[flags.refused]}")


class _Note(argparse.Action):
    """Takes note of which flag was given."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: str | Sequence[Any] | None,
        option_string: str | None = None,
    ) -> None:
        """Keep the flag's name."""
        namespace.refused = (option_string or "").removeprefix("--")
