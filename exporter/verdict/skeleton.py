"""What a reply says without what is personal or singular in it: the same refusals, the same text.

In: the text of a record, behind `status=... (`. Out: what a person may read and a page may show.
Lost: addresses, the recipient's local part, IP addresses, ids and numbers but codes; the host that
is spoken of, which the record tells itself; the codes that begin each further line of a reply.
Pure, in time linear in the text, of which MOST bytes are looked at. What is done twice is as if it
was done once.
"""

from __future__ import annotations

import re

from exporter.verdict.classify import SUSPENSION

MOST = 1500
"""Bytes that are looked at."""

LONGEST = 400
"""Characters of a skeleton."""

_REFUSED = "refused to talk to me: "
_HEAD = re.compile(r"host [^ \[\]]++(?:\[[^ \[\]]*+\])?(?::[0-9]++)? (said: |" + _REFUSED + r")")
_REPLY = re.compile(r"[245][0-9]{2}[ -](?:#?[245]\.[0-9]{1,3}\.[0-9]{1,3})?")
_FURTHER = re.compile(r" [245][0-9]{2}[ -](?:#?[245]\.[0-9]{1,3}\.[0-9]{1,3} ?| ?)")
_QUOTED = r"\"[^\"]{0,200}\"(?=@)"
_WORD = re.compile(r"[^ ]++")
_ADDRESS = re.compile(rf"<?(?:{_QUOTED})?[^ \"<>\[\]():;,@]*+@[^ \"<>():;,]++>?")
_QUERY = re.compile(r"(https?://[^ ?]++)\?(?![A-Za-z=&_-]++(?:[ )>.,]|\Z))[^ )>]++")
_IP = re.compile(
    r"(?<![0-9.])(?:[0-9]{1,3}\.){3}[0-9]{1,3}(?![0-9.]*[0-9])(?:/[0-9]{1,2})?"
    r"|(?<![0-9A-Za-z:])(?:[0-9A-Fa-f]{0,4}:){2,7}[0-9A-Fa-f]{1,4}(?![0-9A-Za-z:])"
)
_CODE = re.compile(r"#?[245]\.[0-9]{1,3}\.[0-9]{1,3}")
_PART = re.compile(r"[0-9A-Za-z]++(?:[_.-][0-9A-Za-z]++)*+")
_LONG_ID = 16


def skeleton(text: bytes, local_part: bytes = b"") -> str:
    """Give the skeleton of a text; `local_part` is the recipient's, as logged."""
    said = text[:MOST].removeprefix(SUSPENSION).decode("ascii", "replace")
    said = "".join(one if one.isprintable() and one != "\ufffd" else "?" for one in said)
    if said.endswith(")") and said.count("(") < said.count(")"):
        said = said[:-1]
    head = _HEAD.match(said)
    begin = _REFUSED if said.startswith(_REFUSED) or (head and head[1] == _REFUSED) else ""
    said = _without_further_codes(said[head.end() :] if head else said.removeprefix(_REFUSED))
    said = _QUERY.sub(r"\1", _ADDRESS.sub("<address>", said))
    own = local_part.decode("ascii", "replace").lower()
    if len(own) > 2:
        said = re.sub(rf"(?i)(?<![0-9A-Za-z]){re.escape(own)}(?![0-9A-Za-z])", "<address>", said)
    said = _IP.sub("<ip>", said)
    said = " ".join(_WORD.sub(_word, said).split())
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


def _word(found: re.Match[str]) -> str:
    """Give a word with its ids and numbers left out."""
    word = found[0]
    if word.startswith(("http://", "https://")):
        return word
    start = found.start() == 0
    return _PART.sub(lambda part: _part(part[0], is_first=start and part.start() == 0), word)


def _part(part: str, *, is_first: bool) -> str:
    digits = sum(one.isdigit() for one in part)
    if not digits or _CODE.fullmatch(part):
        return part
    if part.isdigit():
        return part if is_first and len(part) == 3 else "<n>"
    if is_first and _REPLY.fullmatch(part[:4]):
        return part  # 421-4.7.28
    return "<id>" if len(part) >= _LONG_ID or 3 * digits >= len(part) > 5 else part
