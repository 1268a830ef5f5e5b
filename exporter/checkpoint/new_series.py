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
from typing import Any, NamedTuple

from exporter.checkpoint.order import new_keys

Family = Mapping[Any, int]
"""Values by the labels of a series."""

Held = Mapping[str, Family]
"""By the name of a family: what its held series show."""


class _Value(NamedTuple):
    """A value that is shown for another one, until a moment that begins when it is shown."""

    shown: int
    until: float = math.inf


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
        self._held: dict[str, dict[Any, _Value]] = {}
        for name, family in counted.items():
            seen = {**(family if returning else {}), **held.get(name, {})}
            values = {shown: _Value(shown) for shown in seen.values()}  # few: most are 0
            self._held[name] = {labels: values[shown] for labels, shown in seen.items()}

    def held(self) -> dict[str, dict[Any, int]]:
        """Give what is held back, for the checkpoint."""
        return {
            name: {labels: value.shown for labels, value in held.items()}
            for name, held in self._held.items()
        }

    def is_due(self) -> bool:
        """Whether a value waits to be shown whose time has come."""
        now = self._clock()
        return any(value.until <= now for held in self._held.values() for value in held.values())

    def take(self, counted: Mapping[str, Family]) -> None:
        """Take note of what is counted: new series are held at 0, and what is due is let go."""
        now = self._clock()
        for name, family in counted.items():
            held, known = self._held[name], self._known[name]
            for labels in [
                labels
                for labels, value in held.items()
                if value.until <= now or labels not in family or not self._hold
            ]:
                del held[labels]
            if self._hold:
                held.update(dict.fromkeys(new_keys(known, family), _Value(0)))
            self._known[name] = family

    def go_on(self, earlier: Births) -> None:
        """Let the times go on of what another one held: a reload begins nothing anew."""
        for name, held in self._held.items():
            for labels, value in earlier._held[name].items():
                if labels in held:
                    held[labels] = value

    def page(self, name: str, family: Family) -> Family:
        """Give a family as the page shows it: itself where nothing is held back."""
        held = self._held[name]
        if not held:
            return family
        shown = dict(family)
        shown.update((labels, value.shown) for labels, value in held.items())
        return shown

    def begin(self) -> None:
        """Take note that the page is out: the time of what it shows for the first time begins."""
        until = self._clock() + self._hold
        begun: dict[_Value, _Value] = {}  # few: most show 0
        for held in self._held.values():
            for labels, value in held.items():
                if value.until == math.inf:
                    if value not in begun:
                        begun[value] = value._replace(until=until)
                    held[labels] = begun[value]
