"""The command: `python -m demo`, which `make demo` runs.

Exit codes: 0 the incident was told, 1 it was not, and why; 130 by Ctrl-C.
"""

from __future__ import annotations

import signal
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from demo.incident import run
from demo.programs import DemoError


def main() -> int:
    """Run the demo in a folder that is gone afterwards; give the exit code."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)  # as Ctrl-C: everything is put away
    code = 0
    try:
        with TemporaryDirectory(prefix="postfix-demo-") as folder:
            run(Path(folder))
    except DemoError as error:
        print(f"demo: {error}", file=sys.stderr)
        code = 1
    except KeyboardInterrupt:
        code = 130
    print("Ended: nothing runs, and the temporary folder is gone.")
    return code


if __name__ == "__main__":
    sys.exit(main())
