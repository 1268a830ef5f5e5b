"""The scenarios that the rules must tell apart: problems, quiet days, watchers, queues, servers.

Their names begin with P, N, W, Q, S.
"""

from __future__ import annotations

from tests.alerts.scenarios.later import LATER
from tests.alerts.scenarios.ours import NOT_OURS, OURS
from tests.alerts.scenarios.problems import POSITIVE
from tests.alerts.scenarios.queue import QUEUE
from tests.alerts.scenarios.quiet import NEGATIVE
from tests.alerts.scenarios.servers import SERVER
from tests.alerts.scenarios.watchers import WATCHERS

SCENARIOS = POSITIVE + LATER + OURS + NEGATIVE + NOT_OURS + WATCHERS + QUEUE + SERVER
