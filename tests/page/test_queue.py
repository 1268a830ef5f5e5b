"""The queue on the page: names and labels as those of the Go exporters, and nothing that is old."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from prometheus_client.exposition import generate_latest
from prometheus_client.openmetrics.exposition import generate_latest as generate_openmetrics

from exporter.counts.totals import Totals
from exporter.page.exposition import Exposition, registry
from exporter.queue.counting import Counting
from exporter.queue.showq import BOUNCED, DEFERRED, UNTRIED, Message, Recipient
from exporter.queue.watch import Reading
from exporter.queues import Readings
from exporter.tally import Published
from tests.pages import Samples, samples

PATH, OTHER_PATH = "/var/spool/postfix/public/showq", '/var/spool/"out"/public/showq'
NOW = 1_795_961_000.0


def reading(path: str = PATH) -> Reading:
    """Give a reading of a small queue."""
    counting = Counting(NOW, {"a.example": "google"}, "unknown", 100)
    counting.add(
        [
            Message(b"deferred", int(NOW) - 500, 2500),
            Recipient(b"x@a.example", DEFERRED),
            Recipient(b"y@a.example", BOUNCED),
            Message(b"deferred", int(NOW) - 5, 200),
            Recipient(b"z@b.example", DEFERRED),
            Message(b"active", int(NOW), 200),
            Recipient(b"z@b.example", UNTRIED),
        ]
    )
    return Reading(path, counting.figures(10), None, NOW, 0.25)


def page(readings: Readings, *, openmetrics: bool = False) -> bytes:
    """Give the page."""
    shown = Exposition(lambda: Published(Totals(), 0), lambda: readings, process=False)
    return b"".join(shown.page(openmetrics=openmetrics))


def shown(readings: Readings) -> Samples:
    """Give the samples of the queue."""
    names = ("postfix_up", "postfix_showq_", "postfix_queue_", "postfix_exporter_queue_read_")
    found = samples(page(readings).decode())
    return {name: of for name, of in found.items() if name.startswith(names)}


def test_figures() -> None:
    """Each figure of a reading is on the page, by the path of its queue."""
    found = shown([reading()])  # type: ignore[arg-type]
    assert found["postfix_up"] == {(PATH,): 1}
    depth = found["postfix_showq_queue_depth"]
    assert depth == {
        (PATH, name): {"deferred": 2, "active": 1}.get(name, 0)
        for name in ("maildrop", "incoming", "active", "deferred", "hold")
    }
    assert found["postfix_showq_message_age_seconds_count"] == depth
    assert found["postfix_showq_message_age_seconds_sum"][PATH, "deferred"] == 505
    ages = found["postfix_showq_message_age_seconds_bucket"]
    assert [ages[le, PATH, "deferred"] for le in ("10.0", "100.0", "1000.0", "+Inf")] == [
        1,
        1,
        2,
        2,
    ]
    assert found["postfix_showq_message_size_bytes_sum"][PATH, "deferred"] == 2700
    assert found["postfix_showq_message_size_bytes_bucket"]["1000.0", PATH, "deferred"] == 1
    assert found["postfix_queue_oldest_message_age_seconds"][PATH, "deferred"] == 500
    recipients = found["postfix_queue_recipients"]
    assert {key[1:]: times for key, times in recipients.items() if times} == {
        ("deferred", "deferred"): 2,
        ("deferred", "bounced"): 1,
        ("active", "untried"): 1,
    }
    assert found["postfix_queue_deferred_recipients"] == {
        ("a.example", PATH, "google"): 1,
        ("b.example", PATH, "unknown"): 1,
    }
    assert found["postfix_exporter_queue_read_timestamp_seconds"] == {(PATH,): NOW}
    assert found["postfix_exporter_queue_read_duration_seconds"] == {(PATH,): 0.25}


def test_several_queues() -> None:
    """One that cannot be read says so and shows no figures; those of others stay."""
    broken = Reading(OTHER_PATH, None, "nobody listens there: Postfix is down", NOW - 60, 0.1)
    found = shown((reading(), broken))
    assert found["postfix_up"] == {(PATH,): 1, (OTHER_PATH,): 0}
    assert found["postfix_exporter_queue_read_timestamp_seconds"][OTHER_PATH,] == NOW - 60
    for name, series in found.items():
        if not name.startswith(("postfix_up", "postfix_exporter_")):
            assert all(PATH in labels for labels in series), name


def test_off() -> None:
    """Where no queue is to be read the page has no word of it."""
    assert shown(None) == {}


CASES: dict[str, Sequence[Reading]] = {
    "none yet": (),
    "two": (reading(), reading(OTHER_PATH)),
    "one that failed": (reading(), Reading(OTHER_PATH, problem="x")),
}


@pytest.mark.parametrize("openmetrics", [False, True])
@pytest.mark.parametrize("case", CASES)
def test_page_is_that_of_prometheus_client(case: str, openmetrics: bool) -> None:
    """Families of the queue, too, are rendered as prometheus_client does, byte for byte."""
    readings = tuple(CASES[case])
    generate = generate_openmetrics if openmetrics else generate_latest
    told = generate(registry(lambda: Published(Totals(), 0), lambda: readings, process=False))
    assert sorted(page(readings, openmetrics=openmetrics).split(b"# HELP")) == sorted(
        told.split(b"# HELP")
    )
