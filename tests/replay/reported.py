"""Logs as users reported them: the same figures, made-up names.

A mailing with a bad list, whose bounces flood the sender's own mailbox; and a host whose relay does
not resolve, so that nothing leaves it for days.
"""

from __future__ import annotations

import random
from collections.abc import Iterator

from tests.triage.reports import Log, every

MINUTE, HOUR = 60.0, 3600.0
UNKNOWN = (
    "host mx.a.example[203.0.113.9] said: 550 5.1.1 no such user (in reply to RCPT TO command)"
)
NOBODY = (
    "Host or domain name not found. Name service error for name=relay.example type=A:"
    " Host not found, try again"
)
RECEIVERS = {
    "largest.example": (1781, 47, 982, 189),
    "gmail.com": (866, 19, 143, 29),
    "second.example": (727, 133, 162, 29),
    "third.example": (425, 76, 200, 55),
    "outlook.com": (199, 33, 100, 30),
    "fifth.example": (114, 16, 100, 25),
    "sixth.example": (92, 10, 50, 16),
    "yahoo.com": (56, 6, 30, 8),
}
"""Messages, and how many of them to unknown recipients, in the first and in the second wave."""

_EXCHANGERS = {
    "gmail.com": "gmail-smtp-in.l.google.com",
    "outlook.com": "outlook-com.olc.protection.outlook.com",
    "yahoo.com": "mta5.am0.yahoodns.net",
}
_OTHERS = 240
"""Domains that get two messages in each wave."""

WAVE = 12 * MINUTE

FLOOD = (
    (2802, "450 4.7.1 too much mail from your address"),
    (580, "421 4.7.0 too many connections from your host"),
    (118, "450 4.7.1 mailbox is receiving too many bounces"),
)
"""How often the sender's own mailbox put bounces off, and in which words: 3,500 times."""


def bad_list(log: Log, *begins: float) -> Log:
    """Add the waves of a mailing."""
    for wave, begin in enumerate(begins):
        for domain, figures in RECEIVERS.items():
            messages, unknown = figures[2 * wave : 2 * wave + 2]
            _wave(log, begin, domain, messages, unknown)
        for number in range(_OTHERS):
            _wave(log, begin, f"d{number}.example", 2, number % 12 == 0)
    return log


def _wave(log: Log, begin: float, domain: str, messages: int, unknown: int) -> None:
    relay = f"{_EXCHANGERS.get(domain, f'mx.{domain}')}[203.0.113.9]:25"
    chance = random.Random(f"{domain} {begin}")
    bad = set(chance.sample(range(messages), unknown))
    for number in range(messages):
        text, dsn = (UNKNOWN, "5.1.1") if number in bad else ("", "")
        moment = begin + chance.random() * WAVE
        log.add(moment, f"u{begin:.0f}.{number}@{domain}", text, dsn, relay=relay)


def flooded_mailbox(log: Log, begin: float, end: float) -> Log:
    """Add one mailbox that puts off 3,500 bounces, takes 1,028, and does so for a few others."""
    chance = random.Random(1)
    for times, said in FLOOD:
        text = f"host mx.own.example[203.0.113.7] said: {said} (in reply to RCPT TO command)"
        for _ in range(times):
            moment = begin + chance.random() * (end - begin)
            log.add(moment, "bounces@own.example", text, said[4:9])
    for moment in every((end - begin) / 1028, begin, end):
        log.add(moment, "bounces@own.example")
    return log


def dead_relay(log: Log, begin: float, days: float, taken: str = "e") -> Log:
    """Add a host whose relay does not resolve: four deliveries in five days, all else waits.

    284 recipients wait at domains that begin with `d`, those that took mail begin with `taken`.
    """
    for place in range(4):
        if 1.2 * place < days:
            log.add(begin + 1.2 * place * 86400, f"u{place}@{taken}{place}.example")
    for moment, number, text in sorted(_tries(begin, days * 86400, waiting=284)):
        log.again(moment, number, f"w{number}@d{number % 40}.example", text, "4.4.3")
    return log


def _tries(begin: float, lasts: float, waiting: int) -> Iterator[tuple[float, int, str]]:
    """Yield when which message is put off: four times an hour after a try, else without one."""
    due: dict[int, str] = {}
    for number in range(waiting):
        first = lasts * 0.8 * number / waiting
        for place, moment in enumerate(every(38.8 * MINUTE, begin + first, begin + lasts)):
            quarter = int(moment // (15 * MINUTE))
            tried = due.setdefault(quarter, f"{number} {place}") == f"{number} {place}"
            yield moment, number, NOBODY if tried else f"delivery temporarily suspended: {NOBODY}"
