"""The exporter's own log on standard error: logfmt or JSON, one record a line."""

from __future__ import annotations

import json
import logging
import re
import sys
from datetime import UTC, datetime

FORMATS = ("logfmt", "json")
LEVELS = ("debug", "info", "warn", "error")

_BARE = re.compile(r"[^\s\"=\x00-\x1f\x7f]+")


class _Formatter(logging.Formatter):
    def __init__(self, style: str) -> None:
        super().__init__()
        self._json = style == "json"

    def format(self, record: logging.LogRecord) -> str:
        level = "warn" if record.levelno == logging.WARNING else record.levelname.lower()
        moment = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        fields = {
            "time": moment.replace("+00:00", "Z"),
            "level": level,
            "source": record.name.removeprefix("exporter."),
            "msg": record.getMessage(),
        }
        if record.exc_info:
            fields["error"] = self.formatException(record.exc_info)
        if self._json:
            return json.dumps(fields)
        return " ".join(f"{key}={_quoted(value)}" for key, value in fields.items())


def _quoted(value: str) -> str:
    return value if _BARE.fullmatch(value) else json.dumps(value)


def set_up(level: str, style: str) -> None:
    """Send the exporter's records of `level` and above to standard error."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Formatter(style))
    root = logging.getLogger("exporter")
    root.handlers = [handler]
    root.propagate = False
    root.setLevel({"warn": "WARNING"}.get(level, level.upper()))
