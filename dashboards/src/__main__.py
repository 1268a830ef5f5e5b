"""Write the dashboards: `python -m dashboards.src`, or `make dashboards`."""

from __future__ import annotations

from pathlib import Path

from dashboards.src import (
    delivery_health,
    destination,
    documents,
    exporter_health,
    postfix,
    provisioning,
)
from dashboards.src.frame import DELIVERY, DESTINATION, EXPORTER, POSTFIX

FOLDER = Path(__file__).parents[1]


def boards() -> dict[str, str]:
    """Give the dashboards' JSON by uid."""
    return {
        DELIVERY: delivery_health.dashboard(),
        DESTINATION: destination.dashboard(),
        POSTFIX: postfix.dashboard(),
        EXPORTER: exporter_health.dashboard(),
    }


def files() -> dict[str, str]:
    """Give all that is generated: texts by their paths in this folder."""
    drawn = boards()
    readme = (FOLDER / "README.md").read_text(encoding="utf-8")
    return {
        **{f"{uid}.json": text for uid, text in drawn.items()},
        "provisioning/kubernetes.yml": provisioning.config_maps(drawn),
        ".lint": documents.exceptions(drawn),
        "README.md": documents.with_table(readme, drawn),
    }


if __name__ == "__main__":
    for name, content in files().items():
        (FOLDER / name).write_text(content, encoding="utf-8")
