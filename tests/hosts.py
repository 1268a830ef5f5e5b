"""A log as several hosts would have written it together."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path

from demo.rewriting import Line, lines


def of_hosts(log: Path, hosts: Sequence[Path]) -> Iterator[Line]:
    """Give the log's lines, each with the log of the host that it falls to."""

    def host(rest: bytes) -> Path:
        # all lines of a message are one host's; the rest of them are everybody's
        message = rest.split(b": ", 2)[1]
        return hosts[zlib.crc32(message) % len(hosts)]

    yield from lines(log, host)
