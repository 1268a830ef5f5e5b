"""Whether the scenarios notice: `make mutate-rules` leaves out each guard of the rules in turn.

A mutant is caught when at least one scenario fails. It prints a table and exits with 1 when a
mutant is not caught.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

from alerts.src import alerts, recording
from alerts.src.concentration import large
from alerts.src.rules import Expression, Group, render
from alerts.src.series import REMAINDERS
from alerts.src.server import COMMANDS, HANDSHAKES
from alerts.src.thresholds import THRESHOLDS
from exporter.heuristics.figures import Threshold, any_of, figures
from tests.alerts.promtool import RULES, failure
from tests.alerts.scenarios import SCENARIOS
from tests.alerts.scenarios.scenario import Scenario

_NEVER = 1e12
_LOOSE = {"catch_up_lag_seconds": _NEVER, "outage_memory_seconds": _NEVER}
"""What makes a threshold harmless, where that is not 0."""

_RECORDING = "postfix-recording.yml"
_NO_VERDICT = any_of(figures().causes["no_verdict"])
_TEXTS = (
    ("retries count", 'repeat!="true", ', ""),
    ("suspended is a verdict", "suspended|local|greylisted", "local|greylisted"),
    ("local is a verdict", "suspended|local|greylisted", "suspended|greylisted"),
    ("greylisted is a verdict", "suspended|local|greylisted", "suspended|local"),
    ("content is not other", '"cause", "other", "cause", "content"', '"cause", "content", "cause", "content"'),
    ("remainders are named", f'destination!~"{REMAINDERS}"', 'destination!=""'),
    ("no provider is one", 'provider!=""', 'provider!="*"'),
    ("remainders have a network", f'domain!~"{REMAINDERS}"', 'domain!=""'),
    ("instances hide each other", "sum by (job, domain, provider, cause)", "max by (job, domain, provider, cause)"),
    ("no word from elsewhere", " or destination_cause:postfix_failures_elsewhere:ratio2h)", ")"),
    ("highest baseline", "min without (part) (\n", "max without (part) (\n"),
    ("a day ago alone is usual", "offset 2d", "offset 1d"),
    ("hours alone are usual", '\n  or label_replace(destination_cause:postfix_failures_usual:ratio1d, "part", "1", "", "")', ""),
    ("a quiet day is no history", '|unknown_recipient"} * 0)', '|unknown_recipient"} * 0 > 1)'),
    ("a cluster needs new recipients", " or on (job, scope, destination, cause) last_over_time(destination_cause:postfix_cluster:failures[1d]))", ")"),
    ("a cluster is forgotten overnight", "last_over_time(destination_cause:postfix_cluster:failures[1d])", "destination_cause:postfix_cluster:failures"),
    ("wide refusals need new recipients", ' or on (job) last_over_time(job:postfix_refused_widely:ratio{reason="policy"}[1d]))', ")"),
    ("mistyped domains have a network", " * 0))\nand on (job, instance, domain) instance_domain:postfix_accepted:timestamp", " * 0))"),
    ("an outage goes on after its end", " > on (job, instance) group_left () (last_over_time(instance:postfix_answered:timestamp[75m]) or instance:postfix_accepting_destinations:count * 0)", ""),
    ("an outage ends by itself", "timestamp[75m]) or instance:postfix_accepting_destinations:count * 0)", "timestamp[75m]))"),
    ("all destinations are remembered at first", "topk by (job, instance) (200,", "topk by (job, instance) (100000,"),
    ("who is remembered has no place", "[1h]) * 0 + 1e9", "[1h]) * 0"),
    ("places are deliveries", " != 1e9 unless", " unless"),
    ("one destination is enough", "topk by (job, instance) (200,", "topk by (job, instance) (1,"),
    ("refusals are no answer", f'cause!~"network|unknown_recipient|{_NO_VERDICT}"', 'cause="delivered"'),
    ("only policy is an answer", f'cause!~"network|unknown_recipient|{_NO_VERDICT}"', 'cause=~"delivered|throttled|blocked|authentication"'),
    ("an answer of DNS is one", f'cause!~"network|unknown_recipient|{_NO_VERDICT}"', f'cause!~"network|{_NO_VERDICT}"'),
    ("a hoster is many receivers", "  group by (job, instance, provider) (instance_domain", "  group by (job, instance, provider, domain) (instance_domain"),
    ("providers are all receivers", f'(instance_domain_provider:postfix_accepted_unreachable:timestamp{{provider=~"{REMAINDERS}"', '(instance_domain_provider:postfix_accepted_unreachable:timestamp{provider=~"unknown"'),
    ("a sole receiver explains all that waits", " * 2 >= ", " * 1000 >= "),
    ("silence forgets", "clamp_min(max by (job, instance) (instance_domain:postfix_accepted:timestamp)", "clamp_min(max by (job, instance) (instance_domain:postfix_accepted:timestamp * 0 + time())"),
    ("a pause forgets", "or last_over_time(instance_domain:postfix_accepted:timestamp[1h]) >", "or instance_domain:postfix_accepted:timestamp >"),
    ("a pause forgets since when", "last_over_time(instance:postfix_accepted_since:timestamp[1h])", "instance:postfix_accepted_since:timestamp"),
    ("gone hosts are remembered", "time() - 8 * 86400", "time() - 50 * 86400"),
    ("gone hosts have a say", "(last_over_time(instance:postfix_answered:timestamp[1d])", "(last_over_time(instance:postfix_answered:timestamp[5d])"),
    ("idle hosts have no say", "(last_over_time(instance:postfix_answered:timestamp[1d])", "(last_over_time(instance:postfix_answered:timestamp[75m])"),
    ("lost hosts have a say", "timestamp[1d]) unless on (job, instance) instance:postfix_own_network_outage:ratio unless", "timestamp[1d]) unless"),
    ("hosts that cannot tell have a say", " unless on (job, instance) instance_destination:postfix_sole_receiver:unreachable)", ")"),
    ("a list that nobody uses stays", " and on (job, instance) last_over_time(instance:postfix_accepted_since:timestamp[1h]) + on (job) group_left () job:postfix_alert_threshold:resolved{name=\"outage_memory_seconds\"} > time() - 6 * 3600", ""),
    ("a server in no table is a receiver", " unless on (job, instance, domain) instance_domain_provider:postfix_accepted_unreachable:timestamp{provider!~", " unless on (job, instance, domain, provider) instance_domain_provider:postfix_accepted_unreachable:timestamp{provider!~"),
    ("old deliveries are remembered", " unless on (job, instance) instance:postfix_exporter_catching_up:lag) * 0", ") * 0"),
    ("two refusers hide each other", " ^ 2 / sum by (job, scope, cause)", " ^ 2 * 99 / sum by (job, scope, cause)"),
    ("wide refusals are concentrated", " ^ 2 / sum by (job, scope, cause)", " ^ 2 * 0 / sum by (job, scope, cause)"),
    ("old news is news", 'unknown_recipient|network"} unless on (job, instance) instance:postfix_exporter_catching_up:lag', 'unknown_recipient|network"}'),
    ("an old outage is news", "timestamp\n  unless on (job, instance) instance:postfix_exporter_catching_up:lag", "timestamp"),
    ("a provider's domains are receivers", " unless on (job, destination) destination:postfix_provider:info", ""),
    ("servers: a Go exporter's queue is ours", 'postfix_showq_queue_depth{path!="", queue', "postfix_showq_queue_depth{queue"),
    ("servers: what is on hold waits", "incoming|active|deferred", "incoming|active|deferred|hold"),
    ("servers: the day has no mean", "[1d:15m] offset 2h", "[1d:15m] offset 2000h"),
    ("servers: yesterday is forgotten", "[4h:15m] offset 22h", "[4h:15m] offset 2200h"),
    ("servers: a week ago is forgotten", "[4h:15m] offset 166h", "[4h:15m] offset 1660h"),
    ("servers: what users call is a service", f', service!~"{COMMANDS}"', ""),
    ("servers: nothing is not 0", "\n  or sum by (job, instance) (increase(postfix_smtpd_connects_total[15m])) * 0)", ")"),
    ("servers: no handshake is not 0", f"\n  or {HANDSHAKES} * 0)", ")"),
    ("servers: what is put off is our trouble", '4[.]3[.].+', '4.+'),
    ("servers: a Milter refuses for our trouble", '{action=~"milter-reject|proxy-reject", code=~"4.."}', '{action=~"milter-reject|proxy-reject"}'),
    ("servers: a Milter that is down is none of ours", '{action=~"milter-reject|proxy-reject", code=~"4.."}', '{action="proxy-reject", code=~"4.."}'),
    ("little mail is a cluster in 6h", f" {large('slow', '6h')}", ""),
    ("little mail is a cluster in a day", f" {large('crawl', '1d')}", ""),
)  # fmt: skip


_HOLDS = (
    (r"cluster:failures  fast:.*(ratio2h)", "N10"),
    (r"cluster:failures  (fast|surge):.*refused_recipients", "N12"),
    (r"cluster:failures  fast:.*concentrated", "N7c"),
    (r"cluster:failures  fast:.*failing", "P1"),
    (r"cluster:failures  surge:.*surge_factor", "N10"),
    (r"cluster:failures  surge:.*ratio2h", "N19"),
    (r"cluster:failures  surge:.*concentrated", "P13b"),
    (r"cluster:failures  surge:.*failing", "P10c"),
    (r"cluster:failures  (slow|crawl):.*traffic", "N7b"),
    (r"cluster in 6h", "N3"),
    (r"cluster:failures  (slow|crawl):.*refused_recipients", "N12b"),
    (r"cluster:failures  slow:.*concentrated", "P15"),
    (r"cluster:failures  (slow|crawl):.*offset 1h", "N3c"),
    (r"cluster:failures  slow:.*last_failed", "P2c"),
    (r"cluster in a day", "N20"),
    (r"cluster:failures  crawl:.*concentrated", "P15"),
    (r"cluster:failures  crawl:.*last_failed", "P2d"),
    (r"list_quality:failures  crawl:.*list_min_ratio", "N2f"),
    (r"list_quality.*list_min_ratio", "N2c"),
    (r"list_quality.*list_factor", "N2"),
    (r"list_quality:failures  fast:.*last_failed", "P6b"),
    (r"list_quality:failures  crawl:.*last_failed", "P6c"),
    (r"refused_widely:ratio policy (fast|slow).*min_failures", "P25c"),
    (r"refused_widely.*min_failures", "P25b"),
    (r"refused_widely.*min_destinations", "N17"),
    (r"refused_widely.*refused_recipients", "N12c"),
    (r"refused_widely.*(failing|last_failed)", "P13c"),
    (r"refused_widely.*hhi", "N18"),
    (r"refused_widely.*unless", "P8b"),
    (r"network_outage:ratio.*min_ratio", "N14b"),
    (r"network_outage:ratio.*min_receivers", "P19b"),
    (r"an outage goes on", "P7i"),
    (r"an outage ends", "P7b"),
    (r"refusals are no", "P13d"),
    (r"only policy is", "N14l"),
    (r"an answer of DNS", "P7d"),
    (r"a hoster is", "P7m"),
    (r"providers are all", "P7e"),
    (r"silence forgets", "P7n"),
    (r"a pause forgets", "P7l"),
    (r"gone hosts are", "N14e"),
    (r"gone hosts have", "P18b"),
    (r"idle hosts have", "P18e"),
    (r"a list that nobody", "P7p"),
    (r"a server in no table", "P19e"),
    (r"lost hosts have", "P7d"),
    (r"hosts that cannot tell", "P18d"),
    (r"everywhere +:", "P18"),
    (r"old deliveries", "N14j"),
    (r"all destinations|has no place", "N14i"),
    (r"places are", "P7k"),
    (r"one destination is enough", "P7j"),
    (r"nothing_delivered.*outage:ratio", "P18b"),
    (r"nothing_delivered.*sole_receiver", "P26c"),
    (r"explains all", "P26d"),
    (r"nothing_delivered.*answered", "P24"),
    (r"nothing_delivered.*sum_over_time", "N23"),
    (r"nothing_delivered", "P26"),
    (r"sole_receiver.*min_receivers", "P19"),
    (r"sole_receiver", "N14f"),
    (r"own_failures|own_min_ratio", "N24"),
    (r"own_min_recipients", "N23b"),
    (r"own_errors.*catching_up", "N24b"),
    (r"ListQualityWidely.*outage", "P7d"),
    (r"Widely.*outage", "P7f"),
    (r"Postfix.*outage:everywhere", "P7d"),
    (r"PostfixDestinationUnreachable.*failing", "P7c"),
    (r"PostfixDestinationUnreachable|unreachable_min", "N21"),
    (r"PostfixLogStalled", "W3b"),
    (r"PostfixExporterDown", "W1"),
    (r"PostfixQueueUnreadable", "Q1"),
    (r"PostfixQueueGrowing|waiting_(min|factor)|Go exporter", "S1b"),
    (r"servers: (what is on hold|the day)", "S1"),
    (r"servers: (yesterday|a week)", "S1c"),
    (r"PostfixQueueStuck|stuck_min", "S2b"),
    (r"fatal_|servers: what users", "S3b"),
    (r"servers: nothing is not", "S4b"),
    (r"PostfixSaslAttack|failed_logins|login_min|server_factor", "S4c"),
    (r"servers: a Milter that", "S5b"),
    (r"PostfixInboundRejects|own_rejects|deferring_|servers: (what is put|a Milter)", "S5c"),
    (r"servers: no handshake", "S6b"),
    (r"PostfixTlsFailing|_handshakes|handshake_min", "S6c"),
    (r"PostfixQueueDiffers.*overflows", "Q7"),
    (r"PostfixQueueDiffers|difference_min", "Q6"),
    (r"cluster_share", "P13"),
    (r"cluster_minor_share = 0", "N7c"),
    (r"cluster_minor_share", "P8"),
    (r"cluster_lift", "P15"),
    (r"cluster_min_recipients", "N12b"),
    (r"fast_min_failures|slow_min_ratio", "N3"),
    (r"fast_min_ratio|surge_factor", "N10"),
    (r"highest baseline", "P16"),
    (r"surge_min_failures", "N22"),
    (r"surge_min_ratio", "N19"),
    (r"(slow|crawl)_min_failures", "P22b"),
    (r"crawl_min_ratio", "N20"),
    (r"slow_min_traffic", "N7b"),
    (r"baseline_min_attempts", "P6d"),
    (r"baseline_min_traffic", "N2e"),
    (r"list_min_failures", "N8b"),
    (r"list_min_ratio", "N2c"),
    (r"list_factor|list_no_history", "N2"),
    (r"widely_min_destinations", "N17"),
    (r"widely_min_ratio", "N1"),
    (r"widely_min_failures", "P25b"),
    (r"outage_min_receivers", "P19b"),
    (r"outage_busy_receivers", "P7m"),
    (r"outage_(min_ratio|busy_destinations)", "N14b"),
    (r"outage_busy_ratio", "N14d"),
    (r"outage_memory", "P7k"),
    (r"expired_min", "N11b"),
    (r"catch_up", "N13"),
    (r"folded", "W7b"),
    (r"retries count", "N6b"),
    (r"suspended is", "P20"),
    (r"(local|greylisted) is", "P24"),
    (r"content is", "P21"),
    (r"remainders are named", "N16"),
    (r"remainders have a network", "P19c"),
    (r"no provider is one", "P1b"),
    (r"instances hide", "P12"),
    (r"no word from elsewhere", "P10b"),
    (r"a day ago alone", "P16"),
    (r"quiet day is no history", "P5b"),
    (r"provider's domains", "P9b"),
    (r"cluster needs new", "P22"),
    (r"wide refusals need new", "P25"),
    (r"mistyped", "N14"),
    (r"an old outage is news", "N13c"),
    (r"old news is news", "N13"),
    (r"overnight", "P22c"),
    (r"hours alone are usual", "N10b"),
    (r"two refusers", "P8c"),
    (r"wide refusals are", "P15"),
)
"""Which scenario holds which guard; where none is named, or it does not catch, all are tried."""


@dataclass(frozen=True, slots=True)
class Mutant:
    """Rule files with one thing left out."""

    name: str
    rules: dict[str, str]


def mutants() -> Iterator[Mutant]:
    """Give each mutant once."""
    for name, groups in ((_RECORDING, recording.groups()), ("postfix-alerts.yml", alerts.groups())):
        for what, mutated in _without_guards(groups):
            yield Mutant(f"without: {what}", RULES | {name: render("", mutated)})
    for threshold in THRESHOLDS:
        yield _with(threshold, _LOOSE.get(threshold.name, 0))
        if threshold.name == "cluster_minor_share":
            yield _with(threshold, _NEVER)
    for what, old, new in _TEXTS:
        # the YAML's indentation stands before each line of an expression
        old, new = (part.replace("\n", "\n      ") if "\n" in part else part for part in (old, new))
        yield Mutant(what, RULES | {_RECORDING: RULES[_RECORDING].replace(old, new)})


def _with(threshold: Threshold, value: float) -> Mutant:
    name = "postfix-thresholds.yml"
    rule = f"labels: {{name: {threshold.name}}}\n    expr: |-\n      vector("
    text = RULES[name].replace(f"{rule}{threshold.value:g})", f"{rule}{value:g})")
    return Mutant(f"{threshold.name} = {value:g}", RULES | {name: text})


def _without_guards(groups: Sequence[Group]) -> Iterator[tuple[str, list[Group]]]:
    for place, group in enumerate(groups):
        for number, rule in enumerate(group.rules):
            guards = rule.expression.guards
            for guard in guards:
                left = tuple(other for other in guards if other != guard)
                changed = replace(rule, expression=Expression(rule.expression.head, left))
                rules = (*group.rules[:number], changed, *group.rules[number + 1 :])
                mutated = [*groups[:place], replace(group, rules=rules), *groups[place + 1 :]]
                labels = getattr(rule, "labels", {})
                pair = labels.get("pair") or labels.get("status") or labels.get("severity", "")
                yield f"{rule.name} {labels.get('reason', '')} {pair}: {guard}", mutated


def catcher(mutant: Mutant) -> str | None:
    """Give the first scenario that fails, the shortest of its kind first; None when all pass."""
    if mutant.rules == RULES:
        return None
    named = next((name for what, name in _HOLDS if re.search(what, mutant.name, re.DOTALL)), "")

    def order(one: Scenario) -> tuple[bool, bool, int]:
        return one.name != named, one.name[0] != named[:1], one.evaluations()

    for scenario in sorted(SCENARIOS, key=order):
        if failure([scenario], mutant.rules):
            return scenario.name
    return None


def main(arguments: Sequence[str] | None = None) -> int:
    """Run all mutants, or those whose name holds the text; give the exit code."""
    flags = argparse.ArgumentParser(prog="python -m tests.alerts.mutants", description=main.__doc__)
    flags.add_argument("text", nargs="?", default="")
    flags.add_argument("--from", type=int, default=0, dest="first", help="leave out so many")
    given = flags.parse_args(arguments)
    chosen = [mutant for mutant in mutants() if given.text in mutant.name][given.first :]
    survived = 0
    print("| mutant | caught by |\n|---|---|")
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for mutant, caught in zip(chosen, pool.map(catcher, chosen), strict=True):
            survived += caught is None
            name = " ".join(mutant.name.split()).replace("|", "\\|")
            print(f"| `{name}` | {caught or '**nothing**'} |", flush=True)
    print(f"\n{len(chosen)} mutants, {survived} not caught")
    return 1 if survived or not chosen else 0


if __name__ == "__main__":
    sys.exit(main())
