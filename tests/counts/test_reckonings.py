"""First and repeated failures, against reckonings that share nothing with the exporter."""

from __future__ import annotations

import gzip
import json
import re
from collections import Counter
from pathlib import Path

from tests.pages import CORPUS, once


def test_outage_against_a_reckoning_of_its_own() -> None:
    """In the outage, first and repeated failures are those of a plain reading of the log."""
    log = CORPUS / "scenario-g-local-outage/mail.log"
    seen: set[tuple[str, str]] = set()
    suspended: set[tuple[str, str]] = set()
    after_a_suspension = 0
    expected: Counter[str] = Counter()
    pattern = re.compile(
        r": (\w+): to=<([^>]+)>, .*, dsn=4\.4\.1, status=deferred \((connect|deliv)"
    )
    for queue_id, recipient, begins in pattern.findall(log.read_text()):
        if begins == "deliv":
            suspended.add((queue_id, recipient))
        else:
            after_a_suspension += (queue_id, recipient) in suspended - seen
            expected["true" if (queue_id, recipient) in seen else "false"] += 1
            seen.add((queue_id, recipient))
    counted: Counter[str] = Counter()
    for labels, times in once(log)["postfix_delivery_attempts_total"].items():
        cause, _, _, _, _, repeat, _ = labels
        if cause == "network":
            counted[repeat] += int(times)
    assert counted == expected
    assert min(expected.values()) > 50
    assert after_a_suspension == 55  # the exporter takes them for first ones, as this count does


def test_repeats_against_the_receivers_record() -> None:
    """First and repeated refusals of each domain are those that the receivers noted themselves."""
    folder: Path = CORPUS / "rotation-create"
    refusals: Counter[str] = Counter()
    with gzip.open(folder / "providers.jsonl.gz", "rt") as file:
        for record in map(json.loads, file):
            if record["reply"] and record["reply"][-1].startswith("4"):
                refusals[record["rcpt"]] += 1  # every message has one recipient of its own
    noted: Counter[tuple[str, str]] = Counter()
    for recipient, times in refusals.items():
        domain = recipient.rpartition("@")[2]
        noted[domain, "false"] += 1
        noted[domain, "true"] += times - 1
    counted: Counter[tuple[str, str]] = Counter()
    page = once(folder / "unrotated.log.gz")["postfix_delivery_attempts_total"]
    for (cause, domain, _, _, _, repeat, status), number in page.items():
        if status == "deferred" and cause in RECEIVERS_WORD:
            counted[domain, repeat] += int(number)
    assert counted == noted
    assert noted.total() == 353


RECEIVERS_WORD = {"throttled", "greylisted", "mailbox", "blocked", "authentication", "other"}
