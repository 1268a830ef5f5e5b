"""What other programs do to records against expectation (findings/), and what is counted of them.

What is not here is held beside the code: a lost agent in records/test_parse.py, a code that Postfix
changed in verdict/test_classify.py.
"""

from __future__ import annotations

import pytest

from tests.counting import QMGR, START, Counted, by, deferred
from tests.lines import HEADER, line
from tests.records.twice import PARSER

NO_SESSION = {
    "host mx.a.example[203.0.113.9] refused to talk to me: 554 5.7.1 refused": ("4.7.1", "blocked"),
    "connect to mx.a.example[203.0.113.9]:25: Connection refused": ("4.4.1", "network"),
}


@pytest.mark.parametrize("text", NO_SESSION)
def test_undecided_tls_is_no_cause(text: str) -> None:
    """Postfix 3.11 writes tls=may? where there was no session; the text tells why, the mark does not."""
    code, cause = NO_SESSION[text]
    plain = line(dsn=code, status="deferred", text=text)
    marked = plain.replace(b", dsn=", b", tls=may?, dsn=")
    totals = Counted().add(START, marked).published().totals
    assert by(totals, "dsn_code", "cause") == {(code, cause): 1}


DISAGREE = {
    "450 5.7.1 refused by a greylist, come again in 300 seconds": "greylisted",
    "550 4.2.2 no": "mailbox",
    "550 4.7.26 no": "authentication",
}


@pytest.mark.parametrize("reply", DISAGREE)
def test_code_of_another_class_than_the_reply(reply: str) -> None:
    """Postfix logs x.0.0 where the code's class is not the reply's; the cause is that of the reply."""
    code, status = ("4.0.0", "deferred") if reply.startswith("4") else ("5.0.0", "bounced")
    said = f"host mx.a.example[203.0.113.9] said: {reply} (in reply to RCPT TO command)"
    counted = Counted().add(START, line(dsn=code, status=status, text=said))
    assert by(counted.published().totals, "dsn_code", "cause") == {(code, DISAGREE[reply]): 1}


def test_postsuper_of_all_ends_no_message() -> None:
    """`postsuper -d ALL` names no message: who waits is not guessed from its number."""
    postsuper = QMGR.replace("qmgr", "postsuper")
    counted = Counted().add(START, deferred(1), f"{postsuper}Deleted: 1 message\n".encode())
    assert sum(counted.published().deferred.values()) == 1


@pytest.mark.parametrize("kept", [255, 1023])
def test_record_that_busybox_cut(kept: int) -> None:
    """A record that lost its end is a delivery with its code, or unparsed; it is never passed over."""
    for length in range(10, 1200):
        text = line(to=f"{'u' * length}@a.example", dsn="5.7.1", status="bounced")[:kept]
        result, deliveries = PARSER.parse_line(text)
        assert result == ("delivery" if deliveries else "unparsed")
        assert [delivery.dsn for delivery in deliveries] in ([], [b"5.7.1"])


def test_record_that_postfix_cut() -> None:
    """Postfix ends a record after 2000 bytes: the code and the cause are those of what is left."""
    reply = "550-5.7.26 This mail is unauthenticated " * 99
    whole = line(
        dsn="5.7.26", status="bounced", text=f"host mx.a.example[203.0.113.9] said: {reply}"
    )
    cut = whole[: len(HEADER) + 2000] + b"\n"
    assert len(cut) < len(whole)
    totals = Counted().add(START, cut).published().totals
    assert by(totals, "dsn_code", "cause") == {("5.7.26", "authentication"): 1}


def test_record_that_journalctl_replaced() -> None:
    """A record of which journalctl shows only the size is told as unparsed."""
    records = PARSER.parse(f"{HEADER}[1.9K blob data]\n".encode())
    assert records[:5] == ([], 0, 0, 0, 1)
