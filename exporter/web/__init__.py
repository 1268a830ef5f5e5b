"""Requests to answers.

In: connections of scrapers, and the web configuration (exporter-toolkit's format). Out: the page,
/-/healthy, /-/ready, and nothing else.
Lost: connections beyond a bound, and those that are too slow. Read first: server.py.
"""
