"""`--explain` and `--once` take files, group what is alike, and say the right form of a wrong one."""

from __future__ import annotations

import gzip
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from exporter.checkpoint.state import State
from exporter.config import Config
from exporter.explain import MOST, explained
from exporter.records.parse import Parser
from exporter.tally import judge
from tests.lines import line
from tests.pages import ROOT, attempts, samples

SAID = "host mx.a.example[192.0.2.1] said: {} (in reply to RCPT TO command)"


def refused(number: int, text: str = "550 5.1.1 no such user", **fields: str) -> bytes:
    """Give a failure."""
    fields.setdefault("to", f"u{number}@a.example")
    return line(number, dsn="5.1.1", status="bounced", text=SAID.format(text), **fields)


def run(*arguments: Path | str, data: bytes = b"") -> subprocess.CompletedProcess[str]:
    """Run the exporter's command."""
    command = [sys.executable, "-m", "exporter", *map(str, arguments)]
    ended = subprocess.run(command, cwd=ROOT, input=data, capture_output=True, check=False)
    return subprocess.CompletedProcess(
        command, ended.returncode, ended.stdout.decode(), ended.stderr.decode()
    )


def test_what_is_alike_is_told_once() -> None:
    """Ids, numbers, addresses and hosts of one domain set no records apart; the most come first."""
    block = b"".join(
        [
            *(
                refused(
                    number,
                    f"550 5.1.1 no user u{number}@a.example, id 4F{number:08}",
                    relay=f"mx{number % 2}.a.example[192.0.2.{number}]:25",
                )
                for number in range(9)
            ),
            *(refused(number, "550 5.1.1 gone") for number in range(20, 22)),
        ]
    )
    told = list(explained([block], Parser(), judge(Config(), State())).told())
    assert [one.partition(":")[0] for one in told] == ["9 records", "2 records"]
    assert "said: 550 5.1.1 no user <address>, id <id>" in told[0]


def test_kinds_have_a_bound() -> None:
    """A log of a million different replies takes no more memory, and says so."""
    words = (
        "".join(chr(97 + number // 26**place % 26) for place in range(4))
        for number in range(MOST + 7)
    )
    block = b"".join(refused(number, f"550 5.1.1 {word}") for number, word in enumerate(words))
    found = explained([block], Parser(), judge(Config(), State()))
    assert found.beyond == 7
    assert list(found.told())[-1].startswith("7 records of more than")


def test_files_and_standard_input(tmp_path: Path) -> None:
    """Files, packed files and standard input are read alike, by either command."""
    plain, packed = tmp_path / "mail.log", tmp_path / "mail.log.1.gz"
    plain.write_bytes(refused(1))
    packed.write_bytes(gzip.compress(refused(2)))
    forms: list[tuple[Sequence[Path | str], bytes]] = [
        ((plain, packed), b""),
        ((packed, plain), b""),
        ((plain, "-"), refused(2)),
        (("--postfix.logfile-path", plain, packed), b""),
    ]
    for files, data in forms:
        told = run("--explain", *files, data=data)
        assert told.stdout.startswith("2 records: "), files
        page = run("--once", *files, data=data)
        assert attempts(samples(page.stdout)).total() == 2, files


WRONG: dict[str, tuple[Sequence[str], int, str]] = {
    "files alone": (["mail.log"], 2, "--once mail.log or --explain mail.log"),
    "an unquoted glob": (
        ["--postfix.logfile-path", "mail.log", "mail.log.1"], 2, "PATH, a glob in quotes",
    ),
    "both": (["--once", "--explain", "mail.log"], 2, "expected one of them"),
    "all without explain": (["--explain.all"], 2, "expected --explain before it"),
    "a missing file": (["--explain", "none.log"], 1, "cannot read log none.log: no such file"),
    "a missing file of --once": (["--once", "none.log"], 1, "cannot read log none.log"),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_form_says_the_right_one(name: str) -> None:
    """One clear line, and an exit code of its own."""
    arguments, code, says = WRONG[name]
    ended = run(*arguments)
    assert ended.returncode == code
    assert says.lower() in ended.stderr.lower()
    assert ended.stderr.count("\n") == 1
    assert ended.stdout == ""


def test_relays_of_our_own(tmp_path: Path) -> None:
    """That nothing left our own system is said, with the key to set."""
    path = tmp_path / "mail.log"
    path.write_bytes(b"".join(line(n, relay="10.0.0.1[10.0.0.1]:25") for n in range(30)))
    assert "remote_relays" in run("--explain", path).stderr


def test_a_relay_that_may_be_an_address(tmp_path: Path) -> None:
    """What stands in a host's place and is no host name is not shown."""
    path = tmp_path / "mail.log"
    path.write_bytes(line(1, relay="x@y.example[192.0.2.1]:25", dsn="5.7.1", status="bounced"))
    told = run("--explain", path).stdout
    assert "relay=invalid" in told
    assert "@" not in told
