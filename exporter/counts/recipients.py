"""Recipients without their addresses: what the memories of the queue and of refusals keep.

In: a recipient, and the Postfix instance that writes of it. Out: parts of a keyed hash.
Pure. Nobody can tell the address from a hash without the installation's key.
"""

from __future__ import annotations

import hashlib

from exporter.counts.deferred_message import NAME
from exporter.counts.refused import DIGEST
from exporter.records.line import Delivery
from exporter.verdict.judge import Memo

_INSTANCE = 2
_WAITING = NAME - _INSTANCE
"""Bytes of a hash that the queue keeps; those of the refusals follow."""


class Recipients:
    """Hashes recipients with `key`."""

    def __init__(self, key: bytes) -> None:
        self._hash = hashlib.blake2b(digest_size=_WAITING + DIGEST, key=key)
        self.instance: Memo[bytes, bytes] = Memo(self._instance_of)
        """What tells log hosts and Postfix instances apart, by origin."""

    def names(self, delivery: Delivery) -> tuple[bytes, bytes]:
        """Give what the queue calls the recipient of a record, and what the refusals call it."""
        hashed = self._hash.copy()
        hashed.update((delivery[3] + b"@" + delivery[4]).lower())
        digest = hashed.digest()
        return self.instance[delivery[1]] + digest[:_WAITING], digest[_WAITING:]

    def _instance_of(self, origin: bytes) -> bytes:
        # retries come from other services of an instance
        hashed = self._hash.copy()
        hashed.update(origin.partition(b"/")[0])
        return hashed.digest()[:_INSTANCE]
