"""The exporter's own YAML files."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from exporter.yaml.builtin import read_builtin

DATA = Path(__file__).parents[2] / "exporter" / "verdict" / "data"


def _all_equal(one: object, other: object) -> bool:
    """Whether values are equal and of the same types: 1 is not True."""
    return repr(one) == repr(other)


@pytest.mark.parametrize("path", sorted(DATA.glob("*.yaml")), ids=lambda path: path.name)
def test_own_files_are_read_as_any_reader_of_yaml_reads_them(path: Path) -> None:
    """The short way gives the values that yaml.safe_load() gives."""
    content = path.read_text("utf-8")
    assert _all_equal(read_builtin(content), yaml.safe_load(content))


@pytest.mark.parametrize(
    "content",
    [
        "a: [b, 'c', \"true\", true, false, 450, '450', x.y, 5.1.1]\n",
        "a: &one {b: [c]}\nd: *one\ne: [*one, *one]\n",
        "a: >-\n  some\n  words\nb: |\n  more\n",
        "- 1\n- [ ]\n- { }\n",
    ],
)
def test_what_own_files_need_is_read(content: str) -> None:
    """Texts, numbers, flags, lists, mappings and aliases are as yaml.safe_load() gives them."""
    assert _all_equal(read_builtin(content), yaml.safe_load(content))


@pytest.mark.parametrize("content", ["a: !!str 1\n", "a: 1\n---\nb: 1\n"])
def test_what_own_files_do_not_need_is_refused(content: str) -> None:
    """A tag or a second document is an error, and not read otherwise than meant."""
    with pytest.raises(ValueError, match="expected"):
        read_builtin(content)
