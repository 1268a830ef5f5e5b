#!/bin/sh
# VictoriaMetrics 1.145: a counter that falls by less than an eighth has not begun anew, says increase().
#
# Version:   victoria-metrics 1.145.0+ds1-2 beside promtool 3.5.3+ds1-6, Debian sid.
# Expected:  a counter that falls has begun anew at 0, so it has grown by all that it shows: 950 where 1000 fell
#            to 950. So it is in Prometheus, and resets() counts one in both.
# Behaviour: where it falls by less than an eighth of its value, increase() and rate() take the fall for a
#            fault, and count what comes after it alone. There is no warning, and resets() counts it.
# Seen:      a counter at 1000 falls, and grows by 10 later
#            fell to      increase, Prometheus      VictoriaMetrics
#            950          960 (1010 extrapolated)   10
#            880          890 (937 extrapolated)    10
#            870          880 (926 extrapolated)    880
# Source:    app/vmselect/promql/rollup.go, removeCounterResets; github.com/VictoriaMetrics/VictoriaMetrics, issue
#            2787. The manual of MetricsQL does not speak of it at increase() and rate().
# Why here:  a counter that comes back from a copy a little behind is a burst in one engine and nothing in the
#            other; and a true restart of a counter that then grows fast is not seen in the second.
# Needs:     see engines-in-a-folder.
set -eu
. "$(dirname "$0")/engines-in-a-folder"

ask <<'YAML'
evaluation_interval: 1m
tests:
  - interval: 1m
    input_series:
      - {series: a, values: "1000x5 950x5 960x20"}
      - {series: b, values: "1000x5 880x5 890x20"}
      - {series: c, values: "1000x5 870x5 880x20"}
    ASKED:
      - {expr: "round(max(increase(a[20m])))", eval_time: 20m, exp_samples: [{labels: "{}", value: -1}]}
      - {expr: "round(max(increase(b[20m])))", eval_time: 20m, exp_samples: [{labels: "{}", value: -1}]}
      - {expr: "round(max(increase(c[20m])))", eval_time: 20m, exp_samples: [{labels: "{}", value: -1}]}
      - {expr: "max(resets(a[20m]))", eval_time: 20m, exp_samples: [{labels: "{}", value: -1}]}
YAML
cat >wanted <<'TEXT'
promtool
round(max(increase(a[20m]))) at 20m
    {} 1.011E+03
round(max(increase(b[20m]))) at 20m
    {} 9.37E+02
round(max(increase(c[20m]))) at 20m
    {} 9.26E+02
max(resets(a[20m])) at 20m
    {} 1E+00
vmalert-tool
round(max(increase(a[20m]))) at 20m
    {} 1E+01
round(max(increase(b[20m]))) at 20m
    {} 1E+01
round(max(increase(c[20m]))) at 20m
    {} 8.8E+02
max(resets(a[20m])) at 20m
    {} 1E+00
TEXT
diff wanted seen && echo "as described"
