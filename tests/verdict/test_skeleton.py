"""Skeletons of replies: the same refusals have one, and nothing personal or singular is in it."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from exporter.verdict.skeleton import LONGEST, skeleton

REPLIES = {
    "host a.example[192.0.2.1] said: 550 5.1.1 <u@b.example>: no such user (in reply to RCPT TO"
    " command))": "550 5.1.1 <address>: no such user (in reply to RCPT TO command)",
    "host a.example[192.0.2.1]:25 refused to talk to me: 421 4.7.0 too many from 192.0.2.9)": (
        "refused to talk to me: 421 4.7.0 too many from <ip>"
    ),
    "host a.example[192.0.2.1] said: 421-4.7.28 Gmail has detected 421-4.7.28 spam. 421 4.7.28 See"
    " https://support.google.com/mail/?p=RateLimit 5b1f17b1804b1-4333aa5e1d2si112.101 - gsmtp (in"
    " reply to end of DATA command))": (
        "421-4.7.28 Gmail has detected spam. See https://support.google.com/mail/?p=RateLimit <id>"
        " - gsmtp (in reply to end of DATA command)"
    ),
    "host a.example[2001:db8::1] said: 554 5.7.1 [2001:db8::9] is listed, see"
    " https://x.example/?ip=192.0.2.1&id=9 (in reply to MAIL FROM command))": (
        "554 5.7.1 [<ip>] is listed, see https://x.example/ (in reply to MAIL FROM command)"
    ),
    "host a.example[192.0.2.1] said: 451 4.7.1 try again in 297 seconds": (
        "451 4.7.1 try again in <n> seconds"
    ),
    "delivery temporarily suspended: connect to a.example[192.0.2.1]:25: Connection refused": (
        "connect to a.example[<ip>]:<n>: Connection refused"
    ),
    '550 "j doe"@b.example, u%b.example@c.example, SRS0=ab=cd=b.example=u@d.example unknown': (
        "550 <address>, <address>, <address> unknown"
    ),
    '451 x to=<"some body\\">, relay="@>, relay=mx.b.example[192.0.2.1]:25': (
        "451 x to=<address>, relay=mx.b.example[<ip>]:<n>"
    ),
    '550 <"j \\"x\\" doe"@b.example> and "j\\"d"@b.example': "550 <address> and <address>",
    '550 to=<j.doe@>, "j d"@ and <@b.example>, j.doe@': (
        "550 to=<address>, <address> and <address>, <address>"
    ),
    '550 the text was cut in <"john.do': "550 the text was cut in <address>",
    "550 john.doe is unknown, mailto:john.doe@b.example": (
        "550 <address> is unknown, mailto:<address>"
    ),
    "552 5.2.2 over quota 1200 of 1000 MB, message 4F1A2B3C4D": (
        "552 5.2.2 over quota <n> of <n> MB, message <id>"
    ),
}


@pytest.mark.parametrize("text", REPLIES)
def test_replies(text: str) -> None:
    """Addresses, ids and numbers are left out; codes, words and pages for senders stay."""
    assert skeleton(text.encode(), b"john.doe") == REPLIES[text]


_PIECES = [*"ab01@<>\"'.:;,[]()%=/-#? \t\x1b\x9bü", "host a[1] said: ", "550 5.1.1 ", "http://"]
ANY = st.lists(st.sampled_from(_PIECES), max_size=60).map("".join)


@given(ANY)
@example("550 <u@b> @@ a@b@c")
def test_any_text(text: str) -> None:
    """No address is left, and nothing but printable ASCII, however long the text is."""
    told = skeleton(text.encode())
    assert not re.search(r"\w@|@\w", told)
    assert told.rstrip("…").isascii()
    assert told.isprintable()
    assert len(told) <= LONGEST
