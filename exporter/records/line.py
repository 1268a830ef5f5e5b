"""One log line to a delivery record: the complete grammar of lines.

In: a line. Out: the record in it, or what else it is.
Pure. The patterns that parse.py needs for whole blocks stand here too, so that both readings are
made of the same pieces.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from exporter.records.agents import PROGRAM, infer_agent
from exporter.records.fields import QUEUE_ID, RECORD, SENT, code_of
from exporter.records.headers import RFC_3339, TRADITIONAL_WITH_ZONE, rewritten_line
from exporter.records.hidden import Hidden
from exporter.records.patterns import but, many, maybe, some

_MOST_REPEATED = 1000
"""Times a line may stand for; more is no reduction by rsyslog, and would cost memory."""


class Delivery(NamedTuple):
    """One delivery record, as bytes of the log.

    `origin` is the log host, a space, and the syslog tag without its process id. `delay` is in
    seconds, `delays` four of them joined by slashes. `text` is what stands in parentheses, the
    closing one included; it and `status` are empty for the status `sent`. `timestamp` is empty
    where the header has none, `delays` where Postfix is older than 2.3, `tls` where it is older
    than 3.11.
    """

    timestamp: bytes
    origin: bytes
    queue_id: bytes
    local_part: bytes
    domain: bytes
    relay: bytes
    delay: bytes
    delays: bytes
    tls: bytes
    dsn: bytes
    status: bytes
    text: bytes


IN_TAG = but(b" [:\n")
_RECORD = re.compile(RECORD)
_QUOTED_STRING = rb"\"" + many(rb"[^\"\\]", rb"\\.") + rb"\""
_QUOTED = re.compile(_QUOTED_STRING, re.DOTALL)
_REPEATED = re.compile(rb"message repeated ([0-9]{1,9}) times: \[ ?(.*?)\]?", re.DOTALL)
_MESSAGE = re.compile(rb"(?P<queue_id>" + QUEUE_ID + rb"): ++(?P<record>to=.*)", re.DOTALL)
STRUCTURED_DATA = some(rb"\[" + many(rb"[^\"\]]", _QUOTED_STRING) + rb"\]")
_HEADER = re.compile(
    maybe(rb"<[0-9]{1,3}>" + maybe(rb"1 "))
    + rb"(?P<timestamp>" + TRADITIONAL_WITH_ZONE + rb"|" + RFC_3339 + rb"|) ++"
    rb"(?:" + maybe(rb"[^@ ]++@") + rb"(?P<host>[^ \[]*[^ \[:]) )?(?P<tag>[^ :\[]++)"
    # the tag's process id, or what RFC 5424 has instead: PROCID MSGID STRUCTURED-DATA and a BOM
    rb"(?:" + maybe(rb"\[[0-9]++\]") + rb":| [^ ]++ [^ ]++"
    rb" (?:-|" + STRUCTURED_DATA + rb")(?: " + maybe(rb"\xef\xbb\xbf") + rb"|\Z))"
    rb" *+(?P<message>.*)",
    re.DOTALL,
)  # fmt: skip


class Tags(NamedTuple):
    """Patterns of the syslog tags that are Postfix' by their beginning.

    `any` is of all of them, `long` of those with a service behind the name, `agent` of those
    whose last part surely names the agent; `apart` is a program that has lost its slash.
    """

    any: bytes
    long: bytes
    agent: bytes
    apart: bytes


def tags_of(syslog_names: tuple[str, ...]) -> Tags:
    """Give the patterns for some Postfix instances, or for all."""
    start, more, instance = rb"postfix", rb"[-/]%b*+" % IN_TAG, rb"(?=[-/])%b*+" % but(b" /[:\n")
    if syslog_names:
        start = rb"(?:%b)" % b"|".join(re.escape(name.encode()) for name in syslog_names)
        more, instance = rb"/%b*+" % IN_TAG, b""
    name = start + instance + rb"/"
    agent, apart = name + rb"%b++" % IN_TAG, start + rb"[ _]" + PROGRAM
    return Tags(start + maybe(more), start + more, agent, apart)


class Message(NamedTuple):
    """A Postfix line without its header; `tag` and `origin` as in Delivery."""

    timestamp: bytes
    origin: bytes
    text: bytes


class LineReader:
    """Reads lines one by one; `syslog_names` as in parse.Parser."""

    def __init__(self, syslog_names: Iterable[str] = ()) -> None:
        names = tuple(syslog_names)
        tags = tags_of(names).any
        if not names:
            tags += rb"|[^/]++(?:/[^/]++)*?/" + PROGRAM
        self._is_postfix = re.compile(tags).fullmatch
        self._hidden = Hidden(names, self._is_postfix)

    def message(self, line: bytes) -> Message | None:
        """Give what a Postfix line says, None for a line of another program."""
        return self._message(_header(line))

    def said(self, line: bytes) -> tuple[Message, int] | None:
        """Give what a Postfix line says and how often, None for a line of another program.

        A line that stands for more than so many as is likely stands for itself.
        """
        message = self.message(line)
        repeated = _REPEATED.fullmatch(message.text) if message else None
        if message is None or repeated is None:
            return (message, 1) if message else None
        times = int(repeated[1])
        return message._replace(text=repeated[2]), times if times <= _MOST_REPEATED else 1

    def _message(self, header: re.Match[bytes] | None) -> Message | None:
        if header is None or not self._is_postfix(header["tag"]):
            return None
        origin = (header["host"] or b"") + b" " + header["tag"]
        return Message(header["timestamp"], origin, header["message"])

    def read(self, line: bytes) -> tuple[str, list[Delivery]]:
        """Read a line without its newline: give its result, of parse.RESULTS, and its records."""
        header = _header(line)
        message = self._message(header)
        if message is None:
            return "unparsed" if self._hidden.in_line(line, header) else "ignored", []
        text, times = message.text, 1
        repeated = _REPEATED.fullmatch(text)
        if repeated:
            times, text = int(repeated[1]), repeated[2]
        candidate = _MESSAGE.fullmatch(text)
        if candidate is None:
            is_lost = self._hidden.in_message(message.origin, text)
            return "unparsed" if is_lost else "other", []
        record = _RECORD.fullmatch(candidate["record"])
        if record is None or times > _MOST_REPEATED:
            return "unparsed", []
        return "delivery", [_delivery(message, candidate["queue_id"], record)] * times


def _header(line: bytes) -> re.Match[bytes] | None:
    return _HEADER.fullmatch(rewritten_line(line.lstrip(b"\0")))


def _delivery(message: Message, queue_id: bytes, record: re.Match[bytes]) -> Delivery:
    fields = record.groupdict(b"")
    local_part, domain = split_address(fields["bare"] or fields["address"])
    relay, status, text = fields["relay"], fields["status"] or SENT, fields["text"]
    origin = message.origin
    if b"/" not in origin.partition(b" ")[2]:
        origin += b"/" + infer_agent(relay, status, text)
    return Delivery(
        message.timestamp, origin, queue_id, local_part, domain, relay, fields["delay"],
        fields["delays"], fields["tls"], fields["dsn"] or code_of(status, text), status,
        text if status else b"",
    )  # fmt: skip


def split_address(address: bytes) -> tuple[bytes, bytes]:
    """Split an envelope recipient at its last `@` outside a quoted local part; b"" without one."""
    quoted = _QUOTED.match(address)
    start = quoted.end() if quoted else 0
    at = address.rfind(b"@", start)
    return (address[:at], address[at + 1 :]) if at >= 0 else (address, b"")


def log_timestamp(block: bytes) -> bytes:
    """Give the time stamp of the block's last line as it is written, b"" when it has none."""
    start = block.rfind(b"\n", 0, len(block) - 1) + 1
    header = _HEADER.match(rewritten_line(block[start:-1].lstrip(b"\0")))
    return header["timestamp"] if header else b""
