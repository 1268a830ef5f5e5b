"""The command postfix-triage and the report."""
