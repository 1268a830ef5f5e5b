#!/bin/sh
# promtool 3.5.3 and vmalert-tool 1.145: unit tests evaluate each group at the test's interval, whatever
# interval the group has.
#
# Version:   promtool 3.5.3+ds1-6 and victoria-metrics 1.145.0+ds1-2, Debian sid; promtool 2.42.0 too.
# Expected:  `interval` of a group is how often its rules are evaluated; the test's `evaluation_interval` is
#            the default of groups that have none, as global.evaluation_interval is for the server.
# Behaviour: a group with `interval: 4m` is evaluated at each minute of a test whose interval is 1m. A value
#            that a server would show for four minutes is another one each minute.
# Seen:      a counter that grows by one a minute, copied by such a group, at minutes 6, 7, 8: 6, 7, 8 in
#            both. A server has one value for four minutes, such as 5, 5, 5.
# Source:    prometheus.io/docs/prometheus/latest/configuration/unit_testing_rules/ names the interval of the
#            test only; docs.victoriametrics.com/victoriametrics/vmalert-tool/ too.
# Why here:  windows of six hours and a day are looked at every four minutes. That nothing is missed between
#            two looks must be tried by other means: see in_their_intervals in tests/alerts/promtool.py.
# Needs:     see engines-in-a-folder.
set -eu
. "$(dirname "$0")/engines-in-a-folder"

cat >rules.yml <<'YAML'
groups:
  - name: seldom
    interval: 4m
    rules: [{record: seen, expr: counter}]
YAML
ask <<'YAML'
evaluation_interval: 1m
tests:
  - interval: 1m
    input_series: [{series: counter, values: "0+1x30"}]
    ASKED:
      - {expr: "min(seen)", eval_time: 6m, exp_samples: [{labels: "{}", value: -1}]}
      - {expr: "min(seen)", eval_time: 7m, exp_samples: [{labels: "{}", value: -1}]}
      - {expr: "min(seen)", eval_time: 8m, exp_samples: [{labels: "{}", value: -1}]}
YAML
for tool in promtool vmalert-tool; do
    echo "$tool"
    for minute in 6 7 8; do
        printf 'min(seen) at %sm\n    {} %sE+00\n' "$minute" "$minute"
    done
done >wanted
diff wanted seen && echo "as described"
