"""The dashboards as they are committed."""

from __future__ import annotations

import json
from typing import Any

import pytest

from dashboards.src.__main__ import FOLDER
from dashboards.src.frame import DELIVERY, DESTINATION, EXPORTER, POSTFIX

UIDS = (DELIVERY, DESTINATION, POSTFIX, EXPORTER)

Mutable = dict[str, Any]


def committed(uid: str) -> Mutable:
    """Read a dashboard as it is committed."""
    read: Mutable = json.loads((FOLDER / f"{uid}.json").read_text(encoding="utf-8"))
    return read


BOARDS = {uid: committed(uid) for uid in UIDS}
every_board = pytest.mark.parametrize("board", BOARDS.values(), ids=BOARDS)


def panel(board: Mutable, title: str) -> Mutable:
    """Give a panel by its title."""
    [found] = [one for one in board["panels"] if one["title"] == title]
    return dict(found)
