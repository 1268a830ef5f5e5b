"""The demo in containers, each part a service of deploy/compose/compose.demo.yaml.

In: the folder that they share, and `prepare` or `play`. Out: what the other services read; then the
incident's log, written again, and on standard output what the team is told.
Exit codes: 0 the incident was told, 1 it was not, 130 by a signal.
"""

from __future__ import annotations

import signal
import sys
from contextlib import suppress
from pathlib import Path
from queue import Empty, SimpleQueue

from demo.chat import Chat, chat
from demo.incident import JOB, exporter_configuration, lines_due
from demo.monitoring import Place, configure, example
from demo.rewriting import written_again

FACTOR = 120.0
"""Times faster than life: half of `make demo`, for those who open pages meanwhile."""

_CHAT = ("demo", 9095)
_LOG = "mail.log"


def prepare(folder: Path) -> None:
    """Write what the services of these names read, and an empty log."""
    place = Place(folder, "prometheus:9090", "alertmanager:9093", FACTOR)
    host, port = _CHAT
    told = Chat(f"http://{host}:{port}/", SimpleQueue())
    configure(place, {JOB: ["exporter:9154"]}, told.in_place_of_all(example(FACTOR)))
    (folder / "exporter.yml").write_text(exporter_configuration(FACTOR), "ascii")
    (folder / _LOG).write_bytes(b"")
    for path in folder.iterdir():
        path.chmod(0o644)
    folder.chmod(0o755)  # a volume begins as the image's /state is, closed to the other users


def play(folder: Path) -> int:
    """Write the log again and print what is told meanwhile; give the exit code."""
    told_any = False
    with (
        chat(("", _CHAT[1])) as told,
        written_again(lines_due(folder / _LOG), FACTOR) as writer,
    ):
        print(f"A log of hours is written again, {FACTOR:.0f} times faster.", flush=True)
        while writer.is_alive():
            with suppress(Empty):
                print(f"\n{told.texts.get(timeout=1)}", flush=True)
                told_any = True
    print("The log is at its end." if told_any else "No notification came.", flush=True)
    return 0 if told_any else 1


def main() -> int:
    """Do what is asked for; give the exit code."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # the first process has no default
    try:
        match sys.argv[1:]:
            case ["prepare", folder]:
                prepare(Path(folder))
                return 0
            case ["play", folder]:
                return play(Path(folder))
    except KeyboardInterrupt:
        return 130
    print("usage: python -m demo.containers {prepare|play} FOLDER", file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main())
