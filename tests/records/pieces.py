"""What lines of a log are made of: headers, tags, texts of others, and pieces of them."""

from __future__ import annotations

from hypothesis import strategies as st

from tests.lines import HEADER, line, record

MESSAGE = record()
HEADERS = {
    "traditional": HEADER,
    "one-digit day": "Nov  3 20:15:19 mx1 postfix/smtp[4711]: ",
    "RFC 3339": "2026-11-23T20:15:19.672484+00:00 mx1 postfix/smtp[4711]: ",
    "RFC 3339, UTC": "2026-11-23T20:15:19Z mx1 postfix/smtp[4711]: ",
    "RFC 3339, other zone": "2026-11-23T20:15:19.672-05:00 mx1 postfix/smtp[4711]: ",
    "short-iso": "2026-11-23T20:15:19+0100 mx1 postfix/smtp[4711]: ",
    "priority kept": "<22>Nov 23 20:15:19 mx1 postfix/smtp[4711]: ",
    "RFC 5424, whole tag": "<22>1 2026-11-23T20:15:19.672484+00:00 mx1 postfix/smtp 4711 - - ",
    "RFC 5424, rsyslog's space": "<22>1 2026-11-23T20:15:19Z mx1 postfix/smtp 4711 - -  ",
    "RFC 5424, structured data": '<22>1 2026-11-23T20:15:19Z mx1 postfix/smtp 4711 ID [a@1 b="c\\"]"] ',
    "RFC 5424, byte order mark": "<22>1 2026-11-23T20:15:19Z mx1 postfix/smtp 4711 - - \ufeff",
    "IPv6 host": "Nov 23 20:15:19 2001:db8::25 postfix/smtp[4711]: ",
    "user before the host": "Nov 23 20:15:19 mail@mx1 postfix/smtp[4711]: ",
    "no host": "Nov 23 20:15:19 postfix/smtp[4711]: ",
    "no process id": "Nov 23 20:15:19 mx1 postfix/smtp: ",
    "NULs of a crash": "\0\0\0\0Nov 23 20:15:19 mx1 postfix/smtp[4711]: ",
    "space before the message": "Nov 23 20:15:19 mx1 postfix/smtp[4711]:  ",
}


IGNORED = [
    "dovecot[9]: ",
    "spamd[9]: ",
    "postfixadmin[9]: ",
    "postfix_exporter[9]: ",
    "evil/agent[9]: ",
    "smtp[9]: ",
    "kernel: ",
]


FORGED = "relay=x.example[192.0.2.1]:25, delay=1, delays=0/0/0/0, dsn=5.7.1, status=bounced (no)"


RECORD_OF_OTHERS = f"4jYHHW43JzzBrbB: to=<v@victim.example>, {FORGED}"


OTHER = {
    "message id": f"postfix/cleanup[2]: 4jYHHn2qvnzBrjZ: message-id=<x>, to=<v@victim.example>, {FORGED}",
    "header warning": f"postfix/cleanup[2]: 4jY: warning: header Subject: to=<v@victim.example>, {FORGED}",
    "helo": f"postfix/smtpd[2]: NOQUEUE: reject: RCPT from x[192.0.2.1]: 554 helo=<{RECORD_OF_OTHERS}>",
    "warning": f"postfix/smtpd[2]: warning: {RECORD_OF_OTHERS}",
    "another tag inside": f"postfix/smtpd[2]: postfix/smtp[3]: {RECORD_OF_OTHERS}",
    "expired": "postfix/qmgr[3]: 87F691603FD: from=<b@s.example>, status=expired, returned to sender",
    "removed": "postfix/qmgr[3]: 87F691603FD: removed",
    "removed by another": "postfix/cleanup[3]: 87F691603FD: removed",
    "removed, with more": "postfix/qmgr[3]: 87F691603FD: removed now",
    "removed, without an agent": "postfix[3]: 87F691603FD: removed",
    "removed, with spaces": "postfix/qmgr[3]:  87F691603FD: removed",
}


PIECES = st.sampled_from(
    [
        *(value.encode() for value in HEADERS.values()),
        *(f"Nov 23 20:15:19 mx1 {tag}".encode() for tag in IGNORED),
        *(f"Nov 23 20:15:19 mx1 {text}".encode() for text in OTHER.values()),
        line(to='"a@b"@a.example')[len(HEADER) : -1],
        line(status="deferred", text="x (y) z")[len(HEADER) : -1],
        record().encode(),
        b"message repeated 3 times: [ ",
        b"]",
        b"\n",
        b"\0",
        b"\r",
        b" ",
        b": ",
        b"to=<",
        b">, relay=",
        b'"',
        b"\xff\xe2\x80\xa8",
        b", status=sent (",
        b"<22>1 ",
    ]
)
