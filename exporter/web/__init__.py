"""Requests to answers.

In: connections of scrapers, and the web configuration (exporter-toolkit's format). Out: the page,
/-/healthy, /-/ready, and nothing else.
Lost: connections beyond a bound, and those that are too slow. Read first: server.py.

listener.py and connections.py bound connections, tls.py and auth.py say who is let in,
configuration.py reads the file about them and reload.py reads it again; content.py and landing.py
are about answers, healthcheck.py asks them for a container.
"""
