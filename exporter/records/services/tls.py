"""TLS: connections, handshakes and certificates that failed, and what deliveries were made with.

In: lines of smtp(8), lmtp(8), smtpd(8) and tlsproxy(8). Out: events.
Pure. Trust: a cipher is a name of OpenSSL's, a host name has no blanks; a certificate's names stand
behind what is read here.
The forms are those of src/tls/tls_misc.c (tls_log_summary), tls_server.c, tls_client.c,
tls_verify.c, and of delivery records since Postfix 3.11, whose `tls=` is read here alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from exporter.records.patterns import maybe, unnamed
from exporter.records.services.event import OTHER, Collector, Event, known

WAYS = {"smtp": (b"to",), "lmtp": (b"to",), "smtpd": (b"from",), "tlsproxy": (b"to", b"from")}
"""The programs with TLS, and the ways in which they have sessions."""

_DELIVERING = frozenset({"smtp", "lmtp"})

TRUST = ("Anonymous", "Untrusted", "Trusted", "Verified")
PROTOCOLS = frozenset("SSLv2 SSLv3 TLSv1 TLSv1.1 TLSv1.2 TLSv1.3".split())
LEVELS = frozenset(
    "none may encrypt dane dane-only half-dane fingerprint verify secure".split()
)  # fmt: skip
"""The security levels of smtp_tls_security_level."""

MET, UNMET, PLAINTEXT, UNDETERMINED = "met", "unmet", "plaintext", "undetermined"
"""What became of a level. Undetermined is what had no session of its own to tell of: a connection
that failed before it, or one that was used again."""

_ESTABLISHED = rb"(?:%b) TLS connection established (?:to|from) " % "|".join(TRUST).encode()
_WITH = (
    maybe(rb" to [^ \n]++")  # a name of ours that a client asked for (tls_server_sni_maps)
    + rb"(?<=:) (?P<protocol>[A-Za-z][A-Za-z0-9.]*+)"  # else it may be a reply's code
    rb" with cipher (?P<cipher>[A-Za-z0-9_-]{1,64}+) \("
)
_SESSION = re.compile(
    rb"(?P<trust>[A-Z][a-z]++) TLS connection established (?P<way>to|from) [^ ]++" + _WITH
)
_HANDSHAKE = re.compile(rb"SSL_(?:accept|connect) error (?P<way>from|to) ")
_CERTIFICATE = re.compile(
    rb"(?:server |client )?certificate verification failed for [^ ]++ (?P<why>.*)", re.DOTALL
)
_REASONS = {
    "self_signed": (b"self-signed certificate", b"self signed certificate"),
    "untrusted_issuer": (b"untrusted issuer ",),
    "expired": (b"certificate has expired", b"num=10:"),
    "not_yet_valid": (b"certificate not yet valid", b"num=9:"),
    "no_tlsa_match": (b"num=65:",),
}
"""How the reasons begin by which certificates are not trusted; the rest is `other`."""

_LEVEL = re.compile(
    rb"(?P<unmet>!?)(?P<level>[a-z-]++)(?P<undetermined>\??)(?P<plain>(?::none)?)(?:/.*)?"
)


def level(service: str, tls: bytes) -> Iterable[Event]:
    """Give what `tls=` of a delivery record says, for smtp(8) and lmtp(8)."""
    if service not in _DELIVERING:
        return
    found = _LEVEL.fullmatch(tls)
    if found is None:
        yield "tls_deliveries", service, OTHER, OTHER
        return
    name, state = known(found["level"], LEVELS), MET
    if found["unmet"]:
        state = UNMET
    elif found["undetermined"]:
        state = UNDETERMINED
    elif found["plain"] or name == "none":
        state = PLAINTEXT
    yield "tls_deliveries", service, name, state


def _read(program: str, text: bytes) -> Iterable[Event]:
    ways = WAYS[program]
    if session := _SESSION.match(text):
        if session["way"] in ways:
            protocol, cipher = known(session["protocol"], PROTOCOLS), session["cipher"].decode()
            yield f"{program}_tls_connections", session["trust"].decode(), protocol, cipher
    elif (broken := _HANDSHAKE.match(text)) and broken["way"] in ways:
        yield "tls_handshake_failures", program
    elif failed := _CERTIFICATE.fullmatch(text):
        reasons = (name for name, begins in _REASONS.items() if failed["why"].startswith(begins))
        yield "tls_certificate_failures", program, next(reasons, OTHER)


TLS_COLLECTOR = Collector(
    programs=tuple(WAYS),
    begins=_ESTABLISHED + rb"|SSL_|(?:server |client )?certificate verif",
    plain=_ESTABLISHED,
    read=_read,
    before_word=_ESTABLISHED,
    behind_word=unnamed(_WITH),
)
