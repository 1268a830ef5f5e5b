#!/bin/sh
# Prometheus 3.5.3: a quantile of a histogram whose empty buckets are left out is too low; not so in VictoriaMetrics.
#
# Version:   promtool 3.5.3+ds1-6, vmalert-tool 1.145.0+ds1-2, Debian sid; promtool 2.42.0 as Prometheus 3.5.3.
# Expected:  buckets in which nothing fell say nothing, so `sum by (le) (increase(...)) > 0`, which leaves them
#            out where there is no data at all, changes nothing where there is.
# Behaviour: Prometheus takes the lowest bucket that is there to begin at 0, so the quantile is interpolated from
#            0 and not from the bound below. There is no warning: it warns of buckets that fall, and of none that
#            is missing. VictoriaMetrics keeps the bounds of what a comparison has left out, and does not mind.
# Seen:      all values between     median, all buckets     Prometheus, without      VictoriaMetrics, without
#            300 and 900            600                     450                      600
#            900 and 1000           950                     500                      950
# Source:    promql/quantile.go, bucketQuantile; app/vmselect/promql/transform.go, transformHistogramQuantile.
#            The manual says that the lowest bucket is assumed to begin at 0 if its bound is positive, not that
#            this holds for what a comparison has left over.
# Why here:  `> 0` is the usual way to hide a panel without data; the lower bounds of a slow receiver are empty.
# Needs:     see engines-in-a-folder.
set -eu
. "$(dirname "$0")/engines-in-a-folder"

ask <<'YAML'
evaluation_interval: 1m
tests:
  - interval: 1m
    input_series:
      - {series: 'a_bucket{le="300"}', values: "0x30"}
      - {series: 'a_bucket{le="900"}', values: "0+10x30"}
      - {series: 'a_bucket{le="+Inf"}', values: "0+10x30"}
      - {series: 'b_bucket{le="900"}', values: "0x30"}
      - {series: 'b_bucket{le="1000"}', values: "0+10x30"}
      - {series: 'b_bucket{le="+Inf"}', values: "0+10x30"}
    ASKED:
      - {expr: "histogram_quantile(0.5, sum by (le) (increase(a_bucket[10m])))", eval_time: 20m, exp_samples: [{labels: "{}", value: -1}]}
      - {expr: "histogram_quantile(0.5, sum by (le) (increase(a_bucket[10m])) > 0)", eval_time: 20m, exp_samples: [{labels: "{}", value: -1}]}
      - {expr: "histogram_quantile(0.5, sum by (le) (increase(b_bucket[10m])))", eval_time: 20m, exp_samples: [{labels: "{}", value: -1}]}
      - {expr: "histogram_quantile(0.5, sum by (le) (increase(b_bucket[10m])) > 0)", eval_time: 20m, exp_samples: [{labels: "{}", value: -1}]}
YAML
cat >wanted <<'TEXT'
promtool
histogram_quantile(0.5, sum by (le) (increase(a_bucket[10m]))) at 20m
    {} 6E+02
histogram_quantile(0.5, sum by (le) (increase(a_bucket[10m])) > 0) at 20m
    {} 4.5E+02
histogram_quantile(0.5, sum by (le) (increase(b_bucket[10m]))) at 20m
    {} 9.5E+02
histogram_quantile(0.5, sum by (le) (increase(b_bucket[10m])) > 0) at 20m
    {} 5E+02
vmalert-tool
histogram_quantile(0.5, sum by (le) (increase(a_bucket[10m]))) at 20m
    {} 6E+02
histogram_quantile(0.5, sum by (le) (increase(a_bucket[10m])) > 0) at 20m
    {} 6E+02
histogram_quantile(0.5, sum by (le) (increase(b_bucket[10m]))) at 20m
    {} 9.5E+02
histogram_quantile(0.5, sum by (le) (increase(b_bucket[10m])) > 0) at 20m
    {} 9.5E+02
TEXT
diff wanted seen && echo "as described"
