"""Headers of other syslog daemons, templates and tools, rewritten to those that line.py reads.

In: a block of lines, or a line. Out: the same lines, those of a known form with the header
`TIME HOST TAG[PID]: `. TIME is RFC 3339 or traditional; TIME, HOST and PID may be missing, but not
the spaces; a traditional one may have a numeric zone right behind it.
Lost: nothing; a line of no known form stays as it is. A traditional time loses its fraction. Pure:
what is rewritten twice is as if it was rewritten once.

Two patterns know all forms, by the parts that they are made of and of which most may be missing:

    LABEL |  <22>  HEADER OF ANOTHER LOG:  TIME ZONE  SEVERITY  HOST  mail.info  TAG[PID]: [ID]

What stands before the last header is taken off first. The inner header counts, for it is of the
program that wrote the line; but where it has no year and the outer one has, the outer time does.
Trust: Postfix' programs copy what outsiders say, so nothing behind a tag of theirs is a header; and
any program may quote a log, so an inner header is one only at the very start of a message whose tag
says that it passes on a container's lines or mail's.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache

from exporter.records.agents import PROGRAMS
from exporter.records.moments import (
    FRACTION,
    NO_YEAR,
    OFFSET,
    WEEKDAY,
    WITH_YEAR,
    YEAR,
    normalised,
)
from exporter.records.patterns import many, maybe, some

# loose where nothing hangs on it: `.` is the cheapest to match, timestamps.py reads what it is
TRADITIONAL = rb"[A-Z].{14}+"
RFC_3339 = rb"[0-9].{9}T.{8}[0-9:.,+Z-]*+"
TRADITIONAL_WITH_ZONE = TRADITIONAL + maybe(rb"Z|[+-][0-9:]++")
"""What rewritten() makes of a time without a year and with a zone."""

# names of syslog(3), numbers of FreeBSD's `syslogd -v`, words of logging libraries
_PRIORITY = (
    rb"(?:[a-z]{3,8}[0-7]?|[0-9]{1,2})[.:]"
    rb"(?:emerg|panic|alert|crit|error|err|warning|warn|notice|info|debug|none|[0-7])"
)
_SEVERITY = (
    rb"(?:EMERGENCY|EMERG|ALERT|CRITICAL|CRIT|ERROR|ERR|WARNING|WARN|NOTICE|INFO|DEBUG|FATAL)"
)
_LEVEL = rb"(?:%b|<?%b>?)(?= |: ++postfix)" % (_SEVERITY, _PRIORITY) + rb":?"
_IN_BRACKETS = rb"\[(?:%b|%b|%b|[0-9]{1,3})\] ++" % (_SEVERITY, _SEVERITY.lower(), _PRIORITY)
HOST = rb"[^ \[\n]++(?<!:)"
_TAG = rb"[^ :\[\n]++"
_TAG_END = rb"(?:\[[0-9]++\]:|:)"
_HOST_FOLLOWS = rb"(?= ++(?:%b)?%b ++(?:%b ++|%b)?%b%b)" % (
    _IN_BRACKETS, HOST, _LEVEL, _IN_BRACKETS, _TAG, _TAG_END
)  # fmt: skip
"""A word may be left out only where it cannot be the host itself."""

PASSES_ON = (
    rb"(?=[^ :\[\n]*?(?<![0-9A-Za-z])"
    rb"(?:dockerd?|podman|conmon|containerd|postfix|smtp|mail|mailserver|mta)"
    rb"(?![0-9A-Za-z]|_[A-Za-z])|[0-9a-f]{12}\[)"
)
_CARRIER = (
    # a tag of no Postfix program, by which a container's or another mail host's lines are passed on
    # a container may have the name of one
    rb"(?:(?=(?:docker|podman)/)|(?!postfix[^ /:\[\n]*+/|" + many(rb"[^ /:\[\n]*+/")
    + rb"(?:%b)[:\[ ])" % "|".join(PROGRAMS).encode()
    + PASSES_ON + rb")"
)  # fmt: skip
# of docker compose or a service, of kubectl logs --prefix
_LABEL = rb"(?:[0-9A-Za-z][0-9A-Za-z._@-]*+ *+\||\[pod/[^ \]\n]++\]) ++"
_OUTER_NAME = rb"(?:(?:%b ++)?%b%b%b ++(?:%b)?|%b ++)?" % (
    HOST, _CARRIER, _TAG, _TAG_END, _LABEL, HOST
)  # fmt: skip
_OUTER_5424 = HOST + b" " + _CARRIER + rb"[^ \n]++ [^ \n]++ [^ \n]++ - (?:\xef\xbb\xbf)?"
_DOCKERS_TAG = (
    rb"(?:" + HOST + rb" ++)?(?:(?:docker|podman)[^ :\[\n]*+|[0-9a-f]{12})\[[0-9]++\]: ++"
    rb"(?:" + _LABEL + rb")?"
)  # fmt: skip
_UNTIMED = (
    rb"(?:%b ++)?(?:%b ++(?:%b ++)?)?" % (_LEVEL, HOST, _LEVEL)
    + rb"(?:" + _TAG + rb"\[[0-9]++\]|postfix[-/]" + _TAG + rb"):(?:[ \n]|\Z)"
)  # fmt: skip
_YEAR_FOLLOWS = rb"(?=" + WEEKDAY + rb"(?:" + WITH_YEAR + rb"))"
_NO_YEAR_TIMES = some(_OUTER_NAME + NO_YEAR + FRACTION + rb" ++")
_TIME_AND_YEAR = rb"(?:%b)%b%b?" % (WITH_YEAR, FRACTION, OFFSET)
_UNIT = re.compile(rb"postfix(?:@(?:-|(?P<instance>postfix[^ ]*)))?\.service")
_IN_FRONT = many(
    _LABEL,
    rb"<[0-9]{1,3}>(?!1 ) *+",
    NO_YEAR + FRACTION + rb" ++" + _OUTER_NAME + rb"(?:" + _YEAR_FOLLOWS + rb"|(?="
    + NO_YEAR + rb"))",
    _TIME_AND_YEAR + rb" ++(?:" + _NO_YEAR_TIMES + rb")?" + _OUTER_NAME + _YEAR_FOLLOWS,
    rb"<[0-9]{1,3}>1 " + _TIME_AND_YEAR + b" " + _OUTER_5424 + _YEAR_FOLLOWS,
)  # fmt: skip
_FRONT = (
    rb"\n" + _IN_FRONT
    + rb"(?:(?P<time>" + _TIME_AND_YEAR + rb" ) *+" + _NO_YEAR_TIMES
    + rb"|<[0-9]{1,3}>1 (?P<time_5424>" + _TIME_AND_YEAR + rb" )" + _OUTER_5424 + _NO_YEAR_TIMES
    + rb"|(?P<docker>(?:%b|%b)%b%b? )" % (WITH_YEAR, NO_YEAR, FRACTION, OFFSET)
    + rb" *+" + some(_DOCKERS_TAG + rb"(?=" + _UNTIMED + rb")") + rb")?"
)  # fmt: skip
_BEFORE_TAG = (
    rb"(?:" + WEEKDAY + rb"(?P<moment>" + WITH_YEAR + rb"|" + NO_YEAR + rb")"
    rb"(?P<fraction>" + FRACTION + rb")(?P<year>(?: " + YEAR + _HOST_FOLLOWS + rb")?)"
    rb"(?P<zone>(?:" + OFFSET + rb"| [+-][0-9]{2}(?::?[0-9]{2})?(?= )"
    rb"| (?:[A-Z]{3,5}|Z)" + _HOST_FOLLOWS + rb")?)"
    rb" ++|(?!" + TRADITIONAL + rb" |" + RFC_3339 + rb" |[<{]) *+(?=" + _UNTIMED + rb"))"
    + many(_LEVEL + rb"(?:" + _HOST_FOLLOWS + rb"|(?=  )) ++", _IN_BRACKETS)
    + rb"(?:(?P<host>" + HOST + rb") ++(?:" + _LEVEL + rb" ++|" + _IN_BRACKETS + rb")?"
    rb"(?:Message forwarded from [^ \n]++ )?)?"  # AIX
)  # fmt: skip
MESSAGE_ID = rb"(?:\[ID [0-9]++ " + _PRIORITY + rb"\] ++)?"
"""What Solaris writes before each message."""
# before another header it may be a host, which cannot be told from a program that quotes one
_METALOGS_TAG = (
    rb"\[(?P<metalog>postfix[^ \[\]\n]*+|[^ \[\]\n]++(?!\]:? ++(?:\[[^ \]\n]++\] ++)?"
    + _UNTIMED + rb"))\]:?"
)  # fmt: skip
_FORM = (
    rb"\n" + _BEFORE_TAG
    + rb"(?:(?P<tag>" + _TAG + rb")(?P<process>(?:\[[0-9]++\])?):|" + _METALOGS_TAG + rb")"
    rb"(?=[ \n]|\Z) *+" + MESSAGE_ID
)  # fmt: skip
BEGINS_WITH_TIME = (
    rb"(?:<[0-9]{1,3}>(?:1 )?)? *+(?:" + WEEKDAY + rb"(?:" + WITH_YEAR + rb"|" + NO_YEAR + rb")|"
    + TRADITIONAL + rb" |" + RFC_3339 + rb" )"
)  # fmt: skip
_BEGINS_UNTIMED = rb"(?![<{])" + _UNTIMED
_ONLY_NO_YEAR = (
    rb"\A(?:<[0-9]{1,3}>)?" + NO_YEAR + FRACTION + rb" ++"
    rb"(?!(?:" + YEAR + rb"|[A-Z]{3,5}|" + OFFSET + rb") )"
)  # fmt: skip

CRI = re.compile(rb"(\d{4}-\d\d-\d\dT[^ \n]+) (stdout|stderr) ([PF])[^ \n]* ?(.*)", re.DOTALL)
"""A line as a container runtime frames it: TIME STREAM TAG TEXT.

Blocks of them are taken out of their frames by sources/framing.py; here are those between others.
"""

_COMMON = re.compile(
    rb"(?:<[0-9]{1,3}>1 )?(?:" + TRADITIONAL + rb"|" + RFC_3339 + rb") [^ @\[\n:]++ "
    rb"(?:postfix[^ /:\[\n]*+/[^ :\[\n]++(?:\[[0-9]++\]: [^ \[]| [0-9]++ - - [^ \[])"
    rb"|(?!postfix|" + PASSES_ON + rb")[^ /:\[\n]++(?:\[[0-9]++\]: | [0-9]++ - - ))"
)
"""A header of Postfix, or of another program, that stays as it is: that of nearly all lines."""


@cache
def _compiled(pattern: bytes) -> re.Pattern[bytes]:
    """Compile a pattern when it is needed: most logs need none of them."""
    return re.compile(pattern)


def has_time(text: bytes) -> bool:
    """Whether a text begins with a time of a known form, or what may be one."""
    return _compiled(BEGINS_WITH_TIME).match(text) is not None


def lacks_time(text: bytes) -> bool:
    """Whether a text begins with a header that has no time."""
    return not has_time(text) and _compiled(_BEGINS_UNTIMED).match(text) is not None


def timed(time: bytes, text: bytes) -> bytes:
    """Give a text the time of what it stood in, if its header has none, or one without a year."""
    if not time:
        return text
    without_year = _compiled(_ONLY_NO_YEAR).match(text)
    if without_year:
        has_year = _compiled(WITH_YEAR).match(time)
        return time + b" " + text[without_year.end() :] if has_year else text
    return time + b" " + text if lacks_time(text) else text


def has_front(lines: bytes) -> bool:
    """Whether something is in front of the last header of the first line, behind a newline."""
    front = _compiled(_FRONT).match(lines)
    return front is not None and front.end() > 1


def taken_apart(line: bytes) -> tuple[re.Match[bytes], re.Match[bytes]] | None:
    """Give what stands in front of a line's header, and the header with what that leaves of it.

    The line begins with a newline; None if its header has no known form.
    """
    front = _compiled(_FRONT).match(line)
    if front is None:
        return None
    form = _compiled(_FORM).match(_without_front(front) + line[front.end() :])
    return None if form is None else (front, form)


def rewritten(lines: bytes, *, front: bool = True) -> bytes:
    """Rewrite the headers of lines, each with a newline before it.

    What stands in front of the headers is taken off only if `front` says so, which costs time.
    """
    if front:
        lines = _compiled(_FRONT).sub(_without_front, lines)
    return _compiled(_FORM).sub(_rewritten, lines)


def rewritten_line(line: bytes) -> bytes:
    """Rewrite the header of a line; what is in front may have to be rewritten to be known."""
    for _ in range(4):
        before = line
        if _COMMON.match(line):
            break
        framed = CRI.fullmatch(line)
        line = timed(framed[1], framed[4]) if framed else rewritten(b"\n" + line)[1:]
        if line == before:
            break
    return line


def _without_front(front: re.Match[bytes]) -> bytes:
    return b"\n" + (front["time"] or front["time_5424"] or front["docker"] or b"")


def _rewritten(form: re.Match[bytes]) -> bytes:
    moment, fraction, year, zone, host, tag, process, metalog = form.groups(b"")
    if metalog or tag.endswith(b".service"):
        tag = metalog or _syslog_name(tag)
    return begin(moment, fraction, year, zone, host) + b"%b%b: " % (tag, process)


def begin(moment: bytes, fraction: bytes, year: bytes, zone: bytes, host: bytes) -> bytes:
    """Give the newline before a line, its time and its host, as all lines have them afterwards."""
    time, zone = normalised(moment, year, zone)
    if not time < b":":
        fraction = b""
    return b"\n%b%b%b %b " % (time, fraction, zone, host)


@lru_cache(maxsize=256)
def _syslog_name(unit: bytes) -> bytes:
    """Give the syslog name of a unit of Postfix; other tags stay."""
    named = _UNIT.fullmatch(unit)
    return named["instance"] or b"postfix" if named else unit
