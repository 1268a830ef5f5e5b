"""The counter of all destinations together is the sum of those by destination, whatever happens."""

from __future__ import annotations

import tempfile
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from prometheus_client.exposition import generate_latest

from exporter.counts.bounded_labels import ABSENCE
from exporter.counts.totals import outcome
from exporter.page.exposition import registry
from tests.by_hand import HOLD, Exporter
from tests.counting import THROTTLED
from tests.lines import line
from tests.pages import CORPUS, Samples, once, samples
from tests.test_corpus import CASES

IDLE = 300.0
ANSWERS: tuple[dict[str, str], ...] = (
    {},
    {"dsn": "5.1.1", "status": "bounced", "text": "host a[203.0.113.9] said: 550 5.1.1 No such user"},
    {"dsn": "4.7.0", "status": "deferred", "text": THROTTLED},
)  # fmt: skip
DOMAINS = ("a.example", "b.example", "c.example")

Mail = tuple[str, int, int, int]
"""Recipient domain, place in ANSWERS, first number, how many."""

Step = Mail | tuple[str, float]

WRITTEN = st.tuples(
    st.sampled_from(DOMAINS), st.integers(0, 2), st.integers(0, 2), st.integers(1, 9)
)
WAITED = st.sampled_from([("wait", after) for after in (1.0, HOLD, IDLE, ABSENCE + 61)])
KILLED = st.sampled_from([("killed", away) for away in (1.0, 2 * HOLD)])


def summed(page: Samples) -> Counter[tuple[str, ...]]:
    """Sum what a page shows by destination over the labels that are not in the small counter."""
    found: Counter[tuple[str, ...]] = Counter()
    for labels, value in page.get("postfix_delivery_attempts_total", {}).items():
        cause, _domain, _class, _code, _provider, repeat, status = labels
        found[cause, repeat, status] += int(value)
    return found


def outcomes(page: Samples) -> dict[tuple[str, ...], float]:
    """Give what a page shows of all destinations together."""
    return page.get("postfix_delivery_outcomes_total", {})


@pytest.mark.parametrize("case", CASES)
def test_of_real_logs(case: str) -> None:
    """On the page of a log of a real Postfix it is the sum, series by series."""
    paths, _ = CASES[case]
    page = once(*(CORPUS / path for path in paths))
    assert outcomes(page)
    assert outcomes(page) == summed(page)


@given(st.lists(st.one_of(WRITTEN, WAITED, KILLED), max_size=25))
@settings(max_examples=60, deadline=None)
def test_whatever_happens(steps: list[Step]) -> None:
    """It is the sum at each moment, with new values held, domains that leave, kills; none falls."""
    with tempfile.TemporaryDirectory() as folder:
        exporter = Exporter(Path(folder), idle=IDLE)
        pages = registry(lambda: exporter.pipeline.published, process=False)
        before: dict[tuple[str, ...], float] = {}
        for step in steps:
            _taken(exporter, step)
            page = samples(generate_latest(pages).decode())
            found, wanted = outcomes(page), summed(page)
            for attempt, times in exporter.pipeline.published.totals.forgotten.items():
                left = outcome(attempt)
                wanted[left.cause, left.repeat, left.status] += times
            assert found == wanted
            assert all(found[labels] >= value for labels, value in before.items())
            before = found
        exporter.close()


def _taken(exporter: Exporter, step: Step) -> None:
    """Log mail and read it, let time pass, or kill the exporter and start it again."""
    if len(step) == 2:
        what, seconds = step
        (exporter.wait if what == "wait" else exporter.killed)(seconds)
    else:
        domain, answer, first, times = step
        with exporter.log.open("ab") as log:
            for number in range(times):
                fields = {"to": f"u@{domain}", **ANSWERS[answer]}
                log.write(line(10 * first + number, **fields))
        exporter.wait(1)
