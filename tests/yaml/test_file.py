"""Any bytes as YAML: one error that says what is wrong, within bounds."""

from __future__ import annotations

from pathlib import Path

import pytest

from exporter.config import load
from exporter.system.errors import ConfigurationError
from exporter.yaml.file import LARGEST, MOST_VALUES


@pytest.mark.parametrize("content", [b"\xff\xfe", b"a: &a [*a]\n", b"a: " + b"[" * 5000, b"\0"])
def test_noise(content: bytes, tmp_path: Path) -> None:
    """Noise is an error like any other."""
    path = tmp_path / "noise.yml"
    path.write_bytes(content)
    with pytest.raises(ConfigurationError, match=r"noise\.yml: "):
        load(str(path))


def test_file_too_large(tmp_path: Path) -> None:
    """A file larger than anybody writes is refused before it is read as YAML, and so are its aliases."""
    path = tmp_path / "large.yml"
    path.write_text("#" * LARGEST + "\n")
    with pytest.raises(
        ConfigurationError, match=rf"large\.yml: expected YAML of at most {LARGEST}"
    ):
        load(str(path))
    path.write_text("a: [&a [" + "b," * 999 + "], " + "*a, " * 20 + "]\n")
    with pytest.raises(ConfigurationError, match=rf"more than {MOST_VALUES} values, with those of"):
        load(str(path))


def test_aliases_stand_for_what_they_say(tmp_path: Path) -> None:
    """Anchors, aliases and merges within these bounds are YAML as ever."""
    path = tmp_path / "aliases.yml"
    path.write_text(
        "causes:\n  - &slow {cause: throttled, text: &words [slow down]}\n"
        "  - {<<: *slow, code: 4.7.0}\n  - {cause: other, text: *words}\n"
    )
    rules = load(str(path)).causes
    assert [rule.text for rule in rules] == [("slow down",)] * 3
    assert rules[1].code == ("4.7.0",)
