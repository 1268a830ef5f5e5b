"""The HTML report in a real browser: readable on a phone, in the dark, and without anybody else."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from exporter.heuristics.sentences import day
from exporter.heuristics.windows import Destination
from exporter.triage import sentences
from exporter.triage.page import written
from tests.browser import brightness, faults, shown
from tests.triage.reports import NOON, THROTTLED, Log, corpus, every, report_of

PHONE, DESK = 360, 1280


@pytest.mark.parametrize(
    "folder", ["scenario-a-ratelimit-gmail", "mixed-syslog", "scenario-f-healthy"]
)
@pytest.mark.parametrize("width", [PHONE, DESK])
def test_a_browser_shows_it(folder: str, width: int, tmp_path: Path) -> None:
    """Nothing scrolls sideways, nothing is asked for elsewhere, and the console is silent."""
    told = report_of(*corpus(folder))
    seen = shown(written(told), tmp_path, width=width)
    page = json.loads(seen.told)
    assert page["scrolls"] == 0
    assert page["heading"] == told.verdict
    assert page["scripts"] == 0
    assert set(seen.asked) <= {"/", "/page", "/favicon.ico"}
    assert seen.complaints == []


def test_it_follows_the_colours_of_the_host(tmp_path: Path) -> None:
    """In the dark the page is dark, and its text is not."""
    page = written(report_of(*corpus("scenario-f-healthy")))
    light, dark = (
        json.loads(shown(page, tmp_path / str(is_dark), width=DESK, dark=is_dark).told)
        for is_dark in (False, True)
    )
    for name in ("ink", "paper"):
        assert light[name] != dark[name]
    assert brightness(dark["paper"]) < brightness(dark["ink"])
    assert brightness(light["paper"]) > brightness(light["ink"])


BREAKS = {
    "another style than the policy allows": ("<style>", "<style>body{margin:0}"),
    "a table without its box": ('class="wide"', 'class="box"'),
}


@pytest.mark.parametrize("broken", ["", *BREAKS])
def test_on_a_phone(broken: str, tmp_path: Path) -> None:
    """A phone shows it by day and by night; a style sheet that is broken would be seen."""
    page = written(report_of(*corpus("mixed-syslog")))
    if broken:
        assert faults(page.replace(*BREAKS[broken]), tmp_path)
    else:
        assert faults(page, tmp_path) == []


def test_each_problem_has_its_time_line() -> None:
    """The bars of a problem hold its failures, each bar with a text."""
    for folder in ("scenario-a-ratelimit-gmail", "scenario-g-local-outage"):
        told = report_of(*corpus(folder))
        for one in told.problems:
            assert sum(failures for failures, _ in one.hours) >= one.problem.failures > 0
        page = written(told)
        assert page.count("<figure>") == 1 + len(told.problems)
        assert page.count("messages failed</title>") == sum(
            messages > 0
            for bars in (told.hours, *(one.hours for one in told.problems))
            for _, messages in bars
        )


def test_bars_begin_where_the_log_does(tmp_path: Path) -> None:
    """The first bar begins with the log's first quarter of an hour, which need not be a full hour."""
    log = Log()
    log.add_many(every(60, NOON + 2700, NOON + 7200), "d1.example")
    told = report_of(log.write(tmp_path / "mail.log"))
    began = day(NOON + 2700)
    assert f"from {began}, a bar is an hour" in sentences.axis(told)
    assert f"<title>{began}: 0 of 60 messages failed</title>" in written(told)


def test_hostile_names_are_text() -> None:
    """A domain, a provider or a reply that looks like markup stays what it is."""
    hostile = "<img src=x onerror=alert(1)>\"'&"
    told = report_of(*corpus("scenario-a-ratelimit-gmail"))
    one = told.problems[0]
    receiver = replace(
        one.problem.receivers[0], destination=Destination("domain", hostile), domains=(hostile,)
    )
    problem = replace(one.problem, receivers=(receiver, receiver), reasons=((hostile, 1),))
    worst = replace(
        one,
        problem=problem,
        title=hostile,
        codes=((hostile, 1, hostile),),
        reasons=((hostile, 1, hostile),),
        meaning=hostile,
        next=(hostile,),
        samples=(hostile,),
        command=hostile,
    )
    table = (replace(told.table[0], domain=hostile, provider=hostile, codes=((hostile, 1),)),)
    page = written(
        replace(
            told,
            verdict=hostile,
            not_understood=hostile,
            problems=(worst,),
            looked_at=((hostile, hostile),),
            usual=((hostile, 1),),
            table=table,
        )
    )
    assert "<img" not in page
    assert page.count("&lt;img") >= 15
    assert not _Page(page).tags & {"script", "img"}


def test_tables_can_be_read_aloud() -> None:
    """The page has a language, one first heading, and tables with captions and scopes."""
    page = written(report_of(*corpus("scenario-g-local-outage")))
    assert '<html lang="en">' in page
    assert page.count("<h1") == 1
    assert page.count("<table>") == page.count("<caption>") == 2
    assert all(" scope=" in cell for cell in re.findall(r"<th\b[^>]*>", page))


class _Page(HTMLParser):
    """Collects the tags of a page, and the text of them."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.links: list[str | None] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a tag and what it refers to."""
        self.tags.add(tag)
        self.links += [value for name, value in attrs if name in ("src", "href")]


def test_nothing_of_the_log_is_markup(tmp_path: Path) -> None:
    """What receivers say and what a file is called is text, whatever it looks like."""
    log = Log()
    said = THROTTLED.replace("too much", "<script>alert(1)</script><img src=x onerror=y> too much")
    log.add_many(every(60, NOON, NOON + 7200), "big.example", said, "4.7.28")
    log.add_many(every(60, NOON, NOON + 7200), "d1.example")
    page = written(report_of(log.write(tmp_path / "<b>&'.log")))
    assert "alert(" in page
    parsed = _Page(page)
    assert not parsed.tags & {"script", "img", "b", "iframe", "link", "object"}
    assert parsed.links == []
    assert "Content-Security-Policy" in page
