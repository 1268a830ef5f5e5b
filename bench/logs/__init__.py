"""Mail logs of invented hosts, and what is true about them.

generate.py writes a log and its truth, pace.py one that grows. strict.py reads a log a second time
and shares nothing with the exporter, of which this folder imports nothing. Read first: generate.py.
"""
