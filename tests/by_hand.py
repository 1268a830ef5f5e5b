"""An exporter in tests whose clock is set and whose polls are made by hand."""

from __future__ import annotations

from pathlib import Path

from exporter.checkpoint.file import Checkpoint
from exporter.checkpoint.state import State
from exporter.config import CheckpointConfig, Config, DomainsConfig, LogConfig, SendersConfig
from exporter.pipeline import Pipeline, was_away
from tests.lines import line

HOLD = 65.0
WALL = 1_701_000_000.0


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        """Give the time."""
        return self.now


class Exporter:
    """An exporter on a real log and a real checkpoint, polled by hand."""

    def __init__(
        self,
        folder: Path,
        hold: float = HOLD,
        idle: float = 7 * 86400.0,
        state: Path | None = None,
        collectors: tuple[str, ...] = (),
        senders: SendersConfig | None = None,
    ) -> None:
        self.log = folder / "mail.log"
        self.log.touch()
        self.clock = Clock()
        self.wall = WALL
        self.config = Config(
            log=LogConfig((str(self.log),), start="beginning"),
            hold=hold,
            domains=DomainsConfig(idle=idle),
            checkpoint=CheckpointConfig(interval=0.5),
            collectors=collectors,
            senders=senders or SendersConfig(),
        )
        self.checkpoint = Checkpoint(str((state or folder) / "checkpoint.json"), self.clock)
        self.number = 0
        self._start(None)

    def _start(self, state: State | None) -> None:
        returning = state is not None and was_away(state, self.config.hold, self.wall)
        self.pipeline = Pipeline(
            self.config,
            self.checkpoint,
            state or State(),
            clock=self.clock,
            wall=lambda: self.wall,
            returning=returning,
        )
        self.pipeline.start()

    def read(self, times: int = 0, domain: str = "a.example") -> dict[str, int]:
        """Write refusals, read them a second later; give what the page shows by domain."""
        with self.log.open("ab") as file:
            for _ in range(times):
                self.number += 1
                file.write(line(self.number, to=f"u@{domain}", dsn="5.7.1", status="bounced"))
        self.wait(1)
        return self.shown()

    def wait(self, seconds: float) -> Exporter:
        """Let time pass, then poll."""
        self.clock.now += seconds
        self.wall += seconds
        self.pipeline.poll()
        return self

    def shown(self) -> dict[str, int]:
        """Give what the page shows by domain."""
        attempts = self.pipeline.published.totals.attempts
        return {attempt.domain.removesuffix(".example"): n for attempt, n in attempts.items()}

    def killed(self, away: float = 1.0) -> Exporter:
        """Start again from the checkpoint, after some time; what was not committed is lost."""
        self.pipeline.close()
        self.wall += away
        self.clock.now = 5.0  # a clock of another life
        state, damaged = self.checkpoint.load()
        assert state
        assert not damaged
        self._start(state)
        return self

    def close(self) -> None:
        """Release log and checkpoint."""
        self.pipeline.close()
        self.checkpoint.close()
