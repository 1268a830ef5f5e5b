#!/bin/sh
# VictoriaMetrics 1.145: timestamp() of an expression is some minutes old, and both kinds of it outlive
# the series.
#
# Version:   victoria-metrics 1.145.0+ds1-2 beside promtool 3.5.3+ds1-6, Debian sid.
# Expected:  timestamp(expression) is the time of evaluation where the expression has a value, and
#            nothing where it has none; other functions of the same expression are.
# Behaviour: a series with a sample each minute until minute 60, then a stale marker. At minute 59
#            timestamp() of a group of it is four minutes old; at minute 64, where the group itself is
#            gone, it is there, and so is timestamp() of the plain series.
# Seen:      at 59 min, timestamp(group by (job) (m))     Prometheus 3540   VictoriaMetrics 3300
#            at 64 min                                    nothing           3600
#            at 64 min, timestamp(m)                      nothing           3600
#            at 64 min, group by (job) (m) * 0 + time()   nothing           nothing
# Source:    docs.victoriametrics.com/victoriametrics/metricsql/: timestamp() is a rollup function there, and
#            one over an expression is a subquery with the step of the query.
# Why here:  "nobody is answered any more" is a rule about the age of a value. Written with timestamp() it
#            came minutes late; `expression * 0 + time()` means the same everywhere.
# Needs:     see engines-in-a-folder.
set -eu
. "$(dirname "$0")/engines-in-a-folder"

ask <<'YAML'
evaluation_interval: 1m
tests:
  - interval: 1m
    input_series: [{series: m, values: "1x60 stale"}]
    ASKED:
      - {expr: "timestamp(group by (job) (m))", eval_time: 59m, exp_samples: [{labels: "{}", value: -1}]}
      - {expr: "timestamp(group by (job) (m))", eval_time: 64m, exp_samples: [{labels: "{}", value: -1}]}
      - {expr: "timestamp(m)", eval_time: 64m, exp_samples: [{labels: "{}", value: -1}]}
      - {expr: "group by (job) (m) * 0 + time()", eval_time: 64m, exp_samples: [{labels: "{}", value: -1}]}
YAML
cat >wanted <<'TEXT'
promtool
timestamp(group by (job) (m)) at 59m
    {} 3.54E+03
timestamp(group by (job) (m)) at 1h4m
    nil
timestamp(m) at 1h4m
    nil
group by (job) (m) * 0 + time() at 1h4m
    nil
vmalert-tool
timestamp(group by (job) (m)) at 59m
    {} 3.3E+03
timestamp(group by (job) (m)) at 1h4m
    {} 3.6E+03
timestamp(m) at 1h4m
    {} 3.6E+03
group by (job) (m) * 0 + time() at 1h4m
    nil
TEXT
diff wanted seen && echo "as described"
