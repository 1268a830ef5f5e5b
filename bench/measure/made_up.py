"""A flood of what strangers can make up, for collectors and senders: `make flood`.

A million senders, users, SASL mechanisms, stages, codes, Milter texts, ciphers, TLS levels and
programs, each another, with all collectors on and senders counted by their domain, or with
`--by user` by who logged in; each message stays in the queue.
Prints series, remembered queue ids and resident memory on the way.
The exit code is 1 when a bound broke, a made-up name became a label, or an event was lost.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator

from bench.measure.flood import resident
from exporter.checkpoint.state import State
from exporter.config import Config, SendersConfig
from exporter.counts.families import FAMILIES
from exporter.counts.sender_ids import LIMIT
from exporter.records.senders import BY_DOMAIN, BY_USER
from exporter.records.services.event import ALL_NAMES
from exporter.tally import Published, Tally

_HEADER = "Nov 23 20:15:19 mx1 postfix/"
_STEP = 500
_MOST_BESIDE = 60
"""Series of a family beside those whose labels are folded: these have labels of tables only."""
SENDERS = 50
_NOBODY = {"other", "unknown"}


def lines(number: int) -> Iterator[str]:
    """Give lines of every service in which all that is not Postfix' is made up of a number."""
    host, message = f"h{number}.example[192.0.2.1]", f"{number:X}"
    user = f"u{number}@s{number}.example"
    command = chr(97 + number % 26) + chr(97 + number // 26 % 26)
    yield f"smtpd[1]: connect from {host}"
    yield f"smtpd[1]: {message}: client={host}, sasl_method=M{number}, sasl_username={user}"
    yield f"smtpd[1]: disconnect from {host} ehlo=1 {command}=1 commands=2"
    yield f"smtpd[1]: lost connection after S{number} from {host}"
    yield f"smtpd[1]: warning: {host}: SASL M{number} authentication failed: x{number}"
    yield (
        f"smtpd[1]: NOQUEUE: reject: RCPT from {host}: {400 + number % 200}"
        f" {4 + number % 2}.{number % 999}.{number % 1000} <u{number}@a.example>: no {number}"
    )
    yield f"cleanup[1]: {message}: milter-m{number}: END-OF-MESSAGE from {host}: {number}"
    yield f"cleanup[1]: {message}: reject: p{number} Subject: {number} from local;"
    yield f"qmgr[1]: {message}: from=<{user}>, size={number}, nrcpt={number} (queue active)"
    yield (
        f"smtp[1]: Verified TLS connection established to mx{number}.example[192.0.2.1]:25:"
        f" TLSv{number} with cipher C{number} (1/1 bits)"
    )
    yield (
        f"smtp[1]: {message}: to=<u{number}@a.example>, relay=x[192.0.2.1]:25, delay=1,"
        f" delays=0/0/0/1, tls=l{number}, dsn=2.0.0, status=sent (250 ok)"
    )
    yield f"postscreen[1]: NOQUEUE: reject: RCPT from [192.0.2.1]:1: {400 + number % 200} 5.7.1 no"
    yield f"postscreen[1]: DNSBL rank {number} for [192.0.2.1]:1"
    yield f"bounce[1]: {message}: sender made up notification: {message}"
    yield f"s{number}[1]: warning: made up {number}"


def block(first: int, last: int) -> bytes:
    """Give the lines of the numbers from `first` up to, not including, `last`."""
    return "".join(
        f"{_HEADER}{line}\n" for number in range(first, last) for line in lines(number)
    ).encode()


def broken(collected: dict[tuple[str, ...], int], numbers: int) -> str:
    """Say which bound broke or what was lost, if something did."""
    for name, family in FAMILIES.items():
        series = [one for one in collected if one[0] == name]
        if len(series) > family.most + _MOST_BESIDE:
            return f"{name} has {len(series)} series"
    if any("example" in label or "@" in label for series in collected for label in series):
        return "a made-up name is a label"
    for name in (
        "smtpd_connects",
        "smtpd_messages_rejected",
        "smtp_tls_connections",
        "tls_deliveries",
    ):
        counted = sum(times for series, times in collected.items() if series[0] == name)
        if counted != numbers:
            return f"{name}: {counted:,} of {numbers:,} were counted"
    return ""


def broken_senders(published: Published, numbers: int) -> str:
    """Say which bound of senders broke, or how many attempts of `numbers` were not counted."""
    bound, totals = published.senders, published.totals
    if bound is None:
        return "senders are not counted"
    if bound.ids > LIMIT or bound.ids + bound.overflows != numbers:
        return f"{bound.ids:,} queue ids are remembered, {bound.overflows:,} are forgotten"
    named = {series.sender for series in totals.senders} - _NOBODY
    if max(len(named), bound.senders) > SENDERS:
        return f"{len(named)} senders have series"
    if len(totals.forgotten_senders) > len(totals.senders):
        return f"{len(totals.forgotten_senders)} remainders of senders"
    counted = sum(totals.senders.values()) + sum(totals.forgotten_senders.values())
    unknown = sum(times for series, times in totals.senders.items() if series.sender == "unknown")
    if (counted, unknown) != (numbers, 0):
        return f"{counted:,} attempts of {numbers:,} were counted by sender, {unknown:,} of nobody"
    return ""


def main() -> int:
    """Run the flood; gives the exit code."""
    flags = argparse.ArgumentParser(prog="python -m bench.measure.made_up", description=__doc__)
    flags.add_argument("--numbers", type=int, default=1_000_000)
    flags.add_argument("--by", choices=(BY_DOMAIN, BY_USER), default=BY_DOMAIN)
    options = flags.parse_args()
    numbers, now = options.numbers, 0.0
    config = Config(collectors=ALL_NAMES, senders=SendersConfig(options.by, SENDERS))
    # a step is ten minutes long: places go to others as weeks pass
    tally = Tally(config, State(), clock=lambda: now)
    print(
        "| made-up values of each kind | series | series of senders | queue ids | resident MB |\n"
        "|---|---|---|---|---|"
    )
    for first in range(0, numbers, _STEP):
        tally.add(block(first, first + _STEP))
        now += 600
        published = tally.published()
        if (first + _STEP) % max(_STEP, numbers // 10) == 0:
            totals, bound = published.totals, published.senders
            print(
                f"| {first + _STEP:,} | {len(totals.collected):,} | {len(totals.senders):,}"
                f" | {bound.ids if bound else 0:,} | {resident():.1f} |",
                flush=True,
            )
    problem = broken(dict(published.totals.collected), numbers) or broken_senders(
        published, numbers
    )
    print(f"BROKEN: {problem}" if problem else "bounds held, every event is counted")
    return int(bool(problem))


if __name__ == "__main__":
    raise SystemExit(main())
