"""Asks a URL for its health: `python -m exporter.web.healthcheck URL`.

Exit code 0 for an answer with status 200, else 1 and the reason on standard error. An image
without a shell and curl needs a program of its own for HEALTHCHECK.
It knows no CA and no password, and asks for a sign of life alone: a server that does not speak
plain HTTP is asked once more over TLS, unverified, and one that says whom it answers is alive.
"""

from __future__ import annotations

import http.client
import ssl
import sys
import urllib.error
import urllib.request
from http import HTTPStatus

TIMEOUT = 2.0
"""Seconds to wait for an answer; there may be two attempts within HEALTHCHECK's five."""


def main(url: str) -> int:
    """Ask, over TLS where plain HTTP is not answered; gives the exit code."""
    reason = _fault(url)
    if reason and url.startswith("http://"):
        reason = _fault(url.replace("http", "https", 1)) and reason
    if reason:
        print(f"{url}: {reason}", file=sys.stderr)
    return int(bool(reason))


def _fault(url: str) -> str:
    """Ask once; gives what is wrong, or nothing."""
    unverified = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    unverified.check_hostname, unverified.verify_mode = False, ssl.CERT_NONE
    # with TLS 1.3 the alert for want of a certificate races with what is sent behind the handshake
    unverified.maximum_version = ssl.TLSVersion.TLSv1_2
    try:
        with _opener(unverified).open(url, timeout=TIMEOUT) as answer:
            return "" if answer.status == HTTPStatus.OK else f"status {answer.status}"
    except urllib.error.HTTPError as error:
        with error:
            return "" if error.code == HTTPStatus.UNAUTHORIZED else str(error)
    except (OSError, ValueError, http.client.HTTPException) as error:
        return "" if _refuses_by_alert(error) else str(error) or type(error).__name__


def _opener(context: ssl.SSLContext) -> urllib.request.OpenerDirector:
    """Give what asks the server itself: the environment may name a proxy for the outer world."""
    return urllib.request.build_opener(
        urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context)
    )


def _refuses_by_alert(error: Exception) -> bool:
    """Whether a server refused the handshake: it wants a certificate or TLS 1.3 (RFC 5246, 7.2)."""
    told = getattr(error, "reason", None)
    return isinstance(told, ssl.SSLError) and "_ALERT_" in str(told.reason)


if __name__ == "__main__":
    raise SystemExit(main(*sys.argv[1:2] or ["http://127.0.0.1:9154/-/healthy"]))
