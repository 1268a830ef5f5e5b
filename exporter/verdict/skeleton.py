"""What a reply says without what is personal or singular in it: the same refusals, the same text.

In: the text of a record, behind `status=... (`. Out: what a person may read and a page may show.
Lost: addresses, the recipient's local part, IP addresses, ids and numbers but codes; the host that
is spoken of, which the record tells itself; the codes that begin each further line of a reply.
Pure; MOST bytes of a text are looked at.
"""

from __future__ import annotations

import re

from exporter.verdict.classify import HEAD, SUSPENSION

MOST = 1500
"""Bytes that are looked at."""

LONGEST = 400
"""Characters of a skeleton."""

_REFUSED = "refused to talk to me: "
_REPLY = re.compile(r"[245][0-9]{2}[ -](?:#?[245]\.[0-9]{1,3}\.[0-9]{1,3})?")
_FURTHER = re.compile(r" [245][0-9]{2}[ -](?:#?[245]\.[0-9]{1,3}\.[0-9]{1,3} ?| ?)")
_QUOTED = rf'"(?:[^"\\]|\\.){{0,{MOST}}}'
_ADDRESS = re.compile(
    rf'<{_QUOTED}"?(?:@[^ "<>():;,]*+)?>?'  # whatever is in it, and though it may be cut off
    rf'|<?(?:{_QUOTED}"(?=@)|[^ "<>\[\]():;,@]++)@[^ "<>():;,]*+>?'  # also without a domain
    r'|<?@[^ "<>():;,]++>?'
)
_QUERY = re.compile(r"(https?://[^ ?]++)\?(?![A-Za-z=&_-]++(?:[ )>.,]|\Z))[^ )>]++")
_IPV4 = re.compile(r"(?<![0-9.])(?:[0-9]{1,3}\.){3}[0-9]{1,3}(?![0-9.]*[0-9])(?:/[0-9]{1,2})?")
_IPV6 = re.compile(r"(?<![0-9A-Za-z:])(?:[0-9A-Fa-f]{0,4}:){2,7}[0-9A-Fa-f]{1,4}(?![0-9A-Za-z:])")
_CODE = re.compile(r"#?[245]\.[0-9]{1,3}\.[0-9]{1,3}")
_PART = re.compile(
    r"https?://[^ ]++"
    r"|(?<![0-9A-Za-z])(?=[A-Za-z_.-]*[0-9])[0-9A-Za-z](?:[0-9A-Za-z_.-]*[0-9A-Za-z])?"
)
_DIGITS = str.maketrans("", "", "0123456789")
_LONG_ID = 16
_PRINTABLE = bytes(byte if 32 <= byte < 127 else ord("?") for byte in range(256))


def skeleton(text: bytes, local_part: bytes = b"") -> str:
    """Give the skeleton of a text; `local_part` is the recipient's, as logged."""
    told, begin = text[:MOST].removeprefix(SUSPENSION), ""
    while head := HEAD.match(told):
        begin = _REFUSED if head["greeting"] else begin
        told = told[head.end() :]
    said = told.translate(_PRINTABLE).decode("ascii")
    if said.endswith(")") and said.count("(") < said.count(")"):
        said = said[:-1]
    said = _without_further_codes(said)
    if "@" in said or '<"' in said:
        said = _ADDRESS.sub("<address>", said)
    if "?" in said:
        said = _QUERY.sub(r"\1", said)
    own = local_part.decode("ascii", "replace").lower()
    if len(own) > 2 and own in said.lower():
        said = re.sub(rf"(?i)(?<![0-9A-Za-z]){re.escape(own)}(?![0-9A-Za-z])", "<address>", said)
    said = _IPV4.sub("<ip>", said)
    if said.count(":") > 1:
        said = _IPV6.sub("<ip>", said)
    said = " ".join(_PART.sub(_part, said).split())
    said = begin + said
    return said if len(said) <= LONGEST else said[: LONGEST - 1].rstrip() + "…"


def _without_further_codes(said: str) -> str:
    """Leave out the codes that begin the lines of a reply behind the first."""
    first = _REPLY.match(said)
    if not first:
        return said
    code = said[:3]
    begin = first.end()
    return said[:begin] + _FURTHER.sub(
        lambda found: " " if found[0][1:4] == code else found[0], said[begin:]
    )


def _part(found: re.Match[str]) -> str:
    """Give a part of a word without its ids and numbers, if it is none."""
    part = found[0]
    digits = len(part) - len(part.translate(_DIGITS))
    if part.startswith("http") or not digits or _CODE.fullmatch(part):
        return part
    is_first = found.start() == 0
    if part.isdigit():
        return part if is_first and len(part) == 3 else "<n>"
    if is_first and _REPLY.fullmatch(part[:4]):
        return part  # 421-4.7.28
    return "<id>" if len(part) >= _LONG_ID or 3 * digits >= len(part) > 5 else part
