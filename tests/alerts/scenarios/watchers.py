"""The exporter itself; their names begin with W."""

from __future__ import annotations

from tests.alerts.scenarios.happenings import (
    FOLDED,
)
from tests.alerts.scenarios.scenario import (
    QUIET,
    Scenario,
    fires,
)
from tests.alerts.series import (
    HOUR,
    Series,
    attempts,
    background,
    series,
)


def _exporter(metric: str, *segments: tuple[int, float], values: str = "", **labels: str) -> Series:
    return series(f"postfix_exporter_{metric}", segments, values, **labels)


WATCHERS = (
    Scenario(
        "W1",
        "An exporter that was there cannot be scraped; other targets, and exporters in Go, are none of our business.",
        [
            series("up", values="1x120 0x60"),
            series("up", values="0x180", job="node"),
            _exporter("build_info", python="3.13.5", values="1x120"),
            series("up", values="1x120 0x60", job="go"),
            _exporter("build_info", goversion="go1.26.0", values="1x120", job="go"),
        ],
        ((2 * HOUR, QUIET), (132, fires("PostfixExporterDown"))),
    ),
    Scenario(
        "W2",
        "A log cannot be read.",
        [_exporter("log_readable", values="1x60 0x60", path="/var/log/mail.log")],
        ((HOUR, QUIET), (72, fires("PostfixLogUnreadable"))),
    ),
    Scenario(
        "W2b",
        "A log is not understood; that is told within a quarter of an hour, and over once it is.",
        [_exporter("log_understood", values="1x60 0x60 1x60")],
        ((HOUR, QUIET), (76, fires("PostfixLogNotUnderstood")), (125, QUIET)),
    ),
    Scenario(
        "W3",
        "No line comes, although there were lines at this hour a day before.",
        [_exporter("log_lines_total", (26 * HOUR, 10), (4 * HOUR, 0), result="other")],
        ((26 * HOUR, QUIET), (27 * HOUR, fires("PostfixLogStalled"))),
    ),
    Scenario(
        "W3b",
        "No line comes at night, as ever.",
        [_exporter("log_lines_total", *(3 * ((12 * HOUR, 10), (12 * HOUR, 0))), result="other")],
        ((23 * HOUR, QUIET), (47 * HOUR, QUIET), (71 * HOUR, QUIET)),
    ),
    Scenario(
        "W4",
        "Lines were lost.",
        [_exporter("log_gaps_total", values="0x60 1x120")],
        ((HOUR, QUIET), (70, fires("PostfixLogGap")), (3 * HOUR, QUIET)),
    ),
    Scenario(
        "W5",
        "An exporter stays behind; one that catches up within minutes does not page.",
        [
            *background(4 * HOUR),
            _exporter("read_lag_seconds", values="0x60 3600x180"),
            _exporter("read_lag_seconds", values="0x60 3600x10 0x170", instance="mx2"),
        ],
        ((HOUR, QUIET), (2 * HOUR, fires("PostfixExporterBehind"))),
    ),
    Scenario(
        "W6",
        "The checkpoint cannot be written.",
        [_exporter("checkpoint_failures_total", (HOUR, 0), (HOUR, 2), (HOUR, 0))],
        ((HOUR, QUIET), (2 * HOUR, fires("PostfixCheckpointFailing")), (3 * HOUR, QUIET)),
    ),
    *(
        Scenario(
            name,
            requirement,
            [
                *background(4 * HOUR),
                _exporter("domains_folded_total", (4 * HOUR, folded)),
                _exporter("log_lines_total", (4 * HOUR, 100), result="delivery"),
            ],
            ((3 * HOUR, alerts),),
        )
        for name, requirement, folded, alerts in (
            ("W7", "A tenth of all attempts has no domain of its own.", 10, FOLDED),
            ("W7b", "A hundredth is what strangers cause everywhere.", 1, QUIET),
        )
    ),
    Scenario(
        "W8",
        "Without thresholds no alert can fire, and one says so.",
        [*attempts("gmail.com", "throttled", (3 * HOUR, 2)), *background(3 * HOUR)],
        ((3 * HOUR, fires("PostfixAlertThresholdsMissing")),),
        without="postfix-thresholds.yml",
    ),
    Scenario(
        "W9",
        "A threshold that is there twice is as good as none, and one says so.",
        [*attempts("gmail.com", "throttled", (3 * HOUR, 2)), *background(3 * HOUR)],
        ((3 * HOUR, fires("PostfixAlertThresholdsMissing")),),
        extra=(("cluster_min_recipients", "", 5),),
    ),
)
