"""Records in log order to bounded totals.

In: delivery records and messages that left the queue. Out: at a commit, the totals of all series,
and what must be remembered of recipients, messages and domains.
Lost: nothing; beyond a bound a record is counted under `other`, `4.x.x` or `5.x.x`. Pure: clocks
are arguments. Read first: counting.py for the order of the log, settling.py for a commit.
"""
