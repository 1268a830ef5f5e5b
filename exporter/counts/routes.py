"""Deliveries by route, and which records must be inspected one by one.

In: the routes of a block's records. Out: how many deliveries took each route, and the domains
whose records may change what is known of them.
Lost: nothing; a route that is forgotten here is inspected once more.

A route is where a record came from and went to: log host and agent, recipient domain, relay. Most
records say nothing new of their domain: it has its series, and the relay belongs to the provider
that was seen last. So a route is inspected when it is seen first, and the records of a domain only
as long as it has no series, and always when it has more than one provider, for the one seen last
is needed for records that name no relay.

A route and a code have a number here, for what is tallied by a number, by whomever, costs a third
of what is tallied by four strings.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from itertools import islice
from operator import itemgetter

from exporter.counts.domains import Domains
from exporter.counts.receivers import Receivers
from exporter.records.line import Delivery
from exporter.verdict.judge import Judge, Memo

Route = tuple[bytes, bytes, bytes]
"""Origin, domain and relay of a record, as logged."""

Delivered = tuple[bytes, bytes, bytes, bytes]
"""A route, and the enhanced status code of deliveries on it, as logged."""

route_of = itemgetter(*map(Delivery._fields.index, ("origin", "domain", "relay")))
delivered_of = itemgetter(*map(Delivery._fields.index, ("origin", "domain", "relay", "dsn")))

MOST = 1 << 15
"""Routes remembered, about."""

_NO_ATTEMPT = frozenset({"error", "retry"})
"""Agents that log a failure without trying a destination (Postfix' error(8))."""


class _Places(dict[Delivered, int]):
    """Numbers from 0 on, in the order in which they were asked for."""

    def __missing__(self, delivered: Delivered) -> int:
        self[delivered] = place = len(self)
        return place


class Routes:
    """Bounded memory of routes. The sets among its attributes are read by others, never changed."""

    def __init__(self, judge: Judge, domains: Domains, receivers: Receivers) -> None:
        self._judge = judge
        self._domains = domains
        self._receivers = receivers
        self._places = _Places()
        self.ways: list[Delivered] = []
        """By place; a new list when they are forgotten."""
        self._deliveries: Counter[int] = Counter()
        self._known: set[Route] = set()
        self._changing: list[Route] = []
        self._with_several_providers: set[bytes] = set()
        self._placeless: set[bytes] = set()  # domains with attempts that found no series
        self.makes_attempts: Memo[bytes, bool] = Memo(self._makes_attempts)
        """Whether an origin tries remote destinations itself."""
        self.origins_without_attempts: set[bytes] = set()
        """Origins that do not, of the routes that are known."""
        self.internal_relays: set[bytes] = set()
        """Relays that are our own, of the routes that are known."""
        self.inspected_domains: set[bytes] = set()
        """Domains whose records must be inspected one by one."""
        self.inspects_all = False
        """Whether all must, because a memory is full: what it forgets must be noted again."""

    def __len__(self) -> int:
        return len(self.ways) + len(self._known)

    def add(self, delivered: Iterable[Delivered], failed: Iterable[Route]) -> list[int]:
        """Count deliveries and give their places; inspect routes that are new, of failures too."""
        places = list(map(self._places.__getitem__, delivered))
        self._deliveries.update(places)
        added = list(islice(reversed(self._places), len(self._places) - len(self.ways)))
        self.ways += reversed(added)
        new = {one[:3] for one in added} | set(failed)
        if not new <= self._known or self._changing:
            self._inspect(new - self._known)
        return places

    def _inspect(self, new: set[Route]) -> None:
        self._known |= new
        self.origins_without_attempts.update(
            [origin for origin, _, _ in new if not self.makes_attempts[origin]]
        )
        self.internal_relays.update(
            [relay for _, _, relay in new if self._judge.is_internal[relay]]
        )
        # what a block has told is known in the next one, unless the domain found no series
        noted = {route[1] for route in self._changing}
        unsettled = {route[1] for route in self._changing if self._changes_domain(route)}
        if self._placeless:
            self._placeless.difference_update(self._domains.known)
        self.inspected_domains -= noted - self._with_several_providers - unsettled - self._placeless
        self._changing = [route for route in new if self._changes_domain(route)]
        changing = {route[1] for route in self._changing}
        self.inspected_domains |= changing
        has_room = self._judge.last_provider.has_room(changing)
        if not (has_room and self._domains.known.has_room(changing)):
            self.inspects_all = True

    def _changes_domain(self, route: Route) -> bool:
        """Whether a record on a route changes its domain's last provider, or anybody's place."""
        origin, domain, relay = route
        judge = self._judge
        provider, last = judge.provider_seen[domain, relay], judge.last_provider.get(domain)
        if provider is not None and last != provider:
            if last is not None:
                self._with_several_providers.add(domain)
            return True
        is_settled = domain in self._domains.known and not (
            provider and self._receivers.could_name(provider)
        )
        if not judge.leads_out(origin, relay):
            return False
        if domain not in self._domains.known:
            self._placeless.add(domain)
        return not is_settled

    def take(self) -> list[tuple[Delivered, int]]:
        """Give the deliveries since the last time, by route and code, with their number."""
        taken = [(self.ways[place], times) for place, times in sorted(self._deliveries.items())]
        self._deliveries.clear()
        if len(self) > MOST:
            self.forget()
        return taken

    def forget(self) -> None:
        """Forget the routes, for domains have left; all deliveries must have been taken before."""
        self.ways = []
        for memory in (
            *(self._places, self._known, self._changing, self._with_several_providers),
            self._placeless,
            *(self.inspected_domains, self.internal_relays, self.origins_without_attempts),
        ):
            memory.clear()
        self.inspects_all = False

    def _makes_attempts(self, origin: bytes) -> bool:
        judge = self._judge
        agent = judge.remote_agent[origin]
        return agent != "" and agent not in _NO_ATTEMPT
