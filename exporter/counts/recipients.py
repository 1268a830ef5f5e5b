"""Recipients without their addresses: what the memories of the queue and of refusals keep.

In: a recipient, and the log host that writes of it. Out: parts of a keyed hash.
Pure. Nobody can tell the address from a hash without the installation's key.

Why the log host and not the syslog name: services have names of their own (`-o syslog_name=...`),
while retries, suspended mail and the end of a message are told by others of the same queue. Queues
of one host need not be told apart: a queue id is the inode number of the message's file and the
microsecond of its arrival (Postfix' src/global/mail_queue.h), so of two files on one file system no
two have the same, and on two file systems only by a chance of one in a million for equal inodes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Container

from exporter.counts.deferred_message import INSTANCE, NAME
from exporter.counts.refused import DIGEST
from exporter.records.line import Delivery
from exporter.verdict.judge import Memo

_WAITING = NAME - INSTANCE
"""Bytes of a hash that the queue keeps; those of the refusals follow."""


class Recipients:
    """Hashes recipients with `key`.

    In an earlier build an instance was a syslog name on a host: what begins names in `former` still
    is told to `told_former`, with what it is now, when a line shows it.
    """

    def __init__(
        self,
        key: bytes,
        former: Container[bytes],
        told_former: Callable[[bytes, bytes], None],
    ) -> None:
        self._hash = hashlib.blake2b(digest_size=_WAITING + DIGEST, key=key)
        self.instance: Memo[bytes, bytes] = Memo(self._instance_of)
        """What tells log hosts apart, by origin."""
        self._former = former
        self._told_former = told_former

    def names(self, delivery: Delivery) -> tuple[bytes, bytes]:
        """Give what the queue calls the recipient of a record, and what the refusals call it."""
        hashed = self._hash.copy()
        hashed.update((delivery[3] + b"@" + delivery[4]).lower())
        digest = hashed.digest()
        return self.instance[delivery[1]] + digest[:_WAITING], digest[_WAITING:]

    def _instance_of(self, origin: bytes) -> bytes:
        instance = self._instance(origin.partition(b" ")[0])
        former = self._instance(origin.partition(b"/")[0])
        if former in self._former:
            self._told_former(former, instance)
        return instance

    def _instance(self, name: bytes) -> bytes:
        hashed = self._hash.copy()
        hashed.update(name)
        return hashed.digest()[:INSTANCE]
