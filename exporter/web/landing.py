"""The page at /: the verdict on the last day, for a person.

In: an Overview and the exporter's health. Out: HTML without scripts, whole in itself.
Pure. Everything that stands in it is escaped; no address is in it, for no counter has one.
"""

from __future__ import annotations

import hashlib
from base64 import b64encode
from collections.abc import Iterator
from datetime import UTC
from html import escape
from typing import NamedTuple

from exporter import __version__
from exporter.heuristics import words
from exporter.heuristics.figures import QUARTER
from exporter.heuristics.measuring import Problem
from exporter.heuristics.sentences import day, what, when
from exporter.heuristics.worst import Row
from exporter.page.overview import Overview
from exporter.tally import Published

STYLE = """
:root{color-scheme:light dark;--text:#1b1f24;--faint:#57606a;--line:#d0d7de;--back:#fff;
--problem:#b42318;--over:#7a4d00;--churn:#116329;--nothing:#57606a}
@media (prefers-color-scheme:dark){:root{--text:#e6edf3;--faint:#9da7b3;--line:#3d444d;
--back:#0d1117;--problem:#ff8f85;--over:#f0c674;--churn:#7ee2a0;--nothing:#9da7b3}}
body{font:16px/1.5 system-ui,sans-serif;color:var(--text);background:var(--back);
max-width:56rem;margin:0 auto;padding:1rem;overflow-wrap:anywhere}
h1{font-size:1rem;font-weight:600;color:var(--faint)}
h2{font-size:1.1rem;margin:2rem 0 .5rem}h3{font-size:1rem;margin:1.5rem 0 .25rem}
.verdict{font-size:1.4rem;line-height:1.3;border-left:.3rem solid;padding-left:.8rem;margin:1rem 0}
.problem{color:var(--problem)}.over{color:var(--over)}.churn{color:var(--churn)}
.nothing{color:var(--nothing)}.faint{color:var(--faint)}
a{color:inherit}table{border-collapse:collapse;width:100%}
th,td{text-align:left;padding:.35rem .6rem .35rem 0;border-bottom:1px solid var(--line);
vertical-align:top}.number{text-align:right;white-space:nowrap}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.2rem 1rem;margin:0}dd{margin:0}
nav a{margin-right:1rem}
@media (max-width:30rem){dl{display:block}dd{margin-bottom:.5rem}.wide{display:none}}
"""

_HASH = b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
POLICY = (
    f"default-src 'none'; style-src 'sha256-{_HASH}'; base-uri 'none'; form-action 'none';"
    " frame-ancestors 'none'"
)
"""Content-Security-Policy of the page: nothing but its own style."""

_FEW = 5
"""Problems that are told in full; codes and domains of one."""


class Links(NamedTuple):
    """Where to read on: paths or addresses, "" where there is none."""

    metrics: str
    runbooks: str = ""
    dashboards: str = ""


def landing(overview: Overview, published: Published, links: Links, now: float) -> Iterator[bytes]:
    """Yield the page; `now` is in seconds since the epoch."""
    parts = (
        '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>Postfix deliverability</title><style>{STYLE}</style></head><body>"
        f"<h1>Postfix deliverability exporter {escape(__version__)}</h1>",
        f'<p class="verdict {overview.outcome}">{escape(overview.verdict)}</p>',
        _span(overview),
        *_problems(overview.problems, links),
        *_worst(overview.worst),
        *_health(published, now),
        *_links(links),
        "</body></html>\n",
    )
    for part in parts:
        yield part.encode("utf-8", "replace")


def _span(overview: Overview) -> str:
    if not overview.end:
        return ""
    return (
        f'<p class="faint">The last day of the log, until {day(overview.end * QUARTER, UTC)}.</p>'
    )


def _problems(problems: tuple[Problem, ...], links: Links) -> Iterator[str]:
    if problems:
        yield "<h2>Problems</h2>"
    for one in problems[:_FEW]:
        yield f"<h3>{escape(words.title(one))}</h3><dl>"
        yield _term("when", escape(when(one, UTC)))
        yield _term("what", escape(what(one)))
        if len(one.receivers) > 1:
            yield _term("who", escape(_shortened(_domains(one))))
        for code, times in one.codes[:_FEW]:
            meaning = words.meaning_of_code(code)
            yield _term("code", escape(f"{code}, {times:,} times. {meaning}".rstrip(". ") + "."))
        for reason, times, meaning in words.reasons(one):
            yield _term("reason", escape(f"{meaning or reason} ({times:,})"))
        steps = "".join(f"<li>{escape(step)}</li>" for step in words.next_steps(one))
        yield _term("what to check", f"<ol>{steps}</ol>")
        yield _term("runbook", _runbook(one.alert, links))
        yield "</dl>"
    if len(problems) > _FEW:
        rest = "; ".join(words.title(one) for one in problems[_FEW : 4 * _FEW])
        yield f"<p>And {len(problems) - _FEW} more: {escape(rest)}.</p>"


def _domains(problem: Problem) -> list[str]:
    return list(dict.fromkeys(domain for of in problem.receivers for domain in of.domains))


def _shortened(names: list[str]) -> str:
    more = f" and {len(names) - _FEW:,} more" if len(names) > _FEW else ""
    return ", ".join(names[:_FEW]) + more


def _runbook(alert: str, links: Links) -> str:
    if links.runbooks:
        return _link(f"{links.runbooks.rstrip('/')}/{alert}.md", alert)
    return f"<code>alerts/runbooks/{escape(alert)}.md</code>"


def _worst(rows: tuple[Row, ...]) -> Iterator[str]:
    if not rows:
        return
    yield (
        '<h2>Most failures</h2><table><tr><th>destination</th><th class="wide">provider</th>'
        '<th class="number">failures</th><th class="number wide">messages</th><th>codes</th></tr>'
    )
    for row in rows:
        codes = ", ".join(f"{code} {times:,}" for code, times in row.codes[:_FEW])
        yield (
            f'<tr><td>{escape(row.domain)}</td><td class="wide">{escape(row.provider)}</td>'
            f'<td class="number">{row.failures:,}</td><td class="number wide">{row.messages:,}</td>'
            f"<td>{escape(codes)}</td></tr>"
        )
    yield "</table>"


def _health(published: Published, now: float) -> Iterator[str]:
    health, last = published.health, published.last_line_seconds
    yield "<h2>Health of the exporter</h2><dl>"
    yield _term(
        "last line read", "none yet" if last is None else f"{day(last, UTC)}{_age(now, last)}"
    )
    lag = f"{health.unread_bytes:,} bytes unread, {health.read_lag:,.0f} s behind"
    yield _term("behind the log", lag if health.caught_up else f"catching up: {lag}")
    yield _term("gaps in the log", f"{published.gaps:,}")
    committed = health.checkpoint_seconds
    yield _term(
        "last commit", f"{day(committed, UTC)}{_age(now, committed)}" if committed else "none"
    )
    if health.checkpoint_problem:
        yield _term("commits fail", escape(health.checkpoint_problem))
    yield _term("understood", escape(health.not_understood or "yes"))
    for path, problem in health.problems.items():
        yield _term(escape(f"log {path}"), escape(problem or "is read"))
    yield "</dl>"


def _links(links: Links) -> Iterator[str]:
    yield "<nav><h2>Read on</h2><p>"
    yield _link(links.metrics, "Metrics")
    if links.runbooks:
        yield _link(links.runbooks, "Runbooks")
    if links.dashboards:
        yield _link(links.dashboards, "Dashboards")
    yield _link("/-/ready", "Ready") + _link("/-/healthy", "Healthy")
    yield "</p></nav>"


def _link(target: str, text: str) -> str:
    return f'<a href="{escape(target)}">{escape(text)}</a>'


def _term(term: str, told: str) -> str:
    return f"<dt>{term}</dt><dd>{told}</dd>"


def _age(now: float, moment: float) -> str:
    age = max(0.0, now - moment)
    told = f"{age:.0f} s" if age < 120 else f"{age / 60:.0f} min" if age < 7200 else ""
    return f", {told or f'{age / 3600:.0f} h'} ago"
