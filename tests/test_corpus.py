"""`--once` on logs of a real Postfix gives the ground truth, and every exception is listed here."""

from __future__ import annotations

import csv
import re
from collections import Counter
from pathlib import Path
from typing import NamedTuple

import pytest

from exporter.checkpoint.state import State
from exporter.config import Config
from exporter.tally import Tally
from tests.corpus_ends import LABELS, ends_of, truth_of_ends
from tests.pages import CORPUS, attempts, by_agent, content, once

REMOTE = ("smtp", "error")
PROBES = ("deliverable", "undeliverable")

# codes on the page have no leading zeros
CODES = {"5.07.01": "5.7.1"}

# hops from Postfix to its own second instance (relay=127.0.0.1[127.0.0.1]:10026): no receiver
HOPS = {("smtp", "hop.example", "2.0.0", "sent", "log")}
HOP = "hop"
"""What truth.csv of Postfix 3.11 has as agent of such hops, which smtp(8) made."""


class Explained(NamedTuple):
    """A difference from the truth that has a reason."""

    row: tuple[str, str, str, str]
    difference: int
    why: str


NO_PID = Explained(
    ("smtp", "gmail.com", "5.7.1", "bounced"),
    +1,
    "14 records were sent; the one without a process id counts too: rsyslog templates with"
    " %programname% write such lines, and its tag is Postfix'",
)
AGENT_LOST = [
    Explained(("cleanup", "gmail.com", "5.7.1", "bounced"), -1, "RFC 5424 lost the agent;"),
    Explained(("unknown", "gmail.com", "5.7.1", "bounced"), +1, "nothing else tells cleanup"),
]
CUT_OFF = Explained(
    ("smtp", "outlook.com", "2.6.0", "sent"),
    -1,
    "logrotate's copytruncate lost this line between copying and truncating; it is in no file",
)

CASES: dict[str, tuple[list[str], list[Explained]]] = {
    "container: docker": (["container/docker.log"], []),
    "container: cri": (["container/cri.log"], []),
    "container: cri in parts": (["container/cri-partial.log"], []),
    "escapes: traditional": (["escapes/mail.traditional.log"], [NO_PID]),
    "escapes: RFC 3339": (["escapes/mail.rfc3339.log"], [NO_PID]),
    "escapes: RFC 5424": (["escapes/mail.rfc5424.log"], [NO_PID]),
    "mixed: maillog_file": (["mixed-maillog/maillog"], []),
    "mixed: reduced and escaped": (["mixed-reduced/mail.traditional.log"], []),
    "mixed: traditional": (["mixed-syslog/mail.traditional.log"], []),
    "mixed: RFC 3339": (["mixed-syslog/mail.rfc3339.log"], []),
    "mixed: RFC 5424": (["mixed-syslog/mail.rfc5424.log"], AGENT_LOST),
    "Postfix 3.11: RFC 3339": (["postfix-3.11/mail.log.gz"], []),
    "Postfix 3.11: maillog_file": (["postfix-3.11-maillog/maillog.gz"], []),
    "rotation: create": (["rotation-create/mail.log*"], []),
    "rotation: never rotated": (["rotation-create/unrotated.log.gz"], []),
    "rotation: copytruncate": (["rotation-copytruncate/mail.log*"], [CUT_OFF]),
    "rate limit": (["scenario-a-ratelimit-gmail/mail.log"], []),
    "authentication": (["scenario-c-auth-gmail/mail.log"], []),
    "unknown users": (["scenario-d-nouser-spike/mail.log"], []),
    "healthy": (["scenario-f-healthy/mail.log"], []),
    "own outage": (["scenario-g-local-outage/mail.log"], []),
}


def truth(
    path: Path, exceptions: list[Explained]
) -> tuple[Counter[tuple[str, str, str]], Counter[tuple[str, str]]]:
    """Give remote attempts and records per agent, as the truth and the exceptions have them."""
    rows: Counter[tuple[str, ...]] = Counter()
    with path.open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            key = (row["agent"], row["domain"], row["dsn"], row["status"], row["source"])
            rows[key] += int(row["visible"])
    for exception in exceptions:
        rows[*exception.row, "exception"] += exception.difference
    remote: Counter[tuple[str, str, str]] = Counter()
    agents: Counter[tuple[str, str]] = Counter()
    for (agent, domain, dsn, status, source), times in rows.items():
        agents["smtp" if agent == HOP else agent, status.lower()] += times
        hop = (agent, domain, dsn, status, source) in HOPS
        if agent in REMOTE and status not in PROBES and not hop:
            remote[LABELS.get(domain, domain), CODES.get(dsn, dsn), status.lower()] += times
    return +remote, +agents


@pytest.mark.parametrize("case", CASES)
def test_counts_equal_the_truth(case: str) -> None:
    """Remote attempts per domain, code, status, and all records per agent, equal truth.csv."""
    paths, exceptions = CASES[case]
    page = once(*(CORPUS / path for path in paths))
    remote, agents = truth((CORPUS / paths[0]).parent / "truth.csv", exceptions)
    assert attempts(page) == remote
    assert by_agent(page) == agents


def test_every_folder_is_covered() -> None:
    """No log of the corpus is left out."""
    named = {path for paths, _ in CASES.values() for path in paths}
    covered = {str(found.relative_to(CORPUS)) for path in named for found in CORPUS.glob(path)}
    logs = {str(path.relative_to(CORPUS)) for path in CORPUS.glob("*/*") if "log" in path.name}
    assert covered == logs


@pytest.mark.parametrize("log", ["postfix-3.11/mail.log.gz", "postfix-3.11-maillog/maillog.gz"])
def test_ends_equal_the_truth(log: str) -> None:
    """Who expired and who waits at the end equals ends.csv, in one block and in blocks of a line.

    Among them are a service with a syslog name of its own, messages that `postsuper -r` gave
    another id, those that an operator gave up, and two instances in one log.
    """
    lines = content(CORPUS / log).splitlines(keepends=True)
    wanted = truth_of_ends((CORPUS / log).with_name("ends.csv"))
    for blocks in ([b"".join(lines)], lines):
        tally = Tally(Config(), State())
        for block in blocks:
            tally.add(block)
        assert ends_of(tally.published()) == wanted


def test_lost_agents_of_postfix_3_11() -> None:
    """With the agent lost in RFC 5424 every attempt of smtp(8) and of the queue manager counts.

    Nothing tells what error(8) says by configuration, nor LMTP by TCP on another port than 24.
    """
    log = content(CORPUS / "postfix-3.11/mail.log.gz")
    tags = re.compile(rb"(?m)^(\S+ \S+ [^/\s\[]+)/\S+?\[(\d+)\]: ")
    totals = []
    for header in (log, tags.sub(rb"<22>1 \1 \2 - -  ", log)):
        tally = Tally(Config(), State())
        tally.add(header)
        totals.append(tally.published().totals)
    undecidable = {"dead.example", "later.example", "store.example"}
    whole, lost = (
        {attempt: n for attempt, n in one.attempts.items() if attempt.domain not in undecidable}
        for one in totals
    )
    assert lost == whole


@pytest.mark.parametrize("name", ["mail.rfc3339.log", "mail.rfc5424.log"])
def test_header_formats_of_one_run_agree(name: str) -> None:
    """The same run in another header format gives the same remote attempts, without exception."""
    folder = CORPUS / "mixed-syslog"
    assert attempts(once(folder / name)) == attempts(once(folder / "mail.traditional.log"))


def test_cut_records_are_unparsed_and_shown() -> None:
    """The two records that Postfix cut before their status are `unparsed`; every line is something."""
    page = once(CORPUS / "mixed-syslog" / "mail.traditional.log")
    lines = page["postfix_exporter_log_lines_total"]
    assert lines[("unparsed",)] == 2
    assert sum(lines.values()) == (CORPUS / "mixed-syslog/mail.traditional.log").read_bytes().count(
        b"\n"
    )


def test_probes_are_not_mail() -> None:
    """Address verification shows in its own metric and in no delivery attempt."""
    page = once(CORPUS / "mixed-maillog" / "maillog")
    probes = {status[0]: value for status, value in page["postfix_address_probes_total"].items()}
    with (CORPUS / "mixed-maillog/truth.csv").open(encoding="utf-8") as file:
        remote = [row for row in csv.DictReader(file) if row["status"] in PROBES]
    wanted: Counter[str] = Counter()
    for row in remote:
        wanted[row["status"]] += int(row["visible"])
    assert probes == dict(wanted)
    assert not {status for _, _, status in attempts(page)} & set(PROBES)
