"""Syslog by network or Unix socket: messages once, or lost with the process that took them.

In: addresses. Out: blocks of lines.
Lost: what was taken and not committed when the process is killed, what is sent while it does not
run, and what receiver.py had no room for; of the last the number is told, and it counts as
a gap.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence

from exporter.sources.place import AnyPlace
from exporter.sources.syslog.address import address_of
from exporter.sources.syslog.queue import Taken
from exporter.sources.syslog.receiver import Receiver

OCCURRENCE = 10.0
"""Seconds within which lost lines are one gap, and said once."""

log = logging.getLogger(__name__)


class Syslog:
    """What is received at addresses; with the receiver of an earlier one nothing in it is lost."""

    def __init__(
        self,
        addresses: Sequence[str],
        access: str,
        receiver: Receiver | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.gaps = self.lost_lines = 0
        self._addresses = [address_of(text, access) for text in addresses]
        self._receiver = receiver or Receiver()
        self._clock = clock
        self._is_listening = self._is_handed_over = False
        self._next_gap = float("-inf")

    def settle(self) -> None:
        """Listen from now on."""
        if not self._is_listening:
            self._is_listening = True
            self._receiver.listen(self._addresses)

    def before(self) -> Iterator[bytes]:
        """Yield nothing: what was sent before is gone."""
        yield from ()

    def blocks(self) -> Iterator[bytes]:
        """Yield the lines that wait now."""
        self.settle()
        if self._receiver.failure:
            raise self._receiver.failure
        most = len(self._receiver.queue)
        while most >= 0 and (taken := self._receiver.queue.take()):
            if taken.lost:
                self._note(taken)
            if taken.lines:
                yield taken.lines
            most -= len(taken.lines)

    def places(self) -> Mapping[str, AnyPlace]:
        """Give none: what was sent cannot be read again."""
        return {}

    def unread(self) -> int:
        """Give the bytes that wait."""
        return len(self._receiver.queue)

    def problems(self) -> Mapping[str, str | None]:
        """Give what is wrong at each address."""
        return {one.text: self._receiver.problems.get(one.text) for one in self._addresses}

    def has_ended(self) -> bool:
        """Whether nothing can come any more: only without an address."""
        return not self._addresses

    def last(self) -> Iterator[bytes]:
        """Listen no more, and yield all that has arrived."""
        self._receiver.stop()
        yield from self.blocks()

    def handed_over(self) -> Receiver:
        """Give the receiver to another source, so that this one does not close it."""
        self._is_handed_over = True
        return self._receiver

    def close(self) -> None:
        """End the thread, unless another source has it."""
        if not self._is_handed_over:
            self._receiver.stop()

    def _note(self, taken: Taken) -> None:
        self.lost_lines += taken.lost
        now = self._clock()
        if now >= self._next_gap:
            self.gaps += 1
            log.error("syslog messages were lost, %d and maybe more: %s", taken.lost, taken.reason)
            self._next_gap = now + OCCURRENCE
