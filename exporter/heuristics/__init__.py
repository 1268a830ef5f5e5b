"""Cluster or churn: the tests that tell a deliverability problem, on counts by quarter of an hour.

In: totals as counts/ gives them, with the time of the log. Out: what is a problem in which quarter.
Lost: what happened within a quarter. Read first: judging.py.

figures.py has the figures, which the alert rules share; history.py keeps the counts by quarter;
recent.py keeps those of a running exporter's last day, with the names that naming.py gives;
windows.py slides over them; clusters.py and outage.py judge; problems.py says what hangs together,
measuring.py how much it is, senders.py whose mail, stretches.py when it was, sentences.py tells
these, and words.py what it is called and what to do.
"""
