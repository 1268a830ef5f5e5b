"""What a log costs by the form of its lines: `python -m bench.measure.forms`.

The lines of an everyday log, as each of these writers has them, are read in turns by
`python -m exporter --once`; CPU of the process against that for the plain lines, the least of all
rounds, without what a start takes. With `--collectors` all collectors are on.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from bench.logs.generate import main as generate
from bench.program import measurement, positive

_YEAR = 2026
_MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()


@measurement
def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print."""
    flags = argparse.ArgumentParser(description="Measure what the forms of lines cost.")
    flags.add_argument("--lines", type=positive, default=200_000)
    flags.add_argument("--rounds", type=positive, default=5)
    flags.add_argument("--collectors", action="store_true")
    chosen = flags.parse_args(arguments)
    more = ["--collectors=all"] if chosen.collectors else []
    with tempfile.TemporaryDirectory() as directory:
        _measure(Path(directory), chosen.lines, chosen.rounds, more)


def _measure(directory: Path, lines: int, rounds: int, more: list[str]) -> None:
    plain = directory / "plain"
    generate(["--out", str(plain), f"--lines={lines}", "--domains=200"])
    told = plain.read_bytes().decode("latin-1").splitlines()
    (directory / "nothing").touch()
    for name, write in FORMS.items():
        text = "".join(write(line) + "\n" for line in told)
        (directory / name).write_bytes(text.encode("latin-1"))
    logs = ["nothing", "plain", *FORMS]
    least = dict.fromkeys(logs, float("inf"))
    for _ in range(rounds):
        for name in logs:
            least[name] = min(least[name], _cpu(directory / name, more))
    start = least["nothing"]
    print(f"a start: {start:.2f} s; {lines} plain lines: {least['plain'] - start:.2f} s")
    for name in FORMS:
        print(f"{name}: {(least[name] - start) / (least['plain'] - start):.2f} times a plain line")


def _cpu(log: Path, more: list[str]) -> float:
    """Give the CPU seconds of reading a log once, with more flags."""
    command = [sys.executable, "-m", "exporter", "--once", "--postfix.logfile-path", str(log)]
    process = subprocess.Popen(
        [*command, *more], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    used = os.wait4(process.pid, 0)[2]
    return used.ru_utime + used.ru_stime


def _when(line: str) -> str:
    """Give the time of a traditional line as RFC 3339."""
    month = _MONTHS.index(line[:3]) + 1
    return f"{_YEAR}-{month:02d}-{line[4:6].replace(' ', '0')}T{line[7:15]}"


def _docker(line: str) -> str:
    return json.dumps(
        {"log": line + "\n", "stream": "stdout", "time": _when(line) + ".5Z"},
        separators=(",", ":"),
    )


def _parts(line: str) -> tuple[str, str, str, str]:
    """Give host, name, process id and text."""
    header, _, text = line[16:].partition(": ")
    host, _, tag = header.partition(" ")
    name, _, process = tag.partition("[")
    return host, name, process.rstrip("]"), text


def _flat(line: str) -> str:
    host, name, process, text = _parts(line)
    return json.dumps(
        {"date": _when(line) + "Z", "host": host, "ident": name, "pid": process, "message": text}
    )


def _elastic(line: str) -> str:
    host, name, process, text = _parts(line)
    syslog = {"appname": name, "procid": process, "severity": {"code": 6}}
    return json.dumps(
        {
            "@timestamp": _when(line) + ".123Z",
            "host": {"name": host},
            "log": {"file": {"path": "/var/log/mail.log"}, "syslog": syslog},
            "message": text,
            "ecs": {"version": "8.0.0"},
        }
    )


FORMS: dict[str, Callable[[str], str]] = {
    "RFC 3339": lambda line: _when(line) + "+00:00" + line[15:],
    "RFC 5424": lambda line: (
        "<22>1 {}Z {} {} {} - - {}".format(_when(line), *_parts(line))
        if _parts(line)[2]
        else f"<22>1 {_when(line)}Z {line[16:]}"
    ),
    "a date and a blank": lambda line: _when(line).replace("T", " ") + line[15:],
    "BusyBox": lambda line: line[:16] + line[16:].replace(" ", " mail.info ", 1),
    "a header in a header": lambda line: f"{line[:15]} loghost {line}",
    "Docker's syslog driver": lambda line: f"{line[:15]} loghost docker/postfix[99]: {line}",
    "docker logs -t": lambda line: f"{_when(line)}.732276000Z {line}",
    "Docker's json-file": _docker,
    "CRI": lambda line: f"{_when(line)}.5Z stdout F {line}",
    "objects of a collector": _flat,
    "objects in objects (Elastic Common Schema)": _elastic,
}
"""What writers make of a traditional line."""

if __name__ == "__main__":
    sys.exit(main())
