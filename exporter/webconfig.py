"""The file of `--web.config.file`, in the format of Prometheus' exporter-toolkit.

In: a path. Out: nothing yet, but a check: TLS, basic authentication and headers are not supported,
and a file that asks for them must not be served as if they were. Every error names file and key.
"""

from __future__ import annotations

from exporter.config import read_yaml
from exporter.errors import ConfigurationError

_NOT_SUPPORTED = ("tls_server_config", "http_server_config", "basic_auth_users", "rate_limit")


def check(path: str) -> None:
    """Raise ConfigurationError unless the file asks for nothing that is missing."""
    data = read_yaml(path)
    if data is None:
        return
    if not isinstance(data, dict):
        raise ConfigurationError(f"{path}: expected keys and values")
    for key in data:
        if key in _NOT_SUPPORTED:
            raise ConfigurationError(
                f"{path}: {key}: not supported by this version; put a reverse proxy before the"
                " exporter and let it listen on 127.0.0.1"
            )
        expected = ", ".join(_NOT_SUPPORTED)
        raise ConfigurationError(f"{path}: {key}: unknown key, expected one of: {expected}")
