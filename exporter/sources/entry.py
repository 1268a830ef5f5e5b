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

from collections.abc import Iterable, Mapping
from typing import Any

from exporter.records.headers import has_time, lacks_time, timed

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


def line_of(record: Mapping[str, Any]) -> bytes | None:
    """Give the line that a record stands for, without a newline at its end."""
    fields = _fields(record)
    text, tag = _first(fields, _TEXTS), _tag(fields, _TAGS)
    container = _tag(fields, ("container_name",))
    has_header = text is not None and (has_time(text) or lacks_time(text))
    if container and has_header:
        tag = b""
    elif container:
        tag = b"docker/" + container  # the identifier says no more, and may be of any kind
    elif not tag and text is not None and not has_header:
        tag = _tag(fields, ("tag",))  # which may be of the log's way, too
    if text is None and not tag:
        return None
    text = (text or b"").removesuffix(b"\n")  # of long records journalctl gives none
    if not tag:
        return timed(time_of(fields), text)
    process = _first(fields, _PROCESSES)
    if process and process.isdigit() and not tag.endswith(b"]"):
        tag += b"[%b]" % process
    host = (_first(fields, _HOSTS) or b"").split()
    host = [] if host[:1] and host[0] in _STREAMS else host[:1]
    return b" ".join([time_of(fields), *host, tag + b": " + text])


def _fields(record: Mapping[str, Any]) -> dict[str, Any]:
    """Give the fields by key; what a nested object holds has both keys, with a dot between."""
    fields = {key.lstrip("_@").replace("-", "_").lower(): value for key, value in record.items()}
    for name in _NESTED:
        nested = fields.get(name)
        if isinstance(nested, dict):
            fields |= {f"{name}.{key.lower()}": value for key, value in nested.items()}
    return fields


def time_of(fields: Mapping[str, Any]) -> bytes:
    """Give the time as headers.py reads it, b"" if there is none."""
    time = _first(fields, _TIMES) or b""
    seconds, fraction = time[:_DIGITS_OF_SECONDS], time[_DIGITS_OF_SECONDS:]
    # systemd.journal-fields(7) has microseconds, others milliseconds or nanoseconds
    return seconds + b"." + fraction if time.isdigit() and fraction else time.strip()


def _tag(fields: Mapping[str, Any], names: Iterable[str]) -> bytes:
    words = (_first(fields, names) or b"").split()
    return words[0].removesuffix(b":") if words else b""


def _first(fields: Mapping[str, Any], names: Iterable[str]) -> bytes | None:
    """Give the first of the fields that is there and holds a text; of several values, the first."""
    for name in names:
        value = fields.get(name)
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
