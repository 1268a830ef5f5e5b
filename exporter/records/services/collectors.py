"""All collectors by their names in the configuration.

In: nothing. Out: the table. Pure.
"""

from __future__ import annotations

from exporter.records.services.bounce import BOUNCE
from exporter.records.services.cleanup import CLEANUP
from exporter.records.services.event import Collector
from exporter.records.services.postscreen import POSTSCREEN
from exporter.records.services.qmgr import QMGR
from exporter.records.services.severity import MESSAGES
from exporter.records.services.smtp import SMTP
from exporter.records.services.smtpd import SMTPD
from exporter.records.services.tls import TLS_COLLECTOR

COLLECTORS: dict[str, Collector] = {
    "smtpd": SMTPD,
    "cleanup": CLEANUP,
    "qmgr": QMGR,
    "smtp": SMTP,
    "tls": TLS_COLLECTOR,
    "postscreen": POSTSCREEN,
    "bounce": BOUNCE,
    "messages": MESSAGES,
}
