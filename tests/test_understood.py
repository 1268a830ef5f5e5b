"""What is said of logs that are not understood, and who is left in peace."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.checkpoint.file import Checkpoint
from exporter.checkpoint.state import State
from exporter.config import Config, LogConfig
from exporter.counts.understood import LEAST, STRANGERS
from exporter.pipeline import Pipeline
from exporter.records.shape import WIDTH, shape
from tests.lines import line, lines
from tests.pages import run

CRON = b"Nov 23 20:15:19 mx1 CRON[99]: (root) CMD (test -x /usr/sbin/anacron)\n"
SMTPD = b"Nov 23 20:15:19 mx1 postfix/smtpd[99]: connect from unknown[192.0.2.1]\n"
LOCAL = line(
    header="Nov 23 20:15:19 mx1 postfix/local[99]: ", relay="local", text="delivered to mailbox"
)
UNPARSED = line().replace(b"dsn=2.0.0", b"dsn=two")
HEADLESS = b"192.0.2.1 GET /index.html\n"
OWN = line(relay="filter[10.0.0.5]:10024")


class Host:
    """A log that grows, and its exporter."""

    def __init__(self, folder: Path, start: str = "end", before: bytes = b"") -> None:
        self.log = folder / "mail.log"
        self.log.write_bytes(before)
        self.checkpoint = Checkpoint(str(folder / "checkpoint.json"))
        self.config = Config(log=LogConfig((str(self.log),), start=start), hold=0)
        self.begin(State())

    def begin(self, state: State) -> None:
        """Start an exporter that goes on from a state."""
        self.pipeline = Pipeline(self.config, self.checkpoint, state)
        self.pipeline.start()

    def restarted(self) -> str | None:
        """Start it again from its checkpoint; give why it does not understand."""
        self.close(keep=True)
        state, _ = self.checkpoint.load()
        assert state
        self.begin(state)
        return self.read()

    def read(self, *gained: bytes) -> str | None:
        """Let the log grow, each part between two polls; give why it is not understood."""
        for part in gained or (b"",):
            with self.log.open("ab") as file:
                file.write(part)
            self.pipeline.poll()
        return self.pipeline.published.health.not_understood

    def close(self, *, keep: bool = False) -> None:
        """Stop, with a commit."""
        self.pipeline.commit()
        self.pipeline.close()
        if not keep:
            self.checkpoint.close()


Hosts = Callable[..., Host]


@pytest.fixture
def hosts(tmp_path: Path) -> Iterator[Hosts]:
    """Give what makes a host in the test's folder."""
    made: list[Host] = []

    def make(start: str = "end", before: bytes = b"") -> Host:
        made.append(Host(tmp_path, start, before))
        return made[-1]

    yield make
    for host in made:
        host.close()


LEFT_IN_PEACE = {
    "a quiet night": ("end", b"", (SMTPD, *[CRON] * 200)),
    "a quiet night, in a log that was there": ("end", SMTPD + 500 * CRON, [CRON] * 200),
    "a shared log, read from its beginning": ("beginning", 9 * CRON, (SMTPD, 500 * CRON)),
    "the first lines of a new log": ("end", b"", [CRON] * (STRANGERS - 1)),
    "a few lines that could be anything": ("end", b"", [HEADLESS] * (LEAST - 1)),
    "a host that only receives": ("beginning", b"", 50 * (SMTPD, LOCAL)),
    "a host that delivers nothing at all": ("beginning", b"", [SMTPD] * 200),
    "records that were cut": ("end", b"", 20 * (lines(0, 5), 4 * UNPARSED)),
    "a log without times": ("end", b"", 30 * (line(header="postfix/smtp[99]: "),)),
    "a wrong log that nobody writes to": ("end", 500 * HEADLESS, (b"",)),
    "nothing": ("beginning", b"", (b"",)),
    "blank lines": ("end", b"", (b"\n \n\t\n\r\n" * 500,)),
}
"""Where reading begins, what stands in the log then, and what it gains at each poll."""


@pytest.mark.parametrize("name", LEFT_IN_PEACE)
def test_left_in_peace(name: str, hosts: Hosts) -> None:
    """Who has little mail, or shares the log, or only receives, is told of nothing; nor later."""
    start, before, gained = LEFT_IN_PEACE[name]
    host = hosts(start, before)
    for part in gained:
        assert host.read(part) is None
    assert host.restarted() is None


def test_night_after_a_restart(hosts: Hosts) -> None:
    """An exporter that was restarted remembers that this is a log of Postfix."""
    host = hosts()
    assert host.read(SMTPD, 5000 * CRON) is None
    assert host.restarted() is None
    assert host.read(100 * CRON) is None


TOLD = {
    "another program": ("end", b"", STRANGERS * CRON, "no line of Postfix"),
    "another program, from the beginning": ("beginning", b"", LEAST * CRON, "no line of Postfix"),
    "another program, in a log that was there": ("end", 99 * CRON, CRON, "no line of Postfix"),
    "no header": ("end", b"", LEAST * HEADLESS, "no line of Postfix"),
    "a long line of no text": ("end", b"", b"\xff" * 5000 + b"\n", "no line of Postfix"),
    "records": ("end", 99 * SMTPD, LEAST * (SMTPD + UNPARSED), "hardly any delivery record"),
    "records, after others": ("end", b"", lines(0, 9) + 2 * LEAST * UNPARSED, "delivery record"),
    "times": ("end", b"", LEAST * line(header="Okt 23 20:15:19 a postfix/smtp[1]: "), "the time"),
}


@pytest.mark.parametrize("name", TOLD)
def test_told(name: str, hosts: Hosts) -> None:
    """What is not understood is told; after a restart, too, when there is another line of it."""
    start, before, gained, why = TOLD[name]
    host = hosts(start, before)
    assert why in str(host.read(gained))
    host.restarted()
    assert why in str(host.read(gained[: gained.index(b"\n") + 1]))


def test_once_as_long_as_it_holds(hosts: Hosts, caplog: pytest.LogCaptureFixture) -> None:
    """Readable and unreadable records in turn are not told again and again."""
    caplog.set_level(logging.INFO, "exporter.notices")
    host = hosts()
    host.read(*40 * (3 * UNPARSED, lines(0, 2)))
    assert [record.levelno for record in caplog.records] == [logging.ERROR]
    assert host.read(lines(0, 2 * LEAST)) is None
    assert [record.levelno for record in caplog.records] == [logging.ERROR, logging.INFO]


def test_another_log_is_another_matter(hosts: Hosts, tmp_path: Path) -> None:
    """That Postfix was seen in one log says nothing of the one that is configured instead."""
    host = hosts()
    assert host.read(SMTPD) is None
    other = tmp_path / "other.log"
    other.write_bytes(99 * HEADLESS)
    host.config = Config(log=LogConfig((str(other),)))
    host.pipeline = host.pipeline.reconfigured(host.config)
    with other.open("ab") as file:
        file.write(HEADLESS)
    assert "no line of Postfix" in str(host.read())


def test_relays_of_our_own(hosts: Hosts, caplog: pytest.LogCaptureFixture) -> None:
    """Mail that goes to our own relays only is told once, with the key to set; nothing is wrong."""
    host = hosts()
    for _ in range(3):
        assert host.read(10 * OWN) is None
        host.pipeline.commit()
    [told] = caplog.messages
    assert "none of 20 deliveries by smtp and error" in told
    assert "remote_relays" in told


@pytest.mark.parametrize("gained", [19 * OWN, 50 * OWN + line(), 50 * LOCAL])
def test_relays_that_need_no_word(
    gained: bytes, hosts: Hosts, caplog: pytest.LogCaptureFixture
) -> None:
    """Few deliveries, one that is remote, and a host with mailboxes only, are as they should be."""
    host = hosts()
    host.read(gained)
    host.pipeline.commit()
    assert caplog.messages == []


ONCE = {
    "all is understood": (lines(0, 20), 0, []),
    "nothing": (b"", 0, []),
    "some other lines": (lines(0, 20) + 19 * CRON, 0, []),
    "mostly other lines": (lines(0, 2) + 6 * CRON, 0, ["6 of 8 lines (75.0%)", "aaa 99 99:99:99"]),
    "a record": (lines(0, 9) + UNPARSED, 0, ["1 of 10 lines (10.0%)", "aaaa/aaaa[9999]: "]),
    "not one line": (CRON, 1, ["1 of 1 lines (100.0%)", "aaa 99 99:99:99 aa9 aaaa[99]: (aaaa)"]),
    "a smarthost": (20 * OWN, 0, ["remote_relays"]),
}
"""A log, the exit code of `--once`, and what it says."""


@pytest.mark.parametrize("name", ONCE)
def test_once(name: str, tmp_path: Path) -> None:
    """`--once` says what share was not understood, and fails when that is all."""
    data, code, says = ONCE[name]
    (tmp_path / "mail.log").write_bytes(data)
    ended = run("--once", "--postfix.logfile-path", tmp_path / "mail.log")
    assert ended.returncode == code
    assert bool(ended.stderr) == bool(says)
    assert all(text in ended.stderr for text in says)


def test_once_names_the_file(tmp_path: Path) -> None:
    """What is not understood is told with the name of the file that was given."""
    (tmp_path / "old.log").write_bytes(lines(0, 40).replace(b"Nov ", b"Dez "))
    ended = run("--once", tmp_path / "old.log")
    assert f"log {tmp_path / 'old.log'} is not understood: the time of hardly any" in ended.stderr


@pytest.mark.parametrize(
    ("data", "says"), [(lines(0, 3), ""), (lines(0, 3) + UNPARSED, "1 of 4 lines (25.0%)")]
)
def test_explain(data: bytes, says: str) -> None:
    """`--explain` says at its end what share of the lines was not understood."""
    ended = run("--explain", input=data.decode())
    assert ended.returncode == 0
    assert says in ended.stderr
    assert bool(ended.stderr) == bool(says)


@given(st.binary())
def test_shape_says_nothing(data: bytes) -> None:
    """A shape is short, and of letters and digits it knows one of each."""
    shown = shape(data)
    assert len(shown) <= WIDTH
    assert all(one in "a9…" or not one.isalnum() for one in shown)
    assert shown.rstrip("…").isascii()
    assert shown.isprintable()


def test_shape() -> None:
    """Blanks and punctuation stay, long runs are shortened."""
    assert shape(b"Nov 28 01:02:03 mx1 a/b[12345678]: <u@x> ok") == (
        "aaa 99 99:99:99 aa9 a/a[9999]: <a@a> aa"
    )
