"""`python -m exporter.triage`."""

import sys

from exporter.triage.cli import main

sys.exit(main())
