"""What collectors count, counted another way: line by line, by plain comparisons of texts.

In: a log with traditional or RFC 3339 headers, or Postfix' own. Out: how often each event is in it.
No code of the exporter, and no regular expression; on hostile texts the exporter knows better.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

Event = tuple[str, ...]

SEVERITIES = ("warning", "error", "fatal", "panic")
TRUST = ("Anonymous", "Untrusted", "Trusted", "Verified")
FAILURES = {
    "self-signed certificate": "self_signed",
    "num=65:no matching DANE TLSA records": "no_tlsa_match",
}
ACTIONS = "warn reject_warning hold discard filter redirect bcc prepend info".split()
TESTS = (
    "PREGREET",
    "NON-SMTP COMMAND",
    "COMMAND PIPELINING",
    "COMMAND TIME LIMIT",
    "COMMAND COUNT LIMIT",
    "COMMAND LENGTH LIMIT",
    "BARE NEWLINE",
)
LISTS = {
    "ALLOWLISTED": "allow",
    "WHITELISTED": "allow",
    "DENYLISTED": "deny",
    "BLACKLISTED": "deny",
}
CHECKS = "reject warning hold discard redirect filter prepend bcc".split()


def counted(log: bytes) -> Counter[Event]:
    """Count the events of a log."""
    events: Counter[Event] = Counter()
    for line in log.decode("utf-8", "replace").split("\n"):
        program, text, times = said(line)
        for event in _events(program, text):
            events[event] += times
    return events


def said(line: str) -> tuple[str, str, int]:
    """Give program, text and how often; empty ones for a line of another program."""
    head, bracket, text = line.partition("]: ")
    tag = head.rpartition(" ")[2].partition("[")[0]
    if not bracket or not tag.startswith("postfix"):
        return "", "", 0
    times = 1
    if text.startswith("message repeated "):
        times = int(text.split()[2])
        text = text.partition("[")[2].strip()[:-1]
    return tag.rpartition("/")[2] if "/" in tag else "", text, times


def _events(program: str, text: str) -> Iterator[Event]:
    for severity in SEVERITIES:
        if text.startswith(severity + ": "):
            yield "log_messages", program or "unknown", severity
    queue_id, colon, rest = text.partition(": ")
    told = rest if colon and queue_id.isalnum() else ""
    reading = {"smtpd": _smtpd, "cleanup": _cleanup, "qmgr": _qmgr, "bounce": _bounce}
    if program in reading:
        yield from reading[program](text, told)
    if program == "postscreen":
        yield from _postscreen(text)
    if program in ("smtp", "lmtp", "smtpd", "tlsproxy"):
        yield from _tls(program, text)
    if program == "smtp" and text.startswith("connect to "):
        if text.endswith(": Connection refused"):
            yield ("smtp_connections_refused",)
        if text.endswith((": Connection timed out", ": Operation timed out")):
            yield ("smtp_connections_timed_out",)
    if told.startswith('to=<"'):  # what a sender quotes is no field
        told = "to=" + told.partition('"@')[2]
    if program in ("smtp", "lmtp") and told.startswith("to=") and ", tls=" in told:
        yield "tls_deliveries", program, *_level(told.partition(", tls=")[2].partition(",")[0])


def _smtpd(text: str, told: str) -> Iterator[Event]:
    words = text.split()
    if text.startswith("connect from "):
        yield ("smtpd_connects",)
    elif text.startswith("disconnect from "):
        yield ("smtpd_disconnects",)
        for word in words[3:]:
            command, _, times = word.partition("=")
            done, _, tried = times.partition("/")
            if command != "commands":
                yield from [("smtpd_commands", command, "accepted")] * int(done)
                yield from [("smtpd_commands", command, "refused")] * (
                    int(tried or done) - int(done)
                )
    elif text.startswith("lost connection after "):
        yield "smtpd_connections_lost", words[3]
    elif text.startswith("timeout after "):
        yield "smtpd_connections_ended", "timeout", words[2]
    elif text.startswith("too many errors after "):
        yield "smtpd_connections_ended", "errors", words[4]
    elif told.startswith("client="):
        method = told.partition("sasl_method=")[2].partition(",")[0]
        yield "smtpd_messages_processed", method or "none"
    elif told.startswith(("reject: ", "milter-reject: ")):
        action, stage, _from, _client, code, dsn = told.split()[:6]
        yield "smtpd_messages_rejected", action[:-1], stage, code, dsn
    elif told.partition(": ")[0] in ACTIONS:
        yield "smtpd_access_actions", words[1][:-1], words[2]
    elif text.startswith("warning: ") and " SASL " in text and "authentication failed" in text:
        if words[2] == "SASL":
            yield "smtpd_sasl_authentication_failures", words[3]
    elif text.startswith("warning: hostname ") and "does not resolve to address" in text:
        yield ("smtpd_reverse_dns_errors",)


def _cleanup(_text: str, told: str) -> Iterator[Event]:
    action, _, rest = told.partition(": ")
    if told.startswith("message-id="):
        yield ("cleanup_messages_processed",)
    elif action.startswith("milter-"):
        yield "cleanup_milter_actions", action.removeprefix("milter-")
        if action == "milter-reject":
            yield "cleanup_messages_rejected", "milter"
    elif action in CHECKS:
        yield "cleanup_actions", action, rest.split()[0]
        if action == "reject":
            yield "cleanup_messages_rejected", "checks"


def _qmgr(_text: str, told: str) -> Iterator[Event]:
    if told == "removed":
        yield ("qmgr_messages_removed",)
    elif told.endswith("(queue active)"):
        size, recipients = told.split(", ")[-2:]
        yield "qmgr_inserted_size", size.removeprefix("size=")
        yield "qmgr_inserted_recipients", recipients.split()[0].removeprefix("nrcpt=")
    for status in ("expired", "force-expired"):
        if told.endswith(f", status={status}, returned to sender"):
            yield "qmgr_messages_expired", status


def _bounce(_text: str, told: str) -> Iterator[Event]:
    for kind in ("non-delivery", "delay", "delivery status"):
        for recipient in ("sender", "postmaster"):
            if told.startswith(f"{recipient} {kind} notification: "):
                yield "bounce_notifications", recipient, kind


def _postscreen(text: str) -> Iterator[Event]:
    words = text.split()
    if words[0] == "CONNECT":
        yield ("postscreen_connects",)
    elif words[0] in LISTS:
        yield "postscreen_access_list_matches", LISTS[words[0]]
    elif words[0] == "PASS":
        yield "postscreen_passes", words[1].lower()
    elif words[0] == "HANGUP":
        yield ("postscreen_hangups",)
    elif text.startswith("DNSBL rank "):
        yield "postscreen_dnsbl_rank", words[2]
    elif text.startswith("NOQUEUE: reject: CONNECT from ") and not words[5].isdigit():
        yield "postscreen_connects_rejected", "_".join(words[5:])
    elif text.startswith("NOQUEUE: reject: "):
        yield "postscreen_messages_rejected", words[5]
    for test in TESTS:
        if text.startswith(test + " "):
            yield "postscreen_tests_failed", test.replace("-", "_").replace(" ", "_")


def _tls(program: str, text: str) -> Iterator[Event]:
    words = text.split()
    if " TLS connection established " in text and words[0] in TRUST:
        version, _, _, cipher = text.partition(": ")[2].split()[:4]
        yield f"{program}_tls_connections", words[0], version, cipher
    elif text.startswith(("SSL_connect error", "SSL_accept error")):
        yield "tls_handshake_failures", program
    elif "certificate verification failed for " in text and "status=" not in text:
        why = text.partition("]:")[2].partition(": ")[2]
        yield "tls_certificate_failures", program, FAILURES.get(why, "other")


def _level(tls: str) -> tuple[str, str]:
    name = tls.partition("/")[0]
    level = name.strip("!?").removesuffix(":none")
    if name.startswith("!"):
        return level, "unmet"
    if name.endswith("?"):
        return level, "undetermined"
    return level, "plaintext" if name.endswith(":none") or level == "none" else "met"
