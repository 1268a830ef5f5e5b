"""The usual forms of what services say, and what a block's pattern leaves of each.

In: nothing. Out: patterns.
Pure. Most lines are of these forms. What is left of one has nothing that differs from line to line,
but for sizes of messages, so that a Counter makes few of many; it begins with a sign by which it is
told from all other forms of the same program, and from any text that is left whole.
Trust: a host name has no blanks, for Postfix takes none that has (src/util/valid_hostname.c); what
a sender chose stands before the last `>` of a line.
"""

from __future__ import annotations

from typing import NamedTuple

from exporter.records import removed
from exporter.records.patterns import but, some


class Form(NamedTuple):
    """A form: patterns of what stands before what is left, and of that, which begins with `sign`.

    `is_of_message` says that a queue id stands before it.
    """

    is_of_message: bool
    before: bytes
    left: bytes
    sign: bytes


_HOST = but(b" ,\n") + rb"++"
METHOD = b", sasl_method="
SIZE, RECIPIENTS = b", size=", b", nrcpt="
# at the line's end
_INSERTED = SIZE + rb"[0-9]{1,15}+" + RECIPIENTS + rb"[0-9]{1,9}+(?= \(queue active\)(?!.))"

CONNECT = Form(False, rb"connect(?= from )", rb" from ", b" ")
DISCONNECT = Form(
    False, rb"disconnect from " + but(b" ]\n") + rb"++(?=\])", rb"\][^\n]*+", b"]"
)  # fmt: skip
LOGIN = Form(
    True, rb"client=" + _HOST + rb"(?=%b)" % METHOD, METHOD + but(b" ,\n") + rb"++", b","
)  # fmt: skip
CLIENT = Form(True, rb"client(?==)", rb"=", b"=")
MESSAGE_ID = Form(True, rb"message(?=-id=)", rb"-id=", b"-")
ACTIVE = Form(True, rb"from=<.*>(?=%b)" % _INSERTED, _INSERTED, b",")
_NOTIFIED = rb" " + some(rb"[a-z-]++ ") + rb"notification"
NOTIFIED = Form(True, rb"sender(?=%b: )" % _NOTIFIED, _NOTIFIED, b" ")
REMOVED = Form(True, rb"(?!)", removed.REMOVED, b":")
"""In a block the parser finds these lines, for they end what it remembers of a message."""

USUAL = (CONNECT, DISCONNECT, LOGIN, CLIENT, MESSAGE_ID, ACTIVE, NOTIFIED)
"""In the order in which they are looked for."""
