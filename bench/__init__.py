"""What the exporter costs, alone and beside others that read the same logs.

logs/ makes the logs, measure/ measures the exporter, peers/ compares it; what all their programs
need is in program.py. See README.md for how it is done and what came out.
"""
