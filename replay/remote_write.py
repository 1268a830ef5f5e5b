"""Samples as Prometheus takes them over HTTP: remote write 1.0, protobuf packed as Snappy.

In: series with their samples. Out: the body of a request. Pure.
Snappy is written without compressing: it goes to a process on the same host.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

Labels = tuple[tuple[str, str], ...]
"""Names and values, by name; the metric's own name is `__name__`."""

Samples = Sequence[tuple[int, float]]
"""Seconds since the epoch, and the value there."""

STALE = struct.unpack("<d", struct.pack("<Q", 0x7FF0000000000002))[0]
"""The value which says that a series ended."""

_LABELS, _SAMPLES = b"\x0a", b"\x12"  # fields 1 and 2, each with a length
_VALUE = struct.Struct("<cd")  # field 1, eight bytes
_LITERAL = 1 << 16
"""Bytes of a literal: so many have a length of two bytes."""


def body(written: Mapping[Labels, Samples]) -> bytes:
    """Give the body of a request that writes samples, those of a series in order."""
    parts = []
    for labels, samples in written.items():
        series = [_named(labels)]
        for moment, value in samples:
            sample = _VALUE.pack(b"\x09", value) + _timestamp(moment)
            series += (_SAMPLES, _varint(len(sample)), sample)
        parts.append(_field(_LABELS, b"".join(series)))
    return _snappy(b"".join(parts))


@lru_cache(maxsize=100_000)
def _named(labels: Labels) -> bytes:
    return b"".join(
        _field(_LABELS, _field(b"\x0a", name.encode()) + _field(b"\x12", value.encode()))
        for name, value in sorted(labels)
    )


@lru_cache(maxsize=1000)
def _timestamp(moment: int) -> bytes:
    return b"\x10" + _varint(moment * 1000)  # field 2, a number of milliseconds


def _field(tag: bytes, content: bytes) -> bytes:
    return tag + _varint(len(content)) + content


@lru_cache(maxsize=1000)
def _varint(number: int) -> bytes:
    digits = bytearray()
    while number > 0x7F:
        digits.append(number & 0x7F | 0x80)
        number >>= 7
    digits.append(number)
    return bytes(digits)


def _snappy(data: bytes) -> bytes:
    return _varint(len(data)) + b"".join(_literals(data))


def _literals(data: bytes) -> Iterable[bytes]:
    for start in range(0, len(data), _LITERAL):
        literal = data[start : start + _LITERAL]
        yield b"\xf4" + struct.pack("<H", len(literal) - 1)  # 61 << 2: the length has two bytes
        yield literal
