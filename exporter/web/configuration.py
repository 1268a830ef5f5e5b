"""The file of `--web.config.file`, in the format of Prometheus' exporter-toolkit.

In: a path. Out: frozen dataclasses; the files they name are not opened here. Every error names
file, key and what was expected; a key of the toolkit that is not supported is refused by name,
because a server must not be less strict than its file.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from exporter.system.errors import ConfigurationError
from exporter.web.auth import read_users
from exporter.web.tls import TlsConfig, boolean, read_tls, refused
from exporter.yaml.file import read_yaml
from exporter.yaml.schema import Reader, mapping, one_of, section

Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class HttpConfig:
    """What `http_server_config` says; without HTTP/2 `http2` has no effect."""

    http2: bool = True
    headers: Headers = ()


@dataclass(frozen=True, slots=True)
class WebConfig:
    """The whole file; see docs/web-configuration.md."""

    tls_server_config: TlsConfig | None = None
    http_server_config: HttpConfig = field(default_factory=HttpConfig)
    basic_auth_users: Mapping[str, str] = field(default_factory=dict)

    def files(self) -> tuple[str, ...]:
        """Give the files it names."""
        tls = self.tls_server_config
        return tuple(tls.files().values()) if tls else ()


def load(path: str) -> WebConfig:
    """Read and check the file at `path`; raises ConfigurationError."""
    data = read_yaml(path)
    try:
        config = WebConfig(**mapping("", {} if data is None else data, _SECTIONS))
    except ConfigurationError as error:
        raise ConfigurationError(f"{path}: {error}") from error
    tls = config.tls_server_config
    return replace(config, tls_server_config=tls and tls.beside(os.path.dirname(path)))


def _header(key: str, value: Any) -> str:
    told = str(value) if type(value) is int else value  # X-XSS-Protection: 0
    if not isinstance(told, str) or not re.fullmatch(r"[ -~]*", told):
        raise ConfigurationError(f"{key}: expected a line of ASCII, got {value!a:.60}")
    return told.strip()


def _headers(key: str, value: Any) -> Headers:
    return tuple((name, told) for name, told in mapping(key, value, _HEADERS).items() if told)


_HEADERS: dict[str, Reader] = {
    "Content-Security-Policy": _header,
    "Strict-Transport-Security": _header,
    "X-Content-Type-Options": one_of(("nosniff",)),
    "X-Frame-Options": one_of(("deny", "sameorigin")),
    "X-XSS-Protection": _header,
}

_SECTIONS: dict[str, Reader] = {
    "tls_server_config": read_tls,
    "http_server_config": section(HttpConfig, {"http2": boolean, "headers": _headers}),
    "basic_auth_users": read_users,
    "rate_limit": refused("limit requests in a firewall or a reverse proxy"),
}
