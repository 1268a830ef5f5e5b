"""Standard input and FIFOs: what comes is counted, and the end is told."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.lines import line, lines
from tests.pages import ROOT, attempts, samples
from tests.service import SOON, eventually, running


def served(tmp_path: Path, **stream: object) -> subprocess.CompletedProcess[bytes]:
    """Run an exporter on standard input until it ends."""
    (tmp_path / "soon.yml").write_text(SOON)
    command = [sys.executable, "-m", "exporter", "--postfix.logfile-path", "-"]
    flags = ["--config.file", f"{tmp_path}/soon.yml", "--checkpoint.file", f"{tmp_path}/c"]
    command += [*flags, "--web.listen-address", "127.0.0.1:0"]
    return subprocess.run(  # type: ignore[call-overload,no-any-return]
        command, cwd=ROOT, capture_output=True, timeout=60, check=False, **stream
    )


def test_end_of_input(tmp_path: Path) -> None:
    """The end of standard input commits and ends the process; the next run counts on."""
    for turn in range(2):
        data = lines(5 * turn, 5 * turn + 5) + line(0).removesuffix(b"\n")
        ended = served(tmp_path, input=data)
        assert ended.returncode == 0, ended.stderr
        assert b"the end of standard input" in ended.stderr
    flags = ("--checkpoint.file", tmp_path / "c", "--postfix.logfile-path", tmp_path / "none")
    with running(tmp_path, *flags) as service:
        assert service.total() == 12


def test_standard_input_may_be_a_file(tmp_path: Path) -> None:
    """`< mail.log` is read to its end."""
    (tmp_path / "mail.log").write_bytes(lines(0, 7))
    with (tmp_path / "mail.log").open("rb") as log:
        ended = served(tmp_path, stdin=log)
    assert ended.returncode == 0
    assert b"the end of standard input" in ended.stderr


def test_fifo_outlives_its_writers(tmp_path: Path) -> None:
    """Writers come and go; a last line without a newline counts; another FIFO is opened."""
    fifo = tmp_path / "log"
    os.mkfifo(fifo)
    with running(tmp_path, "--postfix.logfile-path", fifo) as service:
        eventually(service.ready)
        for turn in range(3):
            with fifo.open("wb") as writer:
                writer.write(lines(3 * turn, 3 * turn + 3).removesuffix(b"\n"))
            eventually(lambda turn=turn: service.total() == 3 * turn + 3)  # type: ignore[misc]
        fifo.unlink()
        os.mkfifo(fifo)
        with fifo.open("wb") as writer:
            writer.write(line(99))
        eventually(lambda: service.total() == 10)
        page = samples(service.get("/metrics")[2].decode())
        assert page["postfix_exporter_log_readable"] == {(str(fifo),): 1}
        assert attempts(page).total() == 10


def test_a_flood_through_a_pipe(tmp_path: Path) -> None:
    """A writer that is faster than the exporter waits; nothing is lost."""
    data = lines(0, 30_000)
    ended = served(tmp_path, input=data)
    assert ended.returncode == 0
    flags = ("--checkpoint.file", tmp_path / "c", "--postfix.logfile-path", tmp_path / "none")
    with running(tmp_path, *flags) as service:
        assert service.total() == 30_000


def test_a_file_in_the_place_of_a_fifo(tmp_path: Path) -> None:
    """A FIFO that is no more is told, and what stands there is not read as a stream."""
    fifo = tmp_path / "log"
    os.mkfifo(fifo)
    with running(tmp_path, "--postfix.logfile-path", fifo) as service:
        eventually(service.ready)
        fifo.unlink()
        fifo.write_bytes(lines(0, 3))
        eventually(lambda: b"is no FIFO any more" in service.get("/-/ready")[2])
        assert service.total() == 0
