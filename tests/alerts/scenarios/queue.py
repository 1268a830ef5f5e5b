"""What the queue says and what the log says; their names begin with Q."""

from __future__ import annotations

from tests.alerts.scenarios.scenario import (
    QUIET,
    Scenario,
    fires,
)
from tests.alerts.series import (
    HOUR,
    Series,
    background,
    series,
)

_SHOWQ = "/var/spool/postfix/public/showq"
_UNREADABLE, _DIFFERS = fires("PostfixQueueUnreadable"), fires("PostfixQueueDiffers")
_BLIND_ELSEWHERE = [
    series("postfix_up", values="0x480", instance="mx2", path=_SHOWQ),
    series("postfix_exporter_build_info", python="3.13.5", values="1x480", instance="mx2"),
]
"""Something that fires all the time: at a moment without it nothing else may be pending."""


def _up(values: str, instance: str = "mx1") -> Series:
    return series("postfix_up", values=values, path=_SHOWQ, instance=instance)


def _queue(values: str) -> list[Series]:
    """Give deferred recipients in two queues, one of them held, and others that are no matter."""
    return [
        series("postfix_queue_recipients", values=of, queue=queue, state=state, path=_SHOWQ)
        for queue, state, of in (
            ("deferred", "deferred", values),
            ("hold", "deferred", "10x480"),
            ("active", "untried", "5000x480"),
            ("active", "bounced", "5000x480"),
        )
    ]


def _log(values: str, cause: str = "mailbox") -> Series:
    return series(
        "postfix_deferred_recipients", values=values, domain="a.test", provider="other", cause=cause
    )


QUEUE = (
    Scenario(
        "Q1",
        "The queue cannot be read; that of a Go exporter is no business of ours.",
        [
            *background(3 * HOUR),
            series("postfix_exporter_build_info", python="3.13.5", values="1x180"),
            _up("1x60 0x60 1x60"),
            _up("0x180", instance="mx2"),
        ],
        ((HOUR, QUIET), (80, _UNREADABLE), (130, QUIET)),
    ),
    Scenario(
        "Q2",
        "Postfix is down for eight minutes, while something else fires.",
        [
            *background(4 * HOUR),
            series("postfix_exporter_build_info", python="3.13.5", values="1x240"),
            _up("1x180 0x8 1x51"),
            *_queue("490x240"),
            _log("10x240"),
        ],
        ((187, _DIFFERS), (4 * HOUR, _DIFFERS)),
    ),
    Scenario(
        "Q3",
        "All mail was deleted at once, and the log has no word of it.",
        [*background(8 * HOUR), *_queue("490x120 0x360"), _log("500x480")],
        ((2 * HOUR, QUIET), (5 * HOUR, _DIFFERS)),
    ),
    Scenario(
        "Q4",
        "Hundreds wait for a mailbox store, of which the log tells as no remote ones; then they do not.",
        [*background(8 * HOUR), *_queue("490x60 990x240 490x180"), _log("500x480")],
        ((HOUR, QUIET), (4 * HOUR, _DIFFERS), (6 * HOUR, QUIET)),
    ),
    Scenario(
        "Q5",
        "Hundreds wait in the queue, and as far as the log tells nobody.",
        [*background(8 * HOUR), *_queue("190x480")],
        ((4 * HOUR, _DIFFERS),),
    ),
    Scenario(
        "Q6",
        "Both say nearly the same of a large queue, and of a small one not at all.",
        [
            *background(6 * HOUR),
            *_queue("4490x150 80x170"),
            _log("4200x150 10x170"),
        ],
        ((150, QUIET), (310, QUIET)),
    ),
    Scenario(
        "Q7",
        "More wait than the exporter remembers: the log cannot tell how many.",
        [
            *background(6 * HOUR),
            *_queue("90000x480"),
            _log("50000x480"),
            series("postfix_exporter_queue_overflows_total", ((6 * HOUR, 10),)),
        ],
        ((3 * HOUR, QUIET),),
    ),
    Scenario(
        "Q8",
        "An old queue that the exporter learns of by its retries.",
        [
            *background(8 * HOUR),
            *_BLIND_ELSEWHERE,
            *_queue("990x480"),
            _log("0x60 0+14x70 1000x350"),
        ],
        ((HOUR, _UNREADABLE), (2 * HOUR, _UNREADABLE), (5 * HOUR, _UNREADABLE)),
    ),
)
