"""What is new, changed and gone in a table, found soon.

In: the same table, earlier and now. Out: the rows to write, so that the table read is the one of
now, in its order. Pure.
A version of a table knows what changed since the one before. Of any other two tables the keys are
compared: as a rule nothing is gone and what is new comes last, and then keys are the same objects
in the same order, and no key needs to be looked up.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import compress, islice
from operator import is_not
from typing import Any

from exporter.counts.versions import Version

Table = Mapping[Any, Any]


def new_keys(old: Table, new: Table) -> Iterable[Any]:
    """Give the keys that the earlier table has not."""
    if isinstance(new, Version) and new.earlier is old:
        return [key for key in new.set_keys if key not in old and key in new]
    if _goes_on(old, new):
        return islice(new, len(old), None) if len(new) > len(old) else ()
    return [key for key in new if key not in old]


def differences(old: Table, new: Table) -> tuple[Table, list[Any]]:
    """Give the rows to set, in their order, and before that the keys of rows to remove."""
    if not old:
        return new, []
    if isinstance(new, Version) and new.earlier is old:
        return _of_versions(old, new)
    if _goes_on(old, new):
        others = compress(new.items(), map(is_not, old.values(), new.values()))
        changed = {key: value for key, value in others if old[key] != value}
        changed.update(islice(new.items(), len(old), None))
        return changed, []
    kept = [key for key in old if key in new]
    if kept != list(islice(new, len(kept))):
        return new, list(old)  # in another order, which may have a meaning
    changed = {key: new[key] for key in kept if old[key] != new[key]}
    changed.update(islice(new.items(), len(kept), None))
    return changed, [key for key in old if key not in new]


def _of_versions(old: Table, new: Version[Any, Any]) -> tuple[Table, list[Any]]:
    gone = [key for key in new.removed if key in old]
    added = len(new) - (len(old) - len(gone))
    changed = {
        key: new[key]
        for key in new.set_keys
        if key in old and key not in new.removed and old[key] != new[key]
    }
    changed.update((key, new[key]) for key in list(islice(reversed(new), added))[::-1])
    return changed, gone


def _goes_on(old: Table, new: Table) -> bool:
    """Whether nothing of the earlier table is gone, and what is new comes last."""
    return list(old) == list(islice(new, len(old)))
