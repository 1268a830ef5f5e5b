"""The web configuration: it is taken over whole, each bad file has one clear error."""

from __future__ import annotations

import contextlib
import shutil
import sys
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from exporter.system.errors import ConfigurationError
from exporter.web.configuration import HttpConfig, WebConfig, load
from exporter.web.reload import Settings, WebConfigFile
from exporter.web.tls import CLIENT_AUTH, TlsConfig
from tests.webconfig import BAD, FOLDER, SECTIONS, TOOLKIT


@pytest.mark.parametrize("path", BAD, ids=lambda path: path.stem)
def test_bad_files(path: Path, folder: Path) -> None:
    """The error names file, key, what was expected and what was found, in one line."""
    beside = shutil.copy(path, folder / "web.yml")
    wanted = path.read_text(encoding="utf-8").splitlines()[0].removeprefix("# error: ")
    with pytest.raises(ConfigurationError) as caught:
        WebConfigFile(str(beside))
    assert str(caught.value).startswith(f"{beside}: {wanted.replace('{folder}', str(folder))}")
    assert "\n" not in str(caught.value)
    assert caught.value.exit_code == 2


def test_everything_is_taken_over(folder: Path) -> None:
    """Every key of the file reaches the configuration, and every part of that the server."""
    path = shutil.copy(FOLDER / "good" / "everything.yml", folder / "web.yml")
    loaded, made = load(str(path)), WebConfigFile(str(path)).current()
    tls, plain = loaded.tls_server_config, TlsConfig()
    assert tls
    changed = {name for name in TlsConfig.__slots__ if getattr(tls, name) != getattr(plain, name)}
    assert changed == set(TlsConfig.__slots__) - {"max_version"}
    assert len(tls.cipher_suites) == 13
    assert loaded.http_server_config.headers == (("Strict-Transport-Security", "max-age=31536000"),)
    assert loaded.basic_auth_users.keys() == {"alice"}
    assert loaded.files() == tuple(
        str(folder / name) for name in ("server.pem", "server.key", "ca.pem")
    )
    assert all(getattr(made, name) != Settings._field_defaults[name] for name in Settings._fields)


def test_blank_header_is_unset(folder: Path) -> None:
    """A header without a value is not sent; a number is a value."""
    headers = load(str(FOLDER / "good" / "headers.yml")).http_server_config.headers
    assert [name for name, _ in headers] == [
        "Content-Security-Policy",
        "X-Content-Type-Options",
        "X-Frame-Options",
        "X-XSS-Protection",
    ]
    assert dict(headers)["X-XSS-Protection"] == "0"


def test_an_empty_file_asks_for_nothing(folder: Path) -> None:
    """Without sections, and with empty ones, there is no TLS, no user and no header, as in the toolkit."""
    for name in ("empty", "empty-sections"):
        assert load(str(FOLDER / "good" / f"{name}.yml")) == WebConfig(None, HttpConfig(), {})
        assert WebConfigFile(str(FOLDER / "good" / f"{name}.yml")).current() == Settings()


@pytest.mark.parametrize("key", TOOLKIT)
def test_every_key_of_the_toolkit_is_known(key: str, tmp_path: Path) -> None:
    """Each key of the toolkit's documentation is done or refused by its name, never unknown."""
    path = tmp_path / "web.yml"
    path.write_text(f"tls_server_config: {{{key}: []}}\n")
    with pytest.raises(
        ConfigurationError, match=rf"web\.yml: tls_server_config\.{key}: "
    ) as caught:
        load(str(path))
    assert "unknown" not in str(caught.value)


_PLAIN = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9)
_NAMES = st.sampled_from([*TOOLKIT, "http2", "headers", "X-XSS-Protection", "interval", "a"])
_ANY = st.recursive(
    _PLAIN | st.sampled_from(["server.pem", "server.key", "ca.pem", "TLS12", *CLIENT_AUTH]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_NAMES | _PLAIN, inner, max_size=5),
    max_leaves=9,
)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.dictionaries(st.sampled_from(SECTIONS), _ANY, max_size=4))
def test_any_content_is_read_or_refused(folder: Path, data: object) -> None:
    """Whatever stands in the file is taken or is one ConfigurationError."""
    path = folder / "any.yml"
    path.write_text(yaml.safe_dump(data), encoding="utf-8")
    with contextlib.suppress(ConfigurationError):
        WebConfigFile(str(path))


PASSWORDS = ["hunter2", "*hunter2", "&hunter2 a", "!hunter2", "!!float hunter2", "!!binary ähunter2",
             "!hunter2!a b", '"hunter2', "[hunter2", "hunter2: a", "!a%22b'hunter2"]  # fmt: skip


@pytest.mark.parametrize("written", PASSWORDS)
def test_no_error_shows_a_password(written: str, tmp_path: Path) -> None:
    """Whatever YAML takes a password for, the error does not repeat it."""
    path = tmp_path / "web.yml"
    path.write_text(f"basic_auth_users:\n  alice: {written}\n", encoding="utf-8")
    with pytest.raises(ConfigurationError) as caught:
        load(str(path))
    assert "hunter2" not in str(caught.value)


def test_users_without_bcrypt(monkeypatch: pytest.MonkeyPatch) -> None:
    """Users need the extra; without it the error says how to install it. Without users it is not needed."""
    monkeypatch.setitem(sys.modules, "bcrypt", None)
    path = FOLDER / "good" / "users.yml"
    with pytest.raises(ConfigurationError) as caught:
        WebConfigFile(str(path))
    told = 'python3 -m pip install "postfix-deliverability-exporter[auth]"'
    assert str(caught.value).startswith(f"{path}: basic_auth_users: needs the package bcrypt")
    assert told in str(caught.value)
    assert WebConfigFile(str(FOLDER / "good" / "headers.yml")).current().headers
