"""Which queues are read, and what their readers are told of receivers."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from exporter.config import Config
from exporter.counts.totals import Attempt, Totals
from exporter.flags import flag_parser
from exporter.queue.options import USUAL_SOCKET, QueueOptions
from exporter.queues import Queues, seen_providers, with_queues
from exporter.system.errors import ConfigurationError
from exporter.verdict.providers import Provider
from tests.pages import run
from tests.queue.replies import deferred, reply
from tests.queue.server import says, showq
from tests.service import eventually


def attempt(domain: str, provider: str) -> Attempt:
    """Give a series."""
    return Attempt(domain, provider, "4", "4.2.2", "deferred", "mailbox", "false")


def given(*flags: str, config: Config | None = None) -> Config:
    """Give the configuration with flags."""
    return with_queues(config or Config(), flag_parser().parse_args(flags))


def test_off_by_default() -> None:
    """No queue is read unless one is asked for."""
    assert given().queue is None
    assert Queues(Config(), Totals).readings() is None


@pytest.mark.parametrize("flag", ["--postfix.showq_path", "--postfix.showq-path"])
def test_flag_of_the_go_exporters(flag: str) -> None:
    """The flag by which the Go exporters find the queue turns it on, and wins over the file."""
    assert given(flag, "/a/showq", flag, "/b/showq").queue == QueueOptions(("/a/showq", "/b/showq"))
    known = Config(queue=QueueOptions(("/c",), interval=5.0))
    assert given(flag, "/a", config=known).queue == QueueOptions(("/a",), interval=5.0)
    assert given(config=known) == known


WRONG: dict[tuple[str, ...], str] = {
    ("--postfix.showq_path", "showq"): "--postfix.showq_path: expected absolute paths",
    ("--postfix.showq_path", "/" + "x" * 107): "of at most 107 bytes",
    ("--postfix.showq_port", "10025"): "--postfix.showq_port: a queue is read at showq's Unix",
    ("--postfix.showq-network", "tcp"): "run an exporter on each mail host",
}


@pytest.mark.parametrize("flags", WRONG)
def test_flags_that_are_refused(flags: tuple[str, ...]) -> None:
    """A flag of the Go exporters that has no meaning here is refused by its name, with what to do."""
    with pytest.raises(ConfigurationError, match=WRONG[flags]):
        given(*flags)
    ended = run(*flags)
    assert ended.returncode == 2
    assert WRONG[flags] in ended.stderr


def test_providers_that_the_log_tells() -> None:
    """A domain's provider is the one with most attempts; one that is not known tells nothing."""
    attempts = {
        attempt("a.example", "google"): 2,
        attempt("a.example", "other")._replace(dsn_code="4.7.1"): 2,
        attempt("a.example", "other"): 1,
        attempt("b.example", "unknown"): 9,
        attempt("b.example", "microsoft"): 1,
        attempt("c.example", "unknown"): 1,
        attempt("other", "google"): 1,
        attempt("none", "google"): 1,
    }
    assert seen_providers(attempts) == {"a.example": "other", "b.example": "microsoft"}


def test_providers_of_destinations(tmp_path: Path) -> None:
    """Who waits is the provider's that the log tells for the domain, else the table's, else unknown."""
    config = Config(
        providers=(Provider("big", domains=("big.example",)),),
        queue=QueueOptions((str(tmp_path / "showq"),)),
    )
    totals = Totals(attempts={attempt("seen.example", "hoster.example"): 1})
    addresses = [b"a@seen.example", b"a@big.example", b"a@gmail.com", b"a@new.example"]
    with showq(tmp_path / "showq", says(reply([deferred(*addresses)]))):
        queues = Queues(config, lambda: totals)
        queues.start()
        (reading,) = eventually(queues.readings) or ()
        queues.close()
    assert reading.figures
    assert {tuple(to) for to in reading.figures.deferred} == {
        ("seen.example", "hoster.example"),
        ("big.example", "big"),
        ("gmail.com", "google"),
        ("new.example", "unknown"),
    }


def test_reload(tmp_path: Path) -> None:
    """Another configuration of queues is read anew, one that says the same goes on."""
    config = Config(queue=QueueOptions((str(tmp_path / "showq"),)))
    with showq(tmp_path / "showq", says(reply([]))) as server:
        queues = Queues(config, Totals)
        queues.start()
        eventually(queues.readings)
        assert queues.reconfigured(replace(config, hold=0.0)) is queues
        other = queues.reconfigured(replace(config, queue=QueueOptions((str(server.path), "/b"))))
        eventually(lambda: len(other.readings() or ()) == 2)
        assert server.clients == 2
        assert other.reconfigured(Config()).readings() is None


def test_usual_socket() -> None:
    """Without a path it is that of the usual queue directory."""
    assert QueueOptions().showq == (USUAL_SOCKET,)
