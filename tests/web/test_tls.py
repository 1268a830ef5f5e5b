"""TLS settings: the context that is made of them offers what they say."""

from __future__ import annotations

import ssl
from pathlib import Path

from exporter.web.tls import TLS12_SUITES, TlsConfig, context


def test_suites_are_those_of_openssl(folder: Path) -> None:
    """Each suite alone makes a context that offers this suite of TLS 1.2 and no other."""
    for name, known in TLS12_SUITES.items():
        made = context(
            TlsConfig("server.pem", "server.key", cipher_suites=(name,)).beside(str(folder))
        )
        offered = [suite["name"] for suite in made.get_ciphers() if suite["protocol"] != "TLSv1.3"]
        assert offered == [known]


def test_order_of_suites_and_renegotiation(folder: Path) -> None:
    """The server's order of suites decides unless the file says no; a client cannot renegotiate."""
    for prefer in (True, False):
        config = TlsConfig("server.pem", "server.key", prefer_server_cipher_suites=prefer)
        options = context(config.beside(str(folder))).options
        assert bool(options & ssl.OP_CIPHER_SERVER_PREFERENCE) is prefer
        assert options & ssl.OP_NO_RENEGOTIATION
