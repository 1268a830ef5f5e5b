"""Replies of showq made up for tests, as bytes and as what postqueue -j would print of them.

`data/` holds what a real showq and postqueue said at one moment (Postfix 3.7.11 and 3.11.7).
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

DATA = Path(__file__).parent / "data"
BEGIN = b"protocol\0mail_queue_list_protocol\0\0"
END = b"\0"


class Made(NamedTuple):
    """A message; recipients are address, log class and reason."""

    queue: bytes = b"deferred"
    recipients: tuple[tuple[bytes, bytes, bytes], ...] = ()
    arrival: int = 1_795_960_000
    size: int = 379

    def packed(self) -> bytes:
        """Give the message as showq of Postfix 3.11 does."""
        pairs = [
            (b"queue_name", self.queue),
            (b"queue_id", b"4Zc5Vn2Q1mz9rXw"),
            (b"time", b"%d" % self.arrival),
            (b"size", b"%d" % self.size),
            (b"forced_expire", b"0"),
            (b"sender", b"bounces@sender.example"),
        ]
        for address, log_class, reason in self.recipients:
            pairs += [
                (b"original_recipient", b""),
                (b"recipient", address),
                (b"log_class", log_class),
                (b"reason", reason),
            ]
        return b"".join(name + b"\0" + value + b"\0" for name, value in pairs) + b"\0"


def deferred(*addresses: bytes, **changed: Any) -> Made:
    """Give a message that waits for these recipients."""
    recipients = tuple((one, b"defer", b"450 4.2.2 The mailbox is full") for one in addresses)
    return Made(recipients=recipients, **changed)


def reply(messages: Iterable[Made]) -> bytes:
    """Give a whole reply."""
    return BEGIN + b"".join(message.packed() for message in messages) + END


class Told(NamedTuple):
    """What postqueue -j tells: messages, recipients by queue and state, deferred ones by domain."""

    depth: Counter[str]
    recipients: Counter[tuple[str, str]]
    domains: Counter[str]
    arrivals: dict[str, list[int]]
    sizes: dict[str, list[int]]


def told_by_postqueue(printed: str) -> Told:
    """Take the output of postqueue -j apart."""
    told = Told(Counter(), Counter(), Counter(), {}, {})
    for line in printed.splitlines():
        message = json.loads(line)
        queue = message["queue_name"]
        told.depth[queue] += 1
        told.arrivals.setdefault(queue, []).append(message["arrival_time"])
        told.sizes.setdefault(queue, []).append(message["message_size"])
        for recipient in message["recipients"]:
            state = (
                "bounced" if "bounce_reason" in recipient
                else "deferred" if "delay_reason" in recipient
                else "untried"
            )  # fmt: skip
            told.recipients[queue, state] += 1
            if state == "deferred":
                told.domains[recipient["address"].rpartition("@")[2].lower()] += 1
    return told
