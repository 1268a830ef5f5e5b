"""The package, built in a Debian 13 by its own tools, at the project's version and at one before."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

from exporter import __version__
from tests.pages import ROOT
from tests.postfix.debian import Debian

NAME = "postfix-deliverability-exporter"
BEFORE = "0.0.9"
"""A version before the first one: the same files, and another number."""


class Built(NamedTuple):
    """Packages by version, and what lintian says of the newest."""

    packages: dict[str, Path]
    complaints: str


def build(host: Debian, folder: Path) -> Built:
    """Build both, and let lintian look at the newest."""
    source = host.root / "root" / "source"
    subprocess.run(
        ["sh", ROOT / "scripts/deb-source", source],
        env=os.environ | {"PYTHON": sys.executable},
        check=True,
        capture_output=True,
    )
    packages = {}
    for version in (BEFORE, __version__):
        for name in ("debian/changelog", "exporter/__init__.py"):
            text = (ROOT / name).read_text("utf-8")
            numbered = re.sub(
                rf"([(\"]){re.escape(__version__)}([)\"])", rf"\g<1>{version}\2", text
            )
            (source / name).write_text(numbered, "utf-8")
        host.run(
            "sh", "-ec", "cd /root/source && dpkg-buildpackage --build=binary --unsigned-changes"
        )
        file = f"{NAME}_{version}_all.deb"
        packages[version] = Path(shutil.copy(host.root / "root" / file, folder))
    changes = f"/root/{NAME}_{__version__}_amd64.changes"
    complaints = host.run(
        "sh", "-c", f"lintian --allow-root --info --display-info --pedantic {changes} 2>&1; true"
    )
    return Built(packages, complaints)
