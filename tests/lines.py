"""Making log lines in tests."""

from __future__ import annotations

HEADER = "Nov 23 20:15:19 mx1 postfix/smtp[4711]: "


def record(
    number: int = 1,
    to: str = "u@a.example",
    relay: str = "mx.a.example[203.0.113.9]:25",
    dsn: str = "2.0.0",
    status: str = "sent",
    text: str = "250 2.0.0 Ok",
    delay: str = "0.1",
    delays: str = "0/0/0/0.1",
) -> str:
    """Give the message of a delivery record, without header and newline."""
    return (
        f"{number:011X}: to=<{to}>, relay={relay}, delay={delay}, delays={delays}, "
        f"dsn={dsn}, status={status} ({text})"
    )


def line(number: int = 1, *, header: str = HEADER, **fields: str) -> bytes:
    """Give a delivery line with its newline."""
    return f"{header}{record(number, **fields)}\n".encode()


def lines(first: int, last: int) -> bytes:
    """Give delivery lines with the numbers from `first` up to, not including, `last`.

    Each goes to a domain of its own, so that a loss cannot make up for a double.
    """
    return b"".join(line(number, to=f"u@d{number}.example") for number in range(first, last))
