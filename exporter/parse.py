"""Log lines to delivery records.

In: a block of complete lines. Out: its delivery records in log order, and how many lines were
delivery records, other Postfix lines, lines of other programs, and records that cannot be read.
Lost: nothing silently. A record cut at 2000 bytes before its status is `unparsed`.
Trust: a receiver controls the reply text and the relay's host name, a sender controls recipients,
message ids and headers, any local program controls its own tag. So the record must start right
after the syslog tag and the queue id, its fields are read in the order in which
Postfix' src/global/log_adhoc.c writes them, a quoted recipient is read as a quoted string
(RFC 5321, 4.1.2), and the text in parentheses is never searched.

How it is fast. One pattern takes a block apart into exactly these pieces: runs of Postfix lines
that hold no record (skipped inside the pattern, they cost no Python object), plain delivery
records (a tuple of their fields), and every line that is neither, which the slow and complete
grammar of one line then reads. Every repetition is possessive and every piece begins at a
newline, so the pattern never goes back and takes linear time on any input.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Container, Iterable
from functools import lru_cache
from typing import NamedTuple

SENT = b""
"""What `Delivery.status` holds for `sent`: the usual case costs no object."""

PROGRAMS = (
    "anvil bounce cleanup defer discard dnsblog error flush lmtp local master nqmgr oqmgr pickup"
    " pipe postalias postcat postconf postdrop postfix-script postkick postlock postlog postlogd"
    " postmap postmulti postmulti-script postqueue postscreen postsuper proxymap qmgr qmqpd retry"
    " scache sendmail showq smtp smtpd spawn tlsmgr tlsproxy trace trivial-rewrite verify virtual"
).split()
_MOST_REPEATED = 1000
"""Times a line may stand for; more is no reduction by rsyslog, and would cost memory."""


class Delivery(NamedTuple):
    """One delivery record, as bytes of the log.

    `origin` is the log host, a space, and the syslog tag without its process id. `delay` is in
    seconds, `delays` four of them joined by slashes. `text` is what stands in parentheses, the
    closing one included; it and `status` are empty for the status `sent`.
    """

    timestamp: bytes
    origin: bytes
    queue_id: bytes
    local_part: bytes
    domain: bytes
    relay: bytes
    delay: bytes
    delays: bytes
    dsn: bytes
    status: bytes
    text: bytes


class Records(NamedTuple):
    """What a block held: records in log order, and its number of lines by result."""

    deliveries: list[Delivery]
    delivery: int = 0
    other: int = 0
    ignored: int = 0
    unparsed: int = 0


RESULTS = ("delivery", "other", "ignored", "unparsed")
"""What a line can turn out to be."""


class Ended(NamedTuple):
    """A message that left the queue; `expired` says that it was too old and given up.

    `origin` is as in Delivery.
    """

    origin: bytes
    queue_id: bytes
    expired: bool


class Origin(NamedTuple):
    """What stands before a message: the log's host, the syslog name, the delivery agent."""

    host: str
    syslog_name: str
    agent: str


# loose where nothing hangs on it: `.` is the cheapest to match, timestamps.py reads what it is
_TIMESTAMP = (
    rb"(?P<timestamp>[A-Z][a-z]{2}.{12}"
    rb"|[0-9]{4}-.{5}T.{8}[0-9:.,+Z-]*+)"
)
_QUEUE_ID = rb"[0-9A-Za-z]++"
_STATUS = rb"deferred|bounced|SOFTBOUNCE|deliverable|undeliverable"
_CUT = rb" ?(?:(?=\n)|\Z)"  # where Postfix or a crash cut the record off before the text
_SECONDS = rb"[0-9]{1,9}+(?:\.[0-9]{1,6}+)?+"
# from relay= to the opening parenthesis; Postfix 3.11 adds tls= before dsn=
_FIELDS = (
    rb"relay=(?P<relay>[^ ,\n]++), (?:conn_use=[0-9]++, )?+delay=(?P<delay>" + _SECONDS + rb"), "
    rb"delays=(?P<delays>" + rb"/".join([_SECONDS] * 4) + rb"), (?:(?!dsn=)[a-z_]++=[^ ,\n]*+, )*+"
    rb"dsn=(?P<dsn>[245]\.[0-9]{1,3}\.[0-9]{1,3}), "
    rb"status=(?:sent(?: \([^\n]*+|"
    + _CUT
    + rb")|(?P<status>"
    + _STATUS
    + rb")(?: \(|"
    + _CUT
    + rb"))"
)
# an address ends at the first `>` before the next field, but never inside a quoted string
_ADDRESS = rb"(?:\"(?:[^\"\\\n]|\\[^\n])*+\"|(?!\"))(?:[^>\n]|>(?!, (?:orig_to=<|relay=)))*+"
_RECORD = re.compile(
    rb"to=<(?P<address>"
    + _ADDRESS
    + rb")>, (?:orig_to=<"
    + _ADDRESS
    + rb">, )?+"
    + _FIELDS
    + rb"(?P<text>[^\n]*+)"
)
_QUOTED = re.compile(rb"\"(?:[^\"\\]|\\.)*+\"", re.DOTALL)
_REPEATED = re.compile(rb"message repeated ([0-9]{1,9}) times: \[ ?(.*?)\]?", re.DOTALL)
_MESSAGE = re.compile(rb"(?P<queue_id>" + _QUEUE_ID + rb"): ++(?P<record>to=<.*)", re.DOTALL)
_REMOVED = b": removed\n"
_EXPIRED = b"expired, returned to sender\n"
# src/qmgr/qmgr_active.c, src/postsuper/postsuper.c
_ENDED = re.compile(
    rb"(?P<queue_id>"
    + _QUEUE_ID
    + rb"): (?:removed|from=<.*>, status=(?:force-|(?P<expired>))expired, returned to sender)",
    re.DOTALL,
)
_QUEUE_PROGRAMS = frozenset({b"qmgr", b"nqmgr", b"oqmgr", b"postsuper"})
_HEADER = re.compile(
    rb"(?:<[0-9]{1,3}>(?:1 )?+)?+" + _TIMESTAMP + rb" "
    rb"(?:(?:[^@ ]++@)?+(?P<host>[^ \[]*[^ \[:]) )?(?P<tag>[^ :\[]++)"
    # the tag's process id, or what RFC 5424 has instead: PROCID MSGID STRUCTURED-DATA and a BOM
    rb"(?:(?:\[[0-9]++\])?+:| [^ ]++ [^ ]++"
    rb" (?:-|(?:\[(?:[^\"\]]|\"(?:[^\"\\]|\\.)*+\")*+\])++)(?: (?:\xef\xbb\xbf)?+|\Z))"
    rb" *+(?P<message>.*)",
    re.DOTALL,
)


def _tag(syslog_names: tuple[str, ...], agent: bytes = rb"(?:/[^ \[:\n]*+)?+") -> bytes:
    """Give the pattern of the tags that are Postfix' by their beginning alone."""
    if not syslog_names:
        return rb"postfix(?:-[^ /\[:\n]*+)?+(?![^/ \[:])" + agent
    names = b"|".join(re.escape(name.encode()) for name in syslog_names)
    return rb"(?:" + names + rb")(?![^/ \[:])" + agent


def _block_pattern(syslog_names: tuple[str, ...]) -> bytes:
    """Give the pattern of one piece of a block; every piece begins with the newline before it.

    A piece is a run of Postfix lines without a record and then one line: a plain record, whose
    groups are the fields of Delivery; a plain line of another program, all groups empty; or any
    other line, whole, in the group `text`. A record whose tag has lost the agent is one of these.
    """
    before = rb"\n(?:<[0-9]{1,3}>1 )?+" + _TIMESTAMP + rb" (?P<origin>[^ @\[\n:]++ "
    after = rb")(?:\[[0-9]++\]: | [0-9]++ - - (?:\xef\xbb\xbf| )?+)"
    start = before + _tag(syslog_names) + after
    boring = re.sub(rb"\?P<\w+>", rb"?:", start)
    boring += rb"(?! *+(?:" + _QUEUE_ID + rb": ++to=<|message repeated ))[^\n]*+"
    record = (
        before
        + _tag(syslog_names, rb"/[^ \[:\n]++")
        + after
        + rb"(?P<queue_id>"
        + _QUEUE_ID
        + rb"): to=<(?P<local_part>[^\"<>@\n]*+)"
        rb"@(?P<domain>[A-Za-z0-9._-]++)>, (?:orig_to=<[^\"<>\n]*+>, )?+" + _FIELDS
    )
    stranger = (
        rb"\n" + _TIMESTAMP.replace(b"?P<timestamp>", b"?:") + rb" [^ @\[\n:]++ "
        rb"(?!" + _tag(syslog_names) + rb")[^ /\[:\n]++[\[:][^\n]*+"
    )
    return rb"(?:" + boring + rb")*+(?:" + record + rb"|" + stranger + rb"|\n)(?P<text>[^\n]*+)"


class Parser:
    """Reads the blocks of one exporter; `syslog_names` restricts it to some Postfix instances.

    A name stands for itself and for what `-o syslog_name=NAME/service` adds to it. Without names,
    a line is Postfix' when its tag is `postfix` or `postfix-` and more, alone or before a slash,
    or ends in a slash and a Postfix program.
    """

    def __init__(self, syslog_names: Iterable[str] = ()) -> None:
        names = tuple(syslog_names)
        self._findall = re.compile(_block_pattern(names)).findall
        tags = _tag(names)
        if not names:
            tags += rb"|[^/]++(?:/[^/]++)*?/(?:" + "|".join(PROGRAMS).encode() + rb")"
        self._is_postfix = re.compile(tags).fullmatch

    def parse(self, block: bytes) -> Records:
        """Read a block of complete lines, each ending in a newline."""
        pieces = self._findall(b"\n" + block)
        pieces.pop()  # what follows the last newline: nothing
        lines = block.count(b"\n")
        counted = Counter(delivery=len(pieces), other=lines - len(pieces))
        places = [place for place, piece in enumerate(pieces) if not piece[2]]
        deliveries: list[Delivery] = []
        following = 0
        for place in places:
            line = pieces[place][-1]
            result, found = self.parse_line(line) if line else ("ignored", [])
            deliveries += pieces[following:place]
            deliveries += found
            following = place + 1
            counted["delivery"] -= 1
            counted[result] += 1
        deliveries += pieces[following:]
        return Records(deliveries, *(counted[result] for result in RESULTS))

    def ended(self, block: bytes, queue_ids: Container[bytes]) -> list[Ended]:
        """Give those of the messages `queue_ids` that left the queue, the expired ones first.

        Only the queue manager's and postsuper's own lines count; RFC 5424 may have lost who spoke.
        """
        lines = _expired_in(block, queue_ids) + _removed_in(block, queue_ids)
        return [ended for line in lines if (ended := self._ended(line))]

    def _ended(self, line: bytes) -> Ended | None:
        header = _HEADER.fullmatch(line)
        if header is None or not self._is_postfix(header["tag"]):
            return None
        ended = _ENDED.fullmatch(header["message"])
        _, slash, program = header["tag"].rpartition(b"/")
        if ended is None or (slash and program not in _QUEUE_PROGRAMS):
            return None
        origin = (header["host"] or b"") + b" " + header["tag"]
        return Ended(origin, ended["queue_id"], ended["expired"] is not None)

    def parse_line(self, line: bytes) -> tuple[str, list[Delivery]]:
        """Read one line without its newline by the complete grammar: its result and records."""
        header = _HEADER.fullmatch(line.lstrip(b"\0"))
        if header is None or not self._is_postfix(header["tag"]):
            return "ignored", []
        message, times = header["message"], 1
        repeated = _REPEATED.fullmatch(message)
        if repeated:
            times, message = int(repeated[1]), repeated[2]
        candidate = _MESSAGE.fullmatch(message)
        if candidate is None:
            return "other", []
        record = _RECORD.fullmatch(candidate["record"])
        if record is None or times > _MOST_REPEATED:
            return "unparsed", []
        return "delivery", [_delivery(header, candidate, record)] * times


def _delivery(
    header: re.Match[bytes], message: re.Match[bytes], record: re.Match[bytes]
) -> Delivery:
    local_part, domain = split_address(record["address"])
    tag = header["tag"]
    if b"/" not in tag:
        tag += b"/" + _infer_agent(record)
    return Delivery(
        header["timestamp"],
        (header["host"] or b"") + b" " + tag,
        message["queue_id"],
        local_part,
        domain,
        record["relay"],
        record["delay"],
        record["delays"],
        record["dsn"],
        record["status"] or SENT,
        record["text"],
    )


def split_address(address: bytes) -> tuple[bytes, bytes]:
    """Split an envelope recipient at its last `@` outside a quoted local part; b"" without one."""
    quoted = _QUOTED.match(address)
    start = quoted.end() if quoted else 0
    at = address.rfind(b"@", start)
    return (address[:at], address[at + 1 :]) if at >= 0 else (address, b"")


@lru_cache(maxsize=4096)
def origin_of(origin: bytes) -> Origin:
    """Take `Delivery.origin` apart; an agent that is no Postfix program is `unknown`."""
    host, _, tag = origin.decode("utf-8", "replace").partition(" ")
    name, _, agent = tag.rpartition("/")
    return Origin(host, name or tag, agent if agent in PROGRAMS else "unknown")


def log_timestamp(block: bytes) -> bytes:
    """Give the time stamp of the block's last line as it is written, b"" when it has none."""
    start = block.rfind(b"\n", 0, len(block) - 1) + 1
    header = _HEADER.match(block[start:-1].lstrip(b"\0"))
    return header["timestamp"] if header else b""


def _expired_in(block: bytes, queue_ids: Container[bytes]) -> list[bytes]:
    """Give the lines that may say that one of these messages expired."""
    lines, place = [], block.find(_EXPIRED)
    while place >= 0:
        line = block[block.rfind(b"\n", 0, place) + 1 : place + len(_EXPIRED) - 1]
        if line.partition(b": from=<")[0].rpartition(b" ")[2] in queue_ids:
            lines.append(line)
        place = block.find(_EXPIRED, place + len(_EXPIRED))
    return lines


def _removed_in(block: bytes, queue_ids: Container[bytes]) -> list[bytes]:
    """Give the lines that may say that one of these messages was removed; there are many."""
    lines, find, rfind, place = [], block.find, block.rfind, block.find(_REMOVED)
    while place >= 0:
        if block[rfind(b" ", 0, place) + 1 : place] in queue_ids:
            lines.append(block[rfind(b"\n", 0, place) + 1 : place + len(_REMOVED) - 1])
        place = find(_REMOVED, place + len(_REMOVED))
    return lines


# -- the agent where the header has lost it ------------------------------------------------------

_RELAY_END = re.compile(
    rb"(?P<address>[0-9A-Fa-f.:]+)\]:(?P<port>\d+)|(?:private|public|/)[^\]]*\]"
)
# src/smtp/smtp_connect.c, smtp_addr.c: what the client says without a session
_NO_SESSION = re.compile(
    rb"connect to |Host or domain name not found|Host found but no data record"
    rb"|[Uu]nable to look up host|mail for .* loops back|Domain .* does not accept mail"
    rb"|Name service error|host .* said: |TLSA lookup|non-TLSA DNSSEC|Cannot start TLS"
    rb"|Server certificate|TLS is required|lost connection|conversation with",
    re.DOTALL,
)


def _infer_agent(record: re.Match[bytes]) -> bytes:
    """Tell the agent from the relay's shape (RFC 5424 as rsyslog writes it loses the agent)."""
    relay, text = record["relay"], record["text"]
    if relay in (b"local", b"virtual"):
        return relay
    bracket = _RELAY_END.fullmatch(relay, relay.rfind(b"[") + 1)
    if bracket:
        # 24 is the port for LMTP (RFC 2033); a socket is not for SMTP
        return b"lmtp" if bracket["port"] in (None, b"24") else b"smtp"
    if relay != b"none":
        return b"pipe" if b"[" not in relay else b"unknown"  # pipe(8) logs its service's name
    if not record["status"]:
        return b"discard"  # the only agent that delivers nowhere
    if text.startswith((b"delivery temporarily suspended", b"mail transport unavail")):
        return b"error"
    return b"smtp" if _NO_SESSION.match(text) else b"unknown"
