"""Which of our senders: every attempt is counted once under the sender that the log tells."""

from __future__ import annotations

import re
from collections import Counter
from functools import partial
from pathlib import Path
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exporter.checkpoint.order import differences
from exporter.checkpoint.state import State
from exporter.config import Config, SendersConfig
from exporter.counts.bounded_labels import DAY
from exporter.counts.sender_ids import SenderIds
from exporter.counts.totals import Totals
from exporter.records.senders import BY_SERVICE, BY_USER
from exporter.tally import Tally
from exporter.verdict.destination import domain_label
from exporter.verdict.providers import is_named
from tests.counting import START, Counted, deferred
from tests.lines import HEADER, line
from tests.pages import CORPUS, content

ON = Config(senders=SendersConfig(limit=1000))


def counting(limit: int = 1000, by: str = "domain", idle: float = 7 * DAY) -> Counted:
    """Give a tally that counts senders."""
    return Counted(Config(senders=SendersConfig(by, limit, idle))).add(START)


def active(number: int, address: str, host: str = "mx1") -> bytes:
    """Give the line in which the queue manager tells a sender."""
    head = HEADER.replace("smtp", "qmgr").replace("mx1", host)
    return f"{head}{number:011X}: from=<{address}>, size=9, nrcpt=1 (queue active)\n".encode()


def removed(number: int) -> bytes:
    """Give the end of a message."""
    return f"{HEADER.replace('smtp', 'qmgr')}{number:011X}: removed\n".encode()


def sent(number: int, address: str) -> bytes:
    """Give a message that is delivered at once."""
    return active(number, address) + line(number) + removed(number)


def by_sender(totals: Totals) -> dict[str, int]:
    """Give attempts by sender."""
    counted: Counter[str] = Counter()
    for labels, times in totals.senders.items():
        counted[labels.sender] += times
    return dict(counted)


def of(counted: Counted) -> dict[str, int]:
    """Give attempts by sender, as they would be committed now."""
    return by_sender(counted.published().totals)


# -- exactness --------------------------------------------------------------------------------

LOGS = [
    "postfix-3.11/mail.log.gz",
    "postfix-3.11-maillog/maillog.gz",
    "mixed-syslog/mail.traditional.log",
    "mixed-syslog/mail.rfc3339.log",
    "mixed-maillog/maillog",
    "scenario-a-ratelimit-gmail/mail.log",
    "scenario-d-nouser-spike/mail.log",
    "scenario-g-local-outage/mail.log",
    "rotation-create/unrotated.log.gz",
]


def joined(log: bytes) -> tuple[list[str], Counter[str]]:
    """Give the sender's domain of each delivery record, and of remote ones by domain; by hand.

    A remote one is of smtp or error, no probe, and its relay is no loopback address without a name.
    """
    told: dict[bytes, str] = {}
    senders, remote = [], Counter[str]()
    for one in log.split(b"\n"):
        words = one.split(b": ", 2)
        if len(words) < 3 or b"postfix" not in words[0]:
            continue
        tag, queue_id, text = words[0].rpartition(b" ")[2], words[1], words[2]
        if text.startswith(b"from=<") and text.endswith(b"(queue active)"):
            address = text[len(b"from=<") : text.rindex(b">, size=")]
            told[queue_id] = address.decode("utf-8", "replace").rpartition("@")[2] or "<>"
        elif re.match(rb"to=<.*>, (orig_to=<.*>, )?relay=", text):
            sender = told.get(queue_id, "unknown")
            senders.append(sender)
            agent = tag.partition(b"[")[0].rpartition(b"/")[2]
            status = re.search(rb", status=(\w+)", text)
            if (
                status  # or the record was cut off
                and agent in (b"smtp", b"error")
                and not re.search(rb" relay=(127[0-9.]+)\[\1\]", text)
                and not status[1].endswith(b"deliverable")
            ):
                remote[sender] += 1
        elif text == b"removed":
            told.pop(queue_id, None)
    return senders, remote


@pytest.mark.parametrize("name", LOGS)
def test_corpus(name: str) -> None:
    """In logs of a real Postfix each attempt has the sender that a plain join by queue id gives."""
    _, remote = joined(content(CORPUS / name))
    counted = Counted(ON).add(content(CORPUS / name))
    assert of(counted) == {
        sender if sender in ("<>", "unknown") else domain_label(sender.encode()): times
        for sender, times in remote.items()
    }


@pytest.mark.parametrize("name", ["container/cri.log", *LOGS])
@pytest.mark.parametrize("by", ["domain", BY_SERVICE, BY_USER])
def test_sums(name: str, by: str) -> None:
    """The senders' attempts are those of all: by provider of a table, and cause."""
    totals = (
        Counted(Config(senders=SendersConfig(by, 2))).add(content(CORPUS / name)).published().totals
    )
    assert totals.senders
    _assert_sums(totals)


def _assert_sums(totals: Totals) -> None:
    whole: Counter[tuple[str, str]] = Counter()
    for attempts in (totals.attempts, totals.forgotten):
        for one, times in attempts.items():
            whole["other" if is_named(one.provider) else one.provider, one.cause] += times
    senders: Counter[tuple[str, str]] = Counter()
    for series in (totals.senders, totals.forgotten_senders):
        for sender, times in series.items():
            senders[sender.provider, sender.cause] += times
    assert senders == whole


EVENTS = st.one_of(
    st.builds(active, st.integers(1, 9), st.sampled_from(["a@a.example", "b@b.example", "", "r"])),
    st.builds(line, st.integers(1, 9), to=st.sampled_from(["u@a.example", "u@b.example"])),
    st.builds(deferred, st.integers(1, 9)),
    st.builds(line, st.integers(1, 9), relay=st.just("127.0.0.1[127.0.0.1]:10024")),
    st.builds(
        line,
        st.integers(1, 9),
        relay=st.just("none"),
        dsn=st.just("5.4.4"),
        status=st.just("bounced"),
    ),
    st.builds(removed, st.integers(1, 9)),
    st.sampled_from([b"commit", b"a day", b"restart"]),
)


@settings(deadline=None, max_examples=60)
@given(st.lists(EVENTS, max_size=60))
def test_sums_whatever_happens(events: list[bytes]) -> None:
    """The sum holds over commits, restarts, senders that leave, and ids that are used again."""
    counted, told, wanted = counting(limit=1, idle=DAY / 2), {}, Counter[str]()
    for event in events:
        if event == b"a day":
            counted.later(DAY)
        elif event == b"restart":
            counted = counted.restarted()
        elif event == b"commit":
            counted.published()
        else:
            counted.add(event)
            queue_id, _, text = event.split(b": ", 1)[1].partition(b": ")
            if text.startswith(b"from="):
                told[queue_id] = event
            elif text == b"removed\n":
                told.pop(queue_id, None)
            elif b"127.0.0.1" not in text:
                wanted["unknown" if queue_id not in told else "told"] += 1
    totals = counted.published().totals
    _assert_sums(totals)
    assert of(counted).get("unknown", 0) == wanted["unknown"]


# -- joining ------------------------------------------------------------------------------------


def test_labels() -> None:
    """Domains are written as recipient domains are; who has none has a remainder; no address."""
    counted = counting()
    told = {
        "a@NEWS.Example.": "news.example",
        "b@news.example": "news.example",
        "": "<>",
        "root": "none",
        "a@[192.0.2.1]": "address-literal",
        "a@bücher.example": "xn--bcher-kva.example",
        "a@<b>.example": "invalid",
        "a@other": "invalid",
        "a@unknown": "invalid",
    }
    for number, address in enumerate(told, 1):
        counted.add(sent(number, address))
    assert of(counted.add(line(99))) == dict(Counter([*told.values(), "unknown"]))


def test_hosts_are_told_apart() -> None:
    """Two hosts whose lines are in one log may use the same queue id."""
    other = line(1, header=HEADER.replace("mx1", "mx2"))
    told = active(1, "a@a.example") + active(1, "b@b.example", "mx2")
    assert of(counting().add(told, line(1), other, other)) == {"a.example": 1, "b.example": 2}


def test_used_again() -> None:
    """A queue id that is used again is of its new message, within a block too."""
    block = sent(1, "a@a.example") + line(1) + sent(1, "b@b.example")
    assert of(counting().add(block)) == {"a.example": 1, "unknown": 1, "b.example": 1}


def test_retries_over_a_restart() -> None:
    """Who sent what waits is known after a restart, when nobody has told it once more."""
    counted = counting().add(active(1, "a@a.example") + deferred(1)).restarted()
    assert of(counted.add(line(1) + removed(1) + line(1))) == {"a.example": 2, "unknown": 1}


def test_used_again_over_a_restart() -> None:
    """A queue id that was kept, left, and is of another message at the next commit, is of that."""
    for again in (removed(1) + active(1, "b@b.example"), active(1, "b@b.example")):
        counted = counting().add(active(1, "a@a.example")).restarted()
        assert of(counted.add(again).restarted().add(line(1))) == {"b.example": 1}


def test_what_leaves_at_once_is_not_kept() -> None:
    """Messages that come and leave between two commits change no row of the checkpoint."""
    counted = counting().add(active(1, "a@a.example"))
    counted.published()
    first = counted.tally.counts.memory().senders.ids
    counted.add(b"".join(sent(number, "b@b.example") for number in range(2, 99)))
    counted.published()
    second = counted.tally.counts.memory().senders.ids
    assert differences(first, second) == ({}, [])
    counted.add(removed(1) + active(99, "c@c.example"))
    counted.published()
    (row, gone) = differences(second, counted.tally.counts.memory().senders.ids)
    assert (list(row.values()), gone) == (["c.example"], list(first))


def test_lines_before_the_first() -> None:
    """What stands before the place where reading begins tells who sent what is in the queue."""
    counted = counting()
    counted.tally.look_back(active(1, "a@a.example") + sent(2, "b@b.example"))
    assert of(counted.add(line(1) + line(2))) == {"a.example": 1, "unknown": 1}
    again = counted.add(removed(1)).restarted()
    again.tally.look_back(active(1, "a@a.example"))
    assert of(again.add(line(1))) == {"a.example": 1, "unknown": 2}


def test_requeued() -> None:
    """A message that goes on under another id keeps its sender, without a line that tells it."""
    pickup = (
        f"{HEADER.replace('smtp', 'pickup')}{2:011X}: uid=0 from=<a@a.example> orig_id={1:011X}\n"
    )
    counted = counting().add(active(1, "a@a.example"), pickup.encode() + line(2) + line(1))
    assert of(counted) == {"a.example": 1, "unknown": 1}


def test_users() -> None:
    """A user is a hash that is the same over restarts and another one elsewhere; nobody is none."""
    smtpd, pickup = (HEADER.replace("smtp", one) for one in ("smtpd", "pickup"))
    client = "client=x.example[192.0.2.1]"
    log = (
        f"""\
{smtpd}{1:011X}: {client}, sasl_method=PLAIN, sasl_username=bob@a.example
{smtpd}{2:011X}: {client}
{pickup}{3:011X}: uid=33 from=<www-data>
""".encode()
        + b"".join(line(number) for number in range(1, 5))
    )
    counted = counting(by=BY_USER).add(log)
    (user,) = of(counted).keys() - {"none", "unknown"}
    assert of(counted) == {user: 1, "none": 2, "unknown": 1}
    assert re.fullmatch(r"user-[0-9a-f]{8}", user)
    assert of(counted.restarted().add(log))[user] == 2
    assert user not in of(counting(by=BY_USER).add(log))


def test_services() -> None:
    """A service is the syslog name that stands before the agent."""
    tags = ("postfix/smtp", "postfix/relay/smtp", "postfix-bulk/smtp", "postfix/error")
    log = b"".join(line(1, header=HEADER.replace("postfix/smtp", tag)) for tag in tags)
    wanted = {"postfix": 2, "postfix/relay": 1, "postfix-bulk": 1}
    assert of(counting(by=BY_SERVICE).add(log)) == wanted


# -- bounds ------------------------------------------------------------------------------------


def test_too_many_messages() -> None:
    """Beyond the bound the ids told longest ago are forgotten and counted; a new run tells them."""
    small = partial(SenderIds, limit=32)
    with patch("exporter.counts.senders.SenderIds", small):
        counted = counting()
    counted.add(b"".join(active(number, "a@a.example") for number in range(40)))
    counted.add(active(0, "a@a.example"))
    bound = counted.published().senders
    assert bound is not None
    assert bound.ids <= 32
    assert bound.overflows == 41 - bound.ids
    assert of(counted.add(line(0) + line(2) + line(39))) == {"a.example": 2, "unknown": 1}


def test_made_up_senders() -> None:
    """However many senders are made up, there are no more series than the limit allows."""
    counted = counting(limit=5)
    for first in range(0, 6000, 1000):
        numbers = range(first, first + 1000)
        counted.add(b"".join(sent(number, f"x@d{number}.example") for number in numbers))
        counted.later(61)
    assert len(of(counted)) <= 5 + 1
    state = counted.tally.counts.memory().senders
    assert len(state.active) <= 5
    assert len(state.ids) == 0
    assert len(counted.tally.counts.senders.labels._traffic) <= 5 * 5  # type: ignore[union-attr]
    _assert_sums(counted.published().totals)


def test_who_sends_more_takes_a_place() -> None:
    """A sender with far more mail takes the place of a stranger who came first; others do not."""
    counted = counting(limit=2).add(sent(1, "x@stranger.example"), sent(2, "x@second.example") * 9)
    counted.add(sent(3, "x@ours.example") * 98).later(61)
    assert set(of(counted)) == {"stranger.example", "second.example", "other"}
    counted.add(sent(3, "x@ours.example") * 4).later(61)
    counted.add(sent(3, "x@ours.example"))
    assert of(counted) == {"second.example": 9, "other": 102, "ours.example": 1}
    again = counted.restarted().add(sent(4, "x@new.example") * 150).later(61)
    assert "ours.example" in of(again.add(sent(4, "x@new.example")))


def test_idle_senders_leave() -> None:
    """A sender without mail for the idle time leaves the page; what it counted is kept."""
    counted = counting(idle=DAY).add(sent(1, "x@a.example")).later(DAY + 61)
    totals = counted.published().totals
    assert by_sender(totals) == {}
    assert sum(totals.forgotten_senders.values()) == 1


# -- off ---------------------------------------------------------------------------------------


def test_off() -> None:
    """Without a limit nothing of senders is read, kept or shown; what was counted is given up."""
    counted = counting().add(sent(1, "a@a.example") + active(2, "a@a.example"))
    published = counted.published()
    state = State(totals=published.totals, memory=counted.tally.counts.memory())
    off = Tally(Config(), state)
    assert off.add(sent(1, "a@a.example")).steps == ()
    shown = off.published()
    assert shown.senders is None
    assert shown.totals.senders == {}
    assert off.counts.memory().senders.by == ""


def test_another_way() -> None:
    """What names a sender was changed: what was counted by the other way is given up."""
    counted = counting().add(sent(1, "a@a.example"))
    published = counted.published()
    state = State(totals=published.totals, memory=counted.tally.counts.memory())
    other = Counted(Config(senders=SendersConfig(BY_SERVICE, 9)), state)
    assert of(other.add(sent(1, "a@a.example"))) == {"postfix": 1}


def test_no_address(tmp_path: Path) -> None:
    """Neither a local part nor a user reaches the memory for the checkpoint."""
    smtpd = HEADER.replace("smtp", "smtpd")
    client = f"{smtpd}{1:011X}: client=x[192.0.2.1], sasl_method=PLAIN, sasl_username=secret\n"
    for by in ("domain", BY_USER):
        counted = counting(by=by).add(client.encode(), active(1, "secret@a.example"), line(1))
        counted.published()
        assert "secret" not in repr(counted.tally.counts.memory().senders)
