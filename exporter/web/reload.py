"""The web configuration at work: what holds now, read again when a file changes.

In: the file of `--web.config.file`, and the files it names. Out: Settings, immutable, swapped as a
whole. A wrong file at the start is an error; later it is said once and the old settings stay, so
that a certificate renewed in two steps, or an editor's half a file, stops no scrape.
"""

from __future__ import annotations

import logging
import os
import ssl
import threading
from collections.abc import Mapping
from typing import NamedTuple

from exporter.system.errors import ConfigurationError
from exporter.web.auth import Authenticator
from exporter.web.configuration import Headers, WebConfig, load
from exporter.web.tls import context

log = logging.getLogger(__name__)


class Settings(NamedTuple):
    """What the server needs of the file: TLS or none, users or none, headers of every answer."""

    tls: ssl.SSLContext | None = None
    authenticator: Authenticator | None = None
    headers: Headers = ()


class WebConfigFile:
    """A file and the settings made of it; raises ConfigurationError when it is wrong."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._named: tuple[str, ...] = ()
        self._seen: tuple[_Mark, ...] = ()
        self._users: Mapping[str, str] = {}
        self._settings = Settings()
        self._lock = threading.Lock()
        self._read()

    def current(self) -> Settings:
        """Give what holds now; looks at the files, and reads them when they changed."""
        with self._lock:
            if self._seen != tuple(map(_mark, (self._path, *self._named))):
                self._read_again()
            return self._settings

    def read_again(self) -> None:
        """Read the files whether they changed or not."""
        with self._lock:
            self._read_again()

    def _read_again(self) -> None:
        try:
            self._read()
        except ConfigurationError as error:
            log.error("web configuration not reloaded: %s", error)
        except Exception:  # whatever a file holds, the server goes on with what it has
            log.exception("web configuration not reloaded")
        else:
            log.info("web configuration reloaded")

    def _read(self) -> None:
        own = _mark(self._path)
        try:
            config = load(self._path)
            self._named = config.files()
        finally:  # marked before they are read: a change in between is seen the next time
            self._seen = (own, *map(_mark, self._named))
        try:
            self._settings = self._made_of(config)
        except ConfigurationError as error:
            raise ConfigurationError(f"{self._path}: {error}") from error
        self._users = config.basic_auth_users

    def _made_of(self, config: WebConfig) -> Settings:
        tls = context(config.tls_server_config) if config.tls_server_config else None
        authenticator = self._settings.authenticator
        if config.basic_auth_users != self._users:  # else it goes on knowing whom it let in
            users = config.basic_auth_users
            authenticator = Authenticator(users) if users else None
        return Settings(tls, authenticator, config.http_server_config.headers)


_Mark = tuple[int, ...] | None


def _mark(path: str) -> _Mark:
    """Tell versions of a file apart; the change time tells of new permissions too."""
    try:
        found = os.stat(path)
    except (OSError, ValueError):
        return None
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns
