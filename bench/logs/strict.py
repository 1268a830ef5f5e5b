"""Count a generated log once more, slowly: `python -m bench.logs.strict LOG`.

The truth comes from the generator, which knows what it meant; this reads what it wrote. It takes
one line at a time apart from its beginning, field by field in Postfix' order, by finding and
splitting only: it shares no pattern and no code with the exporter. It knows the two kinds of
header that the generator writes, and no more.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterable, Sequence
from ipaddress import ip_address
from pathlib import Path

from bench.logs.generate import Counted, truth_path
from bench.logs.truth import compare, read_truth
from bench.program import measurement

_AGENTS = frozenset({"smtp", "error"})
_INSTANCES = frozenset({"postfix", "postfix-bulk"})
_FIELDS = ("conn_use=", "delay=", "delays=", "dsn=", "status=")
_OPTIONAL = frozenset({"conn_use="})


def count(lines: Iterable[bytes]) -> Counter[Counted]:
    """Count attempts at remote destinations by domain, enhanced status code and status."""
    counted: Counter[Counted] = Counter()
    for line in lines:
        record = _record(line.decode("latin-1").removesuffix("\n"))
        if record is not None:
            counted[record] += 1
    return counted


def _record(line: str) -> Counted | None:
    message = _message(line)
    queue_id, colon, rest = message.partition(": to=<")
    if not colon or not queue_id.isalnum():
        return None
    recipient, rest = _address(rest)
    if rest.startswith("orig_to=<"):
        _, rest = _address(rest.removeprefix("orig_to=<"))
    relay, _, rest = rest.removeprefix("relay=").partition(", ")
    values = dict.fromkeys(_FIELDS, "")
    for field in _FIELDS:
        if not rest.startswith(field):
            if field in _OPTIONAL:
                continue
            return None
        values[field], _, rest = rest.removeprefix(field).partition(
            " " if field == "status=" else ", "
        )
    if _is_our_own(relay):
        return None
    return recipient.rpartition("@")[2].lower(), values["dsn="], values["status="]


def _message(line: str) -> str:
    """Give what a remote delivery agent says in a line, "" for any other line."""
    traditional = line[:1].isalpha()
    parts = line[16:].split(" ", 2) if traditional else line.split(" ", 3)[1:]
    _, tag, message = parts
    instance, _, agent = tag.partition("[")[0].partition("/")
    return message if instance in _INSTANCES and agent in _AGENTS else ""


def _address(text: str) -> tuple[str, str]:
    """Take an address and what ends it off the text; in a quoted string nothing ends it."""
    end = 0
    if text.startswith('"'):
        end = 1
        while text[end] != '"':
            end += 2 if text[end] == "\\" else 1
    end = text.index(">, ", end)
    return text[:end], text[end + 3 :]


def _is_our_own(relay: str) -> bool:
    address = relay.partition("[")[2].partition("]")[0]
    return bool(address) and ip_address(address).is_loopback


@measurement
def main(arguments: Sequence[str] | None = None) -> None:
    """Hold the truth beside a log against what is read here."""
    flags = argparse.ArgumentParser(prog="python -m bench.logs.strict")
    flags.add_argument("log", type=Path)
    log = flags.parse_args(arguments).log
    with log.open("rb") as lines:
        compare(dict(count(lines)), read_truth(truth_path(log)))


if __name__ == "__main__":
    raise SystemExit(main())
