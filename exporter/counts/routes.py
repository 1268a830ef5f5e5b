"""Ways of the mail: deliveries by route, and which records must be looked at one by one.

In: the routes of a block's records. Out: how often each was gone, and the domains of which
something new may be told.
Lost: nothing; what is forgotten here is looked at once more.

Most records say nothing new of their domain: it has its place among the domains, and the relay is
the same provider's as ever. So a route is looked at when it is seen first, and the records of a
domain only while it has no place, and always when it has more than one provider: the one seen last
matters.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from itertools import islice
from operator import itemgetter

from exporter.counts.domains import Domains
from exporter.records.line import Delivery
from exporter.verdict.judge import Judge, Remembered

Way = tuple[bytes, bytes, bytes]
"""Origin, domain and relay of a record, as logged."""

Route = tuple[bytes, bytes, bytes, bytes]
"""A way, and the dsn at its end."""

way_of = itemgetter(*map(Delivery._fields.index, ("origin", "domain", "relay")))
route_of = itemgetter(*map(Delivery._fields.index, ("origin", "domain", "relay", "dsn")))

MOST = 1 << 15
"""Routes remembered, about."""

_NEVER_TRIED = frozenset({"error", "retry"})


class Routes:
    """Bounded memory of routes. A set of its attributes is not to be changed by others."""

    def __init__(self, judge: Judge, domains: Domains) -> None:
        self._judge = judge
        self._domains = domains
        self._sent: Counter[Route] = Counter()  # 0 for a route that was taken
        self._ways: set[Way] = set()
        self._news: list[Way] = []
        self._several: set[bytes] = set()
        self.tries: Remembered[bytes, bool] = Remembered(self._tries_remotely)
        """Whether an origin tries remote destinations itself."""
        self.untried: set[bytes] = set()
        """Origins that do not, of the routes that are remembered."""
        self.hops: set[bytes] = set()
        """Relays that are our own, of the routes that are remembered."""
        self.watched: set[bytes] = set()
        """Domains whose records must be looked at one by one."""
        self.all_watched = False
        """Whether all must, because a memory is full: what leaves it must be told again."""

    def __len__(self) -> int:
        return len(self._sent) + len(self._ways)

    def add(self, sent: Iterable[Route], failed: Iterable[Way]) -> None:
        """Count deliveries by route; look at the ways that are new, those of failures too."""
        before = len(self._sent)
        self._sent.update(sent)
        added = islice(reversed(self._sent), len(self._sent) - before)
        new = {route[:3] for route in added} | set(failed)
        if not new <= self._ways or self._news:
            self._look_at(new - self._ways)

    def _look_at(self, new: set[Way]) -> None:
        self._ways |= new
        self.untried.update([origin for origin, _, _ in new if not self.tries[origin]])
        self.hops.update([relay for _, _, relay in new if self._judge.internal[relay]])
        # what was news in the block before is none now, unless the domain found no place
        told = {way[1] for way in self._news}
        self.watched -= told - self._several - {way[1] for way in self._news if self._is_news(way)}
        self._news = [way for way in new if self._is_news(way)]
        news = {way[1] for way in self._news}
        self.watched |= news
        if not (self._judge.last_seen.has_room(news) and self._domains.known.has_room(news)):
            self.all_watched = True

    def _is_news(self, way: Way) -> bool:
        origin, domain, relay = way
        judge = self._judge
        provider, last_seen = judge.provider_at[relay], judge.last_seen.get(domain)
        if provider is not None and last_seen is not provider:
            if last_seen not in (None, provider):
                self._several.add(domain)
            return True
        is_met = domain in self._domains.known
        return not is_met and judge.is_remote_agent[origin] and not judge.internal[relay]

    def take(self) -> list[tuple[Route, int]]:
        """Give the routes that were gone since the last time, and how often."""
        taken = [(route, times) for route, times in self._sent.items() if times]
        if len(self) > MOST:
            self.forget()
        else:
            for route, _ in taken:
                self._sent[route] = 0
        return taken

    def forget(self) -> None:
        """Forget the routes, for domains have left; all must have been taken before."""
        for memory in (self._sent, self._ways, self._several, self._news):
            memory.clear()
        for told in (self.watched, self.hops, self.untried):
            told.clear()
        self.all_watched = False

    def _tries_remotely(self, origin: bytes) -> bool:
        judge = self._judge
        return judge.is_remote_agent[origin] and judge.agent_of[origin] not in _NEVER_TRIED
