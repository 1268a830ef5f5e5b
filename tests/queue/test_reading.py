"""The child that reads a queue: it gives figures, or says what is wrong and what to do."""

from __future__ import annotations

import errno
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from exporter.queue.reading import Answer, Request, answer_of, problem_of
from tests.pages import ROOT
from tests.queue.replies import BEGIN, DATA, END, Made, deferred, reply
from tests.queue.server import Says, hangs, says, showq
from tests.scene import AS_A_USER
from tests.service import eventually
from tests.tools import tool

COMMAND = [sys.executable, "-m", "exporter.queue.reading"]
NOW = 1_795_961_000.0
ADDRESS = b"somebody.private@customer.example"


def ask(path: Path, **changed: object) -> tuple[Answer, str]:
    """Let a child that may do what files permit read a queue; give its answer, and what it says."""
    prefix = (tool("setpriv"), AS_A_USER, "--") if os.geteuid() == 0 else ()
    request = Request(str(path), NOW, 10, **changed)  # type: ignore[arg-type]
    ended = subprocess.run(
        [*prefix, *COMMAND],
        cwd=ROOT, input=request.packed(), capture_output=True, check=False, timeout=60,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr
    return answer_of(ended.stdout), ended.stderr.decode()


def test_figures(tmp_path: Path) -> None:
    """A real reply comes to figures."""
    with showq(tmp_path / "showq", says((DATA / "showq-3.11").read_bytes())) as server:
        answer, said = ask(server.path, providers={"one.example": "google"})
    assert (answer.problem, said) == (None, "")
    assert answer.figures
    assert {name: one.depth() for name, one in answer.figures.queues.items()} == {
        "maildrop": 1, "incoming": 1, "active": 0, "deferred": 2, "hold": 1,
    }  # fmt: skip
    assert answer.figures.deferred["one.example", "google"] == 1  # type: ignore[index]


def test_the_end_need_not_be_hung_up_on(tmp_path: Path) -> None:
    """A reply that is whole is read, although the connection stays open."""

    def stays(client: socket.socket) -> None:
        client.sendall(reply([deferred(ADDRESS)]))
        client.recv(1)

    with showq(tmp_path / "showq", stays) as server:
        assert ask(server.path)[0].figures


HALF = reply([deferred(ADDRESS), deferred(ADDRESS)])[:-40]


def _half_and_hangs(client: socket.socket) -> None:
    client.sendall(HALF)
    client.recv(1)


SAID: dict[str, tuple[Says, str]] = {
    "hangs": (hangs, "showq has said nothing for 1 s"),
    "hangs midway": (_half_and_hangs, "showq has said nothing for 1 s"),
    "closes at once": (says(b""), "the reply ended too early"),
    "closes midway": (says(HALF), "the reply ended too early"),
    "another service": (says(b"status\0" + ADDRESS + b"\0\0"), "is not showq"),
    "no time": (says(BEGIN + b"queue_name\0" + ADDRESS + b"\0\0" + END), "has no time"),
}


@pytest.mark.parametrize("kind", SAID)
def test_what_is_no_reply(kind: str, tmp_path: Path) -> None:
    """A showq that hangs or breaks off gives no figures, but a reason in which no address is."""
    does, problem = SAID[kind]
    with showq(tmp_path / "showq", does) as server:
        answer, said = ask(server.path, silence=1)
    assert answer.figures is None
    assert problem in str(answer.problem)
    assert said == ""


def _stopped(path: Path) -> None:
    with showq(path, hangs):
        pass


def _closed_folder(path: Path) -> None:
    _stopped(path)
    path.parent.chmod(0)


SOCKETS: dict[str, tuple[Callable[[Path], object], str]] = {
    "Postfix is down": (_stopped, "nobody listens there: Postfix is down"),
    "no Postfix": (lambda path: None, "is not there: the socket is public/showq in the folder"),
    "no permission": (_closed_folder, "add it to the group "),
}


@pytest.mark.parametrize("kind", SOCKETS)
def test_sockets_that_cannot_be_reached(kind: str, tmp_path: Path) -> None:
    """Why a queue cannot be read is said, and what to do: the group that is lacking by its name."""
    make, problem = SOCKETS[kind]
    folder = tmp_path / "public"
    folder.mkdir()
    make(folder / "showq")
    answer, said = ask(folder / "showq")
    folder.chmod(0o700)
    assert (answer.figures, said) == (None, "")
    assert problem in str(answer.problem)


def test_priority_that_may_not_be_changed(tmp_path: Path) -> None:
    """Where a filter of system calls refuses nice(2) (~@resources) the queue is read all the same."""
    script = (
        "import os\n"
        "def refused(by): raise PermissionError(1, 'Operation not permitted')\n"
        "os.nice = refused\n"
        "from exporter.queue.reading import main\n"
        "main()"
    )
    with showq(tmp_path / "showq", says(reply([deferred(ADDRESS)]))) as server:
        request = Request(str(server.path), NOW, 10)
        ended = subprocess.run(
            [sys.executable, "-c", script],
            cwd=ROOT, input=request.packed(), capture_output=True, check=True,
        )  # fmt: skip
    assert answer_of(ended.stdout).figures


@pytest.mark.parametrize(("number", "name"), [(0, "root"), (65534, "postdrop"), (4321, "postdrop")])
def test_group_that_is_lacking(
    number: int, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The group is named as it is here, or as Postfix calls it where a unit with users of its own hides it."""
    error = PermissionError(errno.EACCES, "Permission denied")
    with monkeypatch.context() as patched:
        patched.setattr(os, "stat", lambda path: SimpleNamespace(st_gid=number))
        problem = problem_of(error, str(tmp_path / "showq"))
    assert f"add it to the group {name}, or" in problem


def test_long_recipients_lists(tmp_path: Path) -> None:
    """A message of very many recipients, and texts without end, are read in little memory."""
    many = deferred(*(b"%d@d%d.example" % (number, number % 7) for number in range(50_000)))
    long = Made(recipients=((ADDRESS, b"defer", b"no " * 2_000_000),))
    with showq(tmp_path / "showq", says(reply([many, long]))) as server:
        request = Request(str(server.path), NOW, 10)
        limited = ["sh", "-c", 'ulimit -v 100000; exec "$@"', "sh", *COMMAND]
        ended = subprocess.run(
            limited, cwd=ROOT, input=request.packed(), capture_output=True, check=False
        )
    figures = answer_of(ended.stdout).figures
    assert figures
    assert figures.queues["deferred"].recipients["deferred"] == 50_001


@pytest.mark.parametrize("knows", [False, True], ids=["before its request", "as showq hangs"])
def test_it_ends_with_its_parent(knows: bool, tmp_path: Path) -> None:
    """A child whose parent was killed does not wait for showq, and not any longer."""
    script = f"import subprocess; subprocess.run({COMMAND!r})"
    with showq(tmp_path / "showq", hangs) as server:
        request = Request(str(server.path), NOW, 10).packed()
        read_end, write_end = os.pipe()
        with os.fdopen(write_end, "wb") as asking:
            with (
                os.fdopen(read_end) as standard_input,
                subprocess.Popen(
                    [sys.executable, "-c", script], cwd=ROOT, stdin=standard_input
                ) as parent,
            ):
                child = eventually(lambda: waits_nicely(parent.pid))
                if knows:
                    asking.write(request)
                    asking.close()
                    eventually(lambda: server.clients)
                parent.send_signal(signal.SIGKILL)
            if not knows:
                asking.write(request)
        eventually(lambda: is_gone(child))


def waits_nicely(parent: int) -> int:
    """Give the child of a process once it lets others go first, which it does at its start."""
    children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    assert len(children) <= 1
    mine = os.getpriority(os.PRIO_PROCESS, 0)
    return next((int(one) for one in children if is_nicer(int(one), mine)), 0)


def is_nicer(process: int, mine: int) -> bool:
    """Whether a process has a lower priority than this one, or the lowest."""
    return os.getpriority(os.PRIO_PROCESS, process) >= min(mine + 10, 19)


def is_gone(process: int) -> bool:
    """Whether a process has ended; one that nobody has asked for its exit code has no command."""
    try:
        return not Path(f"/proc/{process}/cmdline").read_bytes()
    except FileNotFoundError:
        return True
