"""postfix-triage: whole logs in, a report for a person out.

In: log files or standard input. Out: text, JSON or HTML, and an exit code.
Lost: nothing is kept; what the exporter's own page would say of the same log is said in words.
Read first: report.py.

reading.py takes logs into a history by quarter of an hour; exporter/heuristics judges it and says
what is a problem; report.py puts together what is told; text.py, document.py and page.py write it.
Read first: report.py.
"""
