#!/bin/sh
# VictoriaMetrics 1.145: whether the first sample of a counter counts as an increase depends on how much
# the counter grows next.
#
# Version:   victoria-metrics 1.145.0+ds1-2 beside promtool 3.5.3+ds1-6, Debian sid.
# Expected:  increase() counts what a series grew by since its first sample (Prometheus), or since 0; the
#            same rule for each series.
# Behaviour: the first sample counts in full if it is below about ten times the next growth and one more,
#            else not at all. So of two series that begin at 200, one that grows by 20 has increased by
#            220, one that grows by 19 by 19.
# Seen:      first sample, the next     Prometheus 3.5.3    VictoriaMetrics
#            9, 9                       0                   9
#            200, 219                   20.9                19
#            200, 220                   22                  220
#            (Prometheus extrapolates to the borders of the window.)
# Source:    app/vmselect/promql/rollup.go, rollupDelta; the page of MetricsQL says of increase() that it
#            does not extrapolate, and nothing of this.
# Why here:  a series that comes back after an absence, or a target that is new to the fleet, may count what
#            it counted long ago. The exporter shows a new series at 0 first, so that nothing hangs on it.
# Needs:     see engines-in-a-folder.
set -eu
. "$(dirname "$0")/engines-in-a-folder"

ask <<'YAML'
evaluation_interval: 1m
tests:
  - interval: 1m
    input_series:
      - {series: 'm{first="9"}', values: "_x9 9x5"}
      - {series: 'm{first="200, then 219"}', values: "_x9 200 219x4"}
      - {series: 'm{first="200, then 220"}', values: "_x9 200 220x4"}
    ASKED:
      - {expr: "sum(increase(m{first='9'}[10m]))", eval_time: 14m, exp_samples: [{labels: "{}", value: -1}]}
      - {expr: "round(sum(increase(m{first=~'.*219'}[10m])), 0.1)", eval_time: 14m, exp_samples: [{labels: "{}", value: -1}]}
      - {expr: "round(sum(increase(m{first=~'.*220'}[10m])), 0.1)", eval_time: 14m, exp_samples: [{labels: "{}", value: -1}]}
YAML
cat >wanted <<'TEXT'
promtool
sum(increase(m{first='9'}[10m])) at 14m
    {} 0E+00
round(sum(increase(m{first=~'.*219'}[10m])), 0.1) at 14m
    {} 2.09E+01
round(sum(increase(m{first=~'.*220'}[10m])), 0.1) at 14m
    {} 2.2E+01
vmalert-tool
sum(increase(m{first='9'}[10m])) at 14m
    {} 9E+00
round(sum(increase(m{first=~'.*219'}[10m])), 0.1) at 14m
    {} 1.9E+01
round(sum(increase(m{first=~'.*220'}[10m])), 0.1) at 14m
    {} 2.2E+02
TEXT
diff wanted seen && echo "as described"
