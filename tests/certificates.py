"""Certificates for tests, made when they run: keys are never part of the project."""

from __future__ import annotations

import subprocess
from pathlib import Path

from tests.tools import tool

_CURVE = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2"


def make_certificates(folder: Path) -> Path:
    """Make two CAs, a server's and a client's certificate of `ca`, a client's of `stranger-ca`."""
    for name in ("ca", "stranger-ca"):
        _openssl(folder, f"req -x509 {_CURVE} -subj /CN={name} -keyout {name}.key -out {name}.pem")
    issue(folder, "server", "ca", "-addext subjectAltName=IP:127.0.0.1,DNS:localhost")
    issue(folder, "client", "ca")
    issue(folder, "stranger", "stranger-ca")
    _openssl(folder, "ec -in server.key -aes128 -passout pass:secret -out locked.key")
    (folder / "noise.pem").write_bytes(bytes(range(256)))
    return folder


def issue(folder: Path, name: str, ca: str, extra: str = "") -> None:
    """Make a key and a certificate of a CA."""
    signed = f"-CA {ca}.pem -CAkey {ca}.key -subj /CN={name} {extra}"
    _openssl(folder, f"req -x509 {_CURVE} {signed} -keyout {name}.key -out {name}.pem")


def _openssl(folder: Path, arguments: str) -> None:
    command = [tool("openssl"), *arguments.split()]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
