"""Messages that journald did not take, by its own word.

In: the cursors of entries that look like it. Out: how many messages of Postfix' units each tells.
Lost: nothing; where journalctl fails, JournalError says so and nothing is told.

A program may write journald's words, and any field that does not begin with `_`. So journalctl is
asked for the entries that journald itself wrote, and for the fields that nobody else needs: each
field that is asked for costs journalctl 3 % of an entry, and these entries are rare.
"""

from __future__ import annotations

import logging
from collections.abc import Collection

from exporter.sources.journal_export import fields_of
from exporter.sources.journalctl import (
    SUPPRESSED,
    Child,
    JournalOptions,
    all_of,
    moment_of,
)

_FIELDS = ("N_DROPPED", "OBJECT_SYSTEMD_UNIT")

log = logging.getLogger(__name__)


def suppressed(options: JournalOptions, cursors: Collection[str]) -> list[int]:
    """Give how many messages were not taken, for each of the entries that tells of Postfix'.

    `cursors` are in the journal's order. Raises JournalError, and OSError.
    """
    last = max(map(moment_of, cursors)) // 1_000_000 + 1
    first = next(iter(cursors))
    flags = (f"--cursor={first}", f"--until=@{last}")
    data = all_of(Child(options, *flags, fields=_FIELDS, entries=SUPPRESSED.split()))
    told = [one for one in fields_of(data) if one["__CURSOR"].decode() in cursors]
    return [_number(one) for one in told if _may_be_of_postfix(one, options)]


def _may_be_of_postfix(fields: dict[str, bytes], options: JournalOptions) -> bool:
    unit = _unit(fields)
    named = any(f"_SYSTEMD_UNIT={unit}" in match.split() for match in options.matches)
    return unit.startswith("postfix") or named


def _unit(fields: dict[str, bytes]) -> str:
    return fields.get("OBJECT_SYSTEMD_UNIT", b"").decode("utf-8", "replace")


def _number(fields: dict[str, bytes]) -> int:
    lines = fields.get("N_DROPPED", b"")
    log.error(
        "journald did not take %s messages of %s: raise RateLimitBurst in journald.conf(5), or"
        " LogRateLimitBurst of the unit", lines.decode("ascii", "replace"), _unit(fields),
    )  # fmt: skip
    return int(lines) if lines.isdigit() else 0
