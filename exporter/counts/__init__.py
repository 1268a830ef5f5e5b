"""Records in log order to bounded totals.

In: delivery records and messages that left the queue. Out: at a commit, the totals of all series,
and what must be remembered of recipients, messages and domains.
Lost: nothing; beyond a bound a record is counted under `other`, `4.x.x` or `5.x.x`. Pure: clocks
are arguments. Read first: counting.py for the order of the log, settling.py for a commit.

counts.py joins the two. What was counted since the last commit: routes.py deliveries, failures.py
the rest, delays.py, late.py what was deferred first, senders.py all by who sent it. What has
labels: series.py the bound on codes, bounded_labels.py that on what strangers choose, as domains.py
and sender_labels.py have it, receivers.py the bound on providers that no table knows, sums.py adds
up, totals.py is what comes out. What is remembered: deferred.py who waits for a retry
(deferred_message.py of one message, waiting.py with which verdicts), sender_ids.py who sent what is
in the queue, refused.py who was refused lately, recipients.py without addresses, entries.py as few
bytes. collected.py counts events of Postfix' other services in the families of families.py. lag.py
is how old lines were when they were read, understood.py whether they say anything to us.
"""
