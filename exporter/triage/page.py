"""A report as one HTML file without scripts and without anything from elsewhere.

In: a Report. Out: a text. Everything that is not ours is escaped.
Pure. The words are those of text.py; the time line is an SVG of bars.
"""

from __future__ import annotations

from base64 import b64encode
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256
from html import escape
from importlib.resources import files

from exporter.heuristics import words
from exporter.heuristics.measuring import Receiver
from exporter.heuristics.sentences import day, what, when
from exporter.heuristics.worst import Row, ranked
from exporter.triage import sentences
from exporter.triage.report import Report, Told

_POLICY = "default-src 'none'; style-src 'sha256-{}'; base-uri 'none'; form-action 'none'"
"""Content Security Policy Level 3: nothing but the one style sheet of this page."""

_MOST_ROWS, _MOST_CODES = 20, 8
_BAR, _HEIGHT = 10, 60
"""Width of a bar, and height of the time line, in units of the picture."""


def written(report: Report) -> str:
    """Give the page."""
    style = files("exporter.triage").joinpath("page.css").read_text("utf-8")
    policy = _POLICY.format(b64encode(sha256(style.encode()).digest()).decode())
    return "\n".join(
        (
            '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{policy}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            '<meta name="color-scheme" content="light dark">',
            f"<title>{escape(report.verdict)}</title>",
            f"<style>{style}</style>\n</head>\n<body>\n<main>",
            *_body(report),
            "</main>\n</body>\n</html>\n",
        )
    )


def _body(report: Report) -> Iterator[str]:
    yield f'<h1 class="{report.outcome.split()[0]}">{escape(report.verdict)}</h1>'
    yield _paragraph(sentences.read(report))
    if report.messages:
        yield _paragraph(sentences.ended(report))
    if report.not_understood:
        yield _paragraph(report.not_understood)
    yield from _time_line(report.hours, report, "All mail")
    for number, one in enumerate(report.problems, 1):
        yield from _problem(number, one, report)
    yield from _destinations(report.table)
    if report.looked_at:
        yield "<section><h2>Looked at, and no problem of reputation</h2>"
        yield from _list(report.looked_at)
        yield "</section>"
    if report.usual:
        yield _paragraph(sentences.usual(report))


def _problem(number: int, one: Told, report: Report) -> Iterator[str]:
    problem = one.problem
    yield f"<section>\n<h2>{number}. {escape(one.title)}</h2>"
    rows = [("when", when(problem)), ("what", what(problem))]
    rows += [("senders", sentences.senders(problem.senders))] if problem.senders else []
    rows += [("code", sentences.code(*code)) for code in one.codes[:_MOST_CODES]]
    rows += [("said", sample) for sample in one.samples]
    rows += [("means", one.meaning)] if one.meaning else []
    rows += [("reason", sentences.code(*reason)) for reason in one.reasons if reason[2]]
    yield from _list(rows)
    if len(problem.receivers) > 1:
        yield from _receivers(problem.receivers)
    if any(failures for failures, _ in one.hours):  # what was given up failed before
        yield from _time_line(one.hours, report, "Its receivers")
    yield "<h3>What to do</h3>\n<ol>"
    yield from (f"<li>{escape(step)}</li>" for step in one.next)
    yield "</ol>\n<h3>The command that shows its lines</h3>"
    yield f"<pre><code>{escape(one.command)}</code></pre>\n</section>"


def _receivers(receivers: Sequence[Receiver]) -> Iterator[str]:
    more = len(receivers) - _MOST_ROWS
    yield from _table(
        "Receivers, the worst first" + (f"; {more:,} more are not shown" if more > 0 else ""),
        ("Receiver", "Messages", "Failed", "Share"),
        (
            (
                words.name_of(of.destination),
                f"{of.messages:,}",
                f"{of.failures or of.recipients:,}",
                f"{of.ratio:.0%}" if of.failures else "",
            )
            for of in receivers[:_MOST_ROWS]
        ),
    )


def _destinations(rows: Sequence[Row]) -> Iterator[str]:
    """Yield the table of destinations by code, those with the most failures first."""
    if not rows:
        return
    total: Counter[str] = Counter()
    for row in rows:
        total.update(dict(row.codes))
    codes = [code for code, _ in ranked(total)[:_MOST_CODES]]
    others = ["Others"] if len(total) > len(codes) else []
    yield "<section>\n<h2>Destinations and codes</h2>"
    yield from _table(
        "Messages that failed at first, by destination and enhanced status code",
        ("Domain", "Provider", "Messages", "Failed", *codes, *others),
        (_row(row, codes)[: 4 + len(codes) + len(others)] for row in rows),
    )
    yield "</section>"


def _row(row: Row, codes: Sequence[str]) -> list[str]:
    of = dict(row.codes)
    shown = [of.get(code, 0) for code in codes]
    cells = [f"{times:,}" if times else "" for times in (*shown, row.failures - sum(shown))]
    return [row.domain, row.provider, f"{row.messages:,}", f"{row.failures:,}", *cells]


def _table(caption: str, head: Sequence[str], rows: Iterable[Iterable[str]]) -> Iterator[str]:
    """Yield a table in a box of its own, which scrolls where the table is wider than the page."""
    yield f'<div class="wide" role="region" aria-label="{escape(caption)}" tabindex="0">'
    yield f"<table>\n<caption>{escape(caption)}</caption>\n<thead><tr>"
    yield from (f'<th scope="col">{escape(name)}</th>' for name in head)
    yield "</tr></thead>\n<tbody>"
    for first, *others in rows:
        cells = "".join(f"<td>{escape(cell)}</td>" for cell in others)
        yield f'<tr><th scope="row">{escape(first)}</th>{cells}</tr>'
    yield "</tbody></table></div>"


def _time_line(bars: Sequence[tuple[int, int]], report: Report, of: str) -> Iterator[str]:
    """Yield a picture of messages and failures over time, with its axes."""
    most = max((messages for _, messages in bars), default=0)
    if not most:
        return
    label = f"{of}: messages, and those that failed; {sentences.axis(report)}"
    yield f'<figure>\n<div class="most">{most:,}</div>'
    yield (
        f'<svg viewBox="0 0 {_BAR * len(bars)} {_HEIGHT}" preserveAspectRatio="none" role="img"'
        f' aria-label="{escape(label)}">'
    )
    starts = [
        sentences.begin(report) + place * report.seconds_of_bar for place in range(len(bars) + 1)
    ]
    for place, (failures, messages) in enumerate(bars):
        if messages:
            when = day(starts[place])
            yield f"<g><title>{when}: {failures:,} of {messages:,} messages failed</title>"
            yield _bar(place, messages, most, "mail") + _bar(place, failures, most, "failed")
            yield "</g>"
    yield '</svg>\n<div class="axis">'
    yield from (f"<span>{day(start)}</span>" for start in (starts[0], starts[-1]))
    yield f"</div>\n<figcaption>{escape(label)}</figcaption>\n</figure>"


def _bar(place: int, times: int, most: int, kind: str) -> str:
    height = round(_HEIGHT * times / most, 2)
    return (
        f'<rect class="{kind}" x="{_BAR * place + 1}" y="{_HEIGHT - height:g}"'
        f' width="{_BAR - 2}" height="{height:g}"/>'
    )


def _list(rows: Iterable[tuple[str, str]]) -> Iterator[str]:
    yield "<dl>"
    before = ""
    for name, text in rows:
        term = f"<dt>{escape(name)}</dt>" if name != before else ""
        yield f"{term}<dd>{escape(text)}</dd>"
        before = name
    yield "</dl>"


def _paragraph(text: str) -> str:
    return f"<p>{escape(text)}</p>"
