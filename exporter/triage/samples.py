"""What receivers said, as samples: a few replies for each receiver and cause.

In: delivery records in log order. Out: replies without addresses, ids and numbers.
Lost: all but the first of each kind; no more are kept than a person reads. What is personal is
taken out of those that are told, for it takes longer than to read the record.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from exporter.records.line import Delivery
from exporter.verdict.destination import domain_label
from exporter.verdict.judge import Judge, canonical_code
from exporter.verdict.skeleton import skeleton

_MOST, _MOST_OF_RULE = 50, 4
"""Samples of a provider and cause, and of one domain and rule."""

_AT_ONCE = 500
"""Kinds of failures of which the first is looked at; of more kinds, the third."""

_THIRD = 3
_MOST_KINDS = 50_000
"""Kinds that are counted; a kind is a code, and a text that begins alike: with the same host."""

_BEGINNING = 24  # bytes


class Sample(NamedTuple):
    """A reply: what it was judged by, and what it says, as logged."""

    domain: str
    cause: str
    rule: str
    code: str
    reply: bytes
    local_part: bytes

    def text(self) -> str:
        """Give what it says without anything personal."""
        return skeleton(self.reply, self.local_part)


class Samples:
    """Keeps samples of failures as the judge sees them."""

    def __init__(self, judge: Judge) -> None:
        self._judge = judge
        self._seen: Counter[tuple[bytes, bytes]] = Counter()
        self._kept: dict[tuple[str, str], list[Sample]] = defaultdict(list)

    def add(self, deliveries: Iterable[Delivery]) -> None:
        """Look at the failures among delivery records."""
        seen = self._seen
        if len(seen) >= _MOST_KINDS:
            return
        for one in deliveries:
            if one[10]:
                kind = one[9], one[11][:_BEGINNING]
                times = seen[kind] = seen[kind] + 1
                if times == _THIRD or (times == 1 and len(seen) <= _AT_ONCE):
                    self._look_at(one)

    def all(self) -> Iterator[Sample]:
        """Give all samples, those of a provider and cause in log order."""
        for kept in self._kept.values():
            yield from kept

    def _look_at(self, delivery: Delivery) -> None:
        delivery = Delivery._make(delivery)  # blocks give plain tuples
        judged = self._judge.failure(delivery)
        if judged is None or judged[1].is_suspended:
            return
        provider, decision = judged
        kept = self._kept[provider, decision.cause]
        domain, rule = domain_label(delivery.domain), decision.rule.id
        alike = sum(one.domain == domain and one.rule == rule for one in kept)
        if len(kept) < _MOST and alike < _MOST_OF_RULE:
            code = canonical_code[delivery.dsn]
            kept.append(
                Sample(domain, decision.cause, rule, code, delivery.text, delivery.local_part)
            )
