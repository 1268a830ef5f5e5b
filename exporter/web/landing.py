"""The page at /: links for a person."""

from __future__ import annotations

import html

from exporter import __version__


def landing(telemetry_path: str) -> bytes:
    """Give the page for people, which links to what is served."""
    link = html.escape(telemetry_path, quote=True)
    return f"""<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><title>Postfix deliverability exporter</title></head>
<body>
<h1>Postfix deliverability exporter</h1>
<p>Version {__version__}</p>
<ul>
<li><a href="{link}">Metrics</a></li>
<li><a href="/-/healthy">Healthy</a></li>
<li><a href="/-/ready">Ready</a></li>
</ul>
</body>
</html>
""".encode()
