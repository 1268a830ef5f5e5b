"""Events, and what a collector is made of.

In: nothing. Out: types, and a value of a table.
Pure.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field

from exporter.records.fields import QUEUE_ID
from exporter.records.services.forms import Form

Event = tuple[str, ...]
"""The name of a family (counts/collected.py), and the values of its labels.

For a histogram, and for what comes in numbers, the last value is the number.
"""

NAMES = ("smtpd", "cleanup", "qmgr", "smtp", "tls", "postscreen", "bounce", "messages")
"""The collectors that read what other services say; collectors.py has what each one is."""

DELIVERY_TIME = "delivery_time"
"""The collector that needs no other lines than delivery records (counts/delivery_times.py)."""

ALL_NAMES = (*NAMES, DELIVERY_TIME)
"""All collectors by their names in the configuration."""

OTHER = "other"
"""The label of what stands in no table."""

NONE = "none"
"""The label of what is not there."""

ID = rb"(?!(?:warning|error|fatal|panic): )" + QUEUE_ID + rb": "
"""The pattern of a queue id before what is said of the message; `NOQUEUE` looks like one."""


@dataclass(frozen=True, slots=True)
class Collector:
    """What is read of lines, and how.

    `usual` reads what a block leaves of texts of a usual form. `begins` is the pattern of how other
    texts begin that `read` is asked about, behind a queue id if there is one; `plain`, of two words
    at least, that of the most frequent of them, which have no queue id. `programs` are those whose
    texts these are, all if there are none.
    Of usual texts `read` skips a word, such as a host's name: `before_word` is the pattern of all
    that stands before it, `behind_word` of what `read` looks at behind it, and nothing else does it
    look at in such a text. No collector looks at more in one that begins as another's.
    """

    programs: Collection[str] = ()
    usual: Mapping[Form, Callable[[str, bytes], Iterable[Event]]] = field(default_factory=dict)
    begins: bytes = b""
    plain: bytes = b""
    read: Callable[[str, bytes], Iterable[Event]] = lambda _program, _text: ()
    before_word: bytes = b""
    behind_word: bytes = b""


def known(value: bytes, table: Collection[str]) -> str:
    """Give a value that stands in a table, or that it is another."""
    text = value.decode("latin-1")
    return text if text in table else OTHER
