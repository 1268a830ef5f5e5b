"""A flood of made-up domains, and what it costs: `python -m bench.measure.flood`.

A million domains that nobody has heard of are refused once and delivered to twice each, beside
twenty that are busy all the time. Prints series, tracked domains and resident memory on the way.
The exit code is 1 when a bound broke, a busy domain lost its series, or an attempt was lost.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator

from exporter.checkpoint.state import State
from exporter.config import Config
from exporter.tally import Tally

_HEADER = "Nov 23 20:15:19 mx1 postfix/smtp[4711]: "
_BUSY = [f"busy{number}.example" for number in range(20)]
_STEP = 1000


def _record(number: int, domain: str, outcome: str) -> str:
    return (
        f"{_HEADER}{number:011X}: to=<u@{domain}>, relay=mx.{domain}[203.0.113.9]:25, delay=0.1,"
        f" delays=0/0/0/0.1, {outcome}\n"
    )


def _blocks(domains: int) -> Iterator[bytes]:
    refused = (
        "dsn=4.7.{}, status=deferred (host mx.example[203.0.113.9] said: 450 4.7.{} Later"
        " (in reply to RCPT TO command))"
    )
    for start in range(0, domains, _STEP):
        lines = [_record(start, domain, "dsn=2.0.0, status=sent (250 Ok)") for domain in _BUSY]
        for number in range(start, start + _STEP):
            domain, code = f"made-up-{number}.example", number % 1000
            lines.append(_record(number, domain, refused.format(code, code)))
            for message in (number + domains, number + 2 * domains):
                lines.append(_record(message, domain, "dsn=2.0.0, status=sent (250 Ok)"))
        yield "".join(lines).encode()


def resident() -> float:
    """Give this process' resident memory in MB of 10^6 bytes."""
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * 4096 / 1e6


def main() -> int:
    """Run the flood; gives the exit code."""
    flags = argparse.ArgumentParser(prog="python -m bench.measure.flood", description=__doc__)
    flags.add_argument("--domains", type=int, default=1_000_000)
    domains = flags.parse_args().domains
    # every step is two minutes long, so that there are turn-overs of domains on the way
    now = 0.0
    tally = Tally(Config(), State(), clock=lambda: now)
    tally.add(
        "".join(_record(0, domain, "dsn=2.0.0, status=sent (Ok)") for domain in _BUSY).encode()
    )
    print("| made-up domains | series | domains | forgotten | resident MB |\n|---|---|---|---|---|")
    for step, block in enumerate(_blocks(domains), 1):
        tally.add(block)
        now += 120
        published = tally.published()
        if step % (domains // _STEP // 10 or 1) == 0:
            totals = published.totals
            print(
                f"| {step * _STEP:,} | {len(totals.attempts):,} | {published.domains:,}"
                f" | {totals.domains_forgotten:,} | {resident():.1f} |"
            )
    totals = published.totals
    named = {attempt.domain for attempt in totals.attempts}
    counted = sum(totals.attempts.values()) + sum(totals.forgotten.values())
    expected = 3 * domains + len(_BUSY) * (domains // _STEP + 1)
    held = published.domains <= published.domain_limit and set(_BUSY) <= named
    print(f"{counted:,} attempts counted of {expected:,}; bounds {'held' if held else 'BROKEN'}")
    return 0 if held and counted == expected else 1


if __name__ == "__main__":
    raise SystemExit(main())
