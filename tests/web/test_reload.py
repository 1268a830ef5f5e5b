"""A changed web configuration is noticed, and what did not change stays."""

from __future__ import annotations

from pathlib import Path

from exporter.web.reload import WebConfigFile
from tests.secured import TLS, users, write


def test_users_who_are_known_stay_known(own_certificates: Path) -> None:
    """When the certificate changes and the users do not, nobody's password is compared again."""
    write(own_certificates / "web.yml", TLS + users(alice="secret"))
    file = WebConfigFile(str(own_certificates / "web.yml"))
    first = file.current()
    assert file.current() is first
    (own_certificates / "server.pem").touch()
    second = file.current()
    assert second.tls is not first.tls
    assert second.authenticator is first.authenticator


def test_permissions(own_certificates: Path) -> None:
    """A key that may not be read, and then may, is noticed although its content is the same."""
    write(own_certificates / "web.yml", TLS)
    file = WebConfigFile(str(own_certificates / "web.yml"))
    first = file.current()
    (own_certificates / "server.key").chmod(0o600)
    (own_certificates / "server.key").chmod(0o640)
    assert file.current() is not first
