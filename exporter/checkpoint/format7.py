"""The format of 28 November 2026, evening, which hosts still have: read once, written never.

In: its tables. Out: tables as format 8 had them.
It knew no quarters of an hour: what was counted in the last day begins anew.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

FORMAT = 7


def taken_over(tables: Mapping[str, dict[Any, Any]]) -> Mapping[str, dict[Any, Any]]:
    """Give the tables of format 8."""
    return {**tables, "rest": {**tables["rest"], "recent_quarter": None}}
