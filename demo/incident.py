"""The incident: a log is written again, and everybody who watches says what they see of it.

In: `examples/incident.log`. Out: on the screen the alert pending and firing, the notification, and
what postfix-triage says of the same log.
"""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path
from queue import Empty
from threading import Thread

from demo.chat import Chat, chat
from demo.monitoring import Place, example, monitored
from demo.programs import DemoError, answers, free_port, program
from demo.rewriting import Line, lines, written_again
from demo.screen import Screen, screen

ROOT = Path(__file__).resolve().parent.parent
INCIDENT = ROOT / "examples" / "incident.log"
FACTOR = 240.0
"""Times faster than life: what the rules know as two hours are half a minute."""

_SKIPPED = 5400.0
"""Seconds at the log's beginning in which nothing happens."""

JOB = "postfix"
_PORTS = {"exporter": 19154, "prometheus": 19090, "alertmanager": 19193}
"""Each, or the next one that is free."""

_LOOK = 0.2
"""Seconds between two looks at Prometheus."""

_ABOUT = ("scope", "destination")
"""Labels that say whom an alert concerns."""

_FOUND = 3
"""The exit code of postfix-triage for a problem."""

_HEADING = """\
A mail server's log, {factor:.0f} times faster: from 08:00 on a receiver limits its rate.
All parts are real: exporter, Prometheus with alerts/postfix-*.yml, Alertmanager with its example,
but all durations are divided by {factor:.0f}; what they call two hours is half a minute of now.

  the exporter's page  http://{exporter}/
  Prometheus           http://{prometheus}/alerts
  Alertmanager         http://{alertmanager}/

Open them meanwhile; Ctrl-C ends everything.
"""


def run(folder: Path) -> None:
    """Show it from the log to the report; raise DemoError where something does not happen."""
    addresses = {name: f"127.0.0.1:{free_port(port)}" for name, port in _PORTS.items()}
    print(_HEADING.format(factor=FACTOR, **addresses), flush=True)
    due = lines_due(folder / "mail.log")
    with (
        chat() as told,
        _watched(folder, addresses, told),
        written_again(due, FACTOR) as writer,
    ):
        with screen(_begin(), due[-1][0] / 60, FACTOR) as shown:
            _until_told(addresses["prometheus"], told, writer, shown)
        _triage()
        if sys.stdin.isatty():
            print("\nIt goes on meanwhile. Press Enter to end.", flush=True)
            sys.stdin.readline()


def lines_due(log: Path) -> list[Line]:
    """Give the incident's lines and when each is to be written to the log, in seconds of it."""
    return [
        (after - _SKIPPED, path, rest)
        for after, path, rest in lines(INCIDENT, lambda _: log)
        if after >= _SKIPPED
    ]


def exporter_configuration(factor: float) -> str:
    """Give that of an exporter which is read so much more often."""
    return f"hold: {65 / factor:.2f}\ncheckpoint: {{interval: 0.1s}}\n"


@contextmanager
def _watched(folder: Path, addresses: dict[str, str], told: Chat) -> Iterator[None]:
    """Run all who watch the log, from the exporter to who is told."""
    (folder / "mail.log").touch()
    configuration = folder / "exporter.yml"
    configuration.write_text(exporter_configuration(FACTOR), "ascii")
    command = [sys.executable, "-m", "exporter", "--config.file", str(configuration)]
    command += ["--postfix.logfile-path", str(folder / "mail.log")]
    command += ["--checkpoint.file", str(folder / "checkpoint.json")]
    command += ["--web.listen-address", addresses["exporter"]]
    place = Place(folder, addresses["prometheus"], addresses["alertmanager"], FACTOR)
    with program(command, folder, name="exporter", at=ROOT) as exporter:
        exporter.wait_until(lambda: answers(f"http://{addresses['exporter']}/-/healthy"))
        with monitored(
            place, {JOB: [addresses["exporter"]]}, told.in_place_of_all(example(FACTOR))
        ):
            yield


def _begin() -> datetime:
    """Give the moment of the log from which on it is shown."""
    with INCIDENT.open(encoding="utf-8") as log:
        first = datetime.fromisoformat(log.readline().split()[0])
    return first + timedelta(seconds=_SKIPPED)


def _until_told(prometheus: str, told: Chat, writer: Thread, shown: Screen) -> None:
    """Show the alerts as Prometheus has them, until a notification comes."""
    known: set[str] = set()
    text = ""
    while not text:
        shown.advance()
        is_written = not writer.is_alive()
        with suppress(Empty):
            text = told.texts.get(timeout=_LOOK)
        for alert in _alerts(prometheus):
            if alert not in known:
                known.add(alert)
                shown.say(alert)
        if is_written and not text:
            raise DemoError("the log is at its end, and no notification came")
    shown.say("Alertmanager tells the team:")
    shown.show(text)


def _alerts(prometheus: str) -> Iterator[str]:
    """Give the state and name of each alert about the mail, and whom it concerns."""
    try:
        with urllib.request.urlopen(f"http://{prometheus}/api/v1/alerts", timeout=5) as answer:
            alerts = json.load(answer)["data"]["alerts"]
    except OSError:  # too busy; the next look may be answered
        return
    for alert in alerts:
        labels = alert["labels"]
        if labels.get("category") == "deliverability":  # others tell that the exporter just came
            about = "".join(f" {labels[name]}" for name in _ABOUT if name in labels)
            yield f"{alert['state']:8} {labels['alertname']}{about}"


def _triage() -> None:
    """Show what the report on the log itself says."""
    named = INCIDENT.relative_to(ROOT)
    print(f"The same incident, asked of the log alone:\n\n$ postfix-triage {named}", flush=True)
    command = [sys.executable, "-m", "exporter.triage", "--quiet", str(named)]
    if subprocess.run(command, cwd=ROOT, check=False).returncode != _FOUND:
        raise DemoError("postfix-triage found no problem in it")
