"""What the exporter tells of a real queue is what postqueue -j tells of it, while both look."""

from __future__ import annotations

import json
import shutil
import subprocess
import time
from bisect import bisect_left
from collections import Counter
from pathlib import Path

import pytest

from exporter.queue.figures import AGES, SIZES
from exporter.queue.options import USUAL_SOCKET
from exporter.queue.reading import Answer, Request, answer_of
from exporter.queue.showq import BOUNCED, DEFERRED, UNTRIED
from tests.pages import ROOT, Samples
from tests.postfix.debian import PATIENCE, Debian, debian, receivers
from tests.postfix.postfix import SENDER, Postfix, send
from tests.queue.replies import Told, told_by_postqueue
from tests.service import SOON, Service, eventually, running

SUITES = {"bookworm": "3.7.", "sid": "3.11."}
MESSAGES = 5000
DOMAINS = [f"d{number}.example" for number in range(9)]
NAMED = 6
"""Domains that the exporter may name."""


def fill(host: Debian) -> None:
    """Send messages that will be deferred, more to some domains than to others, a few to two."""
    left = MESSAGES
    for number, domain in enumerate(DOMAINS):
        times = 900 - 90 * number
        left -= times
        host.run(
            *("smtp-source", "-d", "-s10", f"-m{times}", f"-l{200 + 900 * number}"),
            *("-f", SENDER, "-t", f"full.{number}@{domain}", "127.0.0.1:25"),
        )
    first, last = DOMAINS[0], DOMAINS[-1]
    assert send(host, (f"full.{one}@{first} full@{last}" for one in range(left))).wait() == 0


def by_domain(told: Told) -> Counter[str]:
    """Give the deferred recipients by domain, those with fewest as `other`."""
    ordered = sorted(told.domains, key=lambda domain: (-told.domains[domain], domain))
    found: Counter[str] = Counter()
    for place, domain in enumerate(ordered):
        found[domain if place < NAMED else "other"] += told.domains[domain]
    return found


def buckets(bounds: tuple[int, ...], values: list[float]) -> list[int]:
    """Give a histogram, not added up."""
    found = [0] * (len(bounds) + 1)
    for value in values:
        found[bisect_left(bounds, value)] += 1
    return found


def histogram(page: Samples, name: str, queue: str) -> tuple[list[int], float]:
    """Give a histogram of the page, not added up, and its sum."""
    bounds = {
        float(labels[0]): times
        for labels, times in page[f"{name}_bucket"].items()
        if labels[2] == queue
    }
    counts = [int(bounds[bound]) for bound in sorted(bounds)]
    total = next(times for labels, times in page[f"{name}_sum"].items() if labels[1] == queue)
    return [after - before for before, after in zip([0, *counts], counts, strict=False)], total


def is_the_same(page: Samples, told: Told) -> bool:
    """Whether all that a page tells of the queue is what postqueue told."""
    if list(page.get("postfix_up", {}).values()) != [1]:
        return False
    (read,) = page["postfix_exporter_queue_read_timestamp_seconds"].values()
    for (_, queue), depth in page["postfix_showq_queue_depth"].items():
        ages = [read - arrival for arrival in told.arrivals.get(queue, ())]
        sizes = told.sizes.get(queue, [])
        counted, seconds = histogram(page, "postfix_showq_message_age_seconds", queue)
        oldest = page["postfix_queue_oldest_message_age_seconds"]
        if (
            depth != told.depth[queue]
            or counted != buckets(AGES, ages)
            or abs(seconds - sum(ages)) > 1
            or any(
                abs(age - max(ages, default=0)) > 0.01
                for labels, age in oldest.items()
                if labels[1] == queue
            )
            or histogram(page, "postfix_showq_message_size_bytes", queue)
            != (buckets(SIZES, list(map(float, sizes))), sum(sizes))
        ):
            return False
    recipients = Counter(
        {labels[1:]: times for labels, times in page["postfix_queue_recipients"].items() if times}
    )
    domains: Counter[str] = Counter()
    for (domain, _, _), times in page.get("postfix_queue_deferred_recipients", {}).items():
        domains[domain] += int(times)
    return recipients == told.recipients and domains == by_domain(told)


def queue_of(host: Debian) -> Told:
    """Ask postqueue."""
    return told_by_postqueue(host.run("postqueue", "-j"))


def waiting_in_log(service: Service) -> int:
    """Give how many recipients wait as far as the log tells."""
    return int(sum(service.page()["postfix_deferred_recipients"].values()))


@pytest.mark.parametrize("suite", SUITES)
def test_queue_is_that_of_postqueue(suite: str, tmp_path: Path) -> None:
    """By queue, age, size, state and domain, with 5,000 messages, as they are held, deleted, and while Postfix is down."""
    with debian(suite, tmp_path) as host, receivers(host, tmp_path / "record"):
        log = host.root / "var/log/mail.log"
        log.touch()
        postfix = Postfix(host, DOMAINS, "/var/log/mail.log")
        assert postfix.version.startswith(SUITES[suite])
        config = tmp_path / "exporter.yml"
        socket = host.root / "var/spool/postfix/public/showq"
        config.write_text(
            f"{SOON}queue: {{showq: {socket}, interval: 1s, limit: {NAMED}}}\n", encoding="ascii"
        )
        flags = ("--postfix.logfile-path", log, "--config.file", config)
        with running(tmp_path, *flags) as service:
            eventually(lambda: is_the_same(service.page(), queue_of(host)), PATIENCE, 1)
            fill(host)
            postfix.settled()
            told = queue_of(host)
            assert told.depth == Counter(deferred=MESSAGES)
            assert len(by_domain(told)) == NAMED + 1
            eventually(lambda: is_the_same(service.page(), told), PATIENCE, 1)
            assert waiting_in_log(service) == told.recipients["deferred", DEFERRED]

            names = [
                json.loads(line)["queue_id"] for line in host.run("postqueue", "-j").splitlines()
            ]
            host.run("postsuper", *(f"-h{name}" for name in names[:7]))
            host.run("postsuper", *(f"-d{name}" for name in names[100:1100]))
            told = queue_of(host)
            assert told.depth == Counter(hold=7, deferred=MESSAGES - 1007)
            eventually(lambda: is_the_same(service.page(), told), PATIENCE, 1)
            eventually(
                lambda: (
                    waiting_in_log(service)
                    == told.recipients["deferred", DEFERRED] + told.recipients["hold", DEFERRED]
                )
            )

            postfix.stop()
            eventually(lambda: 0 in service.page()["postfix_up"].values(), PATIENCE, 1)
            assert "postfix_showq_queue_depth" not in service.page()
            assert "nobody listens there: Postfix is down" in service.log
            host.run("postfix", "start")
            eventually(lambda: is_the_same(service.page(), told), PATIENCE, 1)
        postfix.stop()


def test_who_has_bounced_is_apart(tmp_path: Path) -> None:
    """A recipient whose notification waits for others of the message is no deferred one (Postfix 3.11)."""
    with debian("sid", tmp_path) as host, receivers(host, tmp_path / "record"):
        log = host.root / "var/log/mail.log"
        log.touch()
        postfix = Postfix(host, ["d.example", "slow.example"], "/var/log/mail.log")
        # whoever comes second to a domain waits, in the queue `active`
        host.run("postconf", "-e", "smtp_destination_rate_delay = 600s")
        host.run("postfix", "reload")
        assert send(host, ["first@slow.example"]).wait() == 0
        postfix.settled()
        socket = host.root / "var/spool/postfix/public/showq"
        config = tmp_path / "exporter.yml"
        config.write_text(f"{SOON}queue: {{showq: {socket}, interval: 1s}}\n", encoding="ascii")
        flags = ("--postfix.logfile-path", log, "--config.file", config)
        with running(tmp_path, *flags) as service:
            assert send(host, ["unknown.1@d.example second@slow.example"]).wait() == 0
            eventually(lambda: queue_of(host).recipients["active", BOUNCED] == 1, PATIENCE)
            told = queue_of(host)
            assert told.recipients["active", UNTRIED] == 1
            eventually(lambda: is_the_same(service.page(), told), PATIENCE, 1)
        postfix.stop()


def asked_by(host: Debian, *rights: str) -> Answer:
    """Give what the child answers to a user with these rights, in a unit without new privileges."""
    user = "setpriv --no-new-privs --reuid=65534 --regid=65534 --inh-caps=-all".split()
    child = "python3 -m exporter.queue.reading"
    done = subprocess.run(
        host.inside(*user, *rights, "sh", "-c", f"cd /project && exec {child}"),
        input=Request(USUAL_SOCKET, time.time(), 10).packed(),
        capture_output=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, b"")
    return answer_of(done.stdout)


def test_permission(tmp_path: Path) -> None:
    """A user in the group that is named may read the queue, in a hardened unit, too; others are told."""
    with debian("trixie", tmp_path) as host:
        postfix = Postfix(host, [], "/var/log/mail.log")
        shutil.copytree(
            ROOT / "exporter",
            host.root / "project/exporter",
            ignore=shutil.ignore_patterns("__pycache__"),
        )
        problem = asked_by(host, "--clear-groups").problem
        assert problem is not None
        assert "may not be reached by this user: add it to the group postdrop, or set" in problem
        group = host.run("sh", "-c", "getent group postdrop | cut -d: -f3").strip()
        answer = asked_by(host, f"--groups={group}")
        assert answer.figures
        assert answer.figures.queues["deferred"].depth() == 0
        postfix.stop()
        assert (
            asked_by(host, f"--groups={group}").problem == "nobody listens there: Postfix is down"
        )
