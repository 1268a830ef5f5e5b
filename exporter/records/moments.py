"""Times of any form that headers.py knows, in the forms that timestamps.py reads.

In: a time as it is written, its year and zone where they stand apart. Out: the time and the zone.
The patterns of these times stand here, too; headers.py puts them together.
Pure.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import lru_cache

MONTHS = b"Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()

_MONTH = rb"(?:%b)" % b"|".join(MONTHS)
_DAY = rb"(?:[ 0-3][0-9]|[1-9])"
YEAR = rb"(?:19|20)[0-9][0-9]"
_CLOCK = rb"[0-2][0-9]:[0-5][0-9]:[0-6][0-9]"
NO_YEAR = _MONTH + b" " + _DAY + b" " + _CLOCK
TIMES_WITH_YEAR = (
    YEAR + rb"[-/][01][0-9][-/][0-3][0-9][T ]" + _CLOCK,
    rb"[12][0-9]{9}(?![0-9])",  # seconds since the epoch
    YEAR + b" " + NO_YEAR,
    _MONTH + b" " + _DAY + rb",? " + YEAR + b" " + _CLOCK,
    _DAY + b" " + _MONTH + b" " + YEAR + b" " + _CLOCK,
)
WITH_YEAR = b"|".join(TIMES_WITH_YEAR)
WEEKDAY = rb"(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),? )?"
FRACTION = rb"(?:[.,][0-9]{1,9}+|)"
OFFSET = rb"(?:Z|[+-][0-9]{2}(?::?[0-9]{2})?)"
FRACTION_OF = re.compile(FRACTION)
MOMENTS = (*TIMES_WITH_YEAR, NO_YEAR)
ANY_MOMENT = WEEKDAY + rb"(?:" + b"|".join(rb"(%b)" % moment for moment in MOMENTS) + rb")"


@lru_cache(maxsize=1024)
def normalised(moment: bytes, year: bytes, zone: bytes) -> tuple[bytes, bytes]:
    """Give a time of any form in RFC 3339, or traditional where the year is missing; and the zone.

    A zone of which only the abbreviation is told is the local one, but for UTC.
    """
    if moment.isdigit():
        utc = datetime.fromtimestamp(int(moment), UTC)
        return utc.strftime("%Y-%m-%dT%H:%M:%S").encode(), b"Z"
    zone = zone.strip()
    zone = (
        b"Z" if zone in (b"UTC", b"GMT") else b"" if zone[:1].isalpha() and zone != b"Z" else zone
    )
    if moment[4:5] in (b"-", b"/"):
        return b"%b-%b-%bT%b" % (moment[:4], moment[5:7], moment[8:10], moment[11:]), zone
    words = (moment + year).replace(b",", b"").split()
    if not words:
        return b"", b""
    months = [word for word in words if word in MONTHS]
    clocks = [word for word in words if b":" in word]
    days = [word for word in words if len(word) <= 2]
    years = [word for word in words if len(word) == 4]
    if not years:
        return b"%b %b %b" % (months[0], days[0].rjust(2), clocks[0]), zone
    month = MONTHS.index(months[0]) + 1
    return b"%b-%02d-%bT%b" % (years[0], month, days[0].zfill(2), clocks[0]), zone
