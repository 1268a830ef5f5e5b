"""The time in a log line's header as seconds since the epoch.

In: the time stamp as it is written. Out: seconds, or None for what is no time.
A traditional time stamp has neither year nor zone: the local zone is taken, and the year that
puts it closest to `now`.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime

_MONTHS = {
    month.encode(): number
    for number, month in enumerate("Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(), 1)
}
_HALF_YEAR = 183 * 86400.0


def seconds(timestamp: bytes, now: float) -> float | None:
    """Give seconds since the epoch for a time stamp of `parse.Delivery`."""
    try:
        if timestamp[:1].isdigit():
            return _iso(timestamp)
        return _traditional(timestamp, now)
    except (ValueError, KeyError, OverflowError):
        return None


def _iso(timestamp: bytes) -> float:
    moment = datetime.fromisoformat(timestamp.decode("ascii").replace(",", "."))
    return moment.timestamp()  # without a zone it is local time


def _traditional(timestamp: bytes, now: float) -> float:
    month, day, clock = timestamp[:3], int(timestamp[4:6]), timestamp[7:].split(b":")
    hour, minute, second = map(int, clock)
    year = datetime.fromtimestamp(now, UTC).year
    moments = []
    for candidate in (year - 1, year, year + 1):
        fields = (candidate, _MONTHS[month], day, hour, minute, second, 0, 0, -1)
        moments.append(time.mktime(fields))
    closest = min(moments, key=lambda moment: abs(moment - now))
    return closest if abs(closest - now) <= _HALF_YEAR + 86400 else moments[1]
