"""Where syslog is received: an address of the configuration, and the socket that listens there.

In: `unix:/PATH`, `udp:HOST:PORT` or `tcp:HOST:PORT`. Out: a socket that does not block.
Lost: nothing. The file of a Unix socket is replaced only if it is a socket and nobody listens.
"""

from __future__ import annotations

import errno
import ipaddress
import os
import re
import socket
import stat
import struct
import sys
from contextlib import suppress
from typing import NamedTuple

EXPECTED = "unix:/PATH, udp:ADDRESS:PORT or tcp:ADDRESS:PORT"
"""Forms of an address."""

ACCESS = {"owner": 0o600, "group": 0o660, "all": 0o666}
"""The mode of a Unix socket by who may write to it."""

_LONGEST_PATH = 107
"""Bytes of a Unix socket's path (unix(7))."""

_BACKLOG = 64
_RECEIVE_BUFFER = 8 << 20
"""Bytes that a socket shall hold unread; without a privilege net.core.rmem_max is the limit."""

_SO_RCVBUFFORCE, _SO_MEMINFO = 33, 55
"""Options of Linux that the module socket does not name."""

_MEMINFO = struct.Struct("9I")
"""What SO_MEMINFO gives, from allocated bytes to dropped datagrams (linux/sock_diag.h)."""

_UNIX = re.compile(r"unix:(/.*[^/])")
_INTERNET = re.compile(r"(udp|tcp):(\[[^\[\]]+\]|[^:\[\]]+):([0-9]{1,5})")


class Address(NamedTuple):
    """Where to listen: a path and its mode, or an IP address and a port.

    `text` is as it was configured.
    """

    text: str
    transport: str
    path: str = ""
    mode: int = 0
    host: str = ""
    port: int = 0


def address_of(text: str, access: str = "group") -> Address:
    """Take an address apart; raises ValueError that says what was expected."""
    if unix := _UNIX.fullmatch(text):
        if len(os.fsencode(unix[1])) > _LONGEST_PATH or "\0" in text:
            raise ValueError(f"a path of at most {_LONGEST_PATH} bytes")
        return Address(text, "unix", path=unix[1], mode=ACCESS[access])
    internet = _INTERNET.fullmatch(text)
    if internet is None:
        raise ValueError(EXPECTED)
    host, port = internet[2].strip("[]"), int(internet[3])
    try:
        version = ipaddress.ip_address(host).version
    except ValueError:
        raise ValueError("an IP address such as 127.0.0.1 or [::1]") from None
    if (version == 6) != internet[2].startswith("["):
        raise ValueError("brackets round an IPv6 address, and none round another")
    if not 0 < port < 1 << 16:
        raise ValueError("a port from 1 to 65535")
    return Address(text, internet[1], host=host, port=port)


class Listening:
    """A socket that listens at an address; raises OSError if it cannot."""

    def __init__(self, address: Address) -> None:
        self.address = address
        self.is_stream = address.transport == "tcp"
        self.socket = socket.socket(
            _family(address), socket.SOCK_STREAM if self.is_stream else socket.SOCK_DGRAM
        )
        self._inode: tuple[int, int] | None = None
        self._dropped = 0
        try:
            self.socket.setblocking(False)
            if address.transport == "unix":
                self._bind_path(address.path, address.mode)
            else:
                self._bind_port()
        except BaseException:
            self.socket.close()
            raise

    def is_there(self) -> bool:
        """Whether senders still find it: the file of a Unix socket may be gone, or another's."""
        return self._inode is None or self._inode == _inode_of(self.address.path)

    def dropped(self) -> int:
        """Give how many datagrams the kernel had no room for since this was asked before.

        That is what it tells: never of Unix sockets, whose senders wait, and on Linux only.
        """
        if sys.platform != "linux" or self.address.transport != "udp":
            return 0
        try:
            counts = self.socket.getsockopt(socket.SOL_SOCKET, _SO_MEMINFO, _MEMINFO.size)
        except OSError:
            return 0
        if len(counts) < _MEMINFO.size:
            return 0
        before, self._dropped = self._dropped, _MEMINFO.unpack(counts)[-1]
        return (self._dropped - before) % (1 << 32)

    def close(self) -> None:
        """Listen no more; the file of a Unix socket goes, too, if it is still this one's."""
        if self._inode is not None and self.is_there():
            with suppress(OSError):
                os.unlink(self.address.path)
        self.socket.close()

    def _bind_port(self) -> None:
        if self.is_stream:  # with datagrams it would let others take them
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        else:
            _enlarge(self.socket)
        self.socket.bind((self.address.host, self.address.port))
        if self.is_stream:
            self.socket.listen(_BACKLOG)

    def _bind_path(self, path: str, mode: int) -> None:
        _enlarge(self.socket)
        _remove_stale(path)
        os.fchmod(self.socket.fileno(), mode)  # or it would be wider until the next but one line
        self.socket.bind(path)
        os.chmod(path, mode)  # the umask may have narrowed it
        self._inode = _inode_of(path)


def _family(address: Address) -> socket.AddressFamily:
    if address.transport == "unix":
        return socket.AF_UNIX
    return socket.AF_INET6 if ":" in address.host else socket.AF_INET


def _inode_of(path: str) -> tuple[int, int] | None:
    try:
        status = os.lstat(path)
    except OSError:
        return None
    return status.st_dev, status.st_ino


def _remove_stale(path: str) -> None:
    """Remove a socket at which nobody listens; raises OSError for anything else that is there."""
    try:
        if not stat.S_ISSOCK(os.lstat(path).st_mode):
            raise OSError(errno.EEXIST, "A file that is no socket has this name")
    except FileNotFoundError:
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(path)
        except ConnectionRefusedError:
            os.unlink(path)
            return
        except OSError as error:
            if error.errno != errno.EPROTOTYPE:  # somebody listens, but for a stream
                raise
    raise OSError(errno.EADDRINUSE, os.strerror(errno.EADDRINUSE))


def _enlarge(receiving: socket.socket) -> None:
    """Let the kernel hold more while nobody reads."""
    for option in (_SO_RCVBUFFORCE, socket.SO_RCVBUF):
        with suppress(OSError):
            receiving.setsockopt(socket.SOL_SOCKET, option, _RECEIVE_BUFFER)
            return
