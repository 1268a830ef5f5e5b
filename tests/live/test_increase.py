"""Two real Prometheus servers see every refusal as an increase, and nothing else.

The hold is five seconds here and the scrapers come every half second: the same ratio as a hold of
65 s to scrapes every 15 to 60 s leaves room for.
"""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from tests.by_hand import Exporter
from tests.lines import line
from tests.pages import all_attempts
from tests.prometheus import backfill, prometheus, query
from tests.service import Service, eventually, free_port

HOLD = 5
BLOCKED = "host mx.a.example[203.0.113.9] said: 550 5.7.1 Blocked (in reply to DATA command)"


class Host:
    """A mail host with an exporter that may be stopped, killed and started again on its port."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.log = folder, folder / "mail.log"
        self.log.touch()
        self.config = folder / "exporter.yml"
        self.config.write_text(
            f"log: {{paths: '{self.log}'}}\nhold: {HOLD}\ncheckpoint: {{interval: 0.5s}}\ndomains: {{limit: 4}}\n"
        )
        self.port, self.number = free_port(), 0
        self.start()

    def start(self) -> None:
        """Start the exporter."""
        flags = ("--config.file", self.config, f"--web.listen-address=127.0.0.1:{self.port}")
        self.exporter = Service(self.folder, *flags)
        eventually(lambda: f"serving http://127.0.0.1:{self.port}" in self.exporter.log)
        self.exporter.port = self.port
        eventually(self.exporter.ready)

    def refuse(self, times: int, domain: str) -> None:
        """Log refusals."""
        with self.log.open("ab") as file:
            for _ in range(times):
                self.number += 1
                fields = {"to": f"u{self.number}@{domain}", "dsn": "5.7.1", "status": "bounced"}
                file.write(line(self.number, text=BLOCKED, **fields))

    def shows(self, domain: str, times: int) -> bool:
        """Whether the page shows a number of refusals for a domain."""
        return all_attempts(self.exporter.page(), domain) == times


@contextmanager
def watched(folder: Path) -> Iterator[tuple[Host, list[str]]]:
    """Run a host and two Prometheus servers that scrape it."""
    host = Host(folder)
    with ExitStack() as stack:
        stack.callback(lambda: host.exporter.stop(signal.SIGKILL))
        servers = []
        for name in ("one", "two"):
            (folder / name).mkdir()
            target = f"127.0.0.1:{host.port}"
            servers.append(stack.enter_context(prometheus(folder / name, target)))
        for server in servers:
            eventually(lambda: query(server, "up") == 1)  # noqa: B023
        yield host, servers


def increases(servers: list[str], domain: str) -> list[float]:
    """Give each server's increase of refusals at a domain, once it has seen the last of them."""
    name = f'postfix_delivery_attempts_total{{domain="{domain}"}}'
    return [query(server, f"sum(increase({name}[10m])) or vector(-1)") or 0.0 for server in servers]


def have_scraped(servers: list[str], domain: str, times: int) -> bool:
    """Whether both servers have a value."""
    name = f'sum(postfix_delivery_attempts_total{{domain="{domain}"}})'
    return all(query(server, name) == times for server in servers)


def raw_increases(servers: list[str], domain: str) -> list[float]:
    """Give what each server's samples rose by, without Prometheus' extrapolation."""
    name = f'postfix_delivery_attempts_total{{domain="{domain}"}}'
    return [
        query(server, f"max_over_time({name}[10m]) - min_over_time({name}[10m])") or 0.0
        for server in servers
    ]


def test_two_prometheus_servers(tmp_path: Path) -> None:
    """Bursts on new series, over restart, kill -9 and absence: each refusal is one increase."""
    with watched(tmp_path) as (host, servers):
        host.refuse(200, "burst.example")
        host.refuse(3, "drops.example")
        eventually(lambda: have_scraped(servers, "burst.example", 0))
        eventually(lambda: have_scraped(servers, "burst.example", 200))
        eventually(lambda: have_scraped(servers, "drops.example", 3))
        assert raw_increases(servers, "burst.example") == [200, 200]
        assert raw_increases(servers, "drops.example") == [3, 3]
        assert all(195 <= rise <= 205 for rise in increases(servers, "burst.example"))
        assert all(2.9 <= rise <= 3.1 for rise in increases(servers, "drops.example"))

        host.refuse(40, "killed.example")
        eventually(lambda: host.shows("killed.example", 0))
        host.exporter.stop(signal.SIGKILL)
        host.refuse(10, "killed.example")
        host.start()
        eventually(lambda: have_scraped(servers, "killed.example", 50))
        assert raw_increases(servers, "killed.example") == [50, 50]

        assert host.exporter.stop(signal.SIGTERM) == 0
        host.refuse(7, "burst.example")
        host.start()
        eventually(lambda: have_scraped(servers, "burst.example", 207))
        assert raw_increases(servers, "burst.example") == [207, 207]
        assert raw_increases(servers, "drops.example") == [3, 3]
        host.exporter.stop(signal.SIGKILL)
        host.refuse(30, "killed.example")
        absent = f"absent(up == 1) and absent_over_time((up == 1)[{HOLD + 1}s:500ms])"
        eventually(lambda: all(query(server, absent) for server in servers))
        host.start()  # it was away for longer than scrapers are thought to remember
        eventually(lambda: have_scraped(servers, "killed.example", 50))
        eventually(lambda: have_scraped(servers, "killed.example", 80))
        assert raw_increases(servers, "killed.example") == [80, 80]

        resets = "sum(resets(postfix_delivery_attempts_total[10m]))"
        assert [query(server, resets) for server in servers] == [0, 0]


def simulated(exporter: Exporter, start: float, refusals: dict[int, int], interval: int) -> str:
    """Run an exporter through hours by hand; give what a scraper reads at its interval.

    `refusals` are by second since the start; the last one is the end.
    """
    samples = ["# TYPE postfix_delivery_attempts counter\n"]
    for second in range(0, max(refusals) + 1, 5):
        times = sum(refusals.get(moment, 0) for moment in range(second, second + 5))
        exporter.read(times)
        exporter.wait(4)
        if second % interval == 0 and "a" in exporter.shown():
            moment = start + second
            value = exporter.shown()["a"]
            samples.append(
                f'postfix_delivery_attempts_total{{domain="a.example"}} {value} {moment}\n'
            )
    exporter.close()
    return "".join(samples)


@pytest.mark.parametrize("interval", [15, 60])
def test_idle_and_forgotten_series(tmp_path: Path, interval: int) -> None:
    """An idle domain that delivers again, and one that was forgotten, rise by what they refuse."""
    hour = 3600
    # the third burst comes after the domain was idle for long enough to be forgotten, and then some
    refusals = {100: 200, hour: 3, 4 * hour: 1, 4 * hour + 900: 50, 6 * hour: 0}
    (tmp_path / "exporter").mkdir()
    start = float(int(time.time()) // 60 * 60 - 8 * hour)
    exporter = Exporter(tmp_path / "exporter", idle=2.0 * hour)
    backfill(tmp_path, simulated(exporter, start, refusals, interval))
    name = 'postfix_delivery_attempts_total{domain="a.example"}'
    with prometheus(tmp_path, "127.0.0.1:1") as server:
        eventually(lambda: query(server, "vector(1)") == 1)

        def rise(begin: int, end: int) -> float:
            """Give the increase between two seconds of the run."""
            expression = f"increase({name}[{end - begin}s])"
            return query(server, expression, start + end) or 0.0

        assert 195 <= rise(0, 1800) <= 205
        assert rise(900, 1800) == 0
        assert 2.9 <= rise(1800, 2 * hour) <= 3.1
        assert rise(2 * hour, 4 * hour) == 0
        assert query(server, name, start + 3.5 * hour) is None  # it left the page
        assert 49 <= rise(4 * hour, 6 * hour) <= 53
        # over all of it: each refusal once, and no phantom of the new start at 0
        assert 250 <= rise(0, 6 * hour) <= 258
