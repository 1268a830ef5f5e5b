#!/bin/sh
# VictoriaMetrics 1.145: of the rules of a group each sees what the one before it recorded an evaluation
# ago, so a chain of rules is as late as it is long.
#
# Version:   victoria-metrics 1.145.0+ds1-2 beside promtool 3.5.3+ds1-6, Debian sid.
# Expected:  rules of a group run in order at one time stamp, and a rule reads what those before it have
#            recorded just now: so it is in Prometheus, and vmalert takes the same files.
# Behaviour: the second rule reads the first one's value of the evaluation before, the third the
#            second's, and so on. There is no error and no warning.
# Seen:      a counter that is 20 at minute 20, and four rules that copy it, one from the other:
#            promtool 20, 20, 20, 20; vmalert-tool 20, 19, 18, 17.
# Source:    docs.victoriametrics.com/victoriametrics/vmalert/, "Limitations": results are written away
#            while the next rule is asked already. A running vmalert does as its tool for tests does.
# Why here:  an alert on six rules in a row comes six minutes later on VictoriaMetrics; so chains are short.
# Needs:     see engines-in-a-folder.
set -eu
. "$(dirname "$0")/engines-in-a-folder"

cat >rules.yml <<'YAML'
groups:
  - name: chain
    rules:
      - {record: one, expr: counter}
      - {record: two, expr: one}
      - {record: three, expr: two}
      - {record: four, expr: three}
YAML
ask <<'YAML'
evaluation_interval: 1m
tests:
  - interval: 1m
    input_series: [{series: counter, values: "0+1x30"}]
    ASKED:
      - {expr: "min(one)", eval_time: 20m, exp_samples: [{labels: "{}", value: -1}]}
      - {expr: "min(two)", eval_time: 20m, exp_samples: [{labels: "{}", value: -1}]}
      - {expr: "min(three)", eval_time: 20m, exp_samples: [{labels: "{}", value: -1}]}
      - {expr: "min(four)", eval_time: 20m, exp_samples: [{labels: "{}", value: -1}]}
YAML
cat >wanted <<'TEXT'
promtool
min(one) at 20m
    {} 2E+01
min(two) at 20m
    {} 2E+01
min(three) at 20m
    {} 2E+01
min(four) at 20m
    {} 2E+01
vmalert-tool
min(one) at 20m
    {} 2E+01
min(two) at 20m
    {} 1.9E+01
min(three) at 20m
    {} 1.8E+01
min(four) at 20m
    {} 1.7E+01
TEXT
diff wanted seen && echo "as described"
