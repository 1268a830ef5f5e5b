"""What was looked at besides the problems, and is no problem of reputation.

In: the history, the attempts that are asked for, and the problems. Out: subjects and sentences.
Pure.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

from exporter.counts.totals import Attempt
from exporter.heuristics.clusters import LIST_QUALITY
from exporter.heuristics.figures import figures
from exporter.heuristics.history import History
from exporter.heuristics.measuring import Problem
from exporter.heuristics.windows import is_first
from exporter.verdict.classify import DELIVERED
from exporter.verdict.destination import REMAINDERS

_LOOKED_AT_ONE = 50
"""Failed attempts of one mailbox that are worth a word."""


def looked_at(
    history: History, chosen: dict[Attempt, int], found: Sequence[Problem]
) -> Iterator[tuple[str, str]]:
    """Give what was looked at besides, and is no problem of reputation."""
    first, every = first_failures(chosen), Counter[str]()
    destinations: dict[str, set[str]] = defaultdict(set)
    for key, times in chosen.items():
        every[key.cause] += times
        destinations[key.cause].add(key.domain)
    messages = sum(times for key, times in chosen.items() if is_first(key))
    unknown = first["unknown_recipient"]
    if messages:
        yield (
            "list",
            f"{unknown:,} of {messages:,} messages ({unknown / messages:.1%}) for addresses that do"
            f" not exist, at {len(destinations['unknown_recipient'])} destinations",
        )
    yield from (("one mailbox", text) for text in _mailboxes(history, chosen, found))
    for cause, said in (
        ("network", "messages met nobody, at {} destinations"),
        ("local", "messages failed by our own configuration or account, at {} destinations"),
        ("greylisted", "messages were put off as new, at {} destinations; the retry passes"),
        ("mailbox", "messages met a full, disabled or restricted mailbox"),
    ):
        if first[cause]:
            yield cause, f"{first[cause]:,} " + said.format(len(destinations[cause]))
    if every["suspended"]:
        yield (
            "suspended",
            f"{every['suspended']:,} times Postfix did not try, for an earlier failure; these count"
            " as that failure, and not once more",
        )


def first_failures(chosen: dict[Attempt, int]) -> Counter[str]:
    """Give how often messages failed first, by cause."""
    first: Counter[str] = Counter()
    for key, times in chosen.items():
        if key.repeat != "true" and key.cause != DELIVERED:
            first[key.cause] += times
    return first


def _mailboxes(
    history: History, chosen: dict[Attempt, int], found: Sequence[Problem]
) -> Iterator[str]:
    """Give destinations where few recipients make many failures."""
    failing = {*figures().causes["failing"], "mailbox"} - {"network"}
    failures: dict[tuple[str, str], list[Attempt]] = defaultdict(list)
    for key in chosen:
        if key.cause in failing and key.domain not in REMAINDERS:
            failures[key.domain, key.cause].append(key)
    recipients: Counter[tuple[str, str]] = Counter()
    for verdict, run in history.refused.items():
        recipients[verdict.domain, verdict.cause] += sum(run.times)
    few = figures().values()["cluster_min_recipients"]
    for (domain, cause), keys in failures.items():
        times, count = sum(chosen[key] for key in keys), recipients[domain, cause]
        if times >= _LOOKED_AT_ONE and 0 < count < few:
            begin = min(history.attempts[key].quarters[0] for key in keys)
            yield (
                f"{times:,} failures ({cause}) at {domain} are of {count}"
                f" recipient{'s' * (count > 1)}: no judgement about your mail"
                + _follows(begin, found)
            )


def _follows(begin: int, found: Sequence[Problem]) -> str:
    """Say that bounces of a bad list may have flooded a mailbox, if they began before."""
    for number, problem in enumerate(found, 1):
        if problem.alert == LIST_QUALITY and problem.begin <= begin < problem.end:
            return (
                f". It began while {number} went on: if it is the sender's address of that mail,"
                " the bounces flood it, and it follows from that"
            )
    return ""
