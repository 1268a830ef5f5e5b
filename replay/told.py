"""What alerts did, for a person or a program.

In: what was played, and the verdict of postfix-triage. Out: lines of text, or JSON. Pure.
Times are those of the host, as in a report of postfix-triage.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

from exporter.heuristics.sentences import clock, day
from replay.alerts import Episode
from replay.playing import Played

_SHOWN = ("scope", "destination", "provider", "cause", "reason", "instance")


def lines(played: Played, verdict: str) -> Iterator[str]:
    """Yield the lines of a report on what was played, without newlines."""
    fired = [one for one in played.episodes if one.firing is not None]
    pending = [one for one in played.episodes if one.firing is None]
    yield (
        f"{_from_to(played.begin, played.end)}, {played.lines:,} lines,"
        " scraped and evaluated once a minute"
    )
    if not fired:
        yield "No alert fired."
    for of in _by_alert(fired):
        yield ""
        yield _title(of[0])
        yield f"   {of[0].rule.summary}"
        yield from (f"   {_times(one)}" for one in of)
    if pending:
        yield ""
        yield "Pending, and over before they fired, or at the end"
        for of in _by_alert(pending):
            yield f"   {_title(of[0])}"
            yield from (f"      {_times(one)}" for one in of)
        if any(one.resolved is None for one in pending):
            yield "   What comes of those at the end if nothing more is logged, tells --after 1h."
    yield ""
    yield f"postfix-triage says: {verdict}"


def written(played: Played, verdict: str) -> str:
    """Give what was played as JSON, with times in UTC."""
    document: dict[str, Any] = {
        "begin": _iso(played.begin),
        "end": _iso(played.end),
        "lines": played.lines,
        "verdict": verdict,
        "alerts": [
            {
                "labels": dict(one.labels),
                "summary": one.rule.summary,
                "pending": _iso(one.pending),
                "firing": _iso(one.firing),
                "resolved": _iso(one.resolved),
            }
            for one in played.episodes
        ],
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _by_alert(episodes: Iterable[Episode]) -> Iterator[list[Episode]]:
    """Yield the episodes of each alert, in the order in which the alerts came first."""
    found: dict[Any, list[Episode]] = defaultdict(list)
    for one in episodes:
        found[one.labels].append(one)
    yield from found.values()


def _title(episode: Episode) -> str:
    labels = dict(episode.labels)
    of = ", ".join(f"{name} {labels[name]}" for name in _SHOWN if name in labels)
    return f"{labels['alertname']} ({labels.get('severity', 'no severity')})  {of}".rstrip()


def _times(one: Episode) -> str:
    text = f"pending {day(one.pending)}"
    if one.firing is not None:
        text += f", firing {clock(one.firing, one.pending)}"
    if one.resolved is None:
        return f"{text}, and still at the end"
    over = "resolved" if one.firing is not None else "over"
    return f"{text}, {over} {clock(one.resolved, one.pending)}"


def _from_to(begin: int, end: int) -> str:
    return f"{day(begin)} - {clock(end, begin)}"


def _iso(moment: int | None) -> str | None:
    return None if moment is None else datetime.fromtimestamp(moment, UTC).isoformat()
