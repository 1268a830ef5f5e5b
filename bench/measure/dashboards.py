"""What the dashboards cost a Prometheus: `python -m bench.measure.dashboards`.

Days of a fleet's series and of what the rules record of them are written as blocks. Then the query
of each panel and variable is asked as Grafana asks it on a screen of 1,600 pixels, for the last 6
hours, day and week; with `--against FOLDER` that of another version's JSON, too, in turn.

Printed are, by panel: millions of samples read, the most of them in memory at once, which
`query.max-samples` (50 M by default) bounds, and CPU seconds of the Prometheus, the least of
`--rounds`. What counters with a domain cost grows with instances x domains, what recorded series
cost with domains alone: a fleet of 10 x 2,000 is 50 and 5 times the default of one instance with
400 domains. With `--data FOLDER` the blocks stay there, and are used if they are there.
"""

from __future__ import annotations

import argparse
import json
import re
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.measure.asked import Cost, Server
from bench.measure.fleet import pace, page_of
from bench.measure.week import SCRAPE, Span, fill_counters, fill_recorded
from bench.program import ROOT, measurement, positive

_HOUR = 3600
_RANGES = {"6 h": 6 * _HOUR, "24 h": 24 * _HOUR, "7 d": 168 * _HOUR}
_PIXELS = 1600 / 24
"""Of a dashboard's column; Grafana asks for at most one step a pixel."""

_ROUNDED = (
    *((1.5, 1), (3.5, 2), (7.5, 5), (12.5, 10), (17.5, 15), (25, 20), (45, 30), (90, 60)),
    *((210, 120), (450, 300), (750, 600), (1050, 900), (1500, 1200), (2700, 1800), (5400, 3600)),
)
"""Grafana's steps in seconds: below the first the second."""

_UNITS = {"s": 1, "m": 60, "h": _HOUR}
_VARIABLES = "(variables)"
_PINNED = re.compile(r"\[(?P<range>[^\]]+)\](?P<offset> offset \w+)? @ end\(\)")

Board = Mapping[str, Any]
_Boards = Mapping[str, Board]


@dataclass(frozen=True, slots=True)
class _Asker:
    """Asks the queries of a dashboard for some seconds up to a moment."""

    server: Server
    end: int
    seconds: int
    scope: str
    rounds: int

    def costs(self, board: Board) -> dict[str, Cost]:
        """Give what each panel costs, and the variables."""
        values = {"job": ".+", "instance": ".+", "scope": self.scope, "__range": f"{self.seconds}s"}
        found = {_VARIABLES: Cost()}
        for variable in board["templating"]["list"]:
            if str(variable.get("query")).startswith("query_result("):
                query = variable["query"].removeprefix("query_result(").removesuffix(")")
                found[_VARIABLES] += self._cost(_filled(query, values))
                answer = self.server.instant(_filled(query, values), self.end)["result"]
                values[variable["name"]] = _chosen(variable, answer)
        for panel in board["panels"]:
            for target in panel.get("targets", ()):
                step = 0 if target.get("instant") else step_of(panel, self.seconds)
                interval = {"__interval": f"{step}s", "__rate_interval": f"{_rate(step)}s"}
                query = _filled(target["expr"], values | interval)
                title = panel["title"]
                found[title] = found.get(title, Cost()) + self._cost(query, step)
        return found

    def _cost(self, query: str, step: int = 0) -> Cost:
        costs = [self._asked(query, step) for _ in range(self.rounds)]
        read = costs[0].read
        if once := pinned(query):
            # what is pinned to the end is evaluated once, but counted once a step
            read = self._asked(_PINNED.sub(r"[1s:1s]\g<offset> @ end()", query), step).read
            read += sum(self._asked(one).read for one in once)
        return Cost(read, costs[0].peak, min(cost.cpu for cost in costs))

    def _asked(self, query: str, step: int = 0) -> Cost:
        before = self.server.cpu()
        if step:
            begin = (self.end - self.seconds) // step * step
            answer = self.server.range(query, begin, self.end // step * step, step)
        else:
            answer = self.server.instant(query, self.end)
        samples = answer["stats"]["samples"]
        used = self.server.cpu() - before
        return Cost(samples["totalQueryableSamples"], samples["peakSamples"], used)


def step_of(panel: Board, seconds: int) -> int:
    """Give the seconds between two points of a panel that shows so many."""
    exact = seconds / (panel["gridPos"]["w"] * _PIXELS)
    rounded = next((to for below, to in _ROUNDED if exact < below), 2 * _HOUR)
    least = panel.get("interval", "15s")
    return max(rounded, int(least[:-1]) * _UNITS[least[-1]])


def _rate(step: int) -> int:
    """Give Grafana's interval for rates: four scrapes, or a step and a scrape."""
    return max((step or 15) + SCRAPE, 4 * SCRAPE)


def _filled(text: str, values: Mapping[str, str]) -> str:
    """Put in the values of variables."""
    return re.sub(r"\$(\w+)", lambda found: values.get(found[1], found[0]), text)


def _chosen(variable: Board, answer: Sequence[Board]) -> str:
    """Give the value of a variable as Grafana writes it into a query: all, or the first."""
    found = [re.escape(one["metric"]["destination"]).replace("\\", "\\\\") for one in answer]
    if variable.get("multi"):
        return f"({'|'.join(found)})"
    return str(answer[0]["metric"]["destination"]) if answer else ""


def pinned(query: str) -> list[str]:
    """Give queries that read what `@ end()` pins."""
    queries = []
    for found in _PINNED.finditer(query):
        operand = query[_begin(query, found.start()) : found.start()]
        window = f"[{found['range']}]{found['offset'] or ''}"
        queries.append(f"count(count_over_time({operand}{window}))")
    return queries


def _begin(query: str, end: int) -> int:
    """Give where the selector, or what is in brackets, begins that ends at a place."""
    opening = {")": "(", "}": "{"}[query[end - 1]]
    depth, place = 0, end
    while place == end or depth:
        place -= 1
        depth += (query[place] == query[end - 1]) - (query[place] == opening)
    name = re.search(r"\w*$", query[:place]) if opening == "{" else None
    return name.start() if name else place


def _boards(folder: Path) -> _Boards:
    read = (json.loads(file.read_text("utf-8")) for file in sorted(folder.glob("postfix-*.json")))
    return {board["title"]: board for board in read}


def _queries(boards: _Boards) -> Iterator[str]:
    for board in boards.values():
        yield from (str(one.get("query")) for one in board["templating"]["list"])
        for panel in board["panels"]:
            yield from (target["expr"] for target in panel.get("targets", ()))


def _written(data: Path, given: argparse.Namespace, versions: Sequence[_Boards]) -> Span:
    """Give the days that are in a folder, after they were written if they are not."""
    told = data.with_name("span.json")
    if not told.exists():
        data.mkdir(parents=True)
        span = Span.until(time.time(), given.days)
        page = page_of(data.parent, given.domains, incident=False)
        fill_counters(data, span, page, pace(given.domains), given.instances)
        queries = [query for boards in versions for query in _queries(boards)]
        fill_recorded(data, span, ROOT / "alerts", queries)
        told.write_text(json.dumps([span.begin, span.end]), encoding="ascii")
    return Span(*json.loads(told.read_text(encoding="ascii")))


@contextmanager
def _folder(given: Path | None) -> Iterator[Path]:
    if given:
        yield given
    else:
        with tempfile.TemporaryDirectory() as name:
            yield Path(name)


def _table(name: str, costs: Sequence[Mapping[str, Cost]]) -> Iterator[str]:
    yield f"\n| {name} |" + " read M | peak M | CPU s |" * len(costs)
    yield "|---|" + "---|---|---|" * len(costs)
    titles = list(dict.fromkeys(title for one in costs for title in one))
    for title in titles:
        yield f"| {title} |" + "".join(_cells(one.get(title)) for one in costs)
    totals = [sum(one.values(), Cost()) for one in costs]
    yield "| all |" + "".join(map(_cells, totals))


def _cells(cost: Cost | None) -> str:
    if cost is None:
        return " | | |"
    return f" {cost.read / 1e6:,.3f} | {cost.peak / 1e6:,.2f} | {cost.cpu:.3f} |"


@measurement
def main(arguments: Sequence[str] | None = None) -> None:
    """Run the measurement and print its tables."""
    flags = argparse.ArgumentParser(prog="python -m bench.measure.dashboards", description=__doc__)
    flags.add_argument("--instances", type=positive, default=1)
    flags.add_argument("--domains", type=positive, default=400)
    flags.add_argument("--days", type=positive, default=8)
    flags.add_argument("--data", type=Path, metavar="FOLDER", help="blocks to keep or to use")
    flags.add_argument("--against", type=Path, metavar="FOLDER", help="other dashboards")
    flags.add_argument("--scope", choices=("domain", "provider"), default="domain")
    flags.add_argument("--rounds", type=positive, default=3)
    given = flags.parse_args(arguments)
    folders = [ROOT / "dashboards", *([given.against] if given.against else [])]
    versions = [_boards(folder) for folder in folders]
    with _folder(given.data) as folder:
        span = _written(folder / "data", given, versions)
        with Server(folder / "data") as server:
            server.settle()
            print(f"Prometheus {server.version()}")
            for name, seconds in _RANGES.items():
                asker = _Asker(server, span.end - SCRAPE, seconds, given.scope, given.rounds)
                for title in versions[0]:
                    costs = [
                        asker.costs(boards[title]) if title in boards else {} for boards in versions
                    ]
                    print("\n".join(_table(f"{title}, {name}", costs)), flush=True)


if __name__ == "__main__":
    raise SystemExit(main())
