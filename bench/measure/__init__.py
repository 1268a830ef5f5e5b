"""What the exporter costs, and what the rules cost a Prometheus, by size, by pace and over time.

Each module but series.py, which starts what is measured, is a program: `python -m
bench.measure.limits`. Only this folder of bench imports the exporter. Read first: series.py.
"""
