"""Prometheus exporter that tells a Postfix deliverability problem from ordinary list churn."""

__version__ = "0.1.0"
