"""Why the exporter judges a record as it does: log lines in, decisions and their rules out.

In: log lines. Out: for each delivery record of them a paragraph for a person. No address is shown,
and of the reply only what stands in the rules.
Lost: nothing; a line that is no delivery record is said to be none.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from exporter.records.line import Delivery
from exporter.records.parse import Parser
from exporter.records.shares import Shares
from exporter.verdict.classify import Rule
from exporter.verdict.destination import domain_label
from exporter.verdict.judge import PROBES, Judge, canonical_code, status_of
from exporter.verdict.knowledge import built_in

_MOST = 8  # values of a condition that are shown


def explain(
    blocks: Iterable[bytes], parser: Parser, judge: Judge, shares: Shares | None = None
) -> Iterator[str]:
    """Yield what is decided about each line of blocks, and why; count what lines are."""
    lines = (line for block in blocks for line in block.split(b"\n")[:-1])
    for number, line in enumerate(lines, 1):
        result, deliveries = parser.parse_line(line)
        if shares is not None:
            shares.note(result, line)
        if not deliveries:
            yield f"line {number}: no delivery record ({result})\n"
        for delivery in deliveries:
            provider = judge.provider_seen[delivery[4], delivery[5]]
            if provider is not None:
                judge.last_provider.note(delivery[4], provider)
            yield f"line {number}: " + "\n  ".join(_told(delivery, judge)) + "\n"


def _told(delivery: Delivery, judge: Judge) -> Iterator[str]:
    status, agent = status_of(delivery[9]), judge.agent_of[delivery[1]]
    code = canonical_code[delivery[8]]
    domain = domain_label(delivery[4])
    if delivery[9] in PROBES:
        yield f"an address probe, not mail: status={status}"
    elif not judge.is_remote(delivery):
        yield f"no attempt at a remote destination: agent={agent} status={status}"
    elif status == "sent":
        provider = judge.provider(delivery[4], delivery[5])
        yield f"domain={domain} provider={provider} dsn_code={code} status=sent cause=delivered"
    elif failure := judge.failure(delivery):
        yield (
            f"domain={domain} provider={failure.provider} dsn_code={code} status={status}"
            f" cause={failure.cause}"
        )
        yield from _told_of(failure.rule)


def _told_of(rule: Rule) -> Iterator[str]:
    cause = built_in().causes[rule.cause]
    fits = "; ".join(
        f"{key}: {', '.join(allowed[:_MOST])}{', …' if len(allowed) > _MOST else ''}"
        for key, allowed in rule.conditions().items()
    )
    yield f"rule: {rule.id} ({rule.origin}: {fits or 'everything'})"
    yield f"meaning: {rule.meaning or cause.meaning}"
    yield f"next: {rule.next or cause.next}"
    if rule.source:
        yield f"source: {rule.source}" + (" (unverified)" if rule.unverified else "")
