"""A log folder and a reader in tests: files are real, polls are by hand, the clock is set."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from exporter.sources.chain import QUIET
from exporter.sources.follow import Follower
from exporter.sources.place import Place
from exporter.sources.rotation import LogFiles


class Reader:
    """Reads one log; `restart` goes on from the last committed place, as after kill -9."""

    def __init__(self, path: Path, *, from_end: bool = False) -> None:
        self.path = path
        self.from_end = from_end
        self.now = 0.0
        self.got: list[bytes] = []
        self.past_gaps = 0
        self.place: Place | None = None
        self.committed: list[bytes] = []
        self._open()

    def _open(self) -> None:
        self.follower = Follower(
            LogFiles(str(self.path)), self.place, from_end=self.from_end, clock=lambda: self.now
        )

    @property
    def gaps(self) -> int:
        """Losses said aloud."""
        return self.past_gaps + self.follower.gaps

    def poll(self, times: int = 1) -> list[bytes]:
        """Read what is new and commit; give the new lines."""
        new: list[bytes] = []
        for _ in range(times):
            for block in self.follower.poll():
                assert block.endswith(b"\n")
                new += block.split(b"\n")[:-1]
        self.got += new
        self.commit()
        return new

    def poll_first_block(self) -> None:
        """Read one block only and do not commit: what a kill in the middle of a poll leaves."""
        for block in self.follower.poll():
            self.got += block.split(b"\n")[:-1]
            break

    def commit(self) -> None:
        """Keep the place and what was read up to it."""
        self.place, self.committed = self.follower.place(), list(self.got)

    def restart(self) -> None:
        """Begin anew from what was committed."""
        self.past_gaps += self.follower.gaps
        self.follower.close()
        self.got = list(self.committed)
        self._open()

    def wait_until_quiet(self) -> None:
        """Let the time pass after which a predecessor is let go."""
        self.now += QUIET


def numbers(lines: Iterable[bytes]) -> list[int]:
    """Give the numbers of `line N` lines; others are -1."""
    return [int(line[5:]) if line.startswith(b"line ") else -1 for line in lines]


class Log:
    """A log that writes numbered lines and is rotated in the ways of this world."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "mail.log"
        self.written = 0

    def text(self, count: int) -> bytes:
        """Give the next numbered lines."""
        first, self.written = self.written, self.written + count
        return b"".join(b"line %d\n" % number for number in range(first, self.written))

    def write(self, count: int, path: Path | None = None) -> None:
        """Append numbered lines."""
        self.append(self.text(count), path)

    def append(self, data: bytes, path: Path | None = None) -> None:
        """Append bytes."""
        with (path or self.path).open("ab") as file:
            file.write(data)

    def rename(self, name: str) -> Path:
        """Rename the live file as logrotate's `create` does, later copies first."""
        target = self.path.with_name(name)
        self.path.rename(target)
        return target

    def shift(self) -> None:
        """Rotate .1 to .2 and so on, the live file to .1, whatever the packing."""
        self.shift_copies()
        self.rename("mail.log.1")

    def shift_copies(self, keep: int = 9) -> None:
        """Rotate .1 to .2 and so on."""
        for index in range(keep, 0, -1):
            for ending in ("", ".gz", ".xz", ".bz2"):
                old = self.path.with_name(f"mail.log.{index}{ending}")
                if old.exists():
                    old.rename(self.path.with_name(f"mail.log.{index + 1}{ending}"))

    def copy_and_truncate(self, name: str = "mail.log.1") -> Path:
        """Rotate as logrotate's `copytruncate` does."""
        target = self.path.with_name(name)
        target.write_bytes(self.path.read_bytes())
        os.truncate(self.path, 0)
        return target

    def expect(self, reader: Reader) -> None:
        """Hold that every line was read once, in order, and nothing was said to be lost."""
        assert numbers(reader.got) == list(range(self.written))
        assert reader.gaps == 0


def times(lines: Iterable[bytes]) -> Counter[int]:
    """Count each number."""
    return Counter(numbers(lines))
