"""Who sent the messages that are in the queue: the memory of queue ids.

In: what a block tells of queue ids, in log order. Out: the sender of each record.
Lost: beyond `limit` queue ids those that were told longest ago, counted in `overflows`; their next
records are of UNKNOWN, unless the queue manager tells the sender again, as it does before each run.

A queue id is that of a log host, as in recipients.py. The table for the checkpoint is compared with
the memory at a commit: messages that came and left between two commits, as most do, never touch it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import islice

from exporter.counts.versions import Version, Versions
from exporter.records.senders import Way
from exporter.verdict.judge import Memo

LIMIT = 50_000
"""Queue ids remembered; Postfix delivers 20,000 messages at a time (qmgr_message_active_limit)."""

UNKNOWN = "unknown"
"""The sender of a message that was not told."""

_MOST_HOSTS = 64

Id = tuple[bytes, bytes]
"""What tells log hosts apart, and a queue id as logged."""


class SenderIds:
    """Bounded memory of senders by queue id, going on from `known`.

    `way` says how steps name a sender, `sender_of` is its label by that name, `instance` tells log
    hosts apart by origin. Without a way no step names any.
    """

    def __init__(
        self,
        way: Way | None,
        sender_of: Mapping[bytes, str],
        instance: Mapping[bytes, bytes],
        known: Mapping[Id, str],
        overflows: int,
        limit: int = LIMIT,
    ) -> None:
        self._name_of = way.name if way else bytes
        self._sender_of, self._instance, self._limit = sender_of, instance, limit
        self.overflows = overflows
        self._of: dict[bytes, dict[bytes, str]] = {}
        for (host, queue_id), sender in known.items():
            self._of.setdefault(host, {})[queue_id] = sender
        self._by_origin: Memo[bytes, dict[bytes, str]] = Memo(self._ids_of)
        self._kept = dict(known)
        self._kept_of = {host: set(ids) for host, ids in self._of.items()}
        self._versions: Versions[Id, str] = Versions()
        self._changed: set[Id] = set()

    def __len__(self) -> int:
        return sum(map(len, self._of.values()))

    def _ids_of(self, origin: bytes) -> dict[bytes, str]:
        return self._of.setdefault(self._instance[origin], {})

    def senders(self, steps: Iterable[Sequence[bytes]]) -> list[str]:
        """Give the sender of each record among the steps; take note of what the others tell."""
        found: list[str] = []
        ids_of, note = self._by_origin, found.append
        name_of, sender_of = self._name_of, self._sender_of
        for step in steps:
            ids = ids_of[step[1]]
            if step[5]:
                note(ids.get(step[2], UNKNOWN))
            elif step[10]:
                queue_id, sender = step[2], sender_of[name_of(step[10])]
                before = ids.pop(queue_id, sender)  # what was told last shall be the last
                ids[queue_id] = sender
                if before != sender:
                    self._changed.add((self._instance[step[1]], queue_id))
            elif step[3]:
                self._go_on(ids, step[3], step[2])
            else:
                ids.pop(step[2], None)
        if len(self) > self._limit:
            self._forget_oldest()
        return found

    def _go_on(self, ids: dict[bytes, str], before: bytes, queue_id: bytes) -> None:
        """Let a message go on under another queue id."""
        sender = ids.pop(before, None)
        if sender is not None:
            ids[queue_id] = sender

    def _forget_oldest(self) -> None:
        # many at once: a dict is slow to give its first key when those before it are gone
        ids = max(self._of.values(), key=len)
        oldest = list(islice(ids, min(len(ids), len(self) - self._limit + self._limit // 16)))
        for queue_id in oldest:
            del ids[queue_id]
        self.overflows += len(oldest)

    def kept(self) -> Version[Id, str]:
        """Give the memory for the checkpoint."""
        set_keys, removed = self._versions.set_keys, self._versions.removed
        for host, ids in self._of.items():
            known = self._kept_of.setdefault(host, set())
            gone = known - ids.keys()
            new = [queue_id for queue_id in ids if queue_id not in known]
            removed.update((host, queue_id) for queue_id in gone)
            self._kept.update(((host, queue_id), ids[queue_id]) for queue_id in new)
            known -= gone
            known.update(new)
        for one in removed:
            del self._kept[one]
        for host, queue_id in self._changed:
            if sender := self._of[host].get(queue_id):
                self._kept[host, queue_id] = sender
                set_keys.add((host, queue_id))
        self._changed.clear()
        self._let_go_of_hosts()
        return self._versions.of(self._kept)

    def _let_go_of_hosts(self) -> None:
        """Forget hosts of which nothing is in the queue, where they are many."""
        if len(self._of) > _MOST_HOSTS:
            self._of = {host: ids for host, ids in self._of.items() if ids}
            self._kept_of = {host: known for host, known in self._kept_of.items() if known}
            self._by_origin = Memo(self._ids_of)
