"""The time of a log line."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from exporter.records import timestamps
from exporter.records.timestamps import seconds


@pytest.fixture(params=["UTC", "America/New_York"])
def zone(request: pytest.FixtureRequest) -> Iterator[str]:
    """Set the local zone."""
    before = os.environ.get("TZ")
    os.environ["TZ"] = request.param
    time.tzset()
    timestamps._hour.cache_clear()
    yield request.param
    os.environ.pop("TZ") if before is None else os.environ.update(TZ=before)
    time.tzset()
    timestamps._hour.cache_clear()


NOW = datetime(2026, 11, 23, 12, tzinfo=UTC).timestamp()

ZONED = {
    b"2026-11-23T20:15:19Z": 1795464919.0,
    b"2026-11-23T20:15:19+00:00": 1795464919.0,
    b"2026-11-23T20:15:19.25+00:00": 1795464919.25,
    b"2026-11-23T15:15:19.672484-05:00": 1795464919.672484,
    b"2026-11-23T21:15:19+0100": 1795464919.0,
    b"Nov 23 20:15:19Z": 1795464919.0,
    b"Nov 23 21:15:19+01:00": 1795464919.0,
    b"Nov 23 15:15:19-0500": 1795464919.0,
    b"Nov 23 15:15:19-05": 1795464919.0,
}


@pytest.mark.parametrize("stamp", ZONED)
def test_time_stamps_with_a_zone(stamp: bytes, zone: str) -> None:
    """A zone in the log decides, whatever the local zone."""
    assert zone
    assert seconds(stamp, NOW) == pytest.approx(ZONED[stamp], abs=1e-6)


LOCAL = {
    b"Nov 23 20:15:19": (2026, 11, 23, 20, 15, 19),
    b"Nov  3 00:00:00": (2026, 11, 3, 0, 0, 0),
    b"Dec 31 23:59:59": (2026, 12, 31, 23, 59, 59),
    b"Jan  1 00:00:00": (2027, 1, 1, 0, 0, 0),
    b"Jul  1 12:00:00": (2026, 7, 1, 12, 0, 0),
}


@pytest.mark.parametrize("stamp", LOCAL)
def test_traditional_time_stamps(stamp: bytes, zone: str) -> None:
    """Without year and zone: the local zone, and the year that is closest to now."""
    assert zone
    assert seconds(stamp, NOW) == time.mktime((*LOCAL[stamp], 0, 0, -1))


def test_last_year_in_january() -> None:
    """A line of December read in January is of last year."""
    january = datetime(2027, 1, 1, 0, 5, tzinfo=UTC).timestamp()
    stamp = seconds(b"Dec 31 23:59:59", january)
    assert stamp
    assert abs(stamp - january) < 86400


@pytest.mark.parametrize(
    "stamp", [b"", b"Foo 23 20:15:19", b"Nov 99 20:15:19", b"2026-99-99T", b"Nov 23 aa"]
)
def test_what_is_no_time(stamp: bytes) -> None:
    """What is no time gives None."""
    assert seconds(stamp, NOW) is None
