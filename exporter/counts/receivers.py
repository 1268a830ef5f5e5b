"""Which receivers that no table knows have a value of the label `provider`: the bound on it.

In: the label of a domain and the provider of a record, in log order. Out: the provider as the page
shows it; at most `limit` of them are names of registered domains, the rest is `other`.
Lost: nothing; what is beyond the bound counts as `other`.

Anybody can invent names of mail exchangers, so the first ones get a place, and keep it as long as a
series has it. Who is named is known from the series alone: no restart changes it. Only domains with
series of their own count, for these leave, and their receiver with the last of them. Places are
given back in `turn_over` only, at a commit, when all that was tallied has its labels: so it depends
on the log alone who gets one.
"""

from __future__ import annotations

from collections.abc import Iterable

from exporter.counts.totals import Attempt
from exporter.verdict.destination import REMAINDERS
from exporter.verdict.providers import OTHER, is_named


class Receivers:
    """The receivers with a place, going on from series that were counted."""

    def __init__(self, limit: int, counted: Iterable[Attempt]) -> None:
        self._limit = limit
        self._named = _named(counted)

    def label(self, domain: str, provider: str) -> str:
        """Give the label `provider` of a record; a new receiver gets a place if one is free.

        To be called in log order for the first record of each domain and provider.
        """
        if "." not in provider:  # is_named, without a call
            return provider
        if domain in REMAINDERS:
            return OTHER
        if provider not in self._named:
            if len(self._named) >= self._limit:
                return OTHER
            self._named.add(provider)
        return provider

    def could_name(self, provider: str) -> bool:
        """Whether a provider is a receiver without a place, and there is one for it."""
        return is_named(provider) and len(self._named) < self._limit and provider not in self._named

    def turn_over(self, counted: Iterable[Attempt]) -> None:
        """Give back the places of receivers that no series has any more."""
        self._named = _named(counted)


def _named(counted: Iterable[Attempt]) -> set[str]:
    return {attempt.provider for attempt in counted if is_named(attempt.provider)}
