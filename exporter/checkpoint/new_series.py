"""What the page shows of a counter that is new to its scrapers.

In: the counters as counted. Out: the counters as shown.
A counter that is first scraped at 200 has no increase in Prometheus, and the first burst of a new
code at a domain is the very signal. So a new series shows 0, and one that comes back after the
exporter was away shows what it showed last, until `hold` seconds have passed since it was first
on the page; then its true value. Time and not scrapes, because there may be two Prometheus, and a
person with a browser: each must see the value before the rise once.
Lost: nothing; what is held back is shown later.

What is held is part of the checkpoint: a value is shown after it was committed that it is. After a
restart what is held is held for the whole time again.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

from exporter.checkpoint.order import new_keys

Family = Mapping[Any, int]
"""Values by the labels of a series."""

Held = Mapping[str, Family]
"""By the name of a family: what its held series show."""


class Births:
    """Holds back new values; `clock` gives seconds and never goes back.

    `counted` are all families as an earlier run left them, `held` what it held back. With
    `returning` the scrapers of now have not seen any of it.
    """

    def __init__(
        self,
        hold: float,
        clock: Callable[[], float],
        counted: Mapping[str, Family],
        held: Held,
        *,
        returning: bool = False,
    ) -> None:
        self._hold = hold
        self._clock = clock
        self._known = dict(counted)
        self._held: dict[str, Family] = {}  # of which the checkpoint keeps what is: never changed
        for name, family in counted.items():
            shown = family if returning else {}
            self._held[name] = {**shown, **held[name]} if held.get(name) else shown
        self._until = {name: dict.fromkeys(held, math.inf) for name, held in self._held.items()}
        """Until when it is held, by family and labels; inf where that time has not begun."""

    def held(self) -> Held:
        """Give what is held back, for the checkpoint."""
        return dict(self._held)

    def is_due(self) -> bool:
        """Whether a value waits to be shown whose time has come."""
        now = self._clock()
        return any(until <= now for times in self._until.values() for until in times.values())

    def take(self, counted: Mapping[str, Family]) -> None:
        """Take note of what is counted: new series are held at 0, and what is due is let go."""
        now = self._clock()
        for name, family in counted.items():
            times = self._until[name]
            over = [
                labels
                for labels, until in times.items()
                if until <= now or labels not in family or not self._hold
            ]
            new = dict.fromkeys(new_keys(self._known[name], family) if self._hold else (), 0)
            if over or new:
                for labels in over:
                    del times[labels]
                times.update(dict.fromkeys(new, math.inf))
                held = {
                    labels: shown for labels, shown in self._held[name].items() if labels in times
                }
                self._held[name] = {**held, **new}
            self._known[name] = family

    def go_on(self, earlier: Births) -> None:
        """Let the times go on of what another one held: a reload begins nothing anew."""
        for name, times in self._until.items():
            before = earlier._until[name]
            times.update((labels, before[labels]) for labels in times.keys() & before.keys())

    def page(self, name: str, family: Family) -> Family:
        """Give a family as the page shows it: itself where nothing is held back."""
        held = self._held[name]
        return {**family, **held} if held else family

    def begin(self) -> None:
        """Take note that the page is out: the time of what it shows for the first time begins."""
        until = self._clock() + self._hold
        for times in self._until.values():
            times.update((labels, until) for labels, moment in times.items() if moment == math.inf)
