"""Any shape of input: time grows with size, and no faster."""

from __future__ import annotations

import time

import pytest

from tests.hostile.targets import TARGETS
from tests.lines import HEADER, line

STEP, FAR = 10_000, 1_000_000
MOST_GROWTH = 8
"""Times that a byte of FAR may cost of what one of STEP costs; with quadratic time it is 100."""

SENDER = HEADER.replace("smtp", "qmgr") + "A: from=<"
RECORD = line()[: len(HEADER) + 13].decode()
UNTIL_RELAY = "to=<u@a.example>, relay="
UNTIL_TEXT = line(dsn="5.7.1", status="bounced", text="")[:-2].decode()
SAID = UNTIL_TEXT + "host x[192.0.2.1] said: 550-5.7.1 "
SHAPES = {
    # what one long line begins with, and what is repeated to its end
    "letters": ("", "a"),
    "spaces": ("", " "),
    "NULs": ("", "\0"),
    "carriage returns": ("", "\r"),
    "a long tag": ("Nov 23 20:15:19 mx1 postfix", "/a"),
    "a long host": ("Nov 23 20:15:19 ", "m.x@"),
    "structured data": ("<22>1 2026-11-23T20:15:19Z mx1 postfix/smtp 1 - ", '[a b="\\"]'),
    "structured data without end": ("<22>1 2026-11-23T20:15:19Z mx1 postfix/smtp 1 - ", "["),
    "records in a record": (RECORD, "to=<"),
    "ends of an address": (RECORD + "to=<", ">, "),
    "almost the next field": (RECORD + "to=<", ">, relay"),
    "next fields": (RECORD, UNTIL_RELAY),
    "quotes": (RECORD + 'to=<"', '"'),
    "backslashes": (RECORD + 'to=<"', "\\"),
    "ats": (RECORD + "to=<", "@"),
    "labels of a domain": (RECORD + "to=<u@", "a."),
    "octal escapes": (RECORD + "to=<u@", "#303#274"),
    "U-labels": (RECORD + "to=<u@", "\u00fc."),
    "labels of a relay": (RECORD + UNTIL_RELAY, "a."),
    "brackets of a relay": (RECORD + UNTIL_RELAY, "[private/"),
    "unknown fields": (RECORD + UNTIL_RELAY + "x, delay=1, delays=0/0/0/0, ", "tls=x, "),
    "digits": (RECORD + UNTIL_RELAY + "x, delay=", "1"),
    "repeated": (HEADER, "message repeated 9 times: [ "),
    "expired": (HEADER.replace("smtp", "qmgr"), "A: from=<>, status=expired, returned to sender "),
    "quotes of a sender": (SENDER, '"'),
    "backslashes of a sender": (SENDER + '"', "\\"),
    "ends of a sender": (SENDER, ">, size=1, nrcpt=1 (queue active)"),
    "almost the end of a sender": (SENDER, ">, size=1"),
    "ats of a sender": (SENDER, "a@"),
    "labels of a sender": (SENDER + "u@", "a."),
    "hosts that said": (UNTIL_TEXT, "host x[192.0.2.1] said: "),
    "hosts without end": (UNTIL_TEXT, "host x["),
    "brackets of a reply": (SAID, "[("),
    "addresses in a reply": (SAID, "<a@b> "),
    "numbers in a reply": (SAID, "a12345678 "),
    "codes in a reply": (SAID, "(#5.1."),
    "line ends of a reply": (SAID, "550-5.7.1 x "),
    "commands in a reply": (SAID, " (in reply to "),
    "words before a tag": ("2026-11-28 18:49:46 ", "a "),
    "severities": ("2026-11-28 18:49:46 ", "INFO  "),
    "priorities": ("Nov 23 20:15:19 ", "mail.info "),
    "severities in brackets": ("Nov 23 20:15:19 ", "[INFO] "),
    "headers in headers": ("", "Nov 23 20:15:19 mx1 smtp-out[1]: "),
    "headers with a year in headers": ("", "2026-11-28T18:49:46Z mx1 smtp-out[1]: "),
    "times": ("", "2026-11-28 18:49:46 "),
    "times and hosts": ("", "Nov 23 20:15:19 mx1 "),
    "labels of compose": ("", "mx_1 | "),
    "numbers of priorities": ("", "<22>"),
    "tags of Docker": ("Nov 23 20:15:19 ", "docker/a[1]: "),
    "segments of a tag": ("Nov 23 20:15:19 mx1 ", "smtp/"),
    "tags behind an unknown header": ("", " postfix/smtp[1]: A: to=<"),
    "agents behind an unknown header": ("", "/smtp[1]: "),
    "programs without a slash": ("", "postfix smtp[1], "),
    "programs behind a record": (f"msg={RECORD}to=a, relay=b, delay=1, status=", "=postfix/smtp "),
    "columns behind a program": (",postfix/smtp,", '":"1'),
    "recipients without a queue id": (HEADER, "to=<"),
    "recipients and statuses": ("a,postfix/smtp,", "to=relay=delay=status= "),
    "objects behind a tag": (HEADER + "@cee: ", '{"a": "'),
    "unknown fields of an old record": (RECORD + UNTIL_RELAY + "x, delay=1, ", "tls=x, "),
    "a bare recipient": (RECORD + "to=", "a"),
    # many lines
    "lines of another form": (
        "",
        line(header="2026-11-28 18:49:46 mx1 postfix/smtp[1]: ").decode(),
    ),
    "lines without a time": ("", "mx1 postfix/smtp[1]: connect\n"),
    "objects of a journal": ("", '{"SYSLOG_IDENTIFIER":"postfix/smtp","MESSAGE":"a"}\n'),
    "lists of an object": ('{"MESSAGE":', "["),
    "entries of a journal": ("", "__CURSOR=a\nMESSAGE=a\n\n"),
    "entries in an entry": ("__CURSOR=a\n", "MESSAGE\n\x09\0\0\0\0\0\0\0\n\n__CURSOR=\n"),
    "fields of an entry": ("__CURSOR=a\n", "A=b\n"),
    "blobs": ("", HEADER + "[1.9K blob data]\n"),
    "lines of CSV": ("", f'2026-11-28,mx1,postfix/smtp,"{line()[len(HEADER) : -1].decode()}"\n'),
    "delivery lines": ("", line(text="x").decode()),
    "refusals": ("", line(dsn="5.7.1", status="bounced", text="host x[::1] said: 550 no").decode()),
    "almost delivery lines": ("", line(delay="1.2.3").decode()),
    "headers": ("", "Nov 23 20:15:19 mx1 postfix/smtp[4711]: \n"),
    "senders": ("", f"{SENDER}a@b>, size=1, nrcpt=1 (queue active)\n"),
    "messages removed": ("", HEADER.replace("smtp", "qmgr") + "4jYHHW: removed\n"),
    "objects of Docker": ("", '{"log":"a"}\n'),
    "objects without end": ("", '{"log":' + "[" * 99 + "\n"),
    "parts of CRI": ("", "2026-11-24T00:00:00Z stdout P a\n"),
    "parts of Docker": ("", '{"log":"' + "a" * 90 + '"}\n'),
}
REPLY_SHAPES = {
    name: (start.removeprefix(UNTIL_TEXT), more)
    for name, (start, more) in SHAPES.items()
    if start.startswith(UNTIL_TEXT)
}
FILE_SHAPES = {
    "letters": ("", "a"),
    "a long key": ("? ", "a"),
    "a long text": ("hold: ", "a "),
    "a long quoted text": ('hold: "', "\\n"),
    "a long block": ("hold: |\n", " a\n"),
    "a long regular expression": ("log: {rotated: '", "(a|"),
    "brackets": ("a: ", "["),
    "braces": ("a: ", "{"),
    "pairs in pairs": ("", "{a: "),
    "lists in lists": ("", "- "),
    "question marks": ("", "? "),
    "colons": ("", ": "),
    "comments": ("", "# a\n"),
    "newlines": ("", "\n"),
    "documents": ("", "---\n"),
    "tags": ("%TAG ! a\n", "%TAG ! a\n"),
    "names": ("internal_relays:\n", "- a.example\n"),
    "commas": ("internal_relays: [", "a,"),
    "phrases": ("causes: [{cause: other, text: ['", "a* "),
    "hosts of a provider": ("providers: [{id: a, hosts: ['", "a."),
    "anchors": ("a:\n", "- &a b\n"),
    "aliases": ("a: [&a [" + "b," * 99 + "]", ", *a"),
    "merges": ("a: &a {b: 1}\nc:\n  <<: [*a", ", *a"),
    "rules": ("causes:\n", "- {cause: other, text: slow down}\n"),
    "users": ("basic_auth_users:\n", "  a: b\n"),
}
GROWING = {
    (target, shape): start_and_more
    for target, shapes in (
        ("parser", SHAPES),
        ("classifier", REPLY_SHAPES),
        ("configuration", FILE_SHAPES),
    )
    for shape, start_and_more in shapes.items()
}


@pytest.mark.parametrize(("target", "shape"), GROWING, ids=map(": ".join, GROWING))
def test_time_is_linear(target: str, shape: str) -> None:
    """A byte of a megabyte costs about what a byte of ten kilobytes costs, whatever it says."""
    start, more = (text.encode() for text in GROWING[target, shape])

    def cost_of_a_byte(size: int) -> float:
        data = start + more * ((size - len(start)) // len(more))
        started = time.process_time()
        TARGETS[target](data)
        return (time.process_time() - started) / size

    near = min(cost_of_a_byte(STEP) for _ in range(3))
    far = cost_of_a_byte(FAR)
    for _ in range(3):  # the machine's, then, or a quadratic time
        if far > MOST_GROWTH * near:
            far, near = min(far, cost_of_a_byte(FAR)), min(near, cost_of_a_byte(STEP))
    print(f"{far / near:.2f} times, {far * 1e9:.0f} ns a byte")
    assert far <= MOST_GROWTH * near
