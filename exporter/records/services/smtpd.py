"""smtpd(8): connections, messages, rejects and logins.

In: lines of smtpd. Out: events.
Pure. Trust: HELO, sender, recipient and the text of a reply stand behind what is read here; a host
name has no blanks, for Postfix takes none that has (src/util/valid_hostname.c).
The forms are those of src/smtpd/smtpd.c (connections), smtpd_check.c (log_whatsup) and
smtpd_sasl_glue.c.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

from exporter.records.patterns import maybe, unnamed
from exporter.records.services.event import ID, NONE, Collector, Event, known
from exporter.records.services.forms import CLIENT, CONNECT, DISCONNECT, LOGIN, METHOD

COMMANDS = frozenset(
    "auth bdat data ehlo etrn helo mail noop quit rcpt rset starttls unknown vrfy xclient"
    " xforward".split()
)
"""The commands that are counted at the end of a session; others together are `other`."""

STAGES = frozenset(
    "AUTH BDAT CONNECT DATA EHLO END-OF-MESSAGE ETRN HELO MAIL NOOP QUIT RCPT RSET STARTTLS"
    " UNKNOWN VRFY XCLIENT XFORWARD".split()
)
"""Where a session was when something happened."""

REJECTS = frozenset({"reject", "milter-reject", "proxy-reject"})
ACTIONS = frozenset(
    "bcc discard filter hold info milter-discard milter-hold prepend proxy-accept redirect"
    " reject_warning warn".split()
)
"""Actions of access(5), Milters and proxies that reject, and that do not."""

METHODS = frozenset(
    "ANONYMOUS CRAM-MD5 DIGEST-MD5 EXTERNAL GSSAPI GS2-KRB5 LOGIN NTLM OAUTHBEARER PLAIN"
    " SCRAM-SHA-1 SCRAM-SHA-1-PLUS SCRAM-SHA-256 SCRAM-SHA-256-PLUS SCRAM-SHA-512"
    " SCRAM-SHA-512-PLUS XOAUTH2".split()
)
"""The SASL mechanisms that are named."""

_ENDS = {b"timeout": "timeout", b"too many errors": "errors"}

_ENDED = (
    maybe(ID) + rb"(?P<why>lost connection|timeout|too many errors) after (?P<stage>[A-Z-]++)"
    rb"(?: \([0-9]++ bytes\))? from "
)
_ACTED = ID + rb"(?P<action>[a-z_-]++): (?P<stage>[A-Z-]++)"
_ANSWER = rb"(?P<code>[245][0-9]{2})[ -](?P<dsn>[245]\.[0-9]{1,3}\.[0-9]{1,3}(?=[ ;\n]|\Z)|)"
_FAILED = rb" SASL (?P<method>[^ \n]++) authentication failed"
_UNRESOLVED = rb" does not resolve to address "
_BROKEN, _REPLY = map(re.compile, (_ENDED, _ANSWER))
_ACTION = re.compile(_ACTED + rb"(?: from [^ ]++|:) ")
_LOGIN = re.compile(rb"warning: [^ ]++" + _FAILED)
_NAME = re.compile(rb"warning: hostname [^ ]++" + _UNRESOLVED)
_COMMAND = re.compile(rb" ([a-z]++)=([0-9]{1,9})(?:/([0-9]{1,9}))?")


def _connect(_: str, left: bytes) -> Iterable[Event]:
    if left == CONNECT.left:  # where the header has lost the program, it may be another's
        yield ("smtpd_connects",)


def _disconnect(_: str, left: bytes) -> Iterable[Event]:
    yield ("smtpd_disconnects",)
    counted: Counter[tuple[str, str]] = Counter()
    for command, done, tried in _COMMAND.findall(left):
        if command != b"commands":  # their sum
            name, accepted = known(command, COMMANDS), int(done)
            counted[name, "accepted"] += accepted
            counted[name, "refused"] += max(0, int(tried or done) - accepted)
    for (name, result), times in counted.items():
        if times:
            yield "smtpd_commands", name, result, str(times)


def _login(_: str, left: bytes) -> Iterable[Event]:
    if left.startswith(METHOD):
        yield "smtpd_messages_processed", known(left.removeprefix(METHOD), METHODS)


def _read(_: str, text: bytes) -> Iterable[Event]:
    if action := _ACTION.match(text):
        yield from _acted(action, text)
    elif broken := _BROKEN.match(text):
        stage = known(broken["stage"], STAGES)
        if why := _ENDS.get(broken["why"]):
            yield "smtpd_connections_ended", why, stage
        else:
            yield "smtpd_connections_lost", stage
    elif login := _LOGIN.match(text):
        yield "smtpd_sasl_authentication_failures", known(login["method"], METHODS)
    elif _NAME.match(text):
        yield ("smtpd_reverse_dns_errors",)


def _acted(action: re.Match[bytes], text: bytes) -> Iterable[Event]:
    name, stage = action["action"].decode(), known(action["stage"], STAGES)
    reply = _REPLY.match(text, action.end())
    if name in REJECTS and reply:
        dsn = reply["dsn"].decode() or NONE
        yield "smtpd_messages_rejected", name, stage, reply["code"].decode(), dsn
    elif name in ACTIONS:
        yield "smtpd_access_actions", name, stage


SMTPD = Collector(
    programs=("smtpd",),
    usual={
        CONNECT: _connect,
        DISCONNECT: _disconnect,
        LOGIN: _login,
        CLIENT: lambda _program, _left: [("smtpd_messages_processed", NONE)],
    },
    begins=rb"(?:lost connection|timeout|too many errors) after |"
    rb"(?:[a-z]++-)?(?:reject|%b): [A-Z]|warning: (?:hostname |[^ \n]++ SASL )"
    % "|".join(sorted(ACTIONS)).encode(),
    read=_read,
    before_word=unnamed(
        rb"%b from |%b|warning: (?:hostname (?=[^ \n]++%b)|(?=[^ \n]++ SASL ))"
        % (_ACTED, _ENDED, _UNRESOLVED)
    ),
    behind_word=unnamed(rb" %b|%b|%b" % (_ANSWER, _FAILED, _UNRESOLVED)),
)
