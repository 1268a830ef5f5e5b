"""A flood of what strangers can make up, for collectors: `python -m bench.measure.made_up`.

A million users, SASL mechanisms, stages, codes, Milter texts, ciphers, TLS levels and programs,
each another, with all collectors on. Prints series and resident memory on the way.
The exit code is 1 when a bound broke, a made-up name became a label, or an event was lost.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator

from bench.measure.flood import resident
from exporter.checkpoint.state import State
from exporter.config import Config
from exporter.counts.families import FAMILIES
from exporter.records.services.event import NAMES
from exporter.tally import Tally

_HEADER = "Nov 23 20:15:19 mx1 postfix/"
_STEP = 500
_MOST_BESIDE = 60
"""Series of a family beside those whose labels are folded: these have labels of tables only."""


def lines(number: int) -> Iterator[str]:
    """Give lines of every service in which all that is not Postfix' is made up of a number."""
    host, message, user = f"h{number}.example[192.0.2.1]", f"{number:X}", f"u{number}@s.example"
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


def main() -> int:
    """Run the flood; gives the exit code."""
    flags = argparse.ArgumentParser(prog="python -m bench.measure.made_up", description=__doc__)
    flags.add_argument("--numbers", type=int, default=1_000_000)
    numbers = flags.parse_args().numbers
    tally = Tally(Config(collectors=NAMES), State())
    print("| made-up values of each kind | series | resident MB |\n|---|---|---|")
    for first in range(0, numbers, _STEP):
        tally.add(block(first, first + _STEP))
        if (first + _STEP) % max(_STEP, numbers // 10) == 0:
            collected = tally.published().totals.collected
            print(f"| {first + _STEP:,} | {len(collected):,} | {resident():.1f} |")
    problem = broken(dict(tally.published().totals.collected), numbers)
    print(f"BROKEN: {problem}" if problem else "bounds held, every event is counted")
    return int(bool(problem))


if __name__ == "__main__":
    raise SystemExit(main())
