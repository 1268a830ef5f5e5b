"""What was committed, as text.

In: the published totals. Out: the page of /metrics in Prometheus' text format or OpenMetrics.
Lost: nothing. Only this folder knows the names of metrics. Read first: metrics.py.
"""
