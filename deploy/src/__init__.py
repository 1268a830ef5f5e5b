"""What is generated of deploy/: man pages, completions, and the rules for Prometheus' operator.

In: the commands' parsers, the words of commands.py, the rule files. Out: `deploy/man`,
`deploy/completions`, `deploy/kubernetes/monitoring`. `make docs` writes them.
Read first: commands.py
"""
