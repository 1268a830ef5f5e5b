"""Who has to leave when there is no room: connections that are waited for."""

from __future__ import annotations

import socket
from contextlib import ExitStack, suppress

from exporter.web.connections import Connections
from tests.service import eventually


def test_newcomers_find_a_place() -> None:
    """Who has kept the server waiting longest leaves first, then who was answered most often."""
    connections, peers, served = Connections(3), [], []
    with ExitStack() as closing:
        for _ in range(7):
            ours, theirs = socket.socketpair()
            peers.append(closing.enter_context(theirs))
            served.append(closing.enter_context(ours))
        for number in (0, 1, 2):
            assert connections.add(served[number], 9)
        connections.works(served[0])
        for place, leaves in ((3, 1), (4, 2)):
            assert connections.add(served[place], 9)
            assert [each for each in range(5) if has_ended(peers[each])] == list(
                range(1, leaves + 1)
            )
        for number in (3, 3, 4):
            connections.works(served[number])
        assert connections.add(served[5], 9)
        assert has_ended(peers[3])
        assert not connections.add(served[6], 9), "three threads have not ended yet"
        connections.remove(served[1])
        connections.waits(served[1], 9)  # a thread that comes late
        assert connections.add(served[6], 9)
        assert [has_ended(peer) for peer in peers] == [False, True, True, True, False, True, False]


def test_overdue_connections_end() -> None:
    """Who waits for us is never overdue, who is waited for is when the time is over."""
    connections = Connections(3)
    pairs = [socket.socketpair() for _ in range(2)]
    with ExitStack() as closing:
        for end in (end for pair in pairs for end in pair):
            closing.enter_context(end)
        for ours, _ in pairs:
            assert connections.add(ours, 0)
        connections.works(pairs[0][0])

        def is_over() -> bool:
            connections.end_overdue()
            return has_ended(pairs[1][1])

        eventually(is_over)
        assert not has_ended(pairs[0][1])
        assert connections.has(pairs[0][0])
        assert not connections.has(pairs[1][0])


def has_ended(peer: socket.socket) -> bool:
    """Whether the other end was shut down."""
    peer.setblocking(False)
    with suppress(BlockingIOError):
        return peer.recv(1) == b""
    return False
