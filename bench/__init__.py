"""How much CPU time and memory the exporter takes for a log, against grep reading the same file."""
