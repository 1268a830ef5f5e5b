"""A queue to figures: messages by age and size, deferred recipients by destination.

In: the entries of a reply, and the providers of domains as far as they are known. Out: Figures.
Lost: of destinations beyond the limit which they are: those with fewest recipients are
`domain="other"`, and so is what comes after MOST_DOMAINS of them. Sums by provider stay exact.

Pure. Memory does not grow with the queue: no entry is kept, and of a domain its label alone.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Mapping

from exporter.queue.figures import (
    AGES,
    OTHER_QUEUE,
    QUEUES,
    SIZES,
    Destination,
    Figures,
    QueueFigures,
)
from exporter.queue.showq import DEFERRED, STATES, Entry, Message
from exporter.verdict.destination import REMAINDERS, domain_label

MOST_DOMAINS = 50_000
"""Domains that are told apart while a queue is read."""

_LONGEST_DOMAIN = 1024
"""Bytes; 253 octets of A-labels have at most so many as U-labels."""

_FOLDED = "other"


class Counting:
    """Counts one reading, as of `now` (seconds since the epoch).

    `providers` are by domain as a label; `unknown` is the provider of all others.
    """

    def __init__(
        self, now: float, providers: Mapping[str, str], unknown: str, most_domains: int
    ) -> None:
        self._now = now
        self._providers, self._unknown = providers, unknown
        self._most = most_domains
        self._queues = {name: _empty() for name in QUEUES}
        self._domains: Counter[str] = Counter()
        self._folded: Counter[str] = Counter()

    def add(self, entries: Iterable[Entry]) -> None:
        """Count entries; recipients belong to the message before them."""
        recipients: dict[str, int] = {}
        for entry in entries:
            if isinstance(entry, Message):
                recipients = self._message(entry)
                continue
            recipients[entry.state] += 1
            if entry.state == DEFERRED:
                self._destination(_label(entry.address))

    def figures(self, limit: int) -> Figures:
        """Give what was counted, with at most `limit` domains by name beside the remainders."""
        named = sorted(
            (label for label in self._domains if label not in REMAINDERS),
            key=lambda label: (-self._domains[label], label),
        )
        folded = self._folded.copy()
        for label in named[limit:]:
            folded[self._provider(label)] += self._domains[label]
        kept = [*named[:limit], *(label for label in self._domains if label in REMAINDERS)]
        deferred = {
            Destination(label, self._provider(label)): self._domains[label] for label in kept
        }
        for provider, times in folded.items():
            deferred[Destination(_FOLDED, provider)] = times
        return Figures(self._queues, deferred)

    def _message(self, message: Message) -> dict[str, int]:
        """Count a message; give the counts that its recipients belong to."""
        name = message.queue.decode("ascii", "replace")
        queue = self._queues.get(name) or self._queues.setdefault(OTHER_QUEUE, _empty())
        age = max(0.0, self._now - message.arrival)
        queue.ages[bisect_left(AGES, age)] += 1
        queue.sizes[bisect_left(SIZES, message.size)] += 1
        queue.seconds += age
        queue.bytes += message.size
        queue.oldest = max(queue.oldest, age)
        return queue.recipients

    def _destination(self, label: str) -> None:
        if label in self._domains or len(self._domains) < self._most:
            self._domains[label] += 1
        else:
            self._folded[self._provider(label)] += 1

    def _provider(self, label: str) -> str:
        return self._providers.get(label, self._unknown)


def _empty() -> QueueFigures:
    return QueueFigures(recipients=dict.fromkeys(STATES, 0))


def _label(address: bytes) -> str:
    """Give the label of a recipient's domain; an address without one is of our own host."""
    domain = address.rpartition(b"@")[2] if b"@" in address else b""
    return domain_label(domain) if len(domain) <= _LONGEST_DOMAIN else "invalid"
