"""Reports of logs in tests, and logs to make them of."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from contextlib import redirect_stdout
from datetime import UTC, datetime
from pathlib import Path

from exporter.config import Config
from exporter.triage.cli import main, read
from exporter.triage.reading import Span
from exporter.triage.report import Report, Wish, report
from tests.lines import record
from tests.pages import CORPUS

NOON = datetime(2026, 11, 3, 12, tzinfo=UTC).timestamp()

THROTTLED = "host mx.a.example[203.0.113.9] said: 421 4.7.28 too much mail, slow down (in reply to RCPT TO command)"
UNKNOWN = (
    "host mx.a.example[203.0.113.9] said: 550 5.1.1 no such user (in reply to RCPT TO command)"
)
FULL = "host mx.a.example[203.0.113.9] said: 452 4.2.2 mailbox full (in reply to RCPT TO command)"


def report_of(*paths: Path | str, wish: Wish | None = None, span: Span | None = None) -> Report:
    """Give the report of logs."""
    texts = [str(path) for path in paths]
    return report(read(texts, Config(), span or Span()), texts, wish or Wish())


def corpus(name: str) -> list[Path]:
    """Give the logs of a folder of the corpus."""
    return sorted(path for path in (CORPUS / name).iterdir() if "log" in path.name)


def run(*arguments: Path | str) -> tuple[int, str]:
    """Run the command; gives its exit code and what it writes."""
    written = io.StringIO()
    with redirect_stdout(written):
        code = main([str(one) for one in arguments])
    return code, written.getvalue()


class Log:
    """A log that is written as time goes by; `stamp` gives the time stamp of a moment."""

    def __init__(self, host: str = "mx1", form: str = "iso", offset: str = "+00:00") -> None:
        self._host, self._form, self._offset = host, form, offset
        self.lines: list[tuple[float, str]] = []
        self._number = 0

    def add(self, moment: float, to: str, text: str = "", dsn: str = "", **fields: str) -> None:
        """Add a record; without a text it was delivered."""
        self.add_at(moment, moment, to, text, dsn, **fields)

    def add_at(
        self, place: float, moment: float, to: str, text: str, dsn: str, **fields: str
    ) -> None:
        """Add a record where those of `place` stand, with the time of `moment`."""
        self._number += 1
        fields.setdefault("relay", f"mx.{to.partition('@')[2]}[203.0.113.9]:25")
        if text:
            status = "bounced" if dsn[0] == "5" else "deferred"
            said = record(self._number, to=to, dsn=dsn, status=status, text=text, **fields)
        else:
            said = record(self._number, to=to, **fields)
        self._add(place, moment, said)

    def again(self, moment: float, number: int, to: str, text: str, dsn: str) -> None:
        """Add that a message of this number, which no other record has, is put off untried."""
        said = record(
            0xF0000000 + number, to=to, dsn=dsn, status="deferred", text=text, relay="none"
        )
        self._add(moment, moment, said)

    def _add(self, place: float, moment: float, said: str) -> None:
        self.lines.append((place, f"{self.stamp(moment)} {self._host} postfix/smtp[1]: {said}"))

    def add_many(
        self, moments: Iterable[float], domain: str, text: str = "", dsn: str = ""
    ) -> None:
        """Add a record for another recipient at each moment."""
        for number, moment in enumerate(moments):
            self.add(moment, f"u{number}@{domain}", text, dsn)

    def write(self, path: Path) -> Path:
        """Write the log."""
        path.write_text("".join(line + "\n" for _, line in sorted(self.lines)), "utf-8")
        return path

    def stamp(self, moment: float) -> str:
        """Give the time stamp of a moment."""
        if self._form == "iso":
            hours = int(self._offset[:3])
            at = datetime.fromtimestamp(moment + 3600 * hours, UTC)
            return at.strftime("%Y-%m-%dT%H:%M:%S.%f") + self._offset
        return datetime.fromtimestamp(moment).strftime("%b %e %H:%M:%S")


def every(seconds: float, begin: float, end: float) -> list[float]:
    """Give moments at a distance."""
    return [begin + seconds * number for number in range(int((end - begin) / seconds))]


def alerts(told: Report) -> list[str]:
    """Give the alerts that say the same as the problems of a report."""
    return [one.problem.alert for one in told.problems]


def names(told: Report, place: int = 0) -> Sequence[str]:
    """Give the receivers of a problem."""
    return [of.destination.name for of in told.problems[place].problem.receivers]
