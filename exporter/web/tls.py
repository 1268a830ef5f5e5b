"""TLS of the web server: the section `tls_server_config`, and the ssl context made of it.

In: the section as YAML gives it. Out: a frozen TlsConfig, and of that an SSLContext; the files it
names are read only there. Names and defaults are exporter-toolkit's; what Python's ssl cannot do
as the toolkit does is refused by name, for a server that is less strict than its file is a hole.
"""

from __future__ import annotations

import os
import ssl
from dataclasses import dataclass, replace
from typing import Any

from exporter.system.errors import ConfigurationError
from exporter.system.regular_file import open_regular
from exporter.yaml.schema import Reader, mapping, one_line, one_of, shown, text, texts

KEY = "tls_server_config"

CLIENT_AUTH = {
    "NoClientCert": ssl.CERT_NONE,
    "VerifyClientCertIfGiven": ssl.CERT_OPTIONAL,
    "RequireAndVerifyClientCert": ssl.CERT_REQUIRED,
}
"""The toolkit's other types take a client certificate unverified, and ssl verifies each."""

VERSIONS = {"TLS12": ssl.TLSVersion.TLSv1_2, "TLS13": ssl.TLSVersion.TLSv1_3}

_CIPHERS = {
    "AES_128_GCM_SHA256": "AES128-GCM-SHA256",
    "AES_256_GCM_SHA384": "AES256-GCM-SHA384",
    "CHACHA20_POLY1305_SHA256": "CHACHA20-POLY1305",
    "AES_128_CBC_SHA": "AES128-SHA",
    "AES_256_CBC_SHA": "AES256-SHA",
}
TLS12_SUITES = {
    f"TLS_ECDHE_{signed}_WITH_{cipher}": f"ECDHE-{signed}-{name}"
    for signed in ("ECDSA", "RSA")
    for cipher, name in _CIPHERS.items()
}
"""The suites the toolkit takes for TLS 1.2, by their names there and in OpenSSL."""

TLS13_SUITES = ("TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256")
"""Always on with TLS 1.3, here as in the toolkit, whether they are named or not."""


@dataclass(frozen=True, slots=True)
class TlsConfig:
    """What `tls_server_config` says."""

    cert_file: str = ""
    key_file: str = ""
    client_auth_type: str = "NoClientCert"
    client_ca_file: str = ""
    min_version: str = "TLS12"
    max_version: str = "TLS13"
    cipher_suites: tuple[str, ...] = ()
    prefer_server_cipher_suites: bool = True

    def files(self) -> dict[str, str]:
        """Give the files it names, by key."""
        named = {"cert_file": self.cert_file, "key_file": self.key_file}
        return named | ({"client_ca_file": self.client_ca_file} if self.client_ca_file else {})

    def beside(self, folder: str) -> TlsConfig:
        """Take the names of its files as relative to a folder."""
        return replace(
            self,
            cert_file=os.path.join(folder, self.cert_file),
            key_file=os.path.join(folder, self.key_file),
            client_ca_file=self.client_ca_file and os.path.join(folder, self.client_ca_file),
        )


def read_tls(key: str, value: Any) -> TlsConfig | None:
    """Read the section; None for an empty one, which is no TLS as in the toolkit."""
    found = mapping(key, value, _KEYS)
    if not found:
        return None
    for name in ("cert_file", "key_file"):
        if name not in found:
            raise ConfigurationError(f"{key}.{name}: expected a file, got none")
    config = TlsConfig(**found)
    if config.min_version > config.max_version:
        raise ConfigurationError(f"{key}.max_version: expected at least min_version")
    if (config.client_auth_type == "NoClientCert") == bool(config.client_ca_file):
        raise ConfigurationError(
            f"{key}.client_ca_file: expected together with client_auth_type"
            " VerifyClientCertIfGiven or RequireAndVerifyClientCert, and only so"
        )
    suites = config.cipher_suites
    if suites and config.min_version == "TLS12" and not set(suites) & set(TLS12_SUITES):
        raise ConfigurationError(
            f"{key}.cipher_suites: expected a suite of TLS 1.2 too, or min_version TLS13"
        )
    return config


def context(config: TlsConfig) -> ssl.SSLContext:
    """Read the files and make a server's context; raises ConfigurationError."""
    for key, path in config.files().items():
        _check_readable(key, path)
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.minimum_version = VERSIONS[config.min_version]
    made.maximum_version = VERSIONS[config.max_version]
    made.options |= ssl.OP_NO_RENEGOTIATION  # a client could make the server toil for nothing
    if not config.prefer_server_cipher_suites:
        made.options &= ~ssl.OP_CIPHER_SERVER_PREFERENCE
    if names := [TLS12_SUITES[name] for name in config.cipher_suites if name in TLS12_SUITES]:
        _set_ciphers(made, names)
    made.set_alpn_protocols(["http/1.1"])
    _load_certificate(made, config)
    if config.client_ca_file:
        _load_client_ca(made, config.client_ca_file)
    made.verify_mode = CLIENT_AUTH[config.client_auth_type]
    return made


def boolean(key: str, value: Any) -> bool:
    """Read true or false."""
    if not isinstance(value, bool):
        raise ConfigurationError(f"{key}: expected true or false, got {shown(value)}")
    return value


def refused(instead: str) -> Reader:
    """Give a reader of a key that the toolkit knows and this exporter does not do."""

    def read(key: str, _value: Any) -> None:
        raise ConfigurationError(f"{key}: not supported; {instead}")

    return read


def _check_readable(key: str, path: str) -> None:
    """Refuse what OpenSSL could not read, or would wait for while nobody is served."""
    try:
        os.close(open_regular(path))
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise ConfigurationError(f"{KEY}.{key}: cannot read {one_line(path)}: {reason}") from error


def _set_ciphers(made: ssl.SSLContext, names: list[str]) -> None:
    try:
        made.set_ciphers(":".join(names))
    except ssl.SSLError as error:
        raise ConfigurationError(
            f"{KEY}.cipher_suites: expected one that this OpenSSL has: {', '.join(names)}"
        ) from error


def _load_certificate(made: ssl.SSLContext, config: TlsConfig) -> None:
    def no_passphrase() -> str:  # without it OpenSSL would ask on the terminal
        raise ConfigurationError(f"{KEY}.key_file: expected a key without a passphrase")

    try:
        made.load_cert_chain(config.cert_file, config.key_file, password=no_passphrase)
    except OSError as error:
        raise ConfigurationError(
            f"{KEY}.cert_file, key_file: expected a certificate and its private key in PEM:"
            f" {_reason(error)}"
        ) from error


def _load_client_ca(made: ssl.SSLContext, path: str) -> None:
    try:
        made.load_verify_locations(path)
    except OSError as error:
        raise ConfigurationError(
            f"{KEY}.client_ca_file: expected CA certificates in PEM: {_reason(error)}"
        ) from error


def _reason(error: OSError) -> str:
    told = getattr(error, "reason", None) or error.strerror or str(error)
    return str(told).lower().replace("_", " ")


def _suites(key: str, value: Any) -> tuple[str, ...]:
    for name in texts(key, value):
        if name not in TLS12_SUITES and name not in TLS13_SUITES:
            expected = ", ".join((*TLS12_SUITES, *TLS13_SUITES))
            raise ConfigurationError(f"{key}: expected some of: {expected}; got {shown(name)}")
    return texts(key, value)


_KEYS: dict[str, Reader] = {
    "cert_file": text,
    "key_file": text,
    "client_auth_type": one_of(tuple(CLIENT_AUTH)),
    "client_ca_file": text,
    "min_version": one_of(tuple(VERSIONS)),
    "max_version": one_of(tuple(VERSIONS)),
    "cipher_suites": _suites,
    "prefer_server_cipher_suites": boolean,
    "cert": refused("write it to a file and name that in cert_file"),
    "key": refused("write it to a file and name that in key_file"),
    "client_ca": refused("write it to a file and name that in client_ca_file"),
    "client_allowed_sans": refused("name a CA of the allowed clients alone in client_ca_file"),
    "curve_preferences": refused("OpenSSL's own order is used"),
}
