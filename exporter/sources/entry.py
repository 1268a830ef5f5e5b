"""The fields of a structured log record to a line of a log.

In: fields by key, as a JSON object or an entry of the journal has them. Out: a line, whose header
is made of the fields, or its text alone.
Lost: nothing; fields without a text give None. Pure.

Writers differ in the names of keys; they are compared without case, leading signs and dashes:
journalctl's (systemd.journal-fields(7)), and what Fluent Bit, Vector, rsyslog, syslog-ng and others
make of syslog's fields; Elastic Common Schema nests some.
Trust: the text may be an outsider's, so a header that it begins with is left to
headers.py, which knows whose texts may have one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from exporter.records.headers import has_time, lacks_time, timed
from exporter.records.moments import normalised

_TIMES = (
    *("realtime_timestamp", "timestamp", "time", "isodate", "date", "datetime", "timereported"),
    *("ts", "source_realtime_timestamp", "syslog_timestamp"),
)
_HOSTS = (
    *("hostname", "host", "syslog_hostname", "log.syslog.hostname", "host.hostname", "host.name"),
    "source",
)
_TAGS = (
    *("syslog_identifier", "ident", "identifier", "program", "programname", "appname", "app_name"),
    *("syslogtag", "application_name", "log.syslog.appname", "process.name", "process", "comm"),
)
_PROCESSES = (
    *("pid", "syslog_pid", "procid", "proc_id", "process_id", "processid"),
    *("log.syslog.procid", "process.pid"),
)
_NESTED = ("host", "process", "log", "log.syslog")
_STREAMS = (b"stdout", b"stderr")
_TEXTS = ("message", "msg", "log", "short_message", "text", "line")
_DIGITS_OF_SECONDS = 10
_EPOCH = re.compile(rb"[12][0-9]{9}")


class Plan(NamedTuple):
    """Which of a record's keys hold what, the best first."""

    nested: tuple[str, ...]
    texts: tuple[str, ...]
    times: tuple[str, ...]
    hosts: tuple[str, ...]
    tags: tuple[str, ...]
    last_tags: tuple[str, ...]
    containers: tuple[str, ...]
    processes: tuple[str, ...]


def line_of(record: Mapping[str, Any]) -> bytes | None:
    """Give the line that a record stands for, without a newline at its end."""
    record, plan = flattened(record)
    text, tag = _first(record, plan.texts), _tag(record, plan)
    if text is None and not tag:
        return None
    text = (text or b"").removesuffix(b"\n")  # of long records journalctl gives none
    time = _time(record, plan.times)
    if not tag:
        return timed(time, text)
    process = _first(record, plan.processes)
    if process and process.isdigit() and not tag.endswith(b"]"):
        tag += b"[%b]" % process
    host = (_first(record, plan.hosts) or b"").split(None, 1)
    if not host or host[0] in _STREAMS:
        return b"%b %b: %b" % (time, tag, text)
    return b"%b %b %b: %b" % (time, host[0], tag, text)


def flattened(record: Mapping[str, Any]) -> tuple[Mapping[str, Any], Plan]:
    """Give a record without the nested objects that are read, and what its keys mean."""
    plan = plan_of(tuple(record))
    for _ in _NESTED:
        nested = [key for key in plan.nested if isinstance(record[key], dict)]
        if not nested:
            break
        record = _flat(record, nested)
        plan = plan_of(tuple(record))
    return record, plan


@lru_cache(maxsize=64)
def plan_of(keys: tuple[str, ...]) -> Plan:
    """Find out what keys mean: once, for the records of a log have the same."""
    known = {key.lstrip("_@").replace("-", "_").lower(): key for key in keys}
    return Plan(
        *(
            tuple(known[name] for name in names if name in known)
            for names in (
                _NESTED, _TEXTS, _TIMES, _HOSTS, _TAGS, ("tag",), ("container_name",), _PROCESSES
            )
        )
    )  # fmt: skip


def _flat(record: Mapping[str, Any], nested: Iterable[str]) -> dict[str, Any]:
    """Give a record in which what nested objects hold has both keys, with a dot between."""
    flat = {key: value for key, value in record.items() if key not in nested}
    for key in nested:
        flat |= {f"{key}.{inner}": value for inner, value in record[key].items()}
    return flat


def unescaped(text: bytes) -> bytes:
    """Give the text of a string in JSON, without its quotes."""
    string: str = json.loads('"' + text.decode("utf-8", "replace") + '"')
    return string.encode("utf-8", "replace")


def time_of(record: Mapping[str, Any]) -> bytes:
    """Give the time of a record as headers.py reads it, b"" if there is none."""
    return _time(record, plan_of(tuple(record)).times)


def _time(record: Mapping[str, Any], keys: Iterable[str]) -> bytes:
    time = (_first(record, keys) or b"").strip()
    seconds, _, fraction = time.partition(b".")
    if not fraction:
        # systemd.journal-fields(7) has microseconds, others milliseconds or nanoseconds
        seconds, fraction = time[:_DIGITS_OF_SECONDS], time[_DIGITS_OF_SECONDS:]
    if not (_EPOCH.fullmatch(seconds) and (fraction.isdigit() or not fraction)):
        return time
    moment, zone = normalised(seconds, b"", b"")
    return moment + b"." + fraction + zone if fraction else moment + zone


def _tag(record: Mapping[str, Any], plan: Plan) -> bytes:
    """Give what is the line's tag, b"" where the text has a header of its own, or nothing tells."""
    container = _word(record, plan.containers) if plan.containers else b""
    tag = b"" if container else _word(record, plan.tags)
    if tag:
        return tag
    text = _first(record, plan.texts)
    if text is None:
        return container and b"docker/" + container
    if has_time(text) or lacks_time(text):
        return b""
    if container:
        return b"docker/" + container  # the identifier says no more, and may be of any kind
    return _word(record, plan.last_tags)  # which may be of the log's way, too


def _word(record: Mapping[str, Any], keys: Iterable[str]) -> bytes:
    words = (_first(record, keys) or b"").split(None, 1)
    return words[0].removesuffix(b":") if words else b""


def _first(record: Mapping[str, Any], keys: Iterable[str]) -> bytes | None:
    """Give the first of the fields that holds a text; of several values, the first."""
    for key in keys:
        value = record[key]
        if isinstance(value, str):
            return value.encode("utf-8", "replace")
        if isinstance(value, list) and value and not isinstance(value[0], int):
            value = value[0]
        text = _bytes(value)
        if text is not None:
            return text
    return None


def _bytes(value: Any) -> bytes | None:
    """Give the bytes of a value; of what is no text, journalctl -o json lists them as numbers."""
    if isinstance(value, bytes):
        return value
    if isinstance(value, str):
        return value.encode("utf-8", "replace")
    if isinstance(value, float):
        return b"%.6f" % value
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value).encode()
    if isinstance(value, list) and value and all(isinstance(one, int) for one in value):
        return bytes(one & 0xFF for one in value)
    return None
