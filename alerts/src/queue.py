"""How many recipients wait as the queue says and as the log says, by instance."""

from __future__ import annotations

from alerts.src.rules import Expression, Group, Record

IN_QUEUE = "instance:postfix_deferred_in_queue:recipients"
IN_LOG = "instance:postfix_deferred_in_log:recipients"

_QUEUE = 'sum by (job, instance) (postfix_queue_recipients{state="deferred"})'


def group() -> Group:
    """Give the group of the queue."""
    return Group(
        "postfix-queue",
        "Deferred recipients as the queue says, and as the log says, where a queue is read.",
        (
            Record(
                IN_QUEUE,
                "Deferred recipients in all queues that an instance reads.",
                Expression(_QUEUE),
            ),
            Record(
                IN_LOG,
                "Deferred recipients as far as the log tells, 0 where it tells of none.",
                Expression(
                    "sum by (job, instance) (postfix_deferred_recipients)"
                    f" and on (job, instance) {_QUEUE}\nor on (job, instance) {_QUEUE} * 0",
                ),
            ),
        ),
    )
