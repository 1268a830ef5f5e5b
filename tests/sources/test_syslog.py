"""The syslog receiver with real sockets: every transport, bounds, and what is lost is counted."""

from __future__ import annotations

import os
import re
import socket
import stat
import struct
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest

from exporter.sources.syslog import address, connections, receiver
from exporter.sources.syslog.address import EXPECTED, address_of
from exporter.sources.syslog.lines import LONGEST_LINE
from exporter.sources.syslog.queue import Queue
from exporter.sources.syslog.receiver import Receiver
from exporter.sources.syslog.source import OCCURRENCE, Syslog
from tests.service import eventually, free_port

OLD = b"<22>Nov 29 09:59:58 mx1 postfix/smtp[12]: %d"
NEW = b"<22>1 2026-11-29T09:59:58.25+01:00 mx1 postfix/smtp 12 - - %d"
WITHOUT_PRIORITY = len(b"<22>")


class Host:
    """Addresses at which syslog is received, and peers that send there."""

    def __init__(self, folder: Path) -> None:
        port = free_port()
        self.path = folder / "syslog"
        self.addresses = {
            "unix": f"unix:{self.path}",
            "udp": f"udp:127.0.0.1:{port}",
            "udp, IPv6": f"udp:[::1]:{port}",
            "tcp": f"tcp:127.0.0.1:{port}",
            "tcp, IPv6": f"tcp:[::1]:{port}",
        }
        self.now = 0.0
        self.open = ExitStack()

    def source(
        self, *names: str, receiver: Receiver | None = None, access: str = "group"
    ) -> Syslog:
        """Give a source that listens at these addresses."""
        addresses = [self.addresses[name] for name in names]
        source = Syslog(addresses, access, receiver, clock=lambda: self.now)
        self.open.callback(source.close)
        source.settle()
        return source

    def peer(self, name: str) -> socket.socket:
        """Give a socket that sends to an address."""
        address = address_of(self.addresses[name])
        kind = socket.SOCK_STREAM if address.transport == "tcp" else socket.SOCK_DGRAM
        if address.transport == "unix":
            peer = self.open.enter_context(socket.socket(socket.AF_UNIX, kind))
            peer.connect(address.path)
            return peer
        family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
        peer = self.open.enter_context(socket.socket(family, kind))
        peer.settimeout(5)
        peer.connect((address.host, address.port))
        return peer


@pytest.fixture
def host(tmp_path: Path) -> Iterator[Host]:
    """Give a host, and close what it has opened."""
    host = Host(tmp_path)
    with host.open:
        yield host


def received(source: Syslog, number: int) -> list[bytes]:
    """Give so many lines of a source, when they have come."""
    lines: list[bytes] = []

    def have_come() -> bool:
        lines.extend(waiting(source))
        return len(lines) >= number

    eventually(have_come)
    return lines


def lines_of(blocks: Iterable[bytes]) -> list[bytes]:
    """Give the lines of blocks."""
    return [line for block in blocks for line in block.split(b"\n")[:-1]]


def waiting(source: Syslog) -> list[bytes]:
    """Give the lines that wait now."""
    return lines_of(source.blocks())


TRANSPORTS = ("unix", "udp", "udp, IPv6", "tcp", "tcp, IPv6")
FRAMINGS: dict[str, Callable[[bytes], bytes]] = {
    "none": lambda message: message,
    "octets": lambda message: b"%d %b" % (len(message), message),
    "lines": lambda message: message + b"\n",
}
WAYS = [
    (name, framing)
    for name in TRANSPORTS
    for framing in FRAMINGS
    if ("tcp" in name) != (framing == "none")
]


@pytest.mark.parametrize(("name", "framing"), WAYS)
@pytest.mark.parametrize("form", [OLD, NEW], ids=["RFC 3164", "RFC 5424"])
def test_every_way(name: str, framing: str, form: bytes, host: Host) -> None:
    """All messages arrive once, in order, by every transport, framing and format."""
    source = host.source(name)
    peer, framed = host.peer(name), FRAMINGS[framing]
    for number in range(100):
        peer.sendall(framed(form % number))
    sent = [form % number for number in range(100)]
    assert received(source, 100) == [
        message.removeprefix(b"<22>") if form is OLD else message for message in sent
    ]
    assert source.problems() == {host.addresses[name]: None}
    assert (source.gaps, source.lost_lines, source.unread(), source.places()) == (0, 0, 0, {})


def test_several_hosts_at_once(host: Host) -> None:
    """Messages of many peers, over all transports at once, all arrive."""
    source = host.source(*TRANSPORTS)
    peers = [(host.peer(name), "tcp" in name) for name in TRANSPORTS for _ in range(5)]
    for number in range(40):
        for peer, is_stream in peers:
            peer.sendall(OLD % number + (b"\n" if is_stream else b""))
    lines = received(source, 40 * len(peers))
    assert sorted(lines) == sorted(
        (OLD % number)[WITHOUT_PRIORITY:] for number in range(40) for _ in peers
    )


HOSTILE = {
    "random bytes": os.urandom(5000),
    "NUL": b"\0" * 5000,
    "newlines": b"\n" * 5000,
    "counts": b"999999999 <" * 400,
    "digits": b"1" * 5000,
    "no end": b"<22>" + b"x" * 60_000,
    "a priority alone": b"<22>",
}


@pytest.mark.parametrize("kind", HOSTILE)
@pytest.mark.parametrize("name", ["unix", "udp", "tcp"])
def test_hostile_peer_harms_no_other(kind: str, name: str, host: Host) -> None:
    """Whatever one peer sends, the others are heard, when it has gone and before."""
    source = host.source(name)
    bad, good = host.peer(name), host.peer(name)
    bad.sendall(HOSTILE[kind])
    got: list[bytes] = []

    def is_heard(number: int) -> bool:
        got.extend(waiting(source))
        return (OLD % number)[WITHOUT_PRIORITY:] in got

    good.sendall(OLD % 1 + b"\n")
    eventually(lambda: is_heard(1))
    bad.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    bad.close()
    good.sendall(OLD % 2 + b"\n")
    eventually(lambda: is_heard(2))


@pytest.mark.parametrize("name", ["unix", "udp", "tcp"])
def test_longest_message(name: str, host: Host) -> None:
    """A message over the limit is lost and counted; that of a datagram and a stream alike."""
    source = host.source(name)
    peer = host.peer(name)
    longest = b"x" * (LONGEST_LINE if name != "udp" else 65_507)
    peer.sendall(longest + (b"\n" if name == "tcp" else b""))
    assert received(source, 1) == [longest]
    if name == "udp":  # which has no longer ones
        return
    for _ in range(3):
        peer.sendall(b"x" * (LONGEST_LINE + 1) + b"\n")
    peer.sendall(b"y\n")
    assert received(source, 1) == [b"y"]
    assert (source.gaps, source.lost_lines) == (1, 3)


class _Hasty(Queue):
    """A queue whose reader takes lines as soon as they are there."""

    def __init__(self) -> None:
        super().__init__()
        self.taken: list[tuple[bytes, int]] = []

    def put(self, lines: list[bytes]) -> None:
        """Put lines, and take them."""
        super().put(lines)
        while one := self.take():
            self.taken.append((one.lines, one.lost))


@pytest.mark.parametrize("name", ["unix", "tcp"])
def test_lost_before_what_follows(name: str, host: Host) -> None:
    """Whoever takes a line knows what was lost before it, however quick the reader is."""
    queue = _Hasty()
    host.source(name, receiver=Receiver(queue))
    peer = host.peer(name)
    for message in (*(b"x" * (LONGEST_LINE + 1),) * 3, b"y"):
        peer.sendall(message + b"\n")
    eventually(lambda: b"y\n" in b"".join(lines for lines, _ in queue.taken))
    assert sum(lost for _, lost in queue.taken) == 3


def test_gaps_are_occurrences(host: Host) -> None:
    """What is lost at once is one gap, however many lines it is; later it is another."""
    source = host.source("tcp")
    peer = host.peer("tcp")
    for turn in (1, 2):
        for number in range(4):
            peer.sendall(b"x" * (LONGEST_LINE + 1) + b"\n" + OLD % number + b"\n")
        received(source, 4)
        assert (source.gaps, source.lost_lines) == (turn, 4 * turn)
        host.now += OCCURRENCE


def test_gap_stands_where_lines_are_missing() -> None:
    """A gap is told behind what came before the loss, and before what came after."""
    queue = Queue()
    source = Syslog([], "group", Receiver(queue))
    queue.put([b"before"])
    queue.lose(2, "no room")
    queue.put([b"behind"])
    told = [(block, source.gaps, source.lost_lines) for block in source.blocks()]
    assert told == [(b"before\n", 0, 0), (b"behind\n", 1, 2)]
    source.close()


def test_what_the_kernel_drops_is_counted(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    """Datagrams for which the socket had no room are lost lines, to the number."""
    monkeypatch.setattr(address, "_RECEIVE_BUFFER", 1)
    source = host.source("udp")
    peer = host.peer("udp")
    got: list[bytes] = []
    sent = 0

    def has_dropped() -> bool:
        nonlocal sent
        for _ in range(2000):
            peer.send(OLD % sent)
            sent += 1
        got.extend(waiting(source))
        return source.lost_lines > 0

    eventually(has_dropped)
    got += lines_of(source.last())
    assert len(got) + source.lost_lines == sent
    assert source.gaps == 1


def test_drops_are_told_when_nothing_follows(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    """The last messages of a burst may be those that are lost: that is told, too."""
    source = host.source("unix", receiver=Receiver(Queue(most=100)))
    peer = host.peer("unix")
    peer.sendall(b"x" * 101)
    eventually(lambda: not waiting(source) and source.lost_lines == 1)
    assert source.gaps == 1


def test_full_queue(host: Host) -> None:
    """Datagrams for which the queue has no room are lost and counted; memory is bounded."""
    source = host.source("unix", receiver=Receiver(Queue(most=10_000)))
    peer = host.peer("unix")
    for number in range(1000):
        peer.sendall(OLD % number)
        assert source.unread() <= 10_000
    lines = lines_of(source.last())
    assert lines[0] == (OLD % 0)[WITHOUT_PRIORITY:]
    assert len(lines) + source.lost_lines == 1000
    assert source.gaps == 1


def test_connections_wait_for_room(host: Host) -> None:
    """A stream is not read while the queue has no room for it, and nothing of it is lost."""
    source = host.source("tcp", receiver=Receiver(Queue(most=400_000)))
    peer = host.peer("tcp")
    peer.setblocking(False)
    sent = [OLD % number + b"x" * 500 for number in range(40_000)]
    data, got, times_blocked = memoryview(b"\n".join([*sent, b""])), list[bytes](), 0
    while data:
        try:
            data = data[peer.send(data) :]
        except BlockingIOError:
            times_blocked += 1
            assert source.unread() <= 400_000 // 2 + 2 * LONGEST_LINE
            got += waiting(source)
    got += received(source, len(sent) - len(got))
    assert got == [message[WITHOUT_PRIORITY:] for message in sent]
    assert (source.lost_lines, times_blocked > 0) == (0, True)


def test_full_stream_leaves_room_for_datagrams(host: Host) -> None:
    """A peer that fills the queue by a connection takes no room from datagrams."""
    source = host.source("tcp", "udp", receiver=Receiver(Queue(most=200_000)))
    stream, datagrams = host.peer("tcp"), host.peer("udp")
    stream.setblocking(False)
    with suppress(BlockingIOError):
        while True:
            stream.send(b"<22>x\n" * 1000)
    eventually(lambda: source.unread() >= 100_000)
    before = source.unread()
    datagrams.send(OLD % 7)
    eventually(lambda: source.unread() > before)
    assert source.lost_lines == 0


def test_connections_are_bounded(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    """One more than allowed is closed at once; if one has long been silent, that one is."""
    monkeypatch.setattr(connections, "CONNECTIONS", 3)
    source = host.source("tcp")
    peers = [host.peer("tcp") for _ in range(3)]
    for peer in peers:
        peer.sendall(b"<22>x\n")
    received(source, 3)
    assert host.peer("tcp").recv(1) == b""
    monkeypatch.setattr(connections, "SILENT", 0.0)
    peers[0].sendall(b"<22>x\n")
    received(source, 1)
    late = host.peer("tcp")
    late.sendall(b"<22>late\n")
    assert received(source, 1) == [b"late"]
    assert peers[1].recv(1) == b""
    peers[0].sendall(b"<22>y\n")
    peers[2].sendall(b"<22>z\n")
    assert sorted(received(source, 2)) == [b"y", b"z"]


def test_open_descriptors_return(host: Host) -> None:
    """Connections that end leave nothing behind, nor does the source."""
    before = len(os.listdir("/proc/self/fd"))
    source = host.source(*TRANSPORTS)
    for number in range(100):
        with host.peer("tcp") as peer:
            peer.sendall(OLD % number + b"\n")
        received(source, 1)
    source.close()
    assert len(os.listdir("/proc/self/fd")) == before
    assert "syslog" not in {thread.name for thread in threading.enumerate()}


# -- addresses that come and go --------------------------------------------------------------------


@pytest.mark.parametrize("name", TRANSPORTS)
def test_address_in_use(name: str, host: Host) -> None:
    """It is said that an address is in use, and by whose name; it is taken when it is free."""
    first = host.source(name)
    second = host.source(name)
    assert second.problems() == {host.addresses[name]: "Address already in use"}
    first.close()
    eventually(lambda: not second.problems()[host.addresses[name]])
    host.peer(name).sendall(OLD % 1 + b"\n")
    assert received(second, 1) == [(OLD % 1)[WITHOUT_PRIORITY:]]


def test_socket_of_a_dead_process_is_replaced(host: Host) -> None:
    """A Unix socket at which nobody listens any more makes no trouble."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as dead:
        dead.bind(str(host.path))
    source = host.source("unix")
    host.peer("unix").sendall(OLD % 1)
    assert received(source, 1)
    source.close()
    assert not host.path.exists()


OTHERS: dict[str, Callable[[Path], object]] = {
    "file": lambda path: path.write_bytes(b"kept"),
    "folder": lambda path: path.mkdir(),
    "link": lambda path: path.symlink_to("nowhere"),
    "FIFO": lambda path: os.mkfifo(path),
}


@pytest.mark.parametrize("kind", OTHERS)
def test_what_is_no_socket_is_left_alone(kind: str, host: Host) -> None:
    """No file of anybody is removed for a socket's sake."""
    OTHERS[kind](host.path)
    before = host.path.lstat()
    source = host.source("unix")
    assert source.problems() == {host.addresses["unix"]: "A file that is no socket has this name"}
    source.close()
    assert host.path.lstat().st_ino == before.st_ino


def test_live_stream_socket_is_left_alone(host: Host) -> None:
    """A socket of another kind at which somebody listens stays theirs."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as live:
        live.bind(str(host.path))
        live.listen()
        source = host.source("unix")
        assert source.problems() == {host.addresses["unix"]: "Address already in use"}
        source.close()
        assert host.path.is_socket()


def test_unix_socket_that_goes_is_made_again(host: Host) -> None:
    """If the socket's file is removed, a new one takes its place; that of another stays."""
    source = host.source("unix")
    host.path.unlink()
    eventually(host.path.exists)
    host.peer("unix").sendall(OLD % 1)
    assert received(source, 1)
    host.path.unlink()
    host.path.write_bytes(b"another's")
    eventually(lambda: source.problems()[host.addresses["unix"]])
    source.close()
    assert host.path.read_bytes() == b"another's"


@pytest.mark.parametrize(("access", "mode"), [("owner", 0o600), ("group", 0o660), ("all", 0o666)])
def test_who_may_write(access: str, mode: int, host: Host) -> None:
    """The mode of a Unix socket is the configured one, whatever the umask is."""
    before = os.umask(0o077)
    try:
        host.source("unix", access=access)
    finally:
        os.umask(before)
    assert stat.S_IMODE(host.path.stat().st_mode) == mode


@pytest.mark.parametrize("name", TRANSPORTS)
def test_restart(name: str, host: Host) -> None:
    """An address can be taken again at once, with connections that are still open."""
    first = host.source(name)
    peer = host.peer(name)
    peer.sendall(OLD % 1 + b"\n")
    assert received(first, 1)
    first.close()
    second = host.source(name)
    assert second.problems() == {host.addresses[name]: None}
    host.peer(name).sendall(OLD % 2 + b"\n")
    assert received(second, 1) == [(OLD % 2)[WITHOUT_PRIORITY:]]


def test_handing_over_loses_nothing(host: Host) -> None:
    """Another source goes on with the sockets, connections and lines of the first."""
    first = host.source("tcp", "udp")
    stream, datagrams = host.peer("tcp"), host.peer("udp")
    stream.sendall(OLD % 1 + b"\n" + b"<22>ha")
    eventually(first.unread)
    receiver = first.handed_over()
    first.close()
    second = host.source("tcp", "unix", receiver=receiver)
    stream.sendall(b"lf\n")
    assert received(second, 2) == [(OLD % 1)[WITHOUT_PRIORITY:], b"half"]
    with pytest.raises(ConnectionRefusedError):
        eventually(lambda: not datagrams.send(b"nobody is there"))
    host.peer("unix").sendall(OLD % 3)
    assert received(second, 1)


def test_last_takes_what_has_arrived(host: Host) -> None:
    """At the end all that peers have sent is read, though nobody asked for it before."""
    source = host.source("unix", "udp", "tcp")
    peers = [(host.peer(name), end) for name, end in (("unix", b""), ("udp", b""), ("tcp", b"\n"))]
    for number in range(500):
        for peer, end in peers:
            peer.sendall(OLD % number + end)
    assert len(lines_of(source.last())) == 1500
    assert source.lost_lines == 0


def test_failure_of_the_thread_is_not_silent(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    """If the thread ends for a fault of its own, the reader fails: what is shown would be stale."""

    def fail(*_: object) -> None:
        raise RuntimeError("a fault")

    monkeypatch.setattr(receiver, "line_of", fail)
    source = host.source("udp")
    host.peer("udp").send(b"<22>x")

    def is_raised() -> bool:
        try:
            waiting(source)
        except RuntimeError:
            return True
        return False

    eventually(is_raised)


ADDRESSES = {
    "udp:127.0.0.1:514": None,
    "tcp:[::]:601": None,
    "unix:/run/x/log": None,
    "udp:[::1]:0": "a port from 1 to 65535",
    "udp:127.0.0.1:65536": "a port from 1 to 65535",
    "tcp:localhost:514": "an IP address such as 127.0.0.1 or [::1]",
    "tcp:[127.0.0.1]:514": "brackets round an IPv6 address, and none round another",
    "tcp:::1:514": EXPECTED,
    "tcp::514": EXPECTED,
    "udp:127.0.0.1": EXPECTED,
    "unix:log": EXPECTED,
    "unix:/": EXPECTED,
    "unix:/run/": EXPECTED,
    "tls:127.0.0.1:6514": EXPECTED,
    "": EXPECTED,
    "unix:/" + 107 * "x": "a path of at most 107 bytes",
}


@pytest.mark.parametrize("text", ADDRESSES)
def test_addresses(text: str) -> None:
    """An address is what can be listened at, or it is said what was expected."""
    if ADDRESSES[text] is None:
        assert address_of(text).text == text
        return
    with pytest.raises(ValueError, match=re.escape(str(ADDRESSES[text]))):
        address_of(text)
