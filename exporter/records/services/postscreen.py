"""postscreen(8): clients, the tests that they failed, and who passed.

In: lines of postscreen. Out: events.
Pure. Trust: what a client said stands behind what is read here.
The forms are those of src/postscreen/postscreen.c, postscreen_early.c, postscreen_smtpd.c,
postscreen_tests.c and postscreen_misc.c; the lists had other names before Postfix 3.6.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from exporter.records.patterns import unnamed
from exporter.records.services.event import OTHER, Collector, Event

TESTS = (
    "PREGREET", "NON-SMTP COMMAND", "COMMAND PIPELINING", "COMMAND TIME LIMIT",
    "COMMAND COUNT LIMIT", "COMMAND LENGTH LIMIT", "BARE NEWLINE",
)  # fmt: skip
_LISTS = {
    b"ALLOWLISTED": "allow", b"WHITELISTED": "allow", b"DENYLISTED": "deny", b"BLACKLISTED": "deny",
    b"ALLOWLIST VETO": "veto", b"WHITELIST VETO": "veto",
}  # fmt: skip
_FULL = {
    b"too many connections": "too_many_connections",
    b"all server ports busy": "all_server_ports_busy",
    b"all screening ports busy": "all_screening_ports_busy",
}
"""Why a client is sent away before it is tested."""

_BEGIN = (
    rb"(?P<test>%b) |(?P<list>%b) |CONNECT from |(?P<pass>PASS (?:NEW|OLD)) |(?P<hangup>HANGUP) |"
    rb"DNSBL rank (?P<rank>[0-9]{1,6}) for "
    % ("|".join(TESTS).encode(), b"|".join(_LISTS))
)  # fmt: skip
_WORDS = re.compile(_BEGIN)
_REJECTED, _CODE = rb"NOQUEUE: reject: (?P<stage>[A-Z-]++) from ", rb" (?P<code>[245][0-9]{2})[ -]"
_REJECT = re.compile(_REJECTED + rb"[^ ]++(?:%b| (?P<why>.*))" % _CODE, re.DOTALL)


def _read(_: str, text: bytes) -> Iterable[Event]:
    if words := _WORDS.match(text):
        yield _said(words)
    elif rejected := _REJECT.match(text):
        if rejected["code"]:
            yield "postscreen_messages_rejected", rejected["code"].decode()
        elif rejected["stage"] == b"CONNECT":
            yield "postscreen_connects_rejected", _FULL.get(rejected["why"], OTHER)


def _said(words: re.Match[bytes]) -> Event:
    if words["test"]:
        test = words["test"].decode().replace("-", "_").replace(" ", "_")
        return "postscreen_tests_failed", test
    if words["list"]:
        return "postscreen_access_list_matches", _LISTS[words["list"]]
    if words["pass"]:
        return "postscreen_passes", words["pass"][5:].decode().lower()
    if words["rank"]:
        return "postscreen_dnsbl_rank", words["rank"].decode()
    return ("postscreen_hangups",) if words["hangup"] else ("postscreen_connects",)


POSTSCREEN = Collector(
    programs=("postscreen",),
    begins=rb"[A-Z-]{4,}+ |reject: [A-Z]",
    read=_read,
    before_word=unnamed(rb"%b|%b|DISCONNECT " % (_REJECTED, _BEGIN)),
    behind_word=unnamed(rb"%b| (?:%b)(?=\n)" % (_CODE, b"|".join(_FULL))),
)
