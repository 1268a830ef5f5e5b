"""Who sent the messages that are in the queue: the memory of queue ids.

In: what a block tells of queue ids, in log order. Out: the sender of each record.
Lost: beyond `limit` queue ids those that were told longest ago, counted in `overflows`; their next
records are of UNKNOWN, unless the queue manager tells the sender again, as it does before each run.

A queue id is that of a log host, as in recipients.py; the table for the checkpoint is compared with
the memory at a commit: messages that came and left between two commits, as most do, never touch it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import islice

from exporter.counts.versions import Version, Versions
from exporter.records.senders import Way

LIMIT = 50_000
"""Queue ids remembered; Postfix delivers 20,000 messages at a time (qmgr_message_active_limit)."""

UNKNOWN = "unknown"
"""The sender of a message that was not told."""


class SenderIds:
    """Bounded memory of senders, going on from `known`; keys are `instance` and queue id, joined.

    `way` says how steps name a sender, `sender_of` is its label by that name, `instance` tells log
    hosts apart by origin. Without a way no step names any.
    """

    def __init__(
        self,
        way: Way | None,
        sender_of: Mapping[bytes, str],
        instance: Mapping[bytes, bytes],
        known: Mapping[bytes, str],
        overflows: int,
        limit: int = LIMIT,
    ) -> None:
        self._name_of = way.name if way else bytes
        self._sender_of, self._instance, self._limit = sender_of, instance, limit
        self.overflows = overflows
        self._of = dict(known)
        self._kept = dict(known)
        self._versions: Versions[bytes, str] = Versions()
        self._changed: set[bytes] = set()

    def __len__(self) -> int:
        return len(self._of)

    def senders(self, steps: Iterable[Sequence[bytes]]) -> list[str]:
        """Give the sender of each record among the steps; take note of what the others tell."""
        found: list[str] = []
        ids, instance, note = self._of, self._instance, found.append
        name_of, sender_of, kept = self._name_of, self._sender_of, self._kept
        for step in steps:
            key = instance[step[1]] + step[2]
            if step[5]:
                note(ids.get(key, UNKNOWN))
            elif step[11]:
                sender = sender_of[name_of(step[11])]
                before = ids.pop(key, sender)  # what was told last shall be the last
                ids[key] = sender
                if before != sender:
                    self._changed.add(key)
            elif step[3]:
                self._go_on(instance[step[1]] + step[3], key)
            else:
                ids.pop(key, None)
                if key in kept:
                    self._changed.add(key)  # it may be used again before a commit
        if len(ids) > self._limit:
            self._forget_oldest()
        return found

    def _go_on(self, before: bytes, key: bytes) -> None:
        """Let a message go on under another queue id."""
        sender = self._of.pop(before, None)
        if sender is not None:
            self._of[key] = sender

    def _forget_oldest(self) -> None:
        # many at once: a dict is slow to give its first key when those before it are gone
        many = len(self._of) - self._limit + self._limit // 16
        oldest = list(islice(self._of, many))
        for key in oldest:
            del self._of[key]
        self._changed.update(self._kept.keys() & oldest)
        self.overflows += many

    def kept(self) -> Version[bytes, str]:
        """Give the memory for the checkpoint."""
        ids, kept, versions = self._of, self._kept, self._versions
        for key in kept.keys() - ids.keys():
            del kept[key]
            versions.removed.add(key)
        for key in self._changed & kept.keys():  # what is in it still is in both
            kept[key] = ids[key]
            versions.note(key)
        self._changed.clear()
        kept.update({key: sender for key, sender in ids.items() if key not in kept})
        return versions.of(kept)
