"""The page: what is rendered fast is what prometheus_client renders."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry, Metric
from prometheus_client.exposition import generate_latest
from prometheus_client.openmetrics.exposition import generate_latest as generate_openmetrics
from prometheus_client.openmetrics.parser import (
    text_string_to_metric_families as parse_openmetrics,
)
from prometheus_client.parser import text_string_to_metric_families as parse_text

from exporter.checkpoint.state import State
from exporter.config import Config
from exporter.counts.totals import AgentStatus, Attempt, Probe, Reason, Totals, Verdict
from exporter.page.exposition import Exposition, registry
from exporter.page.render import CHUNK
from exporter.tally import Health, Published, Tally
from tests.pages import CORPUS

FORMATS: dict[bool, tuple[Callable[[CollectorRegistry], bytes], Callable[[str], Iterable[Metric]]]]
FORMATS = {False: (generate_latest, parse_text), True: (generate_openmetrics, parse_openmetrics)}
"""By whether it is OpenMetrics: prometheus_client's renderer and its parser."""

HOSTILE = (
    "",
    " ",
    '"',
    "\\",
    "\n",
    '\\"',
    "\\n",
    '"} 5\npostfix_delivery_attempts_total{domain="forged',
    "# EOF\n",
    "%",
    "%s%d%%",
    "{}",
    "{domain}",
    "a,b=c",
    "\r",
    "\0",
    "\x85",
    "\u2028",
    "käse.example",
    "\U0001f4ec",
    "x" * 5000,
)
"""Label values that could be mistaken for something else."""

VALUES = (0, 1, 999_999, 1_000_000, 1_000_001, 1_234_567, 10**15, 10**16, 2**53 + 1, 10**22)
"""Values round the places where the notation changes."""


def hostile(labels: Sequence[str] = HOSTILE, values: Sequence[int] = VALUES) -> Published:
    """Give what has each of these labels at every place, and each of these values."""
    attempts = {
        Attempt(*("x" if place != where else label for place in range(7))): values[0]
        for where in range(7)
        for label in labels
    }
    verdicts = {
        Verdict(label, f"{number}", label): value
        for label in labels
        for number, value in enumerate(values)
    }
    return Published(
        Totals(
            attempts,
            verdicts,
            dict(reversed(verdicts.items())),
            dict(reversed(verdicts.items())),
            {Reason(label, "x", label): values[0] for label in labels},
            {AgentStatus(label, label): values[-1] for label in labels},
            {Probe(label): 1 for label in labels},
        ),
        2000,
        deferred=verdicts,
        health=Health({"/var/log/\udcfc": None, "/x": "gone"}),
    )


def of_the_corpus() -> Published:
    """Give what a real log has counted."""
    tally = Tally(Config(), State())
    tally.add((CORPUS / "mixed-maillog" / "maillog").read_bytes())
    return tally.published()


def many(hostile_one: int) -> Published:
    """Give more series than are rendered at once, of which one must be escaped."""
    names = [f"{number}.example" for number in range(2 * CHUNK + 1)]
    names[hostile_one] = 'a"\\\nb'
    return Published(Totals({Attempt(name, *"abcdef"): 5 for name in names}), 2000)


CASES: dict[str, Callable[[], Published]] = {
    "nothing": partial(Published, Totals(), 0),
    "hostile": hostile,
    "a real log": of_the_corpus,
    "first chunk": partial(many, 0),
    "last of a chunk": partial(many, CHUNK - 1),
    "last chunk": partial(many, 2 * CHUNK),
}


@pytest.mark.parametrize("openmetrics", FORMATS)
@pytest.mark.parametrize("case", CASES)
def test_page_is_that_of_prometheus_client(case: str, openmetrics: bool) -> None:
    """Byte for byte, in both formats, whatever labels and values are."""
    published, (generate, _) = CASES[case](), FORMATS[openmetrics]
    page = b"".join(Exposition(lambda: published, process=False).page(openmetrics=openmetrics))
    assert page == generate(registry(lambda: published, process=False))


@pytest.mark.parametrize("openmetrics", FORMATS)
@given(st.text(), st.integers(0, 2**63))
@settings(max_examples=50, deadline=None)
def test_any_label_and_value(openmetrics: bool, label: str, value: int) -> None:
    """Byte for byte, whatever a label's value is, and a series'."""
    published, (generate, _) = hostile([label], [value]), FORMATS[openmetrics]
    page = b"".join(Exposition(lambda: published, process=False).page(openmetrics=openmetrics))
    assert page == generate(registry(lambda: published, process=False))


def samples(families: Iterable[Metric]) -> Iterator[tuple[str, dict[str, str], float]]:
    """Give name, labels and value of each sample."""
    for family in families:
        for sample in family.samples:
            yield sample.name, dict(sample.labels), float(sample.value)


@pytest.mark.parametrize("openmetrics", FORMATS)
def test_page_is_read_as_it_was_meant(openmetrics: bool) -> None:
    """A parser finds exactly the samples that were published, hostile labels included."""
    published, (_, parse) = hostile(), FORMATS[openmetrics]
    page = b"".join(Exposition(lambda: published, process=False).page(openmetrics=openmetrics))
    meant = list(samples(registry(lambda: published, process=False).collect()))
    assert list(samples(parse(page.decode()))) == meant


@pytest.mark.parametrize("openmetrics", FORMATS)
def test_page_comes_in_parts(openmetrics: bool) -> None:
    """However many series there are, a thousand lines of them are in memory at a time."""
    page = Exposition(lambda: many(0), process=False).page(openmetrics=openmetrics)
    name = b"postfix_delivery_attempts_total{"
    of_series = [part.count(name) for part in page if name in part]
    assert of_series == [CHUNK, CHUNK, 1]


@pytest.mark.parametrize("openmetrics", FORMATS)
def test_process_is_on_the_page(openmetrics: bool) -> None:
    """The metrics of the process, the platform and the garbage collector are there, once each."""
    published, (_, parse) = Published(Totals(), 0), FORMATS[openmetrics]
    page = b"".join(Exposition(lambda: published).page(openmetrics=openmetrics))
    found = [family.name for family in parse(page.decode())]
    assert found == [family.name for family in registry(lambda: published).collect()]
    assert len(found) == len(set(found))
    for prefix in ("process_", "python_gc_", "python_info" if not openmetrics else "python"):
        assert any(name.startswith(prefix) for name in found)


def test_page_is_of_one_moment() -> None:
    """A page asks once for what is published: all its families are of the same commit."""
    asked = []

    def published() -> Published:
        asked.append(1)
        return Published(Totals(), 0)

    b"".join(Exposition(published).page())
    assert len(asked) == 1
