"""Why an attempt failed: the label `cause`.

In: the provider and the fields of a delivery record. Out: the rule of causes.yaml that decides.
Pure. Trust: the receiver writes the reply. What Postfix itself says stands before it and decides
who speaks; addresses are taken out of the text; the rest is looked through for phrases in time
linear in its length (phrases.py), at most 2000 bytes of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

from exporter.records.patterns import maybe
from exporter.verdict.phrases import MOST, Finder, phrase, plain, set_of

DELIVERED = "delivered"
SUSPENDED = "suspended"
CAUSES = (
    "delivered throttled blocked authentication unknown_recipient mailbox greylisted content"
    " network suspended local other"
).split()
"""The values of the label; their places are kept in checkpoints, so new ones come last."""

SPEAKERS = ("reply", "greeting", "suspended", "postfix")
STATUSES = ("deferred", "bounced", "softbounce")
COMMANDS = ("mail from", "rcpt to", "data", "end of data")

HEAD = re.compile(
    # src/smtp/smtp_trouble.c
    rb"host [^ \[\]]++\[[^ \[\]]*+\]" + maybe(rb":[0-9]++") + rb" "
    rb"(?:(?P<reply>said)|(?P<greeting>refused to talk to me)): "
)
_MOST_TEXT = 1 << 12
SUSPENSION = b"delivery temporarily suspended: "
"""What Postfix begins with where it repeats an older failure (src/*qmgr/qmgr_deliver.c)."""

# Postfix drops an enhanced code whose class is not the reply's (450 5.1.1); its subject still tells
_CODE_OF_REPLY = re.compile(rb"[45][0-9]{2}[ -][245]\.([0-9]{1,3})\.([0-9]{1,3})(?![0-9.])")
# servers that know no enhanced codes put one into the text: (#5.1.1), (5.7.1), #5.1.0
_CODE_IN_TEXT = re.compile(rb"[#(][245]\.([0-9]{1,3})\.([0-9]{1,3})(?![0-9.])")
# a greeting of several lines may begin with the class of success and end with a refusal
_LAST_LINE = re.compile(rb" ([45][0-9]{2}) ")
# whoever it is, it is no word about us
_ADDRESS = re.compile(rb"(?<![^ <>\"])[^ <>\"@]++@[^ <>\":;,]++")
# what a receiver numbers its replies with: a word of letters and digits that stands alone
_NUMBER = rb" (?=[a-z]*+[0-9][0-9a-z]{7})(?!%b)[0-9a-z]++(?=\.? |[),;-])"
_CLASSES = frozenset({b"2.", b"4.", b"5."})
"""How enhanced status codes begin."""
_IN_WORD = frozenset(b"0123456789abcdefghijklmnopqrstuvwxyz") | frozenset(range(0x80, 0x100))
_PART = re.compile(r"x|\d{1,3}(?:-\d{1,3})?")


class CodePattern:
    """A pattern of enhanced status codes such as 4.7.28, x.1.1, 5.7.x, 4.7.500-699.

    Raises ValueError for anything else.
    """

    def __init__(self, pattern: str) -> None:
        parts = pattern.split(".")
        if len(parts) != 3 or not all(map(_PART.fullmatch, parts)):
            raise ValueError("expected class.subject.detail")
        self._bounds = [_bounds(part) for part in parts]

    def fits(self, code: str) -> bool:
        """Whether a canonical code fits."""
        numbers = map(int, code.split("."))
        return all(
            low <= number <= high for number, (low, high) in zip(numbers, self._bounds, strict=True)
        )


@cache
def code_pattern(pattern: str) -> CodePattern:
    """Read a pattern of codes, once: the rules name few, and again and again."""
    return CodePattern(pattern)


def _bounds(part: str) -> tuple[int, int]:
    if part == "x":
        return 0, 999
    low, _, high = part.partition("-")
    if int(high or low) < int(low):
        raise ValueError("a range that ends before it begins")
    return int(low), int(high or low)


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule of causes.yaml, which explains the keys; an empty key fits everything."""

    cause: str
    id: str = ""
    said: tuple[str, ...] = ()
    provider: tuple[str, ...] = ()
    code: tuple[str, ...] = ()
    reply: tuple[str, ...] = ()
    status: tuple[str, ...] = ()
    agent: tuple[str, ...] = ()
    command: tuple[str, ...] = ()
    text: tuple[str, ...] = ()
    meaning: str = ""
    next: str = ""
    source: str = ""
    unverified: bool = False
    origin: str = ""
    """Where it stands, such as `causes.yaml, rule 12`."""

    def conditions(self) -> dict[str, tuple[str, ...]]:
        """Give the keys that must fit, with what they allow."""
        keys = ("said", "provider", "code", "reply", "status", "agent", "command", "text")
        return {key: getattr(self, key) for key in keys if getattr(self, key)}


@dataclass(frozen=True, slots=True)
class Circumstances:
    """All of a failure but its words.

    `said` is one of SPEAKERS, `command` in lower case or empty; `reply` is a reply code that a rule
    names, or the first digit of another, or empty.
    """

    provider: str
    code: str
    status: str
    agent: str
    said: str
    reply: str
    command: str


def told_by(text: bytes) -> tuple[bytes, bool]:
    """Give what a record tells, and whether Postfix repeats it of an older failure without a try.

    A text that repeats nothing tells itself.
    """
    is_suspended = text.startswith(SUSPENSION)
    repeated = text[len(SUSPENSION) :] if is_suspended else b""
    return (repeated if repeated.strip(b")") else text), is_suspended


def head_of_replies(relay: bytes) -> bytes:
    """Give how most replies of a host begin, as HEAD has it; else what begins no text."""
    head = b"host %b said: " % relay[: relay.rfind(b"]") + 1]
    return head if HEAD.fullmatch(head) else b"\n"


def words_of_reply(text: bytes, start: int, address: bytes) -> bytes:
    """Give the words of a reply that begins there, without the recipient's `address`."""
    return text[start:_MOST_TEXT].lower().replace(address.lower(), b"")


def speaker_and_words(
    text: bytes, address: bytes, domain: bytes, relay: bytes
) -> tuple[str, bytes]:
    """Give who speaks (one of SPEAKERS) and the words, freed of names that others chose.

    `text` is what stands in parentheses, `address` the recipient, `domain` its domain, `relay` the
    `host[address]:port` that is spoken of, all as they stand in the log.
    """
    text = text[:_MOST_TEXT]
    if head := HEAD.match(text):
        return head.lastgroup or "", words_of_reply(text, head.end(), address)
    speaker = "suspended" if text.startswith(SUSPENSION) else "postfix"
    peer = relay[: relay.rfind(b"]") + 1]
    return speaker, text.replace(peer, b"").replace(domain, b"")


def stands_alone(name: bytes, words: bytes, place: int) -> bool:
    """Whether a name is no beginning and no end of a longer word, from `place` on."""
    while place >= 0:
        end = place + len(name)
        if place and words[place - 1] in _IN_WORD:
            return False
        if end < len(words) and words[end] in _IN_WORD:
            return False
        place = words.find(name, end + 1)  # at the end itself a longer word would go on
    return True


class Classifier:
    """Finds the first rule that fits; the last one must fit everything."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        self._rules = rules
        self._codes = {code: code_pattern(code) for rule in rules for code in rule.code}
        self._replies = frozenset(code for rule in rules for code in rule.reply if len(code) == 3)
        phrases = [tuple(map(phrase, rule.text)) for rule in rules]
        words = {word for found in phrases for one in found for word in one.words}
        self._words = words
        self._alone = {one.words[0] for found in phrases for one in found if one.is_word}
        self._starts = tuple({start for found in phrases for one in found for start in one.starts})
        kept = {re.escape(start) for found in phrases for one in found for start in one.starts}
        kept |= {re.escape(w) + rb"(?![0-9a-z])" for w in words if len(w) > 7 and not w.isalpha()}
        self._numbers = re.compile(_NUMBER % (b"|".join(sorted(kept)) or rb"(?!)"))
        self._finder = Finder(phrases)
        self._candidates = lru_cache(maxsize=4096)(self._candidates_of)

    def without_numbers(self, words: bytes) -> bytes:
        """Make the words of replies alike that differ only in their numbers; no rule is of them."""
        return self._numbers.sub(b" \xff", words)

    def stand_in(self, domain: bytes) -> bytes:
        """Give what may stand for the name of a domain in replies, so that they are alike.

        It has as many words, and no rule is of them. A name in lower case of which a rule may be is
        given as it is.
        """
        *labels, last = domain.split(b".")
        words = plain(b" ".join(labels)).split()
        is_said = (
            last.isdigit()  # as an enhanced code may be
            or last in self._alone
            or not self._words.isdisjoint(words)
            or any(word.startswith(self._starts) for word in words)
        )
        return domain if is_said or not words else re.sub(rb"[^-_]++", b"\xff", domain)

    def decide(
        self, provider: str, agent: str, code: str, status: str, speaker: str, words: bytes
    ) -> Rule:
        """Give the rule for a failure.

        `code` is canonical, `status` in lower case, `speaker` and `words` are what
        `speaker_and_words` gives.
        """
        if code.endswith(".0.0"):
            named = _CODE_OF_REPLY.match(words) or _CODE_IN_TEXT.search(words, 0, MOST)
            if named:
                code = f"{code[0]}.{int(named[1])}.{int(named[2])}"
        reply = command = ""
        if speaker in ("reply", "greeting"):
            reply = self._reply(words)
            if reply[:1] == "5":  # at the greeting and with soft_bounce Postfix logs class 4
                code = "5" + code[1:]
            command = _command(words[words.rfind(b" (") :])
        among, default = self._candidates(provider, code, status, agent, speaker, reply, command)
        looked_through = plain(_ADDRESS.sub(b" ", words) if b"@" in words else words)
        if reply and words[3:4] == b"-":
            looked_through = _without_line_ends(looked_through)
        return self._rules[self._finder.first(looked_through, among, default)]

    def _reply(self, words: bytes) -> str:
        if words[:1] == b"2" and (last := _LAST_LINE.search(words, 0, MOST)):
            words = last[1]
        reply = words[:3].decode("ascii", "replace")
        return reply if reply in self._replies else reply[:1]

    def _candidates_of(self, *circumstances: str) -> tuple[int, int]:
        """Give the set of rules that fit but for their text, and the first that has none."""
        found = Circumstances(*circumstances)
        places: list[int] = []
        for place in self._fitting(found):
            if not self._rules[place].text:
                return set_of(places), place
            places.append(place)
        return set_of(places), len(self._rules)

    def _fitting(self, found: Circumstances) -> Iterable[int]:
        codes = {code for code, pattern in self._codes.items() if pattern.fits(found.code)}
        for place, rule in enumerate(self._rules):
            if (
                _fits(found.said, rule.said)
                and _fits(found.provider, rule.provider)
                and _fits(found.status, rule.status)
                and _fits(found.agent, rule.agent)
                and (not rule.reply or found.reply.startswith(rule.reply))
                and _fits(found.command, rule.command)
                and (not rule.code or not codes.isdisjoint(rule.code))
            ):
                yield place


def _fits(value: str, wanted: tuple[str, ...]) -> bool:
    return not wanted or value in wanted


@lru_cache(maxsize=1024)
def _command(end: bytes) -> str:
    """Give the command that was refused; Postfix writes it behind the reply."""
    told = re.fullmatch(rb" \(in reply to ([a-z ]{1,20}+)\)\)?", end)
    return told[1].decode().removesuffix(" command") if told else ""


def _without_line_ends(words: bytes) -> bytes:
    """Take out the codes that every line of a reply repeats: phrases go over line ends."""
    parts = words.split(b" ", 3)
    if len(parts) < 4:
        return words
    repeated = b" %b " % (b" ".join(parts[1:3]) if parts[2][:2] in _CLASSES else parts[1])
    return words.replace(repeated, b" ")
