"""Several logs and globs: each log is followed once, copies are no logs."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from exporter.sources import chain, watch
from exporter.sources.watch import Watch


def test_several_logs_and_globs(tmp_path: Path) -> None:
    """A glob follows every log it finds, each once, rotated names left out, new ones as they come."""
    (tmp_path / "a.log").write_bytes(b"a\n")
    (tmp_path / "a.log.1").write_bytes(b"old\n")
    os.utime(tmp_path / "a.log.1", (1, 1))
    (tmp_path / "link.log").symlink_to(tmp_path / "a.log")
    patterns = [str(tmp_path / "*.log*"), str(tmp_path / "a.log")]
    watch = Watch(patterns, from_end=False)
    assert b"".join(watch.blocks()) == b"a\n"
    (tmp_path / "b.log").write_bytes(b"b\n")
    assert b"".join(watch.blocks()) == b"b\n"
    assert set(watch.problems().values()) == {None}


def test_copy_that_a_glob_finds(tmp_path: Path) -> None:
    """A rotated copy under a name of its own that a glob finds is not counted again, ever."""
    live, copy = tmp_path / "mail.log", tmp_path / "mail-old.log"
    pattern = str(tmp_path / "*.log")
    live.write_bytes(b"".join(b"line %d of the old file, long enough\n" % n for n in range(9)))
    watch = Watch([pattern], from_end=False)
    assert b"".join(watch.blocks()).count(b"\n") == 9
    live.rename(copy)
    live.write_bytes(b"new line\n")
    assert b"".join(watch.blocks()) == b"new line\n"
    for _ in range(2):
        places, copies = watch.places(), watch.copies()
        watch = Watch([pattern], known_patterns=[pattern], places=places, copies=copies)
        assert b"".join(watch.blocks()) == b""
    assert copies == (str(copy),)


def test_copy_that_is_named(tmp_path: Path) -> None:
    """A rotated copy named beside its log is no log of its own."""
    names = [str(tmp_path / "mail.log"), str(tmp_path / "mail.log.1")]
    watch = Watch(names, from_end=False)
    (tmp_path / "mail.log").write_bytes(b"line\n")
    assert b"".join(watch.blocks()) == b"line\n"
    os.rename(*names)
    (tmp_path / "mail.log").write_bytes(b"next\n")
    assert b"".join(watch.blocks()) == b"next\n"


def test_logs_named_like_copies(tmp_path: Path) -> None:
    """Logs with a date or a number before `.log` are logs, where there is none without it."""
    names = ("mail-20261129.log", "mail-20261130.log", "mx.1.log")
    for name in names:
        (tmp_path / name).write_bytes(b"one\n")
    watch = Watch([str(tmp_path / "*.log")], from_end=False)
    assert b"".join(watch.blocks()).count(b"one") == len(names)


def test_backlog_of_one_log_does_not_hold_up_another(tmp_path: Path) -> None:
    """Logs are read in turn, block by block."""
    (tmp_path / "a.log").write_bytes(b"a" * 99 + b"\n" + b"a\n" * 300_000)
    (tmp_path / "b.log").write_bytes(b"b\n")
    watch = Watch([str(tmp_path / "*.log")], from_end=False)
    blocks = list(watch.blocks())
    assert blocks.index(b"b\n") == 1
    assert len(blocks) > 3


def test_log_that_a_known_glob_finds_after_a_restart(tmp_path: Path) -> None:
    """What appeared while the exporter was down is read from its beginning; a new pattern's is not."""
    (tmp_path / "new.log").write_bytes(b"new\n")
    pattern = str(tmp_path / "*.log")
    assert b"".join(Watch([pattern], known_patterns=[pattern]).blocks()) == b"new\n"
    assert b"".join(Watch([pattern]).blocks()) == b""


def test_log_of_a_glob_that_is_gone(tmp_path: Path) -> None:
    """A log that a glob found and that was deleted is let go after a minute."""
    now = 0.0
    (tmp_path / "a.log").write_bytes(b"a\n")
    watch = Watch([str(tmp_path / "*.log")], from_end=False, clock=lambda: now)
    assert b"".join(watch.blocks()) == b"a\n"
    (tmp_path / "a.log").unlink()
    list(watch.blocks())
    now = chain.QUIET
    list(watch.blocks())
    assert watch.problems() == {str(tmp_path / "*.log"): "no file matches"}
    assert watch.places() == {}


def test_log_of_a_glob_that_is_rotated_away(tmp_path: Path) -> None:
    """It is kept while its copy stands beside it: the next line makes it anew."""
    now = 0.0
    log = tmp_path / "a.log"
    log.write_bytes(b"a\n")
    watch = Watch([str(tmp_path / "*.log")], from_end=False, clock=lambda: now)
    assert b"".join(watch.blocks()) == b"a\n"
    log.rename(tmp_path / "a.log.1")
    for _ in range(3):
        now += chain.QUIET
        assert b"".join(watch.blocks()) == b""
        assert watch.problems() == {str(log): None}
    log.write_bytes(b"b\n")
    assert b"".join(watch.blocks()) == b"b\n"


def test_name_that_has_become_one_of_a_copy(tmp_path: Path) -> None:
    """A place under a name that is now a rotated one is no log of its own: nothing counts twice."""
    live, old = tmp_path / "mail.log", tmp_path / "mail.log.old"
    pattern = str(tmp_path / "mail.log*")
    live.write_bytes(b"n1\n")
    old.write_bytes(b"o1\n")
    watch = Watch([pattern], from_end=True)
    watch.settle()
    places, copies = watch.places(), watch.copies()
    watch = Watch(
        [pattern], rotated=r"\.old", places=places, known_patterns=[pattern], copies=copies
    )
    with live.open("ab") as file:
        file.write(b"n2\n")
    assert b"".join(watch.blocks()) == b"n2\n"
    live.rename(old)
    live.write_bytes(b"n3\n")
    assert b"".join(watch.blocks()) == b"n3\n"


def _quiet(folder: Path) -> None:
    """Let a folder look as if nothing had changed in it for long."""
    os.utime(folder, (1, 1))


def test_folder_that_could_not_be_listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a glob could not see is looked for at the next poll, whatever the folder's time."""
    (tmp_path / "a.log").write_bytes(b"a\n")
    _quiet(tmp_path)
    monkeypatch.setattr(watch, "_SETTLED_NS", -1)
    with monkeypatch.context() as patched:
        patched.setattr("glob.glob", lambda _: [])
        followed = Watch([str(tmp_path / "*.log")], from_end=False)
        assert b"".join(followed.blocks()) == b""
    assert b"".join(followed.blocks()) == b"a\n"


def test_folder_that_does_not_tell_of_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A log in a folder whose times stand still is found within a minute."""
    now = 0.0
    (tmp_path / "a.log").write_bytes(b"a\n")
    monkeypatch.setattr(watch, "_last_change", lambda _: (1, 1, 1, 1))
    followed = Watch([str(tmp_path / "*.log")], from_end=False, clock=lambda: now)
    assert b"".join(followed.blocks()) == b"a\n"
    (tmp_path / "b.log").write_bytes(b"b\n")
    assert b"".join(followed.blocks()) == b""
    now = 61.0
    assert b"".join(followed.blocks()) == b"b\n"
