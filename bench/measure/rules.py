"""What the rules cost a Prometheus: `python -m bench.measure.rules`, or `make bench-rules`.

A real Prometheus scrapes ten instances with 2,000 domains every minute, and evaluates the shipped
rules as often as their groups say. With `--against FOLDER` a second one evaluates the rule files of
that folder on the same load at the same time. Each has a week of its own history, see history.py.
What an evaluation costs is each group's median; a minute costs that by the group's interval.
On a busy machine these seconds are mostly waiting. The CPU seconds of the process are not: those of
a third one without rules, which scrapes as well, are taken off them.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from bench.measure.engine import EVALUATE, RECORDED, Engine, prometheus
from bench.measure.fleet import Fleet, page_of, serving
from bench.measure.history import Samples, backfill
from bench.program import ROOT

_SETTLE = 20
"""So many times as often are groups evaluated while the history is made."""

_BARE = "no rules"


@dataclass(frozen=True, slots=True)
class _Cost:
    """What one set of rules costs: seconds, and samples recorded, of an evaluation of each group.

    `cpu` and the samples `read` are those of a minute.
    """

    version: str
    raw: float
    recorded: float
    cpu: float
    read: float
    intervals: dict[str, float]
    seconds: dict[str, float]
    samples: dict[str, float]

    def a_minute(self, of: dict[str, float]) -> float:
        """Give the sum over groups, of those that are evaluated less often the part of a minute."""
        return sum(value * EVALUATE / self.intervals[name] for name, value in of.items())


def _measured(
    given: argparse.Namespace, folder: Path, sets: dict[str, Path], port: int
) -> dict[str, _Cost]:
    """Evaluate each set of rules on its history, at the same time."""

    def started(stack: ExitStack, scrape: int, hurry: float) -> dict[str, Engine]:
        engines = {
            name: stack.enter_context(
                prometheus(folder / name, rules, port, given.instances, scrape, hurry)
            )
            for name, rules in sets.items()
        }
        for engine in engines.values():
            engine.wait()
        return engines

    measuring = (given.rounds + 3) * 4 * EVALUATE / given.hurry + 5 * EVALUATE
    for week in (0.0, measuring):
        recorded: dict[str, Samples] = {}
        with ExitStack() as stack:
            for name, engine in started(stack, 30, _SETTLE).items():
                # each group sees what the others recorded, those of four minutes as well
                time.sleep(3 * 4 * EVALUATE / _SETTLE)
                recorded[name] = engine.ask(RECORDED)
        for name, samples in recorded.items():
            if name != _BARE:
                backfill(folder / name / "data", samples, week)
            else:
                shutil.rmtree(folder / name / "data")
    with ExitStack() as stack:
        engines = started(stack, given.scrape, given.hurry)
        used = _watch(engines, given)
        bare = used.pop(_BARE)[0]
        return {
            name: _cost(engines[name], given.hurry, cpu - bare, read)
            for name, (cpu, read) in used.items()
        }


def _watch(engines: dict[str, Engine], given: argparse.Namespace) -> dict[str, tuple[float, float]]:
    """Look at evaluations until each group has had enough of them, from when all have begun.

    Gives the CPU seconds used meanwhile, and the samples read.
    """
    time.sleep(2 * 4 * EVALUATE / given.hurry)
    for engine in engines.values():
        engine.look()
        for took in engine.took.values():
            took.clear()
    used = {name: (engine.cpu(), engine.read()) for name, engine in engines.items()}
    while any(
        # the first of them was seen before
        len(took) <= given.rounds
        for engine in engines.values()
        for took in engine.took.values()
    ):
        time.sleep(0.5)
        for engine in engines.values():
            engine.look()
    return {
        name: (engine.cpu() - cpu, engine.read() - read)
        for name, (cpu, read) in used.items()
        for engine in (engines[name],)
    }


def _cost(engine: Engine, hurry: float, cpu: float, read: float) -> _Cost:
    """Give what a minute costs, also where Prometheus had no time for some of its evaluations."""
    intervals = {name: interval * hurry for name, interval in engine.intervals.items()}
    took = {name: list(times.values())[1:] for name, times in engine.took.items()}
    seconds = {name: median(times) for name, times in took.items()}
    planned = sum(of * EVALUATE / intervals[name] for name, of in seconds.items())
    part = planned / sum(map(sum, took.values()))
    return _Cost(
        engine.version(),
        engine.number('count({domain!="", __name__!~".+:.+"})'),
        engine.number(f"count({RECORDED})"),
        cpu * part,
        read * part,
        intervals,
        seconds,
        engine.samples(),
    )


def _report(costs: dict[str, _Cost]) -> None:
    for name, cost in costs.items():
        print(f"\n{name}: Prometheus {cost.version}, {cost.raw:,.0f} series with a domain\n")
        print("| group | every | seconds | samples |\n|---|---|---|---|")
        for group, seconds in cost.seconds.items():
            every = f"{cost.intervals[group] / EVALUATE:g} m"
            print(f"| {group} | {every} | {seconds:.3f} | {cost.samples.get(group, 0):,.0f} |")
    names = list(costs)
    told = {
        "seconds a minute": [cost.a_minute(cost.seconds) for cost in costs.values()],
        "CPU seconds a minute": [cost.cpu for cost in costs.values()],
        "samples read a minute": [cost.read for cost in costs.values()],
        "samples recorded a minute": [cost.a_minute(cost.samples) for cost in costs.values()],
        "recorded series": [cost.recorded for cost in costs.values()],
    }
    print("\n| | " + " | ".join(names) + (" | ratio |" if len(names) > 1 else " |"))
    print("|---" * (len(names) + (2 if len(names) > 1 else 1)) + "|")
    for what, values in told.items():
        if not any(values):  # 2.42 does not tell how many samples it read
            continue
        cells = [f"{value:,.2f}" if value < 100 else f"{value:,.0f}" for value in values]
        if len(values) > 1:
            cells.append(f"{values[0] / values[1]:.2f}")
        print(f"| {what} | " + " | ".join(cells) + " |")


def main() -> int:
    """Run it; gives 1 when the rules take two seconds a minute or longer."""
    flags = argparse.ArgumentParser(prog="python -m bench.measure.rules", description=__doc__)
    flags.add_argument("--instances", type=int, default=10)
    flags.add_argument("--domains", type=int, default=2000)
    flags.add_argument("--rules", type=Path, default=ROOT / "alerts", metavar="FOLDER")
    flags.add_argument(
        "--against", type=Path, metavar="FOLDER", help="other rules, on the same load"
    )
    flags.add_argument(
        "--scrape", type=int, default=60, metavar="SECONDS", help="between two scrapes"
    )
    flags.add_argument(
        "--hurry", type=float, default=4, metavar="TIMES", help="evaluate so many times as often"
    )
    flags.add_argument("--rounds", type=int, default=5, help="evaluations of each group")
    flags.add_argument("--incident", action="store_true", help="most mail is deferred")
    given = flags.parse_args()
    sets = {"rules": given.rules} | ({"against": given.against} if given.against else {})
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        sets[_BARE] = folder
        page = page_of(folder, given.domains, incident=given.incident)
        with serving(Fleet(page, given.scrape)) as port:
            costs = _measured(given, folder, sets, port)
    _report(costs)
    return int(costs["rules"].a_minute(costs["rules"].seconds) >= 2)


if __name__ == "__main__":
    raise SystemExit(main())
