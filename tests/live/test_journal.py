"""The exporter on a real journal: nothing lost or doubled, whatever ends it."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from functools import partial
from itertools import takewhile
from pathlib import Path
from tempfile import gettempdir

import pytest

from tests.journald import Journald, entry, journal_of, journald
from tests.lines import record
from tests.pages import CORPUS, attempts, by_agent, once, run
from tests.service import Service, eventually, running

SCENARIO = CORPUS / "scenario-a-ratelimit-gmail" / "mail.log"
KILLS = 10


@pytest.fixture
def real() -> Iterator[Journald]:
    """Give a running journald."""
    with journald() as running_journald:
        yield running_journald


def messages(path: Path) -> list[bytes]:
    """Give the messages of a log, from their tags on."""
    return [line.split(b" ", 2)[2] for line in path.read_bytes().splitlines()]


def children(service: Service) -> list[int]:
    """Give the processes that the exporter started and that run."""
    listed = Path(f"/proc/{service.process.pid}/task/{service.process.pid}/children")
    return [int(number) for number in listed.read_text(encoding="ascii").split()]


def is_gone(process: int) -> bool:
    """Whether a process has ended."""
    try:
        state = Path(f"/proc/{process}/stat").read_text(encoding="ascii").rpartition(")")[2]
    except FileNotFoundError:
        return True
    return state.split()[0] == "Z"


def test_truth_of_the_corpus_over_ten_kills(real: Journald, tmp_path: Path) -> None:
    """What a log holds is counted from the journal as from the file, over ten `kill -9`."""
    wanted, flags = once(SCENARIO), ("--journal.directory", real.directory)
    texts = messages(SCENARIO)
    with running(tmp_path, *flags) as service:
        eventually(service.ready)  # so the place is committed
    size = len(texts) // KILLS + 1
    orphans: list[int] = []
    for turn in range(KILLS):
        with running(tmp_path, *flags) as service:
            part = texts[turn * size : (turn + 1) * size]
            real.replay(part[: size // 2])
            eventually(partial(has_read, service, turn * size + 1))
            real.replay(part[size // 2 :])
            orphans += children(service)
            service.stop(signal.SIGKILL)
    with running(tmp_path, *flags) as service:
        eventually(lambda: attempts(service.page()) == attempts(wanted))
        page = service.page()
        assert by_agent(page) == by_agent(wanted)
        assert page["postfix_exporter_log_gaps_total"] == {(): 0}
        assert sum(page["postfix_exporter_log_lines_total"].values()) == len(texts)
    eventually(lambda: all(is_gone(process) for process in orphans))


def has_read(service: Service, lines: int) -> bool:
    """Whether so many lines are on the page."""
    return sum(service.page()["postfix_exporter_log_lines_total"].values()) >= lines


def test_vacuum_while_down(real: Journald, tmp_path: Path) -> None:
    """Entries that were removed unread are one gap; what still stands is counted."""
    flags = ("--journal.directory", real.directory)
    with running(tmp_path, *flags) as service:
        eventually(service.ready)
        real.send(record(1))
        eventually(lambda: service.total() == 1)
        service.stop()
    real.send(*map(record, range(2, 9)))
    real.sync()
    real.control("--rotate")
    real.send(*map(record, range(9, 12)))
    real.sync()
    real.control("--vacuum-files=1")
    with running(tmp_path, *flags) as service:
        eventually(lambda: service.page()["postfix_exporter_log_gaps_total"] == {(): 1})
        eventually(lambda: service.total() == 1 + 3)
        assert "lines lost" in service.log


def test_user_who_may_not_read(tmp_path: Path) -> None:
    """A user outside the group is told which one to join; on the page, in the log, not ready."""
    folder = journal_of(entry(1.7e9, MESSAGE=record(1)), tmp_path / "journal")
    for path in takewhile(lambda path: path != Path(gettempdir()), (tmp_path, *tmp_path.parents)):
        path.chmod(0o755)
    tmp_path.chmod(0o777)
    user = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
    flags = ("--journal.directory", folder, "--checkpoint.file", tmp_path / "c")
    with running(tmp_path, *flags, prefix=user) as service:
        status, _, body = service.get("/-/ready")
        assert status == 503
        assert b"systemd-journal" in body
        assert "may not be read by this user" in service.log
        assert service.page()["postfix_exporter_log_readable"] == {("journal",): 0}


ONCE = {"once": "--once", "explain": "--explain"}


@pytest.mark.parametrize("name", ONCE)
def test_commands_read_the_journal(real: Journald, name: str) -> None:
    """`--once` and `--explain` read the journal when it is named."""
    real.send(record(1), record(2, dsn="5.1.1", status="bounced", text="host x said: 550 5.1.1 no"))
    eventually(lambda: "d" in run(ONCE[name], "--journal.directory", real.directory).stdout)
    ended = run(ONCE[name], "--journal.directory", real.directory)
    assert ended.returncode == 0
    assert "a.example" in ended.stdout or "unknown_recipient" in ended.stdout


def test_files_and_the_journal(tmp_path: Path) -> None:
    """Files and --journal together are refused: one would be left out in silence."""
    ended = run("--once", "--journal", tmp_path / "mail.log")
    assert ended.returncode == 2
    assert "expected files, or --journal" in ended.stderr
