"""The least that Python does for the four labels: `python bench/peers/least.py LOG`.

No exporter, but what one is measured by: it counts by domain, class, code and status whatever looks
like a record, with one pattern and one dictionary, and does nothing else. It believes forged
records, loses quoted recipients and knows neither agents nor its own relays.
"""

import re
import sys
from collections import Counter

_RECORDS = re.compile(
    rb": to=<[^@\n]*+@([^>\n]*+)>, .*?dsn=(([0-9])[0-9.]*+), status=([a-z]*+)"
).findall
_BLOCK = 1 << 18


def main(path: str) -> None:
    """Print the counts of a log."""
    counted: Counter[tuple[bytes, bytes, bytes, bytes]] = Counter()
    with open(path, "rb", buffering=0) as log:
        begun = b""
        while block := log.read(_BLOCK):
            complete, newline, rest = block.rpartition(b"\n")
            if newline:
                counted.update(_RECORDS(begun + complete))
                begun = rest
            else:
                begun += block
    for labels, times in counted.items():
        print(*(label.decode("latin-1") for label in labels), times)


if __name__ == "__main__":
    main(sys.argv[1])
