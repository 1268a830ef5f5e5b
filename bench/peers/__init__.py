"""Whom the exporter is compared with: grep, mtail, and what else reads Postfix' logs.

All read the same bytes in turn, and what each counted is held against the truth. The exporter runs
as its users run it, as a command: nothing of it is imported. Read first: contest.py.
"""
