"""A report as one HTML file without scripts and without anything from elsewhere.

In: a Report. Out: a text. Everything that is not ours is escaped.
Pure. The words are those of text.py; the time line is an SVG of bars.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from html import escape
from importlib.resources import files

from exporter.heuristics import words
from exporter.triage import sentences
from exporter.triage.report import Report, Row, Told

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
_BAR, _HEIGHT = 10, 60
"""Width of a bar, and height of the time line, in units of the picture."""


def written(report: Report) -> str:
    """Give the page."""
    style = files("exporter.triage").joinpath("page.css").read_text("utf-8")
    return "\n".join(
        (
            "<!DOCTYPE html>",
            '<html lang="en"><head><meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">',
            '<meta name="color-scheme" content="light dark">',
            f"<title>{escape(report.verdict)}</title><style>{style}</style></head><body><main>",
            *_body(report),
            "</main></body></html>\n",
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
    yield f"<section><h2>{number}. {escape(one.title)}</h2>"
    rows = [("when", sentences.when(problem)), ("what", sentences.what(problem))]
    rows += [("code", sentences.code(*code)) for code in one.codes[:5]]
    rows += [("said", sample) for sample in one.samples]
    rows += [("means", one.meaning)] if one.meaning else []
    rows += [("reason", sentences.code(*reason)) for reason in one.reasons if reason[2]]
    yield from _list(rows)
    if len(problem.receivers) > 1:
        yield from _table(
            "Receivers, the worst first",
            ("Receiver", "Messages", "Failed", "Share"),
            (
                (
                    words.name_of(of.destination),
                    f"{of.messages:,}",
                    f"{of.failures or of.recipients:,}",
                    f"{of.ratio:.0%}" if of.failures else "",
                )
                for of in problem.receivers[:20]
            ),
        )
    yield from _time_line(one.hours, report, "Its receivers")
    yield "<h3>What to do</h3><ol>"
    yield from (f"<li>{escape(step)}</li>" for step in one.next)
    yield "</ol><h3>Its lines</h3>"
    yield f"<pre><code>{escape(one.command)}</code></pre></section>"


def _destinations(rows: Sequence[Row]) -> Iterator[str]:
    """Yield the table of destinations by code, those with the most failures first."""
    if not rows:
        return
    codes = list(dict.fromkeys(code for row in rows for code, _ in row.codes))[:8]
    yield "<section><h2>Destinations and codes</h2>"
    yield from _table(
        "Messages that failed, by destination and code",
        ("Domain", "Provider", "Messages", "Failed", *codes),
        (
            (
                row.domain,
                row.provider,
                f"{row.messages:,}",
                f"{row.failures:,}",
                *(f"{dict(row.codes).get(code, 0) or ''}" for code in codes),
            )
            for row in rows
        ),
    )
    yield "</section>"


def _table(caption: str, head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield f'<div class="wide"><table><caption>{escape(caption)}</caption><thead><tr>'
    yield from (f'<th scope="col">{escape(name)}</th>' for name in head)
    yield "</tr></thead><tbody>"
    for first, *others in rows:
        cells = "".join(f"<td>{escape(cell)}</td>" for cell in others)
        yield f'<tr><th scope="row">{escape(first)}</th>{cells}</tr>'
    yield "</tbody></table></div>"


def _time_line(bars: Sequence[tuple[int, int]], report: Report, of: str) -> Iterator[str]:
    """Yield a picture of messages and failures over time."""
    most = max((messages for _, messages in bars), default=0)
    if not most:
        return
    width = _BAR * len(bars)
    label = f"{of}: messages and failures, {sentences.axis(report)}"
    yield "<figure>"
    yield (
        f'<svg viewBox="0 0 {width} {_HEIGHT}" preserveAspectRatio="none" role="img"'
        f' aria-label="{escape(label)}">'
    )
    for place, (failures, messages) in enumerate(bars):
        if messages:
            when = sentences.day((report.first or 0) // 3600 * 3600 + place * report.seconds_of_bar)
            yield f"<g><title>{when}: {failures:,} of {messages:,} failed</title>"
            yield _bar(place, messages, most, "mail") + _bar(place, failures, most, "failed")
            yield "</g>"
    yield f"</svg><figcaption>{escape(label)}; at most {most:,}</figcaption></figure>"


def _bar(place: int, times: int, most: int, kind: str) -> str:
    height = round(_HEIGHT * times / most, 2)
    return (
        f'<rect class="{kind}" x="{_BAR * place + 1}" y="{_HEIGHT - height:g}"'
        f' width="{_BAR - 2}" height="{height:g}"/>'
    )


def _list(rows: Iterable[tuple[str, str]]) -> Iterator[str]:
    yield "<dl>"
    yield from (f"<dt>{escape(name)}</dt><dd>{escape(text)}</dd>" for name, text in rows)
    yield "</dl>"


def _paragraph(text: str) -> str:
    return f"<p>{escape(text)}</p>"
