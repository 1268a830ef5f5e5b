#!/bin/sh
# promtool 3.5.3: `promtool test rules` evaluates with 10,000 samples at most, whatever the server takes.
#
# Version:   promtool 3.5.3+ds1-6, Debian sid; 2.42.0 of Debian 12 too.
# Expected:  a rule that a server evaluates can be tested: its default is 50,000,000 samples
#            (--query.max-samples). Where a rule cannot be evaluated, the test fails.
# Behaviour: a rule that reads 11,000 series fails, at one moment and over a range; there is no flag for it.
#            A test that asks for nothing does not evaluate the rules at all and succeeds.
# Seen:      sum(increase(m[30m])) over 9,000 series    SUCCESS
#            over 11,000 series                         query processing would load too many samples into memory
#            over 11,000 series, no question            SUCCESS
# Source:    promql/promqltest of Prometheus, LazyLoader: MaxSamples 10000.
# Why here:  a fleet cannot be played through `promtool test rules`; make replay asks a server.
# Needs:     see engines-in-a-folder.
set -eu
. "$(dirname "$0")/engines-in-a-folder"

echo 'groups: [{name: g, rules: [{record: grown, expr: "sum(increase(m[30m]))"}]}]' >rules.yml
unit_test() { # SERIES [QUESTIONS]
    printf '%s\n' 'rule_files: [rules.yml]' 'evaluation_interval: 1m' tests: '  - interval: 1m' '    input_series:'
    seq "$1" | sed "s/.*/      - {series: 'm{n=\"&\"}', values: '0+1x30'}/"
    [ $# = 1 ] || printf '%s\n' '    promql_expr_test:' \
        "      - {expr: 'count(grown)', eval_time: 30m, exp_samples: [{labels: '{}', value: 1}]}"
}
unit_test 9000 asked >nine.yml
unit_test 11000 asked >eleven.yml
unit_test 11000 >silent.yml
for name in nine eleven silent; do
    echo "$name: $("$folder/bin/promtool" test rules "$name.yml" 2>&1 |
        sed -n 's/^ *\(SUCCESS\).*/\1/p; s/.*err: \(.*\)/\1/p' | head -n 1)"
done | tee seen
cat >wanted <<'TEXT'
nine: SUCCESS
eleven: query processing would load too many samples into memory in query execution
silent: SUCCESS
TEXT
diff wanted seen && echo "as described"
