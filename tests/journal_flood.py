"""Run by hand: the same lines through the journal and through a file, side by side.

`python -m tests.journal_flood LOG --seconds 600 --rate 3000` sends the lines of a log to a journald
of its own and appends them to a file, follows both with an exporter each, and prints what both
counted, their processor time (the journal's with journalctl's), and their memory on the way.

In the file lines have the headers of the log; with `--header rfc3339` they have those of Debian's
rsyslog, the times of which no two lines share.
"""

from __future__ import annotations

import argparse
import itertools
import os
import re
import tempfile
import threading
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

from tests.journald import journald
from tests.service import Service, eventually, running

_HEADER = re.compile(rb"(?:[A-Z][a-z]{2} [ \d]\d [\d:]{8}|\S+) (\S+ )")
HEADERS = ("log", "rfc3339")
_TICK = os.sysconf("SC_CLK_TCK")
_PATIENCE = 300.0


def cpu(process: int) -> float:
    """Give the seconds of processor time of a process."""
    fields = Path(f"/proc/{process}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICK


def children(process: int) -> list[int]:
    """Give the processes that a process started."""
    path = Path(f"/proc/{process}/task/{process}/children")
    return [int(number) for number in path.read_text(encoding="ascii").split()]


def megabytes(process: int) -> int:
    """Give the resident memory of a process."""
    pages = int(Path(f"/proc/{process}/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGESIZE") >> 20


def lines_read(service: Service) -> int:
    """Give the lines that an exporter has read."""
    return int(sum(service.page()["postfix_exporter_log_lines_total"].values()))


def flood(path: Path, seconds: int, rate: int, header: str) -> None:
    """Run both, and print."""
    with tempfile.TemporaryDirectory() as name, journald() as real:
        folder = Path(name)
        log = folder / "mail.log"
        log.touch()
        (folder / "a").mkdir()
        (folder / "b").mkdir()
        usual = folder / "usual.yml"
        usual.write_text("hold: 0\n", encoding="ascii")
        flags = ("--config.file", usual)
        with (
            running(folder / "a", *flags, "--journal.directory", real.directory) as journal,
            running(folder / "b", *flags, "--postfix.logfile-path", log) as file,
            log.open("ab", buffering=0) as writer,
        ):
            eventually(journal.ready)
            eventually(file.ready)
            pause = threading.Event()
            started = time.monotonic()
            sent = 0
            for second, batch in enumerate(batches(path, rate, seconds)):
                pause.wait(max(0.0, started + second - time.monotonic()))
                writer.write(b"".join(batch if header == "log" else list(stamped(batch))))
                real.replay([_HEADER.sub(b"", line, count=1).rstrip(b"\n") for line in batch])
                sent += len(batch)
                if second % 60 == 59:
                    memory = [megabytes(each.process.pid) for each in (journal, file)]
                    print(f"{second + 1} s: {memory[0]} MB (journal), {memory[1]} MB (file)")
            for each in (journal, file):
                eventually(lambda each=each: lines_read(each) >= sent, _PATIENCE, 1.0)  # type: ignore[misc]
            of_child = sum(map(cpu, children(journal.process.pid)))
            of_journal, of_file = cpu(journal.process.pid), cpu(file.process.pid)
            print(f"sent {sent}, journal {lines_read(journal)}, file {lines_read(file)}")
            print(
                f"journal {of_journal:.2f} s + journalctl {of_child:.2f} s, file {of_file:.2f} s:"
                f" {(of_journal + of_child) / of_file:.2f} times"
            )
            print(f"gaps: {journal.page()['postfix_exporter_log_gaps_total']}")


def batches(path: Path, rate: int, seconds: int) -> Iterator[list[bytes]]:
    """Yield the lines of each second, from the log again and again."""
    lines = itertools.cycle(path.read_bytes().splitlines(keepends=True))
    for _ in range(seconds):
        yield list(itertools.islice(lines, rate))


def stamped(lines: list[bytes]) -> Iterator[bytes]:
    """Yield the lines of a second that begins, each with its own time in rsyslog's format."""
    now = datetime.now().astimezone()
    for number, line in enumerate(lines):
        moment = now + timedelta(seconds=number / len(lines))
        time_and_host = moment.isoformat(timespec="microseconds").encode() + rb" \1"
        yield _HEADER.sub(time_and_host, line, count=1)


def main() -> None:
    """Run the command."""
    flags = argparse.ArgumentParser(description="The journal and a file, side by side.")
    flags.add_argument("log", type=Path)
    flags.add_argument("--seconds", type=int, default=600)
    flags.add_argument("--rate", type=int, default=3000)
    flags.add_argument("--header", choices=HEADERS, default=HEADERS[0], help="of the file's lines")
    given = flags.parse_args()
    flood(given.log, given.seconds, given.rate, given.header)


if __name__ == "__main__":
    main()
