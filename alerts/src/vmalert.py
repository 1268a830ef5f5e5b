"""The same rules for VictoriaMetrics' vmalert, their groups cut where a rule reads another.

In: groups in the order in which Prometheus' rules read each other. Out: groups that vmalert evaluates
one after the other within one interval.

Of the rules of a group vmalert lets each see what those before it recorded one evaluation ago
(findings/vmalert-a-rule-sees-the-one-before-it-one-evaluation-late.sh), so a chain of ten rules would
be ten intervals late. In groups of their own, each some seconds after what it reads (`eval_offset`),
it is late by less than one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from alerts.src.rules import OFTEN, Alert, Group, Record

_NAME = re.compile(r"[a-zA-Z_][a-zA-Z0-9_:]*")


def in_steps(groups: Iterable[Group]) -> tuple[Group, ...]:
    """Give groups whose rules do not read each other, each with its moment in the interval.

    Groups without an interval of their own stay whole: their chains are short.
    """
    steps: dict[str, int] = {}
    parts: list[tuple[int, Group]] = []
    for group in groups:
        by_step: dict[int, list[Record | Alert]] = {}
        for rule in group.rules:
            step = _step(rule, steps)
            by_step.setdefault(step, []).append(rule)
            if isinstance(rule, Record):
                steps[rule.name] = max(step, steps.get(rule.name, 0))
        if group.interval:
            parts += [
                (step, replace(group, rules=tuple(by_step[step]))) for step in sorted(by_step)
            ]
        else:
            parts.append((0, group))
    apart = OFTEN // (max(step for step, _ in parts) + 1)
    return tuple(_part(group, step, apart) for step, group in parts)


def _step(rule: Record | Alert, steps: dict[str, int]) -> int:
    """Give the step behind all whose series the rule reads; those that come later it sees late."""
    read = set(_NAME.findall(str(rule.expression))) - {rule.name}
    return max((steps[name] + 1 for name in read if name in steps), default=0)


def _part(group: Group, step: int, apart: int) -> Group:
    if not group.interval:
        return group
    return replace(group, name=f"{group.name}-{step}", offset=step * apart)
