"""Delivery agents: who wrote a record.

In: what stands before a record, or the record where the header has lost it. Out: the agent.
Pure.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

PROGRAMS = (
    "anvil bounce cleanup defer discard dnsblog error flush lmtp local master nqmgr oqmgr pickup"
    " pipe postalias postcat postconf postdrop postfix-script postkick postlock postlog postlogd"
    " postmap postmulti postmulti-script postqueue postscreen postsuper proxymap qmgr qmqpd retry"
    " scache sendmail showq smtp smtpd spawn tlsmgr tlsproxy trace trivial-rewrite verify virtual"
).split()
PROGRAM = rb"(?:%b)" % "|".join(PROGRAMS).encode()
DELIVERING = frozenset(
    agent.encode() for agent in "discard error lmtp local pipe retry smtp virtual".split()
)
"""The programs that write delivery records, but for custom ones."""


class Origin(NamedTuple):
    """What stands before a message: the log's host, the syslog name, the delivery agent."""

    host: str
    syslog_name: str
    agent: str


@lru_cache(maxsize=4096)
def origin_of(origin: bytes) -> Origin:
    """Take `Delivery.origin` apart; an agent that is no Postfix program is `unknown`."""
    host, _, tag = origin.decode("utf-8", "replace").partition(" ")
    name, _, agent = tag.rpartition("/")
    return Origin(host, name or tag, agent if agent in PROGRAMS else "unknown")


_RELAY_END = re.compile(
    rb"(?P<address>[0-9A-Fa-f.:]+)\]:(?P<port>\d+)|(?:private|public|/)[^\]]*\]"
)
# src/smtp/smtp_connect.c, smtp_addr.c, smtp_tls_policy.c, src/dns/dns_lookup.c: what the client
# says without a session
_NO_SESSION = re.compile(
    rb"connect to |Host or domain name not found|Host found but no data record"
    rb"|[Uu]nable to look up host|mail for .* loops back|Domain .* does not accept mail"
    rb"|Name service error|host .* said: |host .* refused to talk to me: |TLSA lookup"
    rb"|non-TLSA DNSSEC|non DNSSEC destination|no TLSA records found|Cannot start TLS"
    rb"|Server certificate|TLS is required|client TLS configuration problem|lost connection"
    rb"|conversation with|Sender requested REQUIRETLS|REQUIRETLS |SASL authentication failed"
    rb"|all network protocols are disabled|network address conversion failed"
    rb"|unable to find primary relay for |[^ :]++: host not found|Error looking up name=",
    re.DOTALL,
)
# src/qmgr/qmgr_message.c, qmgr_deliver.c: what the queue manager has error(8) and retry(8) say
_NOT_TRIED = (
    b"delivery temporarily suspended", b"mail transport unavail", b"deferred transport",
    b"unknown mail transport error", b"address resolver failure", b"bad address syntax",
)  # fmt: skip


def infer_agent(relay: bytes, status: bytes | None, text: bytes) -> bytes:
    """Tell the agent from the relay's shape (RFC 5424 as rsyslog writes it loses the agent)."""
    if relay in (b"local", b"virtual"):
        return relay
    bracket = _RELAY_END.fullmatch(relay, relay.rfind(b"[") + 1)
    if bracket:
        # 24 is the port for LMTP (RFC 2033); a socket is not for SMTP
        return b"lmtp" if bracket["port"] in (None, b"24") else b"smtp"
    if relay != b"none":
        return b"pipe" if b"[" not in relay else b"unknown"  # pipe(8) logs its service's name
    if not status:
        return b"discard"  # the only agent that delivers nowhere
    if text.startswith(_NOT_TRIED):
        return b"error"
    return b"smtp" if _NO_SESSION.match(text) else b"unknown"
