"""What the alert rules would have said of a log: `make replay LOG=...`.

In: log files, and the rule files of alerts/ as they are. Out: which alerts were pending, fired and
ended, at the log's own times.
Lost: what no log tells: whether an exporter was down, a log unreadable, or Prometheus away.
Read first: playing.py.

The exporter's own counters read the log with the log's clock and commit as the exporter does; each
minute their page becomes samples of that minute in a Prometheus that was started empty. That
Prometheus answers each rule's expression for these minutes, and what a rule records goes back into
it. So no duration is shortened, no minute is waited for, and an answer does not depend on how fast
the machine is. Of Prometheus' rules only their order and the states of an alert are done here; a
test holds them equal to promtool's, minute by minute.

Other ways: a Prometheus in compressed time, as the end-to-end tests run one 120 times faster, takes
84 minutes for a week and is late by chance. `promtool test rules` may read 10,000 samples a query,
of which a window of two hours takes 24 for each receiver: 500 domains of a mailing are too many.
`promtool tsdb create-blocks-from rules` evaluates each rule over the whole time before the next, so
those that remember themselves find nothing.
"""
