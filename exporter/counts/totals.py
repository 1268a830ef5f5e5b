"""What is counted: the labels of each series, and the frozen totals that pass between the steps.

Nothing here counts: sums.py fills it, checkpoint/ keeps it, page/ shows it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

STAGES = ("before_queue_manager", "queue_manager", "connection_setup", "transmission")
"""The parts of `delays=` in their order (Postfix' src/global/log_adhoc.c)."""

BUCKETS = (
    0.01,
    0.05,
    0.1,
    0.5,
    1.0,
    5.0,
    10.0,
    30.0,
    60.0,
    300.0,
    1800.0,
    3600.0,
    14400.0,
    86400.0,
)
"""Upper bounds of the delay histogram in seconds; above the last one only +Inf counts."""


class Attempt(NamedTuple):
    """The labels of `postfix_delivery_attempts_total`, in the order of the page."""

    domain: str
    provider: str
    dsn_class: str
    dsn_code: str
    status: str
    cause: str
    repeat: str


class Outcome(NamedTuple):
    """The labels of `postfix_delivery_outcomes_total`."""

    cause: str
    status: str
    repeat: str


class Verdict(NamedTuple):
    """Who refused and why: the labels of what is counted by recipients."""

    domain: str
    provider: str
    cause: str


class Sender(NamedTuple):
    """The labels of `postfix_sender_attempts_total`."""

    sender: str
    provider: str
    cause: str


Refusal = tuple[str, str, str]
"""A Verdict, or a tuple that is equal to one: to make a Verdict takes five times as long."""


class Reason(NamedTuple):
    """The labels of `postfix_refusal_reasons_total`; `reason` is the id of a rule of causes."""

    provider: str
    cause: str
    reason: str


class Probe(NamedTuple):
    """The label of `postfix_address_probes_total`."""

    status: str


class AgentStatus(NamedTuple):
    """The labels of `postfix_agent_delivery_attempts_total`."""

    agent: str
    status: str


@dataclass(frozen=True, slots=True)
class Histogram:
    """Counts per bucket, not cumulated, +Inf last, and the sum in whole microseconds."""

    buckets: tuple[int, ...] = (0,) * (len(BUCKETS) + 1)
    microseconds: int = 0


LATE_BUCKETS = (
    60.0,
    300.0,
    900.0,
    1800.0,
    3600.0,
    7200.0,
    14400.0,
    28800.0,
    43200.0,
    86400.0,
    172800.0,
    432000.0,
)
"""Upper bounds in seconds for what was delivered after a deferral."""


@dataclass(frozen=True, slots=True)
class Totals:
    """What the log has said so far; nobody changes it.

    `refused` and `expired` count recipients, `suspended` attempts by the cause that they repeat,
    `reasons` first failures. `forgotten` holds the attempts of domains that left, with an empty
    domain: together with `attempts` it is always what the log says; likewise `forgotten_refused`,
    `forgotten_expired`, `forgotten_suspended` and `forgotten_senders`. `late` is how long what was
    deferred took until it was delivered, by provider, in LATE_BUCKETS. `collected` is what
    collectors counted (collected.py). `outcomes` is the sum of `attempts` and `forgotten` over all
    but its own labels: it follows from them, so the checkpoint does without.
    """

    attempts: Mapping[Attempt, int] = field(default_factory=dict)
    refused: Mapping[Verdict, int] = field(default_factory=dict)
    expired: Mapping[Verdict, int] = field(default_factory=dict)
    suspended: Mapping[Verdict, int] = field(default_factory=dict)
    reasons: Mapping[Reason, int] = field(default_factory=dict)
    agents: Mapping[AgentStatus, int] = field(default_factory=dict)
    probes: Mapping[Probe, int] = field(default_factory=dict)
    delays: tuple[Histogram, ...] = (Histogram(),) * len(STAGES)
    lines: Mapping[str, int] = field(default_factory=dict)
    domains_folded: int = 0
    domains_forgotten: int = 0
    forgotten: Mapping[Attempt, int] = field(default_factory=dict)
    forgotten_refused: Mapping[Verdict, int] = field(default_factory=dict)
    forgotten_expired: Mapping[Verdict, int] = field(default_factory=dict)
    forgotten_suspended: Mapping[Verdict, int] = field(default_factory=dict)
    senders: Mapping[Sender, int] = field(default_factory=dict)
    forgotten_senders: Mapping[Sender, int] = field(default_factory=dict)
    late: Mapping[str, Histogram] = field(default_factory=dict)
    outcomes: Mapping[Outcome, int] = field(default_factory=dict, compare=False)
    collected: Mapping[tuple[str, ...], int] = field(default_factory=dict)

    def outcomes_shown(self, held: Mapping[Attempt, int]) -> dict[Outcome, int]:
        """Give the outcomes where of `held` series other values are shown than were counted."""
        shown = dict(self.outcomes)
        for attempt, value in held.items():
            hidden = self.attempts.get(attempt, value) - value
            shown[outcome(attempt)] -= hidden
        return shown


def outcome(attempt: Attempt) -> Outcome:
    """Give what is left of the labels of an attempt when all destinations are one."""
    return Outcome(attempt.cause, attempt.status, attempt.repeat)
