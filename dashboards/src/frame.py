"""What all dashboards have in common: variables, links between them, alerts as annotations."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from grafana_foundation_sdk.builders import dashboard
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models import dashboard as models

from dashboards.src.panels import CRITICAL, DATASOURCE, Properties

DELIVERY = "postfix-delivery-health"
DESTINATION = "postfix-destination"
EXPORTER = "postfix-exporter-health"
POSTFIX = "postfix-server"
TITLES = {
    DELIVERY: "Postfix / Delivery health",
    DESTINATION: "Postfix / Destination",
    POSTFIX: "Postfix / Server",
    EXPORTER: "Postfix / Exporter health",
}

SCHEMA = 39
_KEPT = "${datasource:queryparam}&${job:queryparam}&${instance:queryparam}&${__url_time_range}"
"""What a link takes along; dashboards' own links do so by themselves."""

Variable = Builder[models.VariableModel]


@dataclass(frozen=True, slots=True)
class Row:
    """Panels that stand side by side; together they are 24 wide."""

    height: int
    panels: tuple[models.Panel, ...]


def build(
    uid: str, description: str, variables: Iterable[Variable], alerts: str, rows: Sequence[Row]
) -> str:
    """Give a dashboard as the JSON that is committed; `alerts` selects those it shows."""
    board = (
        dashboard.Dashboard(TITLES[uid])
        .uid(uid)
        .description(description)
        .tags(["postfix", "deliverability"])
        .readonly()
        .refresh("1m")
        .time("now-6h", "now")
        .timezone("browser")
        .tooltip(models.DashboardCursorSync.CROSSHAIR)
        .variables([*_targets(), *variables])
        .annotations([_firing(alerts)])
        .links([_dashboard(other) for other in TITLES if other != uid])
        .build()
    )
    board.schema_version = SCHEMA
    for variable in board.templating.list_val or () if board.templating else ():
        # an address that was kept would bring back what was found when it was
        variable.skip_url_sync = variable.hide == models.VariableHide.HIDE_VARIABLE
    board.panels = list(_placed(rows))
    return written(board)


def written(board: models.Dashboard) -> str:
    """Give a dashboard as JSON.

    Without `placement`: the SDK always says `inControlsMenu`, with which Grafana 12 hides links and
    annotations in a menu.
    """
    plain = json.loads(json.dumps(board, cls=JSONEncoder), object_hook=_without_placement)
    return json.dumps(plain, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def _without_placement(read: dict[str, object]) -> dict[str, object]:
    hidden = ("placement", models.DashboardLinkPlacement.IN_CONTROLS_MENU)
    return {name: value for name, value in read.items() if (name, value) != hidden}


def scope() -> Variable:
    """Give the choice between domains and providers, which alerts' links name too."""
    names = {"domain": "Recipient domain", "provider": "Provider"}
    options = [
        models.VariableOption(selected=value == "domain", text=name, value=value)
        for value, name in names.items()
    ]
    return (
        dashboard.CustomVariable("scope")
        .label("Destinations by")
        .description("A destination is a recipient domain, or who runs its mail exchanger.")
        .values(", ".join(f"{name} : {value}" for value, name in names.items()))
        .options(options)
        .current(options[0])
    )


def queried(name: str, label: str, description: str, query: str) -> dashboard.QueryVariable:
    """Give a variable whose values Prometheus knows."""
    return (
        dashboard.QueryVariable(name)
        .label(label)
        .description(description)
        .datasource(DATASOURCE)
        .query(query)
        .refresh(models.VariableRefresh.ON_TIME_RANGE_CHANGED)
        .sort(models.VariableSort.DISABLED)
    )


def to_destination(value: str) -> Properties:
    """Let a field lead to the destination that `value` names."""
    url = f"/d/{DESTINATION}?{_KEPT}&var-scope=${{scope}}&var-destination={value}"
    return {"links": [{"title": "Codes and next steps at this destination", "url": url}]}


def to_exporter() -> Properties:
    """Let a field lead to the exporters' health."""
    return {"links": [{"title": TITLES[EXPORTER], "url": f"/d/{EXPORTER}?{_KEPT}"}]}


def _targets() -> list[Variable]:
    def several(name: str, description: str, query: str) -> Variable:
        variable = queried(name, name.capitalize(), description, query)
        everything = models.VariableOption(selected=True, text="All", value="$__all")
        return variable.multi(True).include_all(True).all_value(".+").current(everything)

    known, ours = "postfix_exporter_build_info", 'python!=""'  # those in Go have one, too
    return [
        dashboard.DatasourceVariable("datasource").label("Data source").type("prometheus"),
        several(
            "job", "One job is one sending reputation.", f"label_values({known}{{{ours}}}, job)"
        ),
        several(
            "instance",
            "The exporters of the jobs; what the rules record is by job only.",
            f'label_values({known}{{{ours}, job=~"$job"}}, instance)',
        ),
    ]


def _firing(selected: str) -> dashboard.AnnotationQuery:
    expression = f'ALERTS{{alertstate="firing", job=~"$job", {selected}}}'
    return (
        dashboard.AnnotationQuery()
        .name("Firing alerts")
        .datasource(DATASOURCE)
        .enable(True)
        .icon_color(CRITICAL)
        .expr(expression)
        .title_format("{{alertname}}")
        .text_format("{{destination}} {{cause}}")
        .tag_keys("severity")
        .step("60s")
    )


def _dashboard(uid: str) -> dashboard.DashboardLink:
    return (
        dashboard.DashboardLink(TITLES[uid])
        .type(models.DashboardLinkType.LINK)
        .url(f"/d/{uid}")
        .icon("dashboard")
        .include_vars(True)
        .keep_time(True)
    )


def _placed(rows: Sequence[Row]) -> Iterable[models.Panel]:
    number = top = 0
    for row in rows:
        left = 0
        for panel in row.panels:
            number += 1
            width = panel.grid_pos.w if panel.grid_pos else 0
            panel.id_val = number
            panel.grid_pos = models.GridPos(h=row.height, w=width, x=left, y=top)
            left += width
            yield panel
        top += row.height
