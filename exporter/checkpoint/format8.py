"""The format of 29 November 2026, which hosts still have: read once, written never.

In: its tables. Out: tables as they are written now.
It knew no collectors: its tables are those of now, of which some are empty.
"""

from __future__ import annotations

FORMAT = 8
