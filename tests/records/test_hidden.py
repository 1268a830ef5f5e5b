"""Lines that are Postfix' by any reading, in no form that is read: told, never passed over."""

from __future__ import annotations

import pytest

from exporter.records.parse import Parser
from tests.lines import line, record
from tests.records.pieces import OTHER, RECORD_OF_OTHERS
from tests.records.twice import PARSER, by_lines, readings

TRADITIONAL = "Nov 28 18:49:46 mx1 "
ISO = "2026-11-28T18:49:46Z"
RECORD = record()
WITHOUT_ID = RECORD.partition(": ")[2]
JSON = RECORD.replace('"', "'")
HIDDEN = {
    "a blank before the process id": f"{TRADITIONAL}postfix/smtp [1]: {RECORD}",
    "a low line for the slash": f"{TRADITIONAL}postfix_smtp[1]: {RECORD}",
    "a low line, no process id": f"{TRADITIONAL}postfix_lmtp: {RECORD}",
    "a blank for the slash": f"{TRADITIONAL}postfix smtp[1]: {RECORD}",
    "a blank for the slash, no host": f"Nov 28 18:49:46 postfix pipe[1]: {RECORD}",
    "a blank for the slash, RFC 3339": f"{ISO} mx1 postfix local[1]: {RECORD}",
    "a low line, RFC 5424": f"<22>1 {ISO} mx1 postfix_virtual 1 - - {RECORD}",
    "CSV": f'{ISO},mx1,"postfix/smtp[1]: {RECORD}"',
    "CSV, columns": f'"{ISO}","mx1","postfix/smtp","1","{RECORD}"',
    "CSV, the time behind the program": f"mx1;postfix/smtp[1];2026-11-28 18:49:46;{RECORD}",
    "CSV, the program last": f'{ISO},mx1,"{RECORD}",postfix/smtp',
    "tabs": f"{ISO}\tmx1\tpostfix/smtp\t1\t{RECORD}",
    "logfmt": f'time={ISO} level=info msg="postfix/smtp[1]: {RECORD}"',
    "logfmt, fields": f'time={ISO} host=mx1 program=postfix/smtp pid=1 message="{RECORD}"',
    "logfmt, the program last": f'time={ISO} message="{RECORD}" program=postfix/smtp',
    "logfmt, without a queue id": f'program=postfix/smtp message="{WITHOUT_ID}"',
    "@cee": f'{TRADITIONAL}postfix/smtp[1]: @cee: {{"msg":"{JSON}","pid":1}}',
    "@cee of a collector": f'{TRADITIONAL}rsyslogd: @cee: {{"pname":"postfix/smtp","msg":"{JSON}"}}',
    "@cee, the program last": f'{TRADITIONAL}cee[1]: @cee:{{"msg": "{JSON}","pname": "postfix/smtp"}}',
    "@cee, blanks": f'{TRADITIONAL}cee: @cee:{{"pname": "postfix/smtp", "msg": "{JSON}"}}',
    "JSON behind a tag": f'{TRADITIONAL}postfix/smtp[1]: {{"msg":"{JSON}"}}',
    "quoted": f'{TRADITIONAL}postfix/smtp[1]: "{RECORD}"',
    "no queue id": f"{TRADITIONAL}postfix/smtp[1]: {WITHOUT_ID}",
    "no queue id, no angle brackets": f"{TRADITIONAL}postfix/smtp[1]: {WITHOUT_ID}".replace(
        "<", ""
    ).replace(">", ""),
    "no colon behind the queue id": f"{TRADITIONAL}postfix/smtp[1]: {RECORD.replace(': ', ' ', 1)}",
    "a blob": f"{TRADITIONAL}postfix/smtp[1]: [1.9K blob data]",
    "a small blob": f"{ISO} mx1 postfix-out/lmtp[1]: [99B blob data]",
    "a blob, RFC 5424": f"<22>1 {ISO} mx1 postfix/smtp 1 - - [1.9K blob data]",
    "no text": f"{TRADITIONAL}postfix/smtp[1]: ",
}  # fmt: skip


@pytest.mark.parametrize("line_of_postfix", HIDDEN.values(), ids=HIDDEN)
@pytest.mark.parametrize("before", [0, 1, 99])
def test_a_record_that_cannot_be_read_is_told(line_of_postfix: str, before: int) -> None:
    """A delivery record in a line of no known form is unparsed, alone and in any log."""
    block = line() * before + line_of_postfix.encode() + b"\n"
    records = PARSER.parse(block)
    assert records[1:5] == (before, 0, 0, 1)
    assert readings(records) == readings(by_lines(block))


@pytest.mark.parametrize("line_of_postfix", HIDDEN.values(), ids=HIDDEN)
def test_records_of_other_instances_are_not_missed(line_of_postfix: str) -> None:
    """Where only some instances count, a record of another one that cannot be read is not told."""
    assert Parser(["outbound"]).parse(line_of_postfix.encode() + b"\n").unparsed == 0
    ours = line_of_postfix.replace("postfix-out", "postfix").replace("postfix", "outbound")
    assert Parser(["outbound"]).parse(ours.encode() + b"\n").unparsed == 1


HARMLESS = {
    "a blob of another agent": (f"{TRADITIONAL}postfix/cleanup[1]: [1.9K blob data]", "other"),
    "no text of another agent": (f"{TRADITIONAL}postfix/smtpd[1]: ", "other"),
    "a blob of another program": (f"{TRADITIONAL}dovecot[1]: [1.9K blob data]", "ignored"),
    "another program with a low line": (f"{TRADITIONAL}postfix_exporter[1]: {RECORD}", "ignored"),
    "another program": (f'{TRADITIONAL}backup[1]: msg="postfix/smtp[1]: {RECORD}"', "ignored"),
    "quoted by another program": (f"{TRADITIONAL}sshd[1]: postfix smtp[1]: {RECORD}", "ignored"),
    "quoted in a field": (f'time={ISO} program=postfix/smtpd msg="x: helo=<{RECORD}>"', "ignored"),
    "in an access log": (f'192.0.2.1 - - [28/Nov/2026] "GET /?{RECORD}" 404 9 "-"', "ignored"),
    "text without a program": (f'time={ISO} msg="{RECORD}"', "ignored"),
    "another program's @cee": (f'{TRADITIONAL}cee: @cee: {{"pname":"x","msg":"{JSON}"}}', "ignored"),
    "a queue id alone": (f"{TRADITIONAL}postfix/smtp[1]: 4F1:", "other"),
    "sendmail": (
        f"{TRADITIONAL}sendmail[1]: 4F1: to=<u@a.example>, delay=00:00:01, relay=a, dsn=2.0.0, stat=Sent",
        "ignored",
    ),
    **{
        f"{name}, CSV": (f'{ISO},mx1,"{text}"', "ignored")
        for name, text in OTHER.items()
        if RECORD_OF_OTHERS.partition("<")[2][:5] in text
    },
}  # fmt: skip


@pytest.mark.parametrize(("harmless", "result"), HARMLESS.values(), ids=HARMLESS)
def test_what_others_say_is_not_told(harmless: str, result: str) -> None:
    """What an outsider or another program says is no record that is missed."""
    block = line() * 9 + harmless.encode() + b"\n"
    assert PARSER.parse_line(harmless.encode()) == (result, [])
    assert readings(PARSER.parse(block)) == readings(by_lines(block))
