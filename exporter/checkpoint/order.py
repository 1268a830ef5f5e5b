"""Tables as dicts keep them: what stays keeps its order, and what is new comes last.

In: the same table, earlier and now. Out: what is new in it. Pure.
As a rule nothing is gone, and then no key needs to be looked up: keys are the same objects as
before, and comparing lists of them takes a tenth of the time.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Any


def goes_on(old: Mapping[Any, Any], new: Mapping[Any, Any]) -> bool:
    """Whether nothing of the earlier table is gone, and what is new comes last."""
    return list(old) == list(islice(new, len(old)))


def new_keys(old: Mapping[Any, Any], new: Mapping[Any, Any]) -> Iterable[Any]:
    """Give the keys that the earlier table has not."""
    if goes_on(old, new):
        return islice(new, len(old), None) if len(new) > len(old) else ()
    return [key for key in new if key not in old]
