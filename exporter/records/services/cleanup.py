"""cleanup(8): messages, and what header_checks, body_checks and Milters did with them.

In: lines of cleanup. Out: events.
Pure. Trust: a message's headers stand behind what is read here. A message with two Message-ID
headers is logged, and counted, twice.
The forms are those of src/cleanup/cleanup_message.c (cleanup_act_log, message-id=) and
cleanup_milter.c (cleanup_milter_apply, cleanup_milter_hbc_log).
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from exporter.records.services.event import ID, Collector, Event, known
from exporter.records.services.forms import MESSAGE_ID

ACTIONS = frozenset(
    "bcc delay discard filter hold info pass prepend redirect reject replace strip warning".split()
)
"""What header_checks(5) may do."""

PARTS = frozenset("body content header mime-header nested-header".split())
MILTER_ACTIONS = frozenset(
    {"discard", "hold", "reject", "accept", "quarantine", "redirect"}
    | {f"{part}-{action}" for part in ("body", "header") for action in ACTIONS}
)
"""What a Milter did, or a check of a header that a Milter added (milter_header_checks)."""

_ACTION = re.compile(ID + rb"(?P<action>[a-z]++): (?P<part>[a-z-]++) ")
_MILTER = re.compile(ID + rb"milter-(?P<action>[a-z-]++): ")


def _read(_: str, text: bytes) -> Iterable[Event]:
    if milter := _MILTER.match(text):
        action = known(milter["action"], MILTER_ACTIONS)
        yield "cleanup_milter_actions", action
        if action == "reject":
            yield "cleanup_messages_rejected", "milter"
    elif (found := _ACTION.match(text)) and found["action"].decode() in ACTIONS:
        yield "cleanup_actions", found["action"].decode(), known(found["part"], PARTS)
        if found["action"] == b"reject":
            yield "cleanup_messages_rejected", "checks"


CLEANUP = Collector(
    programs=("cleanup",),
    usual={MESSAGE_ID: lambda _program, _left: [("cleanup_messages_processed",)]},
    begins=rb"(?:milter-[a-z-]++|(?:%b)): [A-Za-z]" % "|".join(sorted(ACTIONS)).encode(),
    read=_read,
)
