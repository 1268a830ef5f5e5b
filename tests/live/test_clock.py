"""The machine's clock is really set while an exporter runs, is killed and starts again."""

from __future__ import annotations

import signal
import time
from functools import partial
from pathlib import Path

from tests.lines import lines
from tests.service import Service, eventually, running
from tests.tools import tool


def _with_clock(clock: Path) -> tuple[str, ...]:
    """Give what runs a program by a clock that is set while it runs; its monotonic clock is real."""
    tool("faketime")
    library = next(Path("/usr/lib").glob("**/faketime/libfaketimeMT.so.1"))
    return (
        "env",
        f"LD_PRELOAD={library}",
        f"FAKETIME_TIMESTAMP_FILE={clock}",
        "FAKETIME_NO_CACHE=1",
        "FAKETIME_DONT_FAKE_MONOTONIC=1",
        "NO_FAKE_STAT=1",
    )


def test_clock_of_a_daemon_is_set(tmp_path: Path) -> None:
    """The same with a process and a clock that is really set, killed and started in between."""
    log, clock = tmp_path / "mail.log", tmp_path / "clock"
    log.touch()
    written, offset = 0, 0

    def goes_on(service: Service) -> bool:
        committed = service.page()["postfix_exporter_checkpoint_timestamp_seconds"][()]
        is_of_now = abs(committed - (time.time() + offset)) < 100
        return service.total() == written and service.ready() and is_of_now

    for offsets in ((0, -3600), (86400, -86400, 0), (-400 * 86400, 3600)):
        clock.write_text(f"{offset:+d}")
        with running(tmp_path, "--postfix.logfile-path", log, prefix=_with_clock(clock)) as service:
            for offset in offsets:
                clock.write_text(f"{offset:+d}")
                with log.open("ab") as file:
                    file.write(lines(written, written + 10))
                written += 10
                eventually(partial(goes_on, service))
            assert service.page()["postfix_exporter_log_gaps_total"] == {(): 0}
            assert "level=error" not in service.log
            service.stop(signal.SIGKILL)
