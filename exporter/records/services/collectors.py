"""All collectors by their names in the configuration.

In: nothing. Out: the table. Pure.
"""

from __future__ import annotations

from exporter.records.services.bounce import BOUNCE
from exporter.records.services.cleanup import CLEANUP
from exporter.records.services.event import NAMES, Collector
from exporter.records.services.postscreen import POSTSCREEN
from exporter.records.services.qmgr import QMGR
from exporter.records.services.severity import MESSAGES
from exporter.records.services.smtp import SMTP
from exporter.records.services.smtpd import SMTPD
from exporter.records.services.tls import TLS_COLLECTOR

COLLECTORS: dict[str, Collector] = dict(
    zip(
        NAMES,
        (SMTPD, CLEANUP, QMGR, SMTP, TLS_COLLECTOR, POSTSCREEN, BOUNCE, MESSAGES),
        strict=True,
    )
)
"""In the order of NAMES."""
