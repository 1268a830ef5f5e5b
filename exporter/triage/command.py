"""The command that shows the lines of a problem.

In: a Problem, and the logs. Out: a line for a shell. Pure.
"""

from __future__ import annotations

from collections.abc import Sequence
from shlex import quote

from exporter.heuristics.measuring import Problem
from exporter.sources.journalctl import NAME as JOURNAL
from exporter.verdict.destination import REMAINDERS


def command(problem: Problem, logs: Sequence[str]) -> str:
    """Give the command that shows the lines of a problem."""
    domains = [domain for of in problem.receivers for domain in of.domains[:3]][:3]
    named = [_escaped(domain) for domain in domains if domain not in REMAINDERS]
    codes = [_escaped(code) for code, _ in problem.codes[:2] if "x" not in code]
    to = f"@({'|'.join(named)})>" if len(named) > 1 else f"@{named[0]}>" if named else "@"
    dsn = f"dsn=({'|'.join(codes)})" if len(codes) > 1 else f"dsn={codes[0]}" if codes else "dsn="
    pattern = f"'{to}.*{dsn},'"
    if JOURNAL in logs:
        return f"journalctl --all SYSLOG_FACILITY=2 | grep -iE {pattern}"
    return f"{_grep(logs)} -hiE {pattern} {' '.join(map(quote, logs)) or '-'}"


def _escaped(text: str) -> str:
    """Give a domain or a code for a regular expression."""
    return text.replace(".", r"\.")


def _grep(logs: Sequence[str]) -> str:
    if any(log.endswith((".bz2", ".xz")) for log in logs):
        return "xzgrep"
    return "zgrep" if any(log.endswith(".gz") for log in logs) else "grep"
