"""Which of our senders: attempts by who sent the message, provider and cause.

In: records with the sender of each, failures as they are judged, in log order. Out: at a commit,
totals by sender; and what must be remembered.
Lost: nothing; a sender without series of its own counts as `other`, one that the log has not told
as `unknown`.

Deliveries are tallied by sender and route, for they get their labels at a commit like all others
(settling.py). Providers that no table knows are one, as in the reasons: there would be too many
series of senders times receivers that anybody names.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import compress
from operator import not_
from typing import NamedTuple

from exporter.counts.routes import Delivered, Route
from exporter.counts.sender_ids import SenderIds
from exporter.counts.sender_labels import SenderLabels, sender_of_domain, sender_of_user
from exporter.counts.series import LabelSeries
from exporter.counts.totals import Sender
from exporter.records.agents import origin_of
from exporter.records.line import Delivery
from exporter.records.parse import Records
from exporter.records.senders import BY_DOMAIN, BY_SERVICE, READ
from exporter.verdict.classify import DELIVERED
from exporter.verdict.judge import PROBES, Judged, Memo
from exporter.verdict.providers import listed

MOST = 1 << 15
"""Senders and routes tallied before they are settled; a commit comes earlier, as a rule."""


@dataclass(frozen=True, slots=True)
class SendersState:
    """The memory as the checkpoint keeps it; `by` is what names a sender, empty where none is.

    `ids` and `overflows` are of sender_ids.py, `traffic` is of sender_labels.py, the rest is as in
    DomainsState.
    """

    by: str = ""
    running: int = 0
    active: Mapping[str, int] = field(default_factory=dict)
    left: Mapping[str, int] = field(default_factory=dict)
    traffic: Mapping[str, int] = field(default_factory=dict)
    ids: Mapping[bytes, str] = field(default_factory=dict)
    overflows: int = 0


class SenderOptions(NamedTuple):
    """What names a sender, of WAYS, and the bound: the most senders, idle time in seconds."""

    by: str
    limit: int
    idle: float


class Senders:
    """Counts attempts by sender in `series`, going on from what `state` remembers.

    `instance` tells log hosts apart by origin, `clock` gives seconds and never goes back, and `key`
    keys the hashes of users.
    """

    def __init__(
        self,
        options: SenderOptions,
        instance: Mapping[bytes, bytes],
        series: LabelSeries[Sender],
        clock: Callable[[], float],
        state: SendersState,
        key: bytes,
    ) -> None:
        self._by = options.by
        self._is_new = state.by != options.by
        state = SendersState() if self._is_new else state
        label = sender_of_domain if options.by == BY_DOMAIN else partial(sender_of_user, key)
        self.ids = SenderIds(
            READ.get(options.by), Memo(label), instance, state.ids, state.overflows
        )
        self.labels = SenderLabels(
            options.limit,
            options.idle,
            clock,
            state.running,
            state.active,
            state.left,
            state.traffic,
        )
        self._series = series
        self._service_of: Memo[bytes, str] = Memo(lambda origin: origin_of(origin).syslog_name)
        self._seen: dict[str, None] = {}
        self._sent: Counter[tuple[str, int]] = Counter()
        self._failed: dict[tuple[str, str, str], int] = defaultdict(int)

    def of(self, records: Records) -> Sequence[str]:
        """Give the sender of each delivery record of a block, in log order."""
        if self._by == BY_SERVICE:
            return [self._service_of[one[1]] for one in records.deliveries]
        return self.ids.senders(records.steps)

    def learn(self, records: Records) -> None:
        """Learn from a block before the first one who sent what is in the queue."""
        if self._is_new:
            self.ids.senders(records.steps)

    def is_full(self) -> bool:
        """Whether it is time to settle."""
        return len(self._sent) + len(self._failed) > MOST

    def add(
        self,
        deliveries: Iterable[Delivery],
        senders: Sequence[str],
        places: Iterable[int],
        failed: Iterable[Delivery],
        judged: Iterator[Judged | None],
    ) -> Iterator[Judged | None]:
        """Count records; gives what is judged of the `failed` among them, and counts it then.

        `places` are those of the others' routes.
        """
        self._seen.update(dict.fromkeys(senders))
        is_sent = [not one[10] for one in deliveries]
        self._sent.update(zip(compress(senders, is_sent), places, strict=True))
        return self._judged(compress(senders, map(not_, is_sent)), failed, judged)

    def _judged(
        self,
        senders: Iterable[str],
        deliveries: Iterable[Delivery],
        judged: Iterator[Judged | None],
    ) -> Iterator[Judged | None]:
        for sender, delivery, one in zip(senders, deliveries, judged, strict=True):
            if one is not None and delivery[10] not in PROBES:
                provider, decision = one
                self._failed[sender, listed(provider), decision.cause] += 1
            yield one

    def settle(self, ways: Sequence[Delivered], provider_of: Callable[[Route], str | None]) -> None:
        """Add what was tallied to the series; of a route that is no remote one, nothing."""
        counted = self._failed
        provider_at: Memo[int, str] = Memo(
            lambda place: listed(provider_of(ways[place][:3]) or ""), len(ways)
        )
        for (sender, place), times in self._sent.items():
            if provider := provider_at[place]:
                counted[sender, provider, DELIVERED] += times
        traffic: Counter[str] = Counter()
        for (sender, _, _), times in counted.items():
            traffic[sender] += times
        self.labels.note_traffic({who: traffic[who] for who in self._seen if who in traffic})
        for (sender, provider, cause), times in counted.items():
            self._series.add(Sender(self.labels.label(sender), provider, cause), times)
        self._seen.clear()
        self._sent.clear()
        counted.clear()

    def turn_over(self) -> None:
        """Let idle senders leave, and those with more traffic take places."""
        left = self.labels.turn_over()
        if left:
            self._series.forget(left)

    def state(self) -> SendersState:
        """Give the memory for the checkpoint."""
        labels, ids = self.labels, self.ids
        return SendersState(self._by, *labels.kept(), labels.traffic(), ids.kept(), ids.overflows)
