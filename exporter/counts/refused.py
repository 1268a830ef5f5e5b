"""Who was refused of late: so that one mailbox that is refused a thousand times counts once.

In: verdicts with the digest of the recipient, in log order. Out: whether this recipient was not
refused with this verdict within the last 24 hours.
Lost: beyond MOST recipients a verdict, the one refused longest ago is forgotten.
No address is kept: a digest is six bytes of a keyed hash.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from exporter.counts.entries import find
from exporter.counts.totals import Refusal
from exporter.counts.versions import Version, Versions

MOST = 64
"""Recipients remembered a verdict."""

DIGEST = 6
_WINDOW = 24 * 60  # minutes
_TIME = 4
_ENTRY = DIGEST + _TIME


class RefusedRecipients:
    """Bounded memory of refused recipients.

    Those of a verdict are one byte string, the latest last: an entry takes ten bytes, where a dict
    would take a hundred.
    """

    def __init__(self, noted: Mapping[Refusal, bytes] | None = None) -> None:
        self._noted = dict(noted or {})
        self._versions: Versions[Refusal, bytes] = Versions()

    def state(self) -> Version[Refusal, bytes]:
        """Give the memory for the checkpoint."""
        return self._versions.of(self._noted)

    def note(self, verdict: Refusal, digest: bytes, minute: int) -> bool:
        """Note a refusal at a time in minutes since the epoch; tell whether it is a new one."""
        self._versions.note(verdict)
        noted = self._noted.get(verdict, b"")
        place = find(noted, digest, _ENTRY)
        is_new = place < 0
        if not is_new:
            before = int.from_bytes(noted[place + DIGEST : place + _ENTRY])
            is_new = minute - before > _WINDOW
            minute = max(minute, before)
            noted = noted[:place] + noted[place + _ENTRY :]
        elif len(noted) >= MOST * _ENTRY:
            noted = noted[_ENTRY:]
        self._noted[verdict] = noted + digest + minute.to_bytes(_TIME)
        return is_new

    def forget(self, domains: Iterable[str]) -> None:
        """Forget the recipients of domains that left."""
        gone = frozenset(domains)
        left = [verdict for verdict in self._noted if verdict[0] in gone]
        for verdict in left:
            del self._noted[verdict]
        self._versions.removed.update(left)
