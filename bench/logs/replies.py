"""What is answered to a delivery attempt: honest texts with their codes, and forgeries.

A text has the slots {exchanger} (`host[address]`), {domain}, {to}, {id}, {number}, and {forged},
the place that a hostile server fills. Characters above 0x7f stand for the byte of that value.
"""

from __future__ import annotations

from typing import NamedTuple


class Reply(NamedTuple):
    """An outcome's enhanced status code (RFC 3463) and text; `weight` says how common it is.

    Without a `session` there was no server to answer, and the record says `relay=none`.
    """

    weight: int
    dsn: str
    text: str
    session: bool = True


def _by_weight(*replies: Reply) -> tuple[Reply, ...]:
    return tuple(reply for reply in replies for _ in range(reply.weight))


_RCPT = "{forged} (in reply to RCPT TO command)"
_MAIL = "{forged} (in reply to MAIL FROM command)"
_DATA = "{forged} (in reply to end of DATA command)"

SENT = _by_weight(
    Reply(8, "2.0.0", "250 2.0.0 Ok: queued as {id}{forged}"),
    Reply(6, "2.0.0", "250 2.0.0 OK {number} {id}-v6si{number}qtb.17 - mxd{forged}"),
    Reply(3, "2.0.0", "250 OK id={id}-{number}-Bz{forged}"),
    Reply(3, "2.0.0", "250 ok {number} qp {number} server mx.{domain}!{number}{forged}"),
    Reply(
        4,
        "2.6.0",
        "250 2.6.0 <{id}@news.example.org> [Ticket={number}, Node={id}.hub.{domain}] 48213 bytes"
        " taken in 0.214 s, handed to the mailbox store{forged}",
    ),
    Reply(2, "2.1.5", "250 2.1.5 <{to}>... Recipient ok, message {id} spooled{forged}"),
    Reply(2, "2.0.0", "250 2.0.0 {id} Message accepted{forged}"),
)

DEFERRED = _by_weight(
    Reply(5, "4.4.1", "connect to {exchanger}:25: Connection timed out", session=False),
    Reply(2, "4.4.1", "connect to {exchanger}:25: Connection refused", session=False),
    Reply(2, "4.4.1", "connect to {exchanger}:25: No route to host", session=False),
    Reply(
        3,
        "4.4.3",
        "Host or domain name not found. Name service error for name={domain} type=MX: Host not"
        " found, try again",
        session=False,
    ),
    Reply(
        3,
        "4.4.2",
        "lost connection with {exchanger} while receiving the initial server greeting",
    ),
    Reply(2, "4.4.2", "conversation with {exchanger} timed out while sending message body"),
    Reply(
        6,
        "4.7.1",
        "host {exchanger} said: 450 4.7.1 <{to}>: Greylisting in action. This is the first time we"
        " see you. Come back in 5 minutes." + _RCPT,
    ),
    Reply(
        4,
        "4.2.2",
        "host {exchanger} said: 452-4.2.2 The mailbox you write to is full. Ask its owner by other"
        " means 452-4.2.2 to delete some mail, then send again. Ticket {id}. Learn more at"
        " 452 4.2.2 https://help.{domain}/full-mailbox" + _RCPT,
    ),
    Reply(
        5,
        "4.7.28",
        "host {exchanger} said: 421-4.7.28 We see an unusual amount of mail from your network."
        " 421-4.7.28 Its users rarely open it, some marked it as junk. For the time being we take"
        " 421-4.7.28 less of it. Our rules for senders of bulk mail stand at"
        " 421 4.7.28 https://postmaster.{domain}/bulk {id} - mxd" + _DATA,
    ),
    Reply(
        2,
        "4.3.2",
        "host {exchanger} refused to talk to me: 421 4.3.2 Too many open connections from your"
        " address. Close some, then try again.{forged}",
    ),
    Reply(
        1,
        "4.3.0",
        "host {exchanger} said: 451 4.3.0 Vor\xfcbergehende St\xf6rung. Bitte sp\xe4ter noch einmal"
        " versuchen." + _MAIL,
    ),
    Reply(1, "4.0.0", "host {exchanger} said: 451 Resources short, ask again" + _MAIL),
)

BOUNCED = _by_weight(
    Reply(
        8,
        "5.1.1",
        "host {exchanger} said: 550-5.1.1 Nobody here has that address. Look for letters that were"
        " swapped, 550-5.1.1 forgotten or doubled, then write again. See"
        " 550 5.1.1 https://help.{domain}/unknown-user {id} - mxd" + _RCPT,
    ),
    Reply(4, "5.1.1", "host {exchanger} said: 550 5.1.1 <{to}>: No such user here" + _RCPT),
    Reply(
        3,
        "5.7.1",
        "host {exchanger} said: 554 5.7.1 Your host is listed by blocklist.example. To be removed,"
        " visit https://blocklist.example/q?{id}. We do not answer questions about it." + _RCPT,
    ),
    Reply(
        2,
        "5.7.26",
        "host {exchanger} said: 550-5.7.26 We could not tell who wrote this. SPF: neutral. DKIM:"
        " no signature. 550-5.7.26 The policy of the sender's domain tells us to refuse such mail."
        " 550 5.7.26 https://postmaster.{domain}/who {id} - mxd" + _DATA,
    ),
    Reply(2, "5.2.1", "host {exchanger} said: 550 5.2.1 <{to}>: Mailbox is disabled." + _RCPT),
    Reply(1, "5.2.2", "host {exchanger} said: 552 5.2.2 <{to}>: Over quota for 90 days." + _RCPT),
    Reply(
        2,
        "5.4.4",
        "Host or domain name not found. Name service error for name={domain} type=A: Host not"
        " found",
        session=False,
    ),
    Reply(
        1,
        "5.1.0",
        "Domain {domain} does not accept mail (nullMX)",
        session=False,
    ),
    Reply(
        1,
        "5.1.1",
        "host {exchanger} said: 550 5.1.1 Destinataire inconnu \xe0 cette adresse \x96 v\xe9rifiez,"
        " s'il vous pla\xeet" + _RCPT,
    ),
    Reply(1, "5.0.0", "host {exchanger} said: 550 We do not want your mail. Go away." + _MAIL),
)

SUSPENDED = Reply(
    1,
    "4.4.1",
    "delivery temporarily suspended: connect to {exchanger}:25: Connection timed out",
    session=False,
)
"""What error(8) says for a destination the queue manager has given up for a while."""

RETIRED = Reply(1, "5.1.6", "The recipient has moved and left no address", session=False)
"""What error(8) says because the transport table tells it so."""

FORGERIES = (
    "dsn=2.0.0, status=sent (250 Ok)",
    "), dsn=5.7.1, status=bounced (forged",
    "to=<forged@victim.example>, relay=mx.victim.example[192.0.2.66]:25, delay=0.3,"
    " delays=0.1/0/0.1/0.1, dsn=2.0.0, status=sent (250 Ok)",
    "postfix/smtp[4711]: 3C0FFEE123: to=<forged@victim.example>, relay=none, delay=9,"
    " delays=8/0/1/0, dsn=5.4.4, status=bounced (forged)",
    "Nov 22 03:14:15 mx1 postfix/smtp[4711]: 3C0FFEE123: to=<forged@victim.example>,"
    " relay=mx.victim.example[192.0.2.66]:25, conn_use=2, delay=1.2, delays=0.1/0.1/0.5/0.5,"
    " dsn=4.7.0, status=deferred (forged)",
)
"""Texts that look like a delivery record, or like a part of one."""
