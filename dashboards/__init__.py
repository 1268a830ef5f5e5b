"""Grafana dashboards for delivery health; `python -m dashboards.src` writes them."""
