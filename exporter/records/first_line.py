"""Lines whose header is like that of a block's first line.

In: the first line. Out: the pattern of what stands before the tag in lines like it, and such a
line's beginning as headers.py rewrites it.
Lost: nothing; a line that is not like it is left to the patterns of all forms. Pure.

The writer of a log has one form of header, in which only times and the host change. A pattern of
just this form matches nothing but what is read as a header, many times faster than that of all.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from exporter.records.headers import BEGINS_WITH_TIME, HOST, begin, taken_apart
from exporter.records.moments import ANY_MOMENT, FRACTION, FRACTION_OF, MOMENTS, WEEKDAY


class Like(NamedTuple):
    """The pattern of a newline and what stands before the tag; year and zone, which stay the same.

    The pattern's groups are `moment`, `fraction` and `host`, those that are there: all if it is
    complete.
    """

    before_tag: bytes
    year: bytes
    zone: bytes
    is_complete: bool

    def rewritten(self, line: re.Match[bytes]) -> bytes:
        """Give what is written instead of what was matched by a pattern with a last group `tag`."""
        groups = line.groupdict(b"")
        moment, fraction, host = (groups.get(name, b"") for name in _CHANGING)
        return begin(moment, fraction, self.year, self.zone, host) + groups["tag"]


def like_first(line: bytes) -> Like | None:
    """Give what lines like this one, behind a newline, have before the tag; None if unknown."""
    apart = taken_apart(line)
    if apart is None or not apart[1]["tag"]:
        return None
    front, form = apart
    added = len(form.string) - (len(line) - front.end())  # what the front leaves of itself
    behind = front.end() - added  # from a place in the form to one in the line
    moment = form.start("moment")
    if 0 <= moment < added:
        group = next(name for name in ("time", "time_5424", "docker") if front[name])
        moment += front.start(group) - 1
    elif moment >= 0:
        moment += behind
    same = form["year"] or b"", form["zone"] or b""
    tag = behind + form.start("tag")
    before = rb"" if moment >= 0 else rb"(?=\n(?![<{]|" + BEGINS_WITH_TIME + rb"))"
    if not form["host"]:
        return Like(before + _like(line[:tag], moment), *same, is_complete=False)
    host, end = behind + form.start("host"), behind + form.end("host")
    after = rb"(?P<host>" + HOST + rb")" + _like(line[end:tag], -1)
    return Like(before + _like(line[:host], moment) + after, *same, is_complete=moment >= 0)


def _like(text: bytes, told: int) -> bytes:
    """Give the pattern of a text in which times and their fractions change; `told` has groups."""
    pattern, end = b"", 0
    for moment in _MOMENT.finditer(text):
        form = moment.lastindex or 1
        weekday = WEEKDAY if moment.start() < moment.start(form) else b""
        pattern += re.escape(text[end : moment.start()]) + weekday
        is_told = moment.start(form) == told
        parts = rb"(?P<moment>%b)(?P<fraction>%b)" if is_told else rb"(?:%b)%b"
        pattern += parts % (MOMENTS[form - 1], FRACTION)
        fraction = FRACTION_OF.match(text, moment.end())
        end = fraction.end() if fraction else moment.end()
    return pattern + re.escape(text[end:])


_MOMENT = re.compile(ANY_MOMENT)
_CHANGING = ("moment", "fraction", "host")
