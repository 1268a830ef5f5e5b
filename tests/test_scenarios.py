"""On logs of a real Postfix the labels say what happened."""

from __future__ import annotations

from collections import Counter
from functools import cache

import pytest

from tests.pages import CORPUS, attempts, once

GOOGLE = {"gmail.com", "googlemail.com", "workspace-customer.example"}


@cache
def failures(log: str) -> Counter[tuple[str, str, str, str, str]]:
    """Give what failed: domain, provider, code, cause, status."""
    counted: Counter[tuple[str, str, str, str, str]] = Counter()
    page = once(CORPUS / log)["postfix_delivery_attempts_total"]
    for (cause, domain, _, code, provider, _, status), times in page.items():
        if status != "sent":
            counted[domain, provider, code, cause, status] += int(times)
    return counted


def test_rate_limit() -> None:
    """Every Google-hosted domain carries Google's name, and 4.7.28 is throttled there."""
    counted = failures("scenario-a-ratelimit-gmail/mail.log")
    limited = {key: n for key, n in counted.items() if key[2] == "4.7.28"}
    assert {key[0] for key in limited} == GOOGLE
    assert {key[1:] for key in limited} == {("google", "4.7.28", "throttled", "deferred")}
    assert sum(limited.values()) == 258
    page = once(CORPUS / "scenario-a-ratelimit-gmail/mail.log")["postfix_delivery_attempts_total"]
    assert {provider for (_, domain, _, _, provider, _, _) in page if domain in GOOGLE} == {
        "google"
    }


def test_authentication() -> None:
    """5.7.26 is authentication, and nothing else is throttled or blocked."""
    counted = failures("scenario-c-auth-gmail/mail.log")
    causes: Counter[tuple[str, str]] = Counter()
    for (domain, _, _, cause, _), times in counted.items():
        causes[domain, cause] += times
    assert causes["gmail.com", "authentication"] == 96
    assert {cause for _, cause in causes}.isdisjoint({"throttled", "blocked"})


def test_unknown_users() -> None:
    """The spike of unknown users is neither throttled nor blocked."""
    counted = failures("scenario-d-nouser-spike/mail.log")
    spike = sum(n for key, n in counted.items() if key[3] == "unknown_recipient")
    assert spike > 100
    assert {key[3] for key in counted}.isdisjoint({"throttled", "blocked", "authentication"})


def test_outage() -> None:
    """In our own outage nothing is throttled or blocked; what was never tried is suspended."""
    counted = failures("scenario-g-local-outage/mail.log")
    assert {key[3] for key in counted}.isdisjoint({"throttled", "blocked", "authentication"})
    suspended = sum(n for key, n in counted.items() if key[3] == "suspended")
    assert suspended == 317
    known = {key[:2] for key in counted if key[3] in {"network", "suspended"}}
    assert {provider for domain, provider in known if domain in GOOGLE} == {"google"}
    assert ("outlook.com", "microsoft-consumer") in known
    assert ("yahoo.com", "yahoo") in known


def test_healthy() -> None:
    """On a healthy day nothing is throttled, blocked or a matter of authentication."""
    counted = failures("scenario-f-healthy/mail.log")
    assert {key[3] for key in counted}.isdisjoint({"throttled", "blocked", "authentication"})


MIXED = {
    "our TLS policy: no certificate": ("tlsuntrusted.example", "4.7.5", "local"),
    "a handshake that the receiver broke": ("tlsbroken.example", "4.7.5", "network"),
    "our TLS policy: not offered": ("notls.example", "4.7.4", "local"),
    "our TLS policy: refused": ("tls454.example", "4.7.0", "local"),
    "a greeting with 554 keeps its logged code": ("greet554.example", "4.7.1", "blocked"),
    "a greeting with 421": ("greet421.example", "4.3.2", "throttled"),
    "no transport": ("nosvc.example", "4.3.0", "local"),
    "refused connections": ("refused.example", "4.4.1", "network"),
    "greylisting with the code of an unknown user": ("grey.example", "4.1.1", "greylisted"),
    "soft_bounce": ("softbounce.example", "4.1.1", "unknown_recipient"),
    "directory blocking is no network trouble": ("hotmail.com", "5.4.1", "unknown_recipient"),
}


@pytest.mark.parametrize("log", ["mixed-syslog/mail.rfc3339.log", "mixed-syslog/mail.rfc5424.log"])
@pytest.mark.parametrize(("domain", "code", "cause"), MIXED.values(), ids=MIXED)
def test_mixed(log: str, domain: str, code: str, cause: str) -> None:
    """Each kind of failure has its cause, with and without the agent in the log."""
    causes = {key[3] for key in failures(log) if (key[0], key[2]) == (domain, code)}
    assert causes - {"suspended"} == {cause}


def test_mixed_totals() -> None:
    """Labels are added to the counts of before, they change none."""
    page = once(CORPUS / "mixed-syslog/mail.rfc3339.log")
    assert attempts(page).total() == sum(page["postfix_delivery_attempts_total"].values())
