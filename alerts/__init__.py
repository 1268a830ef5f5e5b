"""Prometheus rules and Alertmanager examples for the exporter."""
