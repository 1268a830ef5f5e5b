"""A report as JSON; docs/triage.schema.json says what is in it.

In: a Report. Out: a text. Times are RFC 3339 in UTC, shares between 0 and 1.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from exporter.heuristics.figures import QUARTER
from exporter.triage.report import Report, Told

VERSION = 1
"""Raised when a key changes its meaning or goes; new keys may come at any time."""

_SENDERS = 10
"""Senders of a problem that are told by name, at most."""


def written(report: Report) -> str:
    """Give the document."""
    return json.dumps(document(report), indent=2, ensure_ascii=False) + "\n"


def document(report: Report) -> dict[str, Any]:
    """Give the document as plain values."""
    return {
        "schema_version": VERSION,
        "verdict": report.verdict,
        "outcome": report.outcome,
        "reason": report.reason,
        "logs": list(report.logs),
        "first": _time(report.first),
        "last": _time(report.last),
        "lines": report.lines,
        "not_understood": report.not_understood,
        "messages": {
            "total": report.messages,
            "delivered": report.delivered,
            "permanent": report.permanent,
            "temporary": report.temporary,
        },
        "attempts": report.attempts,
        "waiting_recipients": report.waiting,
        "problems": [_problem(told) for told in report.problems],
        "looked_at": [{"subject": name, "text": text} for name, text in report.looked_at],
        "first_failures": dict(report.usual),
        "destinations": [
            {
                "domain": row.domain,
                "provider": row.provider,
                "messages": row.messages,
                "failures": row.failures,
                "codes": dict(row.codes),
            }
            for row in report.table
        ],
        "timeline": {
            "seconds": report.seconds_of_bar,
            "failures": [failures for failures, _ in report.hours],
            "messages": [messages for _, messages in report.hours],
        },
    }


def _problem(told: Told) -> dict[str, Any]:
    problem = told.problem
    return {
        "alert": problem.alert,
        "title": told.title,
        "cause": problem.cause,
        "meaning": told.meaning,
        "begin": _time(problem.begin * QUARTER),
        "end": _time(problem.end * QUARTER),
        "goes_on": problem.goes_on,
        "waves": [
            {"begin": _time(begin * QUARTER), "end": _time(end * QUARTER)}
            for begin, end in problem.waves
        ],
        "messages": problem.messages,
        "failures": problem.failures,
        "recipients": problem.recipients,
        "ratio": problem.ratio,
        "ratio_elsewhere": problem.elsewhere,
        "ratio_before": problem.before,
        "permanent": problem.permanent,
        "retries": problem.retries,
        "suspended": problem.suspended,
        "receivers": [
            {
                "scope": of.destination.scope,
                "name": of.destination.name,
                "domains": list(of.domains),
                "messages": of.messages,
                "failures": of.failures,
                "recipients": of.recipients,
            }
            for of in problem.receivers
        ],
        "senders": [
            {"sender": who, "attempts": times} for who, times in problem.senders[:_SENDERS]
        ],
        "codes": [
            {"code": code, "failures": times, "meaning": meaning}
            for code, times, meaning in told.codes
        ],
        "reasons": [
            {"reason": reason, "failures": times, "meaning": meaning}
            for reason, times, meaning in told.reasons
        ],
        "samples": list(told.samples),
        "next": list(told.next),
        "command": told.command,
    }


def _time(moment: float | None) -> str | None:
    if moment is None:
        return None
    return datetime.fromtimestamp(moment, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
