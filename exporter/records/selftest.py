"""Known lines, by which a Python shows that it reads logs as what they are.

In: the grammar of one line, or the pattern of blocks for a kind of header. Out: nothing, or
MisreadError. Pure.
Why it is asked: CPython 3.11.2, which is Debian 12's, matched a pattern that all other releases
match right in another way, and every line was taken for one that says nothing, without a word. So
the grammar is asked before a log is opened, and no pattern of blocks reads a log before it has read
these lines.
"""

from __future__ import annotations

import platform
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from exporter.records.fields import SENT
from exporter.records.line import Delivery, LineReader
from exporter.records.senders import Way
from exporter.system.errors import ExporterError

if TYPE_CHECKING:
    from exporter.records.services.pattern import Wanted

_HEADERS = {
    "traditional": (b"Nov 23 20:15:19", b"%b mx1 %b[4711]: %b"),
    "RFC 3339": (b"2026-11-23T20:15:19.672484+00:00", b"%b mx1 %b[4711]: %b"),
    "RFC 5424": (b"2026-11-23T20:15:19.672484+00:00", b"<22>1 %b mx1 %b 4711 - - %b"),
}
_FORMS = {
    b"2026-11-23T20:15:19.672484+00:00 INFO    %b[9]: ": (b"2026-11-23T20:15:19.672484+00:00", b""),
    b"2026-11-23 20:15:19,672 mx1 %b[9]: ": (b"2026-11-23T20:15:19,672", b"mx1"),
    b"Nov 23 20:15:19 2026 mx1 mail.info %b[9]: ": (b"2026-11-23T20:15:19", b"mx1"),
    b"mx_1 | <22>Nov 23 20:15:19 x docker/a[9]: Nov 23 20:15:19 mx1 %b[9]: ": (
        b"Nov 23 20:15:19",
        b"mx1",
    ),
}
_ACTIVE_TOLD = b"from=<"
_ACTIVE = b"4F1: from=<a@b.example>, size=9, nrcpt=1 (queue active)"
_REMOVED = b"4F1: removed"
_SENT = (
    b"4F1: to=<u@a.example>, relay=mx.a.example[192.0.2.1]:25, conn_use=2, delay=0.1,"
    b" delays=0/0/0/0.1, tls=none, dsn=2.0.0, status=sent (250 2.0.0 Ok)"
)
_SENT_FIELDS = b"4F1 u a.example mx.a.example[192.0.2.1]:25 0.1 0/0/0/0.1 none 2.0.0".split()
_REASON = b"Connection refused)"
_DEFERRED = (
    b"4F2: to=<v@a.example>, orig_to=<w@c.example>, relay=none, delay=9, delays=9/0/0/0,"
    b" dsn=4.4.1, status=deferred (%b" % _REASON
)
_DEFERRED_FIELDS = [*b"4F2 v a.example none 9 9/0/0/0".split(), b"", b"4.4.1", b"deferred"]
_CUT = b"4F2: to=<u@a.example>, relay=none, delay=1.2.3"  # begins like a record and is none
_EMPTY = (b"",) * len(Delivery._fields)

Piece = Sequence[bytes]
"""What a pattern of blocks finds: the fields of a Delivery; an odd line stands in the last one."""


class MisreadError(ExporterError):
    """This Python does not read log lines as what they are."""


class _Lines:
    """The known lines with a kind of header, and the records that stand in them."""

    def __init__(self, kind: str, syslog_name: str) -> None:
        name = syslog_name.encode()
        timestamp, whole = _HEADERS[kind]
        smtp = b"%b/smtp" % name

        def line(tag: bytes, message: bytes) -> bytes:
            return whole % (timestamp, tag, message)

        self.active = line(b"%b/qmgr" % name, _ACTIVE)
        self.removed = line(b"%b/qmgr" % name, _REMOVED)
        self.stranger = line(b"sshd", _SENT)
        self.cut, self.sent, self.deferred = (
            line(smtp, message) for message in (_CUT, _SENT, _DEFERRED)
        )
        start = timestamp, b"mx1 " + smtp
        self.sent_record = Delivery._make((*start, *_SENT_FIELDS, SENT, b""))
        self.deferred_record = Delivery._make((*start, *_DEFERRED_FIELDS, _REASON))
        self.removed_piece = timestamp, b"mx1 %b/qmgr" % name, b"4F1", *_EMPTY[3:]
        self.active_piece = (*self.removed_piece[:-1], _ACTIVE[_ACTIVE.index(b"@") :])


def check_lines(reader: LineReader, syslog_name: str) -> None:
    """Hold the grammar of one line against the known lines; MisreadError if it fails."""
    for kind in _HEADERS:
        lines = _Lines(kind, syslog_name)
        wanted = {
            lines.active: ("other", []),
            lines.sent: ("delivery", [lines.sent_record]),
            lines.deferred: ("delivery", [lines.deferred_record]),
            lines.cut: ("unparsed", []),
            lines.stranger: ("ignored", []),
        }
        if {line: reader.read(line) for line in wanted} != wanted:
            raise _misread(f"lines with a header of the kind {kind}")


def check_forms(reader: LineReader, syslog_name: str) -> None:
    """Hold the reading of headers of other forms against known ones; MisreadError if it fails."""
    known = _Lines("traditional", syslog_name)
    tag = b"%b/smtp" % syslog_name.encode()
    for header, (timestamp, host) in _FORMS.items():
        wanted = known.sent_record._replace(timestamp=timestamp, origin=host + b" " + tag)
        if reader.read(header % tag + _SENT) != ("delivery", [wanted]):
            raise _misread(f"lines with a header like {header.decode()}")


def check_blocks(
    kind: str,
    findall: Callable[[bytes], list[Piece]],
    syslog_name: str,
    senders: Way | None = None,
    wanted: Wanted | None = None,
) -> None:
    """Hold the pattern of blocks for a kind of header, or for `any`; MisreadError if it fails.

    `senders` is what it finds the lines by that tell a sender, `wanted` what collectors want.
    """
    for header in _HEADERS if kind == "any" else (kind,):
        lines = _Lines(header, syslog_name)
        block = [
            *(lines.active, lines.active, lines.sent),
            *(lines.active, lines.removed, lines.stranger, lines.cut),
            *(lines.active, lines.deferred),
        ]
        left = wanted.left_of(_ACTIVE) if wanted else b""
        told = senders is not None and _ACTIVE_TOLD in senders.told
        active = [lines.active_piece] if told else []
        if left and senders is None:
            told, active = True, [(*lines.removed_piece[:-1], left)]
        expected = [
            *(*active, *active, tuple(lines.sent_record), *active, lines.removed_piece, _EMPTY),
            *((*_EMPTY[1:], lines.cut), *active, tuple(lines.deferred_record), _EMPTY),
        ]
        found = findall(b"\n" + b"\n".join(block) + b"\n")
        said = [piece for piece in found if piece[1] and not piece[2]]
        if [piece for piece in found if piece not in said] != expected:
            raise _misread(f"blocks of lines with a header of the kind {header}")
        if {piece[-1] for piece in said} != ({left} if wanted and not told else set()):
            raise _misread(f"what services say in lines with a header of the kind {header}")


def _misread(what: str) -> MisreadError:
    return MisreadError(
        f"Python {platform.python_version()} ({sys.executable}) misreads {what}: every count would"
        " be wrong, so nothing is read; run the exporter with a Python that the README names, and"
        " report this one"
    )
