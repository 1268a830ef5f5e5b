#!/bin/sh
# promtool 3.5.3: unit tests evaluate groups in an order that differs from run to run.
#
# Version:   promtool 3.5.3+ds1-6, Debian sid; 2.42.0 too.
# Expected:  the same files, the same result: groups one after the other as they stand in the file, or by name.
# Behaviour: groups that group_eval_order does not name come in the order of a Go map, another one each time.
#            A rule that reads what another group records sees the value of now, or of the evaluation before.
# Seen:      a counter that is 20 at minute 20, copied by one group, and from there by a second: 20 in most runs,
#            19 in others. With group_eval_order: [first, second] always 20.
# Source:    cmd/promtool/unittest.go, orderedGroups; github.com/prometheus/prometheus, issue 5241 (closed).
#            The manual of unit tests says that the order is certain for the groups named, and not of the others
#            that two runs differ.
# Why here:  a test of rules in several groups passes a hundred times and fails then, or the other way round.
# Needs:     see engines-in-a-folder.
set -eu
. "$(dirname "$0")/engines-in-a-folder"

cat >rules.yml <<'YAML'
groups:
  - {name: first, rules: [{record: one, expr: counter}]}
  - {name: second, rules: [{record: two, expr: one}]}
YAML
# What the second group says in so many runs of a test with this in its head.
values() {
    cat >test.yml <<YAML
rule_files: [rules.yml]
evaluation_interval: 1m
$2
tests:
  - interval: 1m
    input_series: [{series: counter, values: "0+1x30"}]
    promql_expr_test:
      - {expr: "min(two)", eval_time: 20m, exp_samples: [{labels: "{}", value: -1}]}
YAML
    for _ in $(seq "$1"); do
        "$folder/bin/promtool" test rules test.yml 2>&1 | sed -n 's/^ *got: *{} //p'
    done | sort -u | paste -sd ' '
}
{
    echo "without an order: $(values 60 '')"
    echo "in an order: $(values 20 'group_eval_order: [first, second]')"
} | tee seen
cat >wanted <<'TEXT'
without an order: 1.9E+01 2E+01
in an order: 2E+01
TEXT
diff wanted seen && echo "as described"
