"""The fields of a delivery record, in the order of Postfix' src/global/log_adhoc.c.

In: nothing; for `code_of` a status and its text. Out: the patterns of a record's fields, those of
blocks (parse.py) and those of single lines (line.py), and the code of a record that has none.
Pure. Postfix before 2.3 logs neither delays= nor dsn=; some tools take off the angle brackets.
"""

from __future__ import annotations

import re

from exporter.records.patterns import but, many, maybe

SENT = b""
"""What `Delivery.status` holds for `sent`: the usual case costs no object."""

QUEUE_ID = rb"[0-9A-Za-z_]++"
_STATUS = rb"deferred|bounced|SOFTBOUNCE|deliverable|undeliverable"
_CUT = rb" ?(?:(?=\n)|\Z)"  # where Postfix or a crash cut the record off before the text
_SECONDS = rb"[0-9]{1,9}+\.?+[0-9]{0,6}+"
_RELAY_AND_DELAY = (
    rb"relay=(?P<relay>" + but(b" ,\n") + rb"++), " + maybe(rb"conn_use=[0-9]++, ") +
    rb"delay=(?P<delay>" + _SECONDS + rb"), "
)  # fmt: skip
_FOUR_SECONDS = rb"/".join([_SECONDS] * 4)
_DELAYS = rb"delays=(?P<delays>" + _FOUR_SECONDS + rb"), "
_DSN = rb"dsn=(?P<dsn>[245]\.[0-9]{1,3}+\.[0-9]{1,3}+), "
_EXTRA = rb"(?!dsn=|delays?=|status=)[a-z_]++=[^ ,\n]*+, "
_TLS = rb"tls=(?P<tls>[^ ,\n]*+), "  # since Postfix 3.11
# from relay= to the opening parenthesis
FIELDS = (
    _RELAY_AND_DELAY + _DELAYS + many(_TLS, _EXTRA) + _DSN +
    rb"status=(?:sent(?: \([^\n]*+|" + _CUT + rb")"
    rb"|(?P<status>" + _STATUS + rb")(?: \(|" + _CUT + rb"))"
)  # fmt: skip

# an address ends at the first `>` before the next field, but never inside a quoted string
_ADDRESS = (
    rb"(?:\"" + many(rb"[^\"\\\n]", rb"\\[^\n]") + rb"\"|(?!\"))"
    + many(rb"[^>\n]", rb">(?!, (?:orig_to=<|relay=))")
)  # fmt: skip
_BARE = rb"[^<>\", \n][^<>, \n]*+"  # what could end it is no part of it
RECORD = (
    rb"to=(?:<(?P<address>" + _ADDRESS + rb")>, " + maybe(rb"orig_to=<" + _ADDRESS + rb">, ")
    + rb"|(?P<bare>" + _BARE + rb"), " + maybe(rb"orig_to=" + _BARE + rb", ") + rb")"
    + _RELAY_AND_DELAY + maybe(_DELAYS)
    + many(_TLS, _EXTRA) + maybe(_DSN)
    + rb"status=(?:sent|(?P<status>" + _STATUS + rb"))(?: \((?P<text>[^\n]*+)|" + _CUT + rb")"
)  # fmt: skip
_CODE_IN_REPLY = re.compile(
    rb"(?:host [^ ]++ (?:said|refused to talk to me): )?[245][0-9]{2}[ -]#?"
    rb"[245](\.[0-9]{1,3}\.[0-9]{1,3})(?![0-9.])"
)
_CLASSES = {SENT: b"2", b"bounced": b"5", b"deliverable": b"2", b"undeliverable": b"5"}


def code_of(status: bytes, text: bytes) -> bytes:
    """Give the enhanced status code (RFC 3463) of a record without dsn=.

    The class is the status', the rest is of the reply that begins the text, as where Postfix
    writes dsn= itself; without such a reply the code is x.0.0.
    """
    reply = _CODE_IN_REPLY.match(text)
    return _CLASSES.get(status, b"4") + (reply[1] if reply else b".0.0")
