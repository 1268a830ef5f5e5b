"""What a scrape costs, and how much memory series take: `python -m bench.measure.scrape`.

A running exporter with so many series of postfix_delivery_attempts_total is scraped with gzip, as
Prometheus does; at the least number mtail is, too, in turn, with as many series of the four labels.
CPU is that of the server's process, from /proc; time is what the client waits.
Memory is measured twice: after all lines were read, and of a second process that goes on from the
checkpoint of the first one.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from bench.measure.series import Process, exporter, log_of, running, unpacked
from bench.peers.mtail import PROGRAM
from bench.program import free_port, measurement, positive

_SCRAPES = 20


@contextmanager
def _mtail(folder: Path, log: Path, port: int) -> Iterator[Process]:
    """Run mtail, which only follows a file that grows, until it has read the log."""
    followed = folder / "followed.log"
    followed.touch()
    command = ["mtail", "--address=127.0.0.1", f"--port={port}", f"--logs={followed}"]
    command += [f"--progs={PROGRAM}", f"--log_dir={folder}"]
    url = f"http://127.0.0.1:{port}/metrics"
    with running(command, url) as process:
        process.wait_for(url)
        with followed.open("ab") as file:
            file.write(log.read_bytes())
        last = log.read_bytes().splitlines()[-1].partition(b"to=<u@")[2].partition(b">")[0]
        process.wait_for(url, f'domain="{last.decode()}",dsn_class="5"')
        yield process


@dataclass(frozen=True, slots=True)
class Scrapes:
    """What scrapes with gzip took: bytes of a page, CPU seconds of one, seconds of each."""

    samples: int
    plain: int
    packed: int
    cpu: float
    seconds: list[float]

    def __str__(self) -> str:
        times = [1e3 * seconds for seconds in self.seconds]
        return (
            f"{self.samples:,} | {self.plain / 1e6:.1f} | {self.packed / 1e6:.2f}"
            f" | {self.cpu * 1e3:.1f} | {median(times):.1f} | {min(times):.1f}-{max(times):.1f}"
        )


def scraped(processes: Sequence[Process], times: int = _SCRAPES) -> list[Scrapes]:
    """Scrape processes in turn, so many times each; give what it took."""
    waited: list[list[float]] = [[] for _ in processes]
    used = [process.cpu() for process in processes]
    for _ in range(times):
        for seconds, process in zip(waited, processes, strict=True):
            begun = time.perf_counter()
            process.page()
            seconds.append(time.perf_counter() - begun)
    found = []
    for seconds, process, before in zip(waited, processes, used, strict=True):
        cpu = (process.cpu() - before) / times
        body = process.page()
        text = unpacked(body)
        samples = sum(not line.startswith(b"#") for line in text.splitlines())
        found.append(Scrapes(samples, len(text), len(body), cpu, seconds))
    return found


def _measured(series: int, *, with_mtail: bool) -> Iterator[str]:
    """Give rows of the table for a number of series."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        log = folder / "mail.log"
        log.write_bytes(b"".join(log_of(series)))
        with exporter(folder, log, series, free_port()) as ours:
            if with_mtail:
                with _mtail(folder, log, free_port()) as mtail:
                    ours_cells, mtails = scraped([ours, mtail])
                    yield f"| mtail | {series:,} | {mtails} | {_memory(mtail)} |"
            else:
                (ours_cells,) = scraped([ours])
            yield f"| exporter | {series:,} | {ours_cells} | {_memory(ours)} |"
        with exporter(folder, log, series, free_port()) as ours:
            (ours_cells,) = scraped([ours])
            yield f"| exporter, restarted | {series:,} | {ours_cells} | {_memory(ours)} |"


def _memory(process: Process) -> str:
    now, highest = process.memory()
    return f"{now:.0f} | {highest:.0f}"


@measurement
def main(arguments: Sequence[str] | None = None) -> None:
    """Run the measurement and print its table."""
    flags = argparse.ArgumentParser(prog="python -m bench.measure.scrape")
    flags.add_argument("--series", type=positive, nargs="+", default=[3000, 10_000, 100_000])
    options = flags.parse_args(arguments)
    print(
        "| what | series | samples on the page | MB | MB packed | CPU (ms) | time (ms) | min-max"
        " | resident MB | at most |\n|---|---|---|---|---|---|---|---|---|---|"
    )
    for series in options.series:
        for row in _measured(series, with_mtail=series == min(options.series) < 100_000):
            print(row, flush=True)


if __name__ == "__main__":
    raise SystemExit(main())
