"""mtail with a program that counts by domain, class, code and status, and nothing else.

It stops counting at the first byte that is not UTF-8, so that it gets a copy of the log in which
`?` stands for such bytes.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path

from bench.logs.generate import truth_path
from bench.logs.truth import compare_page
from bench.peers.contest import Contestant

PROGRAM = Path(__file__).with_name("deliveries.mtail")


def cleaned(log: Path, copy: Path) -> None:
    """Write a copy of a log with `?` for every byte that is not ASCII."""
    with log.open("rb") as source, copy.open("wb") as target:
        for line in source:
            if not line.isascii():
                line = line.decode("ascii", "replace").replace("\ufffd", "?").encode()
            target.write(line)


def mtail(log: Path, folder: Path) -> Contestant:
    """Give mtail with its program."""
    copy = folder / "mail-without-non-utf8.log"
    cleaned(log, copy)
    command = ["mtail", "--one_shot", "--one_shot_format=prometheus", f"--logs={copy}"]
    command += [f"--progs={PROGRAM}", f"--log_dir={folder}"]
    return Contestant("mtail", command, partial(compare_page, truth_path(log)))
