"""The time in a log line's header as seconds since the epoch.

In: the time stamp as it is written. Out: seconds, or None for what is no time.
A traditional time stamp has no year: that which puts it closest to `now` is taken; and the local
zone, unless an offset stands right behind it.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, datetime
from functools import lru_cache

_MONTHS = {
    month.encode(): number
    for number, month in enumerate("Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(), 1)
}


_END = 2.0**32
"""A time before 1970 or after 2106 is a clock that was not set."""


def seconds(timestamp: bytes, now: float) -> float | None:
    """Give seconds since the epoch for a time stamp of `parse.Delivery`."""
    try:
        iso = timestamp[:1].isdigit()
        moment = _iso(timestamp) if iso else _traditional(timestamp, now)
        return moment if 0 <= moment < _END else None
    except (ValueError, KeyError, OverflowError):
        return None


def minutes(timestamps: Iterable[bytes], now: float) -> dict[bytes, int | None]:
    """Give the minutes since the epoch by time stamp; cheap, for most share theirs with others."""
    today = round(now / 86400)
    shorter = {timestamp: _without_seconds(timestamp) for timestamp in set(timestamps)}
    read = {text: _minute(text, today) for text in set(shorter.values())}
    return {timestamp: read[text] for timestamp, text in shorter.items()}


def _without_seconds(timestamp: bytes) -> bytes:
    if timestamp < b":":  # a digit
        return timestamp[:17] + b"00" + timestamp[19:].lstrip(b"0123456789.,")
    return timestamp[:13] + b"00" + timestamp[15:]


@lru_cache(maxsize=256)
def _minute(timestamp: bytes, today: int) -> int | None:
    moment = seconds(timestamp, today * 86400.0)
    return None if moment is None else int(moment // 60)


def _iso(timestamp: bytes) -> float:
    moment = datetime.fromisoformat(timestamp.decode("ascii").replace(",", "."))
    return moment.timestamp()  # without a zone it is local time


def _traditional(timestamp: bytes, now: float) -> float:
    minute, second = int(timestamp[10:12]), int(timestamp[13:15])
    return _hour(timestamp[:9], timestamp[15:], round(now / 86400)) + 60 * minute + second


@lru_cache(maxsize=64)
def _hour(text: bytes, offset: bytes, today: int) -> float:
    """Give the start of the hour `Mmm dd hh` closest to `today`, in days since the epoch.

    `offset` is as in RFC 3339, b"" for local time.
    """
    now = today * 86400.0
    zone = datetime.fromisoformat("1970-01-01T00:00:00" + offset.decode("ascii")).tzinfo
    month, day, hour = _MONTHS[text[:3]], int(text[4:6]), int(text[7:9])
    year = datetime.fromtimestamp(now, UTC).year
    moments = []
    for candidate in (year - 1, year, year + 1):
        with suppress(ValueError):  # 29 February is not in every year
            moments.append(datetime(candidate, month, day, hour, tzinfo=zone).timestamp())
    return min(moments, key=lambda moment: abs(moment - now))
