"""An incident of hours in a minute, on this machine: from the log to the notification.

In: a log, the rules of `alerts/`, the example for Alertmanager. Out: what they say, on a terminal.
`make demo` runs it; the tests of the whole way use its parts. Read first: incident.py
"""
