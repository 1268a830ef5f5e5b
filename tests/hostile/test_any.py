"""Any reply, and any bytes in the place of a configuration: made-up input breaks no promise."""

from __future__ import annotations

from hypothesis import strategies as st

from tests.hostile.made_up import ANY_FILE, REPLIES, SECRET, hold
from tests.hostile.targets import TARGETS


def test_any_reply() -> None:
    """Any reply of a receiver: the promises hold, and no address in it is told."""

    def check(reply: bytes) -> None:
        assert SECRET not in TARGETS["classifier"](reply)

    hold(
        REPLIES.map(lambda reply: reply.encode("utf-8", "replace")) | st.binary(max_size=3000),
        check,
    )


def test_any_file() -> None:
    """Any bytes in the place of a configuration: it works, or there is one clear error."""

    def check(content: bytes) -> None:
        TARGETS["configuration"](content)

    hold(ANY_FILE, check)
