"""A Python that misreads known lines is refused before it reads a log."""

from __future__ import annotations

import platform
import re
from pathlib import Path

import pytest

from exporter.checkpoint.file import Checkpoint
from exporter.checkpoint.state import State
from exporter.cli import main
from exporter.config import Config, LogConfig
from exporter.pipeline import Pipeline
from exporter.records import headers, line, parse
from exporter.records.fields import FIELDS
from exporter.records.kinds import KINDS
from exporter.records.parse import Parser
from exporter.records.selftest import MisreadError, check_forms
from exporter.records.senders import WAYS
from exporter.records.services.collectors import COLLECTORS
from exporter.records.services.pattern import Wanted
from exporter.records.services.reader import ServiceReader
from tests.lines import lines

NAMES: list[list[str]] = [[], ["mx.out"], ["postfix-bulk", "postfix"]]


@pytest.mark.parametrize("names", NAMES)
def test_this_python_reads_right(names: list[str]) -> None:
    """Known lines of every kind of header are read as what they are, whatever the syslog name."""
    parser = Parser(names)
    parser.check()
    for kind in KINDS:
        parser._findall(kind)
    check_forms(parser._lines, parser._known_name)


def by_hand(*alternatives: bytes) -> bytes:
    """Write a repeat as it was written before patterns.py did."""
    return rb"(?:%b)*+" % b"|".join(alternatives)


def test_the_old_way_of_writing_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """Repeats written by hand are caught on a Python that gets them wrong, and on no other."""
    swallows_what_is_forbidden = re.match(r"(?:a|b(?!c))*+", "abc")
    monkeypatch.setattr(parse, "many", by_hand)
    if swallows_what_is_forbidden and swallows_what_is_forbidden[0] == "abc":
        with pytest.raises(MisreadError):
            Parser().check()
    else:
        Parser().check()


BLOCKS = {
    "lines that say nothing swallow all": ("_NOTHING", rb"[^\n]*+"),
    "no line says nothing": ("_NOTHING", rb"\n"),
    "a queue id is a digit": ("QUEUE_ID", rb"[0-9]"),
    "fields that hold nothing": (
        "FIELDS",
        rb"(?P<relay>)" + FIELDS.replace(b"?P<relay>", b""),
    ),
}


@pytest.mark.parametrize("broken", BLOCKS)
@pytest.mark.parametrize("kind", KINDS)
def test_a_broken_pattern_of_blocks(
    broken: str, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No pattern of blocks is used that misreads known lines, whatever the kind of header."""
    monkeypatch.setattr(parse, *BLOCKS[broken])
    with pytest.raises(MisreadError, match="misreads blocks of lines with a header"):
        Parser()._findall(kind)


@pytest.mark.parametrize("kind", KINDS)
def test_patterns_of_services(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What services say is read right, whatever the syslog name and the collectors; or refused."""
    for names in NAMES:
        for collectors in ([*COLLECTORS], *([name] for name in COLLECTORS)):
            wanted = ServiceReader(collectors, names).wanted
            for way in ("", *WAYS):
                Parser(names, way, wanted)._findall(kind)
    broken = ServiceReader(COLLECTORS).wanted._replace(left=rb"x")
    monkeypatch.setattr(Wanted, "left_of", lambda _wanted, _text: b", size=9, nrcpt=1")
    for way, told in (("", "blocks of lines"), ("user", "what services say in lines")):
        with pytest.raises(MisreadError, match=f"misreads {told} with a header"):
            Parser((), way, broken)._findall(kind)


LINES = {
    "_HEADER": (r"lines with a header of the kind traditional", rb".{15}(?P<x>)(?!)"),
    "_MESSAGE": (r"lines with a header of the kind traditional", rb"(?!)"),
    "_RECORD": (r"lines with a header of the kind traditional", rb"(?!)"),
}


@pytest.mark.parametrize("name", LINES)
def test_a_broken_grammar_of_lines(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The grammar of one line is asked, too."""
    told, pattern = LINES[name]
    monkeypatch.setattr(line, name, re.compile(pattern))
    with pytest.raises(MisreadError, match=told):
        Parser().check()


def test_broken_patterns_of_headers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Headers of other forms are asked for before a block with such headers is thinned out."""
    monkeypatch.setattr(headers, "_PRIORITY", rb"(?!)")
    block = lines(0, 99).replace(b"Nov 23 20:15:19", b"2026-11-23 20:15:19")
    assert Parser().parse(block).delivery == 99
    monkeypatch.setattr(headers, "normalised", lambda *_: (b"", b""))
    with pytest.raises(MisreadError, match="misreads lines with a header like 2026"):
        Parser().parse(block)


@pytest.mark.parametrize("mode", [["--once"], ["--explain"], []])
def test_the_command_refuses(
    mode: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """One error names the Python and what it misreads, and the exit code is 1; no log is opened."""
    monkeypatch.setattr(parse, *BLOCKS["lines that say nothing swallow all"])
    missing = tmp_path / "missing" / "mail.log"
    arguments = [*mode, "--postfix.logfile-path", str(missing)]
    assert main([*arguments, "--checkpoint.file", str(tmp_path / "checkpoint.json")]) == 1
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.count("\n") == 1
    assert f"Python {platform.python_version()} (" in printed.err
    assert "misreads blocks of lines with a header of the kind traditional" in printed.err
    assert not list(tmp_path.iterdir())


def test_a_kind_of_header_that_turns_up_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A pattern that is needed only later ends the exporter, too; its lines stay unread."""
    log = tmp_path / "mail.log"
    log.write_bytes(lines(0, 3).replace(b"Nov 23 20:15:19", b"2026-11-23T20:15:19Z"))
    config = Config(log=LogConfig(paths=(str(log),), start="beginning"))
    pipeline = Pipeline(config, Checkpoint(str(tmp_path / "checkpoint.json")), State())
    pipeline.start()
    monkeypatch.setattr(parse, *BLOCKS["no line says nothing"])
    with pytest.raises(MisreadError, match="RFC 3339"):
        pipeline.poll()
    assert not any(pipeline.published.totals.lines.values())
