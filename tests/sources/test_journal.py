"""The journal: every entry once, or the loss said, with a real journald and a real journalctl."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from exporter.sources import journal as module
from exporter.sources.journal import QUIET, Journal
from exporter.sources.journalctl import NAME, JournalOptions, first_cursor, host_of
from exporter.sources.journalctl import SUPPRESSED as SELECTED
from exporter.sources.place import Cursor
from exporter.sources.whole_journal import read_journal
from tests.journald import Journald, entry, journal_of, journald
from tests.service import PATIENCE, eventually
from tests.tools import tool


@pytest.fixture(autouse=True)
def all_closed() -> Iterator[None]:
    """Close what a test has opened, also where it fails."""
    yield
    while OPENED:
        OPENED.pop().journal.close()


@pytest.fixture
def real() -> Iterator[Journald]:
    """Give a running journald."""
    with journald() as running:
        yield running


class Reader:
    """Reads a journal; `restart` goes on from the place, as after kill -9."""

    def __init__(self, directory: Path, *, from_end: bool = False, **options: object) -> None:
        self.options = JournalOptions(directory=str(directory), **options)  # type: ignore[arg-type]
        self.from_end, self.now = from_end, 0.0
        self.got: list[str] = []
        self.place: Cursor | None = None
        self.past_gaps = 0
        self._open()
        OPENED.append(self)

    def _open(self) -> None:
        self.journal = Journal(
            self.options, self.place, from_end=self.from_end, clock=lambda: self.now
        )
        self.journal.settle()

    @property
    def gaps(self) -> int:
        """Losses said aloud."""
        return self.past_gaps + self.journal.gaps

    @property
    def problem(self) -> str:
        """What is wrong, "" if nothing is."""
        return self.journal.problems()[NAME] or ""

    def poll(self) -> None:
        """Read what is there."""
        for block in self.journal.blocks():
            assert block.endswith(b"\n")
            lines = block.decode("latin-1").split("\n")[:-1]
            self.got += [line.partition(": ")[2] for line in lines]
        place = self.journal.places().get(NAME)
        assert place is None or isinstance(place, Cursor)
        self.place = place

    def wait(self, last: str) -> list[str]:
        """Read until a text has come; give all texts."""

        def has_come() -> bool:
            self.now += 0.1
            self.poll()
            return last in self.got

        eventually(has_come)
        return self.got

    def restart(self) -> None:
        """Go on from the place with another object."""
        self.past_gaps += self.journal.gaps
        self.journal.close()
        self._open()


OPENED: list[Reader] = []


@pytest.fixture
def reader(real: Journald) -> Reader:
    """Give a reader of the running journald's journal, from its beginning."""
    return Reader(real.directory)


def child_of(reader: Reader) -> int:
    """Give the process of journalctl."""
    assert reader.journal._child
    return reader.journal._child._process.pid


EVENTS: dict[str, tuple[Callable[[Journald, Reader], None], ...]] = {
    "nothing": (),
    "restart": (lambda _, reader: reader.restart(),),
    "journalctl is killed": (lambda _, reader: os.kill(child_of(reader), signal.SIGKILL),),
    "rotation": (lambda real, _: real.control("--rotate"),),
    "rotation and restart": (
        lambda real, _: real.control("--rotate"),
        lambda _, reader: reader.restart(),
    ),
    "vacuum of what was read": (lambda real, _: real.vacuum(),),
    "journald is restarted": (lambda real, _: real.stop(), lambda real, _: real.start()),
    "journald crashes": (
        lambda real, _: real.stop(signal.SIGKILL),
        lambda real, _: real.start(),
    ),
    "journald crashes, and restart": (
        lambda real, _: real.stop(signal.SIGKILL),
        lambda real, _: real.start(),
        lambda _, reader: reader.restart(),
    ),
}


@pytest.mark.parametrize("event", EVENTS)
def test_every_entry_once(real: Journald, reader: Reader, event: str) -> None:
    """Whatever happens between entries, each comes once and no loss is told."""
    wanted: list[str] = []
    for turn in range(3):
        texts = [f"{turn}-{number}" for number in range(50)]
        wanted += texts
        real.send(*texts)
        assert reader.wait(texts[-1]) == wanted
        for act in EVENTS[event]:
            act(real, reader)
    real.send("the last")
    assert reader.wait("the last") == [*wanted, "the last"]
    assert reader.gaps == 0
    assert reader.problem == ""


def test_while_down(real: Journald, reader: Reader) -> None:
    """What is logged while nobody reads comes at the next start."""
    real.send("before")
    reader.wait("before")
    reader.journal.close()
    real.send("while down", "too")
    reader.restart()
    assert reader.wait("too") == ["before", "while down", "too"]
    assert reader.gaps == 0


def test_vacuum_past_the_place(real: Journald, reader: Reader) -> None:
    """Entries that are gone are one gap, and all that still stand come."""
    real.send("read")
    reader.wait("read")
    reader.journal.close()
    real.send(*[f"gone {number}" for number in range(20)])
    real.sync()
    real.control("--rotate")
    real.send("stands")
    real.sync()
    real.vacuum()
    real.send("new")
    reader.restart()
    got = reader.wait("new")
    assert "gone 0" not in got
    assert reader.gaps == 1
    reader.restart()
    real.send("later")
    reader.wait("later")
    assert reader.gaps == 1, "it is told once"


@pytest.mark.parametrize("mail_was_logged", [True, False])
def test_first_run_starts_at_the_end(real: Journald, mail_was_logged: bool) -> None:
    """What is in a journal before the first run is not read; all that follows is."""
    real.send("old", priority=22 if mail_was_logged else 14)
    real.sync()
    reader = Reader(real.directory, from_end=True)
    real.send("new")
    assert reader.wait("new") == ["new"]
    assert reader.gaps == 0


def test_killed_before_the_first_entry(real: Journald) -> None:
    """The place of a first run is an entry that is not Postfix'; a restart loses nothing."""
    reader = Reader(real.directory, from_end=True)
    reader.poll()
    real.send("cron", priority=14)
    real.sync()
    reader.journal.close()
    real.send("new")
    reader.restart()
    assert reader.wait("new") == ["new"]
    assert reader.gaps == 0


def test_others_are_left_out(real: Journald, reader: Reader) -> None:
    """Entries of other facilities are not read."""
    real.send("cron", priority=14)
    real.send("mail")
    assert reader.wait("mail") == ["mail"]


MATCHES = {
    "identifier": (("SYSLOG_IDENTIFIER=postfix/smtp",), ["smtp"]),
    "two": (("SYSLOG_IDENTIFIER=postfix/smtp", "SYSLOG_IDENTIFIER=postfix/qmgr"), ["smtp", "qmgr"]),
    "both of one": (("SYSLOG_IDENTIFIER=postfix/smtp SYSLOG_FACILITY=2",), ["smtp"]),
}


@pytest.mark.parametrize("name", MATCHES)
def test_matches(real: Journald, name: str) -> None:
    """`log.journal.matches` chooses entries: one of them must fit, with all its words."""
    matches, wanted = MATCHES[name]
    for agent in ("smtp", "qmgr", "cleanup"):
        real.send(agent, tag=f"postfix/{agent}")
    real.send("last")
    reader = Reader(real.directory, matches=matches)
    assert reader.wait("last") == [*wanted, "last"]


def test_texts_of_any_kind(real: Journald, reader: Reader) -> None:
    """Bytes that are no text, line breaks, long texts and forged entries are one line each."""
    odd = b"one\n\n__CURSOR=s=1;i=2\n__REALTIME_TIMESTAMP=1\nMESSAGE=forged\n\n"
    usual = (("SYSLOG_FACILITY", b"2"), ("SYSLOG_IDENTIFIER", b"postfix/smtp"))
    for text in (odd, b"\xff\xfe", b"y" * 20_000, b"z" * 150_000):
        real.send_fields(*usual, ("MESSAGE", text))
        real.send_fields(*usual, ("MESSAGE", b"between"))
    real.send_fields(*usual, ("MESSAGE", b"last"))
    got = reader.wait("last")
    assert len(got) == 9
    assert got[0].rstrip() == odd.decode().replace("\n", " ").rstrip()
    assert "forged" not in got
    assert len(got[4]) == 20_000
    assert reader.problem == ""
    reader.restart()
    real.send("after")
    assert reader.wait("after")[9:] == ["after"]
    assert reader.gaps == 0


def test_entry_longer_than_a_block(tmp_path: Path) -> None:
    """An entry of any length is one line, and holds up nothing."""
    export = entry(1.7e9, MESSAGE="z" * 1_000_000) + entry(1.7e9 + 1, MESSAGE="last")
    reader = Reader(journal_of(export, tmp_path / "j"))
    assert reader.wait("last")[1:] == ["last"]
    reader.restart()
    reader.poll()
    assert reader.got[1:] == ["last"]
    assert (reader.gaps, reader.problem) == (0, "")


def test_journalctl_stalls(real: Journald, reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    """A journalctl that gives nothing although there is something is replaced; it is said."""
    monkeypatch.setattr(module, "_STALLED", 0.0)
    real.send("before")
    reader.wait("before")
    os.kill(child_of(reader), signal.SIGSTOP)
    real.send("after")

    def is_told() -> bool:
        reader.now += QUIET
        reader.poll()
        return bool(reader.problem) or "after" in reader.got

    eventually(is_told)
    assert reader.problem == "journalctl has stalled, entries do not come"
    assert reader.wait("after") == ["before", "after"]
    assert reader.problem == ""
    assert reader.gaps == 0


def test_quiet_is_no_problem(real: Journald, reader: Reader) -> None:
    """Hours without mail are told to nobody."""
    real.send("before")
    reader.wait("before")
    child = child_of(reader)
    for _ in range(5):
        real.send("cron", priority=14)
        reader.now += QUIET
        reader.poll()
    assert (reader.problem, reader.gaps, child_of(reader)) == ("", 0, child)


def test_not_there_at_start(tmp_path: Path) -> None:
    """A journal that is not there is a problem that says so, until it is; then all of it comes."""
    folder = tmp_path / "journal"
    folder.mkdir()
    reader = Reader(folder, from_end=False)
    reader.poll()
    assert "is not there" in reader.problem
    journal_of(entry(1.7e9, MESSAGE="first"), folder)
    reader.now += 60
    assert reader.wait("first") == ["first"]
    assert reader.problem == ""


def test_permission_lost_and_regained(
    real: Journald, reader: Reader, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A user who may not read is told which group to join; nothing is lost meanwhile."""
    real.send("before")
    reader.wait("before")
    journalctl, path = tool("journalctl"), os.environ["PATH"]
    fake = tmp_path / "journalctl"
    fake.write_text(
        f"#!/bin/sh\nexec {tool('setpriv')} --reuid=65534 --regid=65534 --clear-groups"
        f' {journalctl} "$@"\n'
    )
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{path}")
    reader.restart()
    real.send("meanwhile")
    reader.poll()
    assert "systemd-journal" in reader.problem
    monkeypatch.setenv("PATH", path)
    reader.now += 60
    assert reader.wait("meanwhile") == ["before", "meanwhile"]
    assert (reader.problem, reader.gaps) == ("", 0)


def test_words_of_journalctl(real: Journald) -> None:
    """A journalctl that ends with an error is told in its own words."""
    reader = Reader(real.directory, matches=("NO_MATCH",))

    def is_told() -> bool:
        reader.poll()
        return bool(reader.problem)

    eventually(is_told)
    assert "Failed to add match 'NO_MATCH'" in reader.problem


def test_no_journalctl(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A host without systemd's programs is told so."""
    monkeypatch.setenv("PATH", str(tmp_path))
    reader = Reader(tmp_path)
    reader.poll()
    assert reader.problem == "journalctl is not installed"


SUPPRESSED = {
    "MESSAGE_ID": "a596d6fe7bfa4994828e72309e95d61e",
    "_TRANSPORT": "driver",
    "SYSLOG_FACILITY": "3",
    "SYSLOG_IDENTIFIER": "systemd-journald",
    "N_DROPPED": "4711",
    "MESSAGE": "Suppressed 4711 messages from x",
}
UNITS = {
    "postfix@-.service": (1, 4711),
    "postfix.service": (1, 4711),
    "cron.service": (0, 0),
    "mailer.service": (1, 4711),
}


@pytest.mark.parametrize("unit", UNITS)
def test_rate_limit_of_journald(tmp_path: Path, unit: str) -> None:
    """Messages of Postfix' units that journald did not take are a gap, and counted."""
    export = b"".join(
        [
            entry(1.7e9, MESSAGE="before"),
            entry(1.7e9 + 1, **SUPPRESSED, OBJECT_SYSTEMD_UNIT=unit),
            entry(1.7e9 + 2, MESSAGE="after"),
        ]
    )
    matches = ("SYSLOG_FACILITY=2", "_SYSTEMD_UNIT=mailer.service")
    reader = Reader(journal_of(export, tmp_path / "j"), matches=matches)
    assert [text for text in reader.wait("after") if "Suppressed" not in text] == [
        "before",
        "after",
    ]
    assert (reader.gaps, reader.journal.lost_lines) == UNITS[unit]


def heads(reader: Reader, number: int) -> list[bytes]:
    """Wait for so many lines; give what stands before their texts, without the time."""
    found: list[bytes] = []

    def have_come() -> bool:
        lines = b"".join(reader.journal.blocks()).splitlines()
        found.extend(line.partition(b" ")[2].partition(b": ")[0] for line in lines)
        return len(found) >= number

    eventually(have_come)
    return found


def test_the_host_is_that_of_the_entries(real: Journald, reader: Reader) -> None:
    """Lines name the host that journald wrote, by which the memory of the queue is kept."""
    real.send("plain", "\xe9t\xe9\x01")
    real.sync()
    command = [tool("journalctl"), f"--directory={real.directory}", "--field=_HOSTNAME"]
    host = subprocess.run(command, capture_output=True, check=True).stdout.strip()
    assert heads(reader, 2) == [host + b" postfix/smtp[0]"] * 2
    assert host_of(reader.options) == host


def test_several_hosts_are_told_apart(tmp_path: Path) -> None:
    """Where a journal holds entries of several hosts, or of one by its former name, each tells its."""
    export = b"".join(
        entry(1.7e9 + number, _HOSTNAME=host, MESSAGE="text")
        for number, host in enumerate(("mx1", "mx2", "mx1"))
    )
    reader = Reader(journal_of(export, tmp_path / "j"))
    assert host_of(reader.options) == b""
    assert heads(reader, 3) == [
        b"%b postfix/smtp[4711]" % host for host in (b"mx1", b"mx2", b"mx1")
    ]


def test_no_host_is_known_of_an_empty_journal(tmp_path: Path) -> None:
    """Where nothing stands yet, each entry that comes is asked for its host."""
    assert host_of(JournalOptions(directory=str(tmp_path))) == b""


def test_large_blocks(real: Journald, reader: Reader) -> None:
    """What has come is handed over in few blocks, and all of it also where journalctl has ended."""
    real.send("first")
    reader.wait("first")
    texts = [f"{number:04} " + 60 * "x" for number in range(1000)]
    real.send(*texts)
    eventually(lambda: reader.journal.unread() > 300_000)
    os.kill(child_of(reader), signal.SIGKILL)
    assert reader.journal._child
    reader.journal._child._process.wait(PATIENCE)
    blocks = list(reader.journal.blocks())
    assert len(blocks) == 1
    assert blocks[0].count(b"\n") > 600
    assert "exit code" in reader.problem
    reader.got += [line.partition(": ")[2] for line in blocks[0].decode().splitlines()]
    assert reader.wait(texts[-1]) == ["first", *texts]
    assert reader.gaps == 0


def test_a_loss_is_told_once(tmp_path: Path) -> None:
    """A loss that was told is not told again by who goes on at its entry."""
    told = {**SUPPRESSED, "OBJECT_SYSTEMD_UNIT": "postfix.service"}
    export = entry(1.7e9, **told) + entry(1.7e9 + 1, MESSAGE="after")
    reader = Reader(journal_of(export, tmp_path / "j"))
    reader.wait("after")
    assert reader.gaps == 1
    reader.place = Cursor(first_cursor(reader.options, entries=SELECTED.split()) or "")
    reader.got.clear()
    reader.restart()
    assert reader.wait("after") == ["after"]
    assert reader.gaps == 1


def test_fields_that_are_asked_for() -> None:
    """Each field costs; the container's name is asked for where a container may be selected."""
    docker = "CONTAINER_NAME=postfix"
    facility = "_SYSTEMD_UNIT=postfix.service SYSLOG_FACILITY=2"
    for matches, is_asked in (
        (("SYSLOG_FACILITY=2",), False),
        ((facility, "SYSLOG_FACILITY=2"), False),
        ((docker,), True),
        ((facility, docker), True),
        (("_SYSTEMD_UNIT=docker.service",), True),
    ):
        for host_is_known in (False, True):
            fields = JournalOptions(matches).fields(host_is_known=host_is_known)
            assert ("CONTAINER_NAME" in fields) is is_asked
            assert ("_HOSTNAME" not in fields and "_PID" not in fields) is host_is_known


def test_the_rare_word_stands_last() -> None:
    """Of the words of a match journalctl looks for the last first, and no further without it."""
    assert JournalOptions().which()[-1].startswith("MESSAGE_ID=")


@pytest.mark.parametrize("more", [{}, {"SYSLOG_FACILITY": "2"}], ids=["", "mail"])
def test_a_program_cannot_forge_a_loss(
    real: Journald, reader: Reader, more: dict[str, str]
) -> None:
    """Who writes journald's words himself is no journald, whatever facility he names."""
    fields = {**SUPPRESSED, "OBJECT_SYSTEMD_UNIT": "postfix.service", **more}
    real.send_fields(*[(name, text.encode()) for name, text in fields.items() if name[0] != "_"])
    real.send("last")
    assert [text for text in reader.wait("last") if "Suppressed" not in text] == ["last"]
    assert reader.gaps == 0


def test_another_journal(tmp_path: Path) -> None:
    """Where the place lies in the future of the journal, a gap is told and its boot is read."""
    old = journal_of(entry(1.9e9, boot="c" * 32, MESSAGE="old"), tmp_path / "old")
    reader = Reader(old)
    reader.wait("old")
    export = entry(1.6e9, MESSAGE="boot before") + b"".join(
        entry(1.7e9 + number, boot="b" * 32, MESSAGE=f"new {number}") for number in range(3)
    )
    reader.options = JournalOptions(directory=str(journal_of(export, tmp_path / "new")))
    reader.restart()
    assert reader.wait("new 2") == ["old", "new 0", "new 1", "new 2"]
    assert reader.gaps == 1
    reader.restart()
    reader.poll()
    assert reader.got == ["old", "new 0", "new 1", "new 2"]
    assert reader.gaps == 1


BEFORE_THE_REBOOT = {"all was read": True, "nothing was read": False}


@pytest.mark.parametrize("begun", BEFORE_THE_REBOOT.values(), ids=BEFORE_THE_REBOOT)
def test_end_of_the_boot_before(begun: bool, tmp_path: Path) -> None:
    """What was logged before a reboot and was not read comes, and then what came since."""
    folder = journal_of(entry(1.7e9, MESSAGE="read"), tmp_path / "journal")
    reader = Reader(folder)
    if begun:
        reader.wait("read")
    reader.journal.close()
    journal_of(
        entry(1.7e9 + 1, MESSAGE="before") + entry(1.7e9 + 100, boot="b" * 32, MESSAGE="since"),
        folder,
    )
    reader.restart()
    assert reader.wait("since") == ["read", "before", "since"]
    journal_of(entry(1.7e9 + 101, boot="b" * 32, MESSAGE="now"), folder)
    assert reader.wait("now") == ["read", "before", "since", "now"]
    assert reader.gaps == 0


def test_ends_with_its_reader(real: Journald, reader: Reader) -> None:
    """Journalctl ends when nobody reads from it, also where nothing is logged."""
    real.send("before")
    reader.wait("before")
    child = reader.journal._child
    assert child
    streams = (child._process.stdout, child._process.stderr)
    for stream in streams:
        assert stream
        stream.close()  # what a kill -9 does
    assert child._process.wait(PATIENCE) is not None
    reader.journal._child = None


def test_the_whole_journal(tmp_path: Path) -> None:
    """A person's command reads a journal to its end, from a time on if one is named."""
    export = b"".join(entry(1.7e9 + 60 * n, MESSAGE=f"text {n}") for n in range(10))
    options = JournalOptions(directory=str(journal_of(export, tmp_path / "j")))
    assert b"".join(read_journal(options)).count(b"text") == 10
    assert b"".join(read_journal(options, 1.7e9 + 61)).count(b"text") == 8


def test_versions_of_systemd_agree_on_the_flags() -> None:
    """The flags that are used are those that journalctl knows."""
    said = subprocess.run([tool("journalctl"), "--help"], capture_output=True, check=True).stdout
    for flag in (b"--cursor", b"--follow", b"--no-tail", b"--output-fields", b"--namespace"):
        assert flag in said
