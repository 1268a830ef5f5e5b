"""What the rule files are made of; `python -m alerts.src` writes them."""
