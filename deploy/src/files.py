"""Every file that is generated, by its name below deploy/.

In: the commands, the newest entry of debian/changelog, and the rule files. Out: names and contents.
"""

from __future__ import annotations

import re
from email.utils import parsedate_to_datetime
from pathlib import Path

from deploy.src import completion, kubernetes, manual
from deploy.src.commands import commands
from exporter import __version__

FOLDER = Path(__file__).resolve().parent.parent
CHANGELOG = FOLDER.parent / "debian" / "changelog"


def files() -> dict[str, str]:
    """Give the files."""
    day = f"{parsedate_to_datetime(_released()):%Y-%m-%d}"
    found = {"kubernetes/monitoring/prometheusrules.yaml": kubernetes.prometheus_rules()}
    for command in commands():
        found[f"man/{command.name}.1"] = manual.page(command, day, f"{command.name} {__version__}")
        found[f"completions/bash/{command.name}"] = completion.bash(command)
        found[f"completions/zsh/_{command.name}"] = completion.zsh(command)
    return found


def _released() -> str:
    """Give when the newest version was released, as Debian's changelog says it."""
    told = re.search(r"(?m)^ -- .*>  (.+)$", CHANGELOG.read_text("utf-8"))
    assert told, CHANGELOG
    return told[1]
