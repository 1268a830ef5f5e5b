"""What the pattern of a block (parse.py) has to know of services.

In: the usual forms that collectors want, and how other texts begin. Out: patterns.
Pure. Every repetition is possessive but one, which gives back what is behind the last `>` of a line
and no more, so a pattern takes linear time on any input.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from functools import cache
from typing import NamedTuple

from exporter.records.fields import QUEUE_ID
from exporter.records.patterns import any_of, maybe
from exporter.records.services.event import ID, Collector
from exporter.records.services.forms import ACTIVE, REMOVED, USUAL


class Wanted(NamedTuple):
    """Patterns of what collectors want of a line behind its tag.

    `active` is what stands behind a queue id where a message entered the active queue, `of_message`
    where another usual form does, and `other` what stands there without one, all of them before
    `left`: what is left of a text of a usual form, which never begins like any other. Texts that
    begin as `whole` are left as they are; what begins as `plain` can be nothing else.
    """

    active: bytes
    of_message: bytes
    other: bytes
    left: bytes
    whole: bytes
    plain: bytes

    def left_of(self, text: bytes) -> bytes:
        """Give what a block leaves of a text of a usual form, b"" of another one."""
        found = _in_text(self)(text)
        return found[found.lastgroup or 0] if found else b""

    def any(self) -> bytes:
        """Give the pattern of how a text goes on of which something is left."""
        return rb"(?:%b|%b)" % (self.usual(), self.whole)

    def usual(self) -> bytes:
        """Give the pattern of what stands before `left`."""
        of_message = rb"%b|%b" % (self.of_message, self.active)
        return rb"(?:%b|%b: (?:%b))" % (self.other, QUEUE_ID, of_message)


@cache
def _in_text(wanted: Wanted) -> Callable[[bytes], re.Match[bytes] | None]:
    """Give what matches a text of a usual form; its last group is what is left of it."""
    removed = QUEUE_ID + rb"(?P<removed>%b)\Z" % REMOVED.left
    return re.compile(rb"(?:%b)(?P<left>%b)|" % (wanted.usual(), wanted.left) + removed).match


def wanted(on: Collection[Collector]) -> Wanted:
    """Give the patterns of what collectors want."""
    forms = {form for one in on for form in one.usual}
    usual = [form for form in USUAL if form in forms]
    return Wanted(
        any_of([ACTIVE.before] if ACTIVE in forms else []),
        any_of(form.before for form in usual if form.is_of_message and form is not ACTIVE),
        any_of(form.before for form in usual if not form.is_of_message),
        any_of(dict.fromkeys(form.left for form in usual)),
        maybe(ID) + rb"(?:%b)" % any_of(one.begins for one in on if one.begins),
        any_of(one.plain for one in on if one.plain),
    )
