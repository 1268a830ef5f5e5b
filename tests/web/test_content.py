"""Requirements of the body of a page."""

from __future__ import annotations

import gzip
import subprocess
import sys

import pytest

_PARTS = """
import sys
if sys.argv[1] == "without":
    sys.modules["isal"] = None
from exporter.web import content
body = content.packed([b"a", b"", b"b" * 100_000, "ä".encode()])
print(content.compressobj.__module__, body.hex())
"""


@pytest.mark.parametrize(("isal", "module"), [("with", "isal.isal_zlib"), ("without", "zlib")])
def test_the_page_packed_with_and_without_isal(isal: str, module: str) -> None:
    """A body is the same gzip member for a client, whether the extra `gzip` is installed or not."""
    told = subprocess.run(
        [sys.executable, "-c", _PARTS, isal], capture_output=True, check=True, text=True
    ).stdout
    packer, body = told.split()
    assert packer == module
    assert gzip.decompress(bytes.fromhex(body)) == b"a" + b"b" * 100_000 + "ä".encode()
