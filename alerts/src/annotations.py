"""What an alert says: texts and Prometheus templates, with the meaning of causes from causes.yaml.

A template asks Prometheus for what a person wants to know first: since when, how many of how many,
which codes, whose domains. Labels stand in queries only quoted, for receivers' names are not ours.
"""

from __future__ import annotations

from collections.abc import Iterable

from alerts.src.reasons import ADVICE
from alerts.src.rules import Alert, Expression
from alerts.src.series import REMAINDERS
from exporter.verdict.knowledge import built_in

GRAFANA = "https://grafana.example.org"
"""Where the dashboards are; `python -m alerts.src --grafana` writes another place."""

RUNBOOKS = "https://runbooks.example.org/postfix"
"""Where the folder runbooks is served; `--runbooks` writes another place."""

EXPORTER = "postfix-exporter-health"
"""The dashboard of the exporters themselves."""

_DESTINATION = ("job", "scope", "destination")
NO_PROVIDER = "|unknown|other"
"""Labels `provider` that name none."""

_REASONS = "postfix_refusal_reasons_total"


def annotate(
    name: str, summary: str, description: Iterable[str], dashboard: str = "postfix-delivery-health"
) -> dict[str, str]:
    """Give the annotations that every alert has; `description` is a sentence a line."""
    return {
        "summary": summary,
        "description": "\n".join(description),
        "runbook_url": f"{RUNBOOKS}/{name}.md",
        "dashboard_url": f"{GRAFANA}/d/{dashboard}",
    }


def named_by_meaning(
    name: str,
    meaning: str,
    expression: Expression,
    times: tuple[str, str],
    labels: dict[str, str],
    description: Iterable[str],
    dashboard: str,
) -> Alert:
    """Give an alert whose summary is what it means; `times` are how long it waits and is kept."""
    annotations = annotate(name, meaning, description, dashboard)
    return Alert(name, meaning, expression, *times, labels, annotations)


def destination_dashboard() -> str:
    """Give the path of the dashboard of the alert's destination."""
    variables = "&".join(f"var-{name}={{{{ $labels.{name} | urlquery }}}}" for name in _DESTINATION)
    return f"postfix-destination?{variables}"


def advice(*causes: str) -> str:
    """Give what causes mean and what to check next, in the words of causes.yaml."""
    told = [built_in().causes[cause] for cause in causes]
    return " ".join(f"{cause.meaning} Next: {cause.next}" for cause in told)


def where() -> str:
    """Give the destination and the job."""
    return "{{ $labels.destination }} ({{ $labels.scope }}), job {{ $labels.job }}:"


def counted(verb: str, series: str) -> str:
    """Give how many messages of how many, for each pair of windows that says so now."""
    pairs = _query(f"max by (window) ({series}", (*_DESTINATION, "cause"), after=")")
    return (
        f"{{{{ range {pairs} }}}}"
        f'{{{{ .Value | printf "%.0f" }}}} messages {verb} in {{{{ .Labels.window }}}}'
        f"{_shares('%s', '.Labels.window ', before=', ')} {{{{ end }}}}"
    )


def since(alert: str, *labels: str) -> str:
    """Give when the condition began to hold; `labels` are those of the alert."""
    labels = labels or (*_DESTINATION, "cause")
    began = _query("ALERTS_FOR_STATE", labels, fixed=f"alertname='{alert}'")
    return (
        f"{{{{ with {began} }}}}Since {{{{ . | first | value | humanizeTimestamp }}}}.{{{{ end }}}}"
    )


def widely(reason: str) -> str:
    """Give how much of all mail is refused, for each pair of windows that says so now."""
    ratio = _query("job:postfix_refused_widely:ratio", ("job",), fixed=f"reason='{reason}'")
    return (
        f"Job {{{{ $labels.job }}}}:{{{{ range {ratio} }}}} {{{{ .Value | humanizePercentage }}}}"
        " of all mail refused in {{ .Labels.window }}.{{ end }}"
    )


def top_receivers(causes: str) -> str:
    """Give the five receivers with most failures in the last day, and the codes of all."""
    failures = f"destination_cause:postfix_failures:increase1d{{job=%q,cause=~'{causes}',destination!~'{REMAINDERS}',scope="
    raw = f"postfix_delivery_attempts_total{{job=%q,cause=~'{causes}',repeat!='true'}}[1d]"
    receivers = (
        f"topk(5, sum by (job, destination) ({failures}'provider'}}) or"
        f" (sum by (job, destination) ({failures}'domain'}})"
        " unless on (job, destination) destination:postfix_provider:info))"
    )
    codes = f"topk(3, sum by (dsn_code) (increase({raw})) > 0)"
    return "\n".join(
        (
            _listed("Receivers", receivers, "$labels.job $labels.job", "destination"),
            _listed("Codes", codes, "$labels.job", "dsn_code"),
        )
    )


def worst_receivers(series: str) -> str:
    """Give the five receivers of a job of which a series by destination tells most."""
    return _listed("Receivers", f"topk(5, {series}{{job=%q}})", "$labels.job", "destination")


def top_codes_of(causes: str) -> str:
    """Give the three most frequent codes of an instance in the last day; what Postfix tried."""
    return _top_of("Codes", "dsn_code", causes)


def top_domains_of(causes: str) -> str:
    """Give the three domains of an instance with most failures in the last day."""
    return _top_of("Domains", "domain", causes)


def _top_of(title: str, label: str, causes: str) -> str:
    raw = f"postfix_delivery_attempts_total{{job=%q,instance=%q,cause=~'{causes}'}}[1d]"
    query = f"topk(3, sum by ({label}) (increase({raw})) > 0)"
    return _listed(title, query, "$labels.job $labels.instance", label)


def top_causes_of_expiry() -> str:
    """Give why the mail that was given up had been deferred."""
    raw = "postfix_expired_recipients_total{job=%q,%s=%q}[1d]"
    query = f"topk(3, sum by (cause) (increase({raw})) > 0)"
    return _listed("Deferred as", query, "$labels.job $labels.scope $labels.destination", "cause")


def top_reasons(causes: str, series: str) -> str:
    """Give a provider's three most frequent reasons, in the shortest window that `series` tells of."""
    windows = _query(f"bottomk(1, max by (window) ({series}", (*_DESTINATION, "cause"), after="))")
    return (
        f'{{{{ with {windows} }}}}{{{{ $window := . | first | label "window" }}}}'
        f"{_reasons(causes, '%s', ' $window', '{{ $window }}')}{{{{ end }}}}"
    )


def top_senders(causes: str, series: str) -> str:
    """Give the three senders of most of what a provider refuses, with their shares of it.

    In the shortest window that `series` tells of, as the reasons. They are known by provider, and
    only where the exporter counts senders.
    """
    windows = _query(f"bottomk(1, max by (window) ({series}", (*_DESTINATION, "cause"), after="))")
    raw = (
        "increase(postfix_sender_attempts_total{job=%[1]q,provider=%[2]q,"
        f"provider!~'{NO_PROVIDER}',cause=~'{causes}'}}[%[3]s])"
    )
    query = f"topk(3, sum by (sender) ({raw}) / scalar(sum({raw})) > 0)"
    ask = f'query (printf "{query}" $labels.job $labels.provider $window)'
    return (
        f'{{{{ with {windows} }}}}{{{{ $window := . | first | label "window" }}}}'
        f"{{{{ with {ask} }}}}Senders of what {{{{ $labels.provider }}}} refuses in {{{{ $window }}}}:"
        "{{ range . }} {{ .Labels.sender }} ({{ .Value | humanizePercentage }}){{ end }}.{{ end }}"
        "{{ end }}"
    )


def top_reasons_within(causes: str, window: str) -> str:
    """Give a provider's three most frequent reasons in a window."""
    return _reasons(causes, window, "", window)


def _reasons(causes: str, window: str, argument: str, shown: str) -> str:
    """Give reasons in the window that stands in the query, or that an argument puts there.

    They are known by provider: of a receiver in no table there are none.
    """
    raw = f"{_REASONS}{{job=%q,provider=%q,provider!='other',cause=~'{causes}'}}[{window}]"
    query = f"topk(3, sum by (reason) (increase({raw})) > 0)"
    ask = f'query (printf "{query}" $labels.job $labels.provider{argument})'
    return (
        f"{{{{ with {ask} }}}}Reasons at {{{{ $labels.provider }}}} in {shown}:"
        f"{_with_advice('.Labels.reason')}{{{{ end }}}}"
    )


def top_reasons_anywhere(causes: str) -> str:
    """Give the three most frequent reasons of a job in the last day, with the provider of each."""
    return _most_frequent(causes, ("job",), "provider, reason")


def top_reasons_of(causes: str) -> str:
    """Give the three most frequent reasons of an instance in the last day."""
    return _most_frequent(causes, ("job", "instance"), "reason")


def _most_frequent(causes: str, labels: Iterable[str], told: str) -> str:
    matchers = ",".join(f"{label}=%q" for label in labels)
    raw = f"{_REASONS}{{{matchers},cause=~'{causes}'}}[1d]"
    query = f"topk(3, sum by ({told}) (increase({raw})) > 0)"
    arguments = " ".join(f"$labels.{label}" for label in labels)
    names = " }} {{ ".join(f".Labels.{label}" for label in told.split(", "))
    return (
        f'{{{{ with query (printf "{query}" {arguments}) }}}}Reasons:'
        f"{_with_advice(names)}{{{{ end }}}}"
    )


def _with_advice(name: str) -> str:
    """Give the list of what was asked for: names, counts, and what each means, where that is known."""
    told = f'query (printf "{ADVICE}{{reason=%q}}" .Labels.reason)'
    return (
        f'{{{{ range . }}}} {{{{ {name} }}}} ({{{{ .Value | printf "%.0f" }}}})'
        f'{{{{ with {told} }}}}: {{{{ . | first | label "advice" }}}}'
        "{{ else }}.{{ end }}{{ end }}"
    )


def share_of_failures(window: str) -> str:
    """Give the ratio at the destination, and its share of all such failures."""
    return _shares(window)


def _shares(window: str, first: str = "", before: str = "") -> str:
    """Give both shares, of a window or of the one that `first` puts in its place."""
    labels = (*_DESTINATION, "cause")
    ratio = _query(f"destination_cause:postfix_failures:ratio{window}", labels, first)
    share = ratio.replace(":ratio", ":share")
    value = "{{ . | first | value | humanizePercentage }}"
    return (
        f"{{{{ with {ratio} }}}}{before}{value} of those sent there{{{{ end }}}}"
        f"{{{{ with {share} }}}}, {value} of all such failures{{{{ end }}}}."
    )


def top_codes(causes: str) -> str:
    """Give the three most frequent codes of the last day, with their counts."""
    selected = (
        f"postfix_delivery_attempts_total{{job=%q,%s=%q,cause=~'{causes}',repeat!='true'}}[1d]"
    )
    arguments = "$labels.job $labels.scope $labels.destination"
    return _listed(
        "Codes", f"topk(3, sum by (dsn_code) (increase({selected})) > 0)", arguments, "dsn_code"
    )


def top_domains(causes: str) -> str:
    """Give a provider's three domains with most failures in the last day."""
    selected = f"postfix_delivery_attempts_total{{job=%q,provider=%q,cause=~'{causes}',repeat!='true'}}[1d]"
    listed = _listed(
        "Domains",
        f"topk(3, sum by (domain) (increase({selected})) > 0)",
        "$labels.job $labels.destination",
        "domain",
    )
    return f'{{{{ if eq $labels.scope "provider" }}}}{listed}{{{{ end }}}}'


def listed_of_instance(title: str, query: str, label: str) -> str:
    """Give what a query about an instance answers: the values of a label, with their figures."""
    return _listed(title, query, "$labels.job $labels.instance", label)


def value_of_instance(series: str, before: str, *labels: str) -> str:
    """Give the value of a series of the instance, and of other labels of the alert."""
    asked = _query(series, ("job", "instance", *labels))
    value = '{{ . | first | value | printf "%.0f" }}'
    return f"{{{{ with {asked} }}}}{before} {value}{{{{ end }}}}."


def _listed(title: str, query: str, arguments: str, label: str) -> str:
    ask = f'query (printf "{query}" {arguments})'
    return (
        f"{{{{ with {ask} }}}}{title}:{{{{ range . }}}} {{{{ .Labels.{label} }}}}"
        f' ({{{{ .Value | printf "%.0f" }}}}){{{{ end }}}}.{{{{ end }}}}'
    )


def _query(
    series: str, labels: Iterable[str], first: str = "", fixed: str = "", after: str = ""
) -> str:
    """Give a template's query for series with the alert's own labels."""
    matchers = ",".join([*filter(None, [fixed]), *(f"{name}=%q" for name in labels)])
    arguments = " ".join(f"$labels.{name}" for name in labels)
    return f'query (printf "{series}{{{matchers}}}{after}" {first}{arguments})'
