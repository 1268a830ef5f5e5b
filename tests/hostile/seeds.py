"""What the fuzzer begins with: logs, replies and files that the other tests have, in pieces."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import yaml

from exporter.verdict.knowledge import built_in
from tests.pages import CORPUS, ROOT

_LINES = 4
"""Lines of a log in one seed: small ones are mutated better."""

_EVERY = 16
"""One run of lines in so many is taken from a log."""


def of(target: str) -> Iterator[bytes]:
    """Give the inputs to begin with."""
    if target == "parser":
        for path in LOGS:
            lines = path.read_bytes().splitlines(keepends=True)
            for start in range(0, len(lines), _LINES * _EVERY):
                yield b"".join(lines[start : start + _LINES])
    elif target == "classifier":
        for reply in yaml.safe_load((ROOT / "tests/verdict/replies.yaml").read_text("utf-8")):
            yield reply["text"].encode() + b")"
    else:
        for kind in ("config", "webconfig"):
            for path in sorted((ROOT / "tests" / kind).glob("*/*.yml")):
                yield path.read_bytes()
    for path in sorted((FINDINGS / target).glob("*")):
        yield path.read_bytes()


LOGS = sorted(path for path in CORPUS.glob("*/*") if path.suffix in (".log", "") and path.is_file())
FINDINGS = Path(__file__).parent / "findings"


def words(target: str) -> list[bytes]:
    """Give the words that a mutation may put in."""
    if target == "parser":
        return _OF_LINES.split(b"|")
    if target == "classifier":
        return [phrase.encode() for rule in built_in().rules for phrase in rule.text]
    keys = {key for seed in of(target) for key in re.findall(rb"(?m)^[ -]*(\w+):", seed)}
    return [*sorted(keys), *_OF_YAML.split(b"|")]


_OF_LINES = (
    b"to=<|>, orig_to=<|, relay=|, delay=|, delays=0/0/0/0|, dsn=5.7.1|, status=sent (|@|#303#274|\xff"
    b"|, status=deferred (|, status=bounced (|, status=SOFTBOUNCE (|, status=deliverable (|none|\n"
    b"|[127.0.0.1]:25|[private/x]|message repeated 9 times: [ |postfix/smtp[1]: |postfix/qmgr[1]: "
    b'|: removed|<22>1 | - - |: from=<|>, status=expired, returned to sender|xn--|"@|{"log":"|\\n"}'
    b"|2026-11-24T00:00:00Z stdout P |2026-11-24T00:00:00Z stdout F "
)
_OF_YAML = (
    b"&a |*a|<<: |!!int |!!binary |!!timestamp |!!set |!!omap |? | >-|{|}|---|...|%YAML|1e9|.inf"
)
