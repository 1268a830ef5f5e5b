"""What the dashboards are made of; `python -m dashboards.src` writes them."""
