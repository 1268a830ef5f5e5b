"""Copies are packed while lines still come, and bear times that are too old."""

from __future__ import annotations

import gzip
import os
from pathlib import Path
from typing import NoReturn

import pytest

from exporter.sources import chain
from exporter.sources.files import Identity
from tests.reading import Log, Reader


def test_middle_file_with_an_old_time(log: Log) -> None:
    """The order of names decides which files follow a packed one, not their times."""
    reader = Reader(log.path)
    reader.poll()
    for _ in range(2):
        log.shift()
        log.write(2)
    log.shift()
    packed = log.path.with_name("mail.log.3")
    log.path.with_name("mail.log.3.gz").write_bytes(gzip.compress(packed.read_bytes()))
    packed.unlink()
    for path in log.path.parent.glob("mail.log.*"):
        os.utime(path, (5, 5))
    log.write(2)
    reader.poll()
    log.expect(reader)


@pytest.mark.parametrize("restart", [False, True])
def test_packed_copy_that_ends_before_the_mark(log: Log, restart: bool) -> None:
    """Lines read from the open file after it was packed do not make the packed copy new."""
    log.write(30)
    reader = Reader(log.path)
    reader.poll()
    old = log.rename("mail.log.1")
    data = old.read_bytes()
    log.write(2, old)
    reader.poll()
    log.path.with_name("mail.log.1.gz").write_bytes(gzip.compress(data))
    old.unlink()
    log.write(2)
    if restart:
        reader.restart()
    reader.poll()
    log.expect(reader)


def _renamed_meanwhile(path: str, _listed: Identity) -> NoReturn:
    raise FileNotFoundError(path)


def _packed(log: Log, path: Path, late: int = 0) -> None:
    """Pack a copy as gzip does: with the time it saw first, and what a writer adds meanwhile."""
    seen = path.stat()
    log.write(late, path)
    packed = path.with_name(f"{path.name}.gz")
    packed.write_bytes(gzip.compress(path.read_bytes()))
    os.utime(packed, ns=(seen.st_atime_ns, seen.st_mtime_ns))
    path.unlink()


@pytest.mark.parametrize("meanwhile", ["nothing", "restart", "renamed"])
def test_file_that_was_written_while_it_was_packed(
    log: Log, meanwhile: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The order of names tells what is behind a lost mark: a packed copy's time may be too old."""
    log.write(30)
    reader = Reader(log.path)
    reader.poll()
    old = log.rename("mail.log.1")
    data = old.read_bytes()
    log.path.touch()  # the next file, made before the late lines of the old one
    log.write(2, old)
    reader.poll()
    old.with_name("mail.log.1.gz").write_bytes(gzip.compress(data))
    old.unlink()
    log.shift()
    _packed(log, old, late=5)
    log.write(2)
    if meanwhile == "restart":
        reader.restart()
    if meanwhile == "renamed":
        with monkeypatch.context() as patched:
            patched.setattr(chain, "open_listed", _renamed_meanwhile)
            assert reader.poll() == []
    reader.poll()
    log.expect(reader)
