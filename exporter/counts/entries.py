"""Entries of one size in one byte string, each beginning with its key.

In: such a string, a key. Out: where the key's entry is.
Pure. Memories of many short lists are kept so: an entry takes no more than its bytes, where the
first entry of a dict takes two hundred.
"""

from __future__ import annotations


def find(entries: bytes, key: bytes, size: int, begin: int = 0) -> int:
    """Give the place of the entry with this key, -1 without one; the first one is at `begin`."""
    place = entries.find(key, begin)
    while place > begin and (place - begin) % size:  # what is there by chance is no key
        place = entries.find(key, place + 1)
    return place
