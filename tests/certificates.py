"""Certificates for tests, made when they run: keys are never part of the project."""

from __future__ import annotations

import subprocess
from pathlib import Path

from tests.tools import tool

_NEW = (
    "req -x509 -config openssl.cnf -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2"
)
# The extensions RFC 5280 asks for (section 4.2.1), whatever the machine's own openssl.cnf adds:
# from Python 3.13 on a client refuses a chain without them.
_EXTENSIONS = """\
[req]
distinguished_name = name
[name]
[ca]
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid:always
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
[end]
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid:always
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
subjectAltName = IP:127.0.0.1, DNS:localhost
"""


def make_certificates(folder: Path) -> Path:
    """Make two CAs, a server's and a client's certificate of `ca`, a client's of `stranger-ca`."""
    (folder / "openssl.cnf").write_text(_EXTENSIONS)
    for name in ("ca", "stranger-ca"):
        _make(folder, name, "-extensions ca")
    issue(folder, "server", "ca")
    issue(folder, "client", "ca")
    issue(folder, "stranger", "stranger-ca")
    _openssl(folder, "ec -in server.key -aes128 -passout pass:secret -out locked.key")
    (folder / "noise.pem").write_bytes(bytes(range(256)))
    return folder


def issue(folder: Path, name: str, ca: str) -> None:
    """Make a key and a certificate of a CA, for this machine's own names."""
    _make(folder, name, f"-extensions end -CA {ca}.pem -CAkey {ca}.key")


def _make(folder: Path, name: str, how: str) -> None:
    _openssl(folder, f"{_NEW} -subj /CN={name} {how} -keyout {name}.key -out {name}.pem")


def _openssl(folder: Path, arguments: str) -> None:
    command = [tool("openssl"), *arguments.split()]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
