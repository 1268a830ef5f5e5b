"""A changed web configuration is noticed, and what did not change stays."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from exporter.web.reload import WebConfigFile
from tests.certificates import make_certificates
from tests.secured import TLS, users, write


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder of certificates."""
    return make_certificates(tmp_path_factory.mktemp("certificates"))


@pytest.fixture
def folder(certificates: Path, tmp_path: Path) -> Path:
    """Give a folder with these certificates, to change."""
    return Path(shutil.copytree(certificates, tmp_path / "web"))


def test_users_who_are_known_stay_known(folder: Path) -> None:
    """When the certificate changes and the users do not, nobody's password is compared again."""
    write(folder / "web.yml", TLS + users(alice="secret"))
    file = WebConfigFile(str(folder / "web.yml"))
    first = file.current()
    assert file.current() is first
    (folder / "server.pem").touch()
    second = file.current()
    assert second.tls is not first.tls
    assert second.authenticator is first.authenticator


def test_permissions(folder: Path) -> None:
    """A key that may not be read, and then may, is noticed although its content is the same."""
    write(folder / "web.yml", TLS)
    file = WebConfigFile(str(folder / "web.yml"))
    first = file.current()
    (folder / "server.key").chmod(0o600)
    (folder / "server.key").chmod(0o640)
    assert file.current() is not first
