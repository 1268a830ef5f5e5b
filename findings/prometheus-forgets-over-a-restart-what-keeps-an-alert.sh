#!/bin/sh
# Prometheus 3.5.3: a restart ends alerts that keep_firing_for kept, and puts those with a short `for` back.
#
# Version:   prometheus 3.5.3+ds1-6, Debian sid.
# Expected:  the state of alerts outlives a restart: it is written to ALERTS_FOR_STATE for that.
# Behaviour: what is written is when an alert began. An alert whose condition is over, and that fires for
#            keep_firing_for still, is not there after a restart, so Alertmanager tells its end some minutes
#            later. And an alert that fires is pending again, and its end is told as well, where its `for`
#            is shorter than --rules.alert.for-grace-period (10m).
# Seen:      one that is kept for 10m, and one that has fired since its `for` of 15s was over
#            before the restart        Kept firing, Short firing
#            5 s after it              Short pending
#            and, fired again, 5 s after another one, with --rules.alert.for-grace-period=1s      Short firing
# Source:    github.com/prometheus/prometheus, issues 13957 and 15175 (both open).
# Why here:  each restart of Prometheus, as for an upgrade, can end an alert in the midst of an incident.
# Needs:     see engines-in-a-folder, and Python 3; a minute besides.
set -eu
. "$(dirname "$0")/engines-in-a-folder"

begun=$(date +%s)
cat >rules.yml <<YAML
groups:
  - name: kept
    rules:
      - {alert: Kept, expr: "vector(time()) < $((begun + 10))", keep_firing_for: 10m}
      - {alert: Short, expr: "vector(time()) > $((begun + 2))", for: 15s}
YAML
echo 'rule_files: [rules.yml]' >prometheus.yml
echo 'global: {evaluation_interval: 1s}' >>prometheus.yml
address=127.0.0.1:$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
start() {
    "$folder/bin/prometheus" --config.file=prometheus.yml --storage.tsdb.path=data "$@" \
        --web.listen-address="$address" >>prometheus.log 2>&1 &
    prometheus=$!
}
# The alerts that there are, once rules were evaluated.
alerts() {
    python3 - "$address" <<'PYTHON'
import json, sys, time, urllib.request

def ask(what):
    with urllib.request.urlopen(f"http://{sys.argv[1]}/api/v1/{what}", timeout=5) as answer:
        return json.load(answer)["data"]

for _ in range(100):
    time.sleep(0.1)
    try:
        [group] = ask("rules")["groups"]
    except (OSError, ValueError):
        continue
    if all(rule["health"] == "ok" for rule in group["rules"]):
        break
print(", ".join(sorted(f"{one['labels']['alertname']} {one['state']}" for one in ask("alerts")["alerts"])))
PYTHON
}
start
while [ "$(date +%s)" -lt $((begun + 22)) ]; do sleep 0.5; done
echo "before: $(alerts)" | tee seen
restart() {
    kill "$prometheus"
    wait "$prometheus" || true
    start "$@"
    sleep 5
}
restart
echo "after: $(alerts)" | tee -a seen
sleep 15
restart --rules.alert.for-grace-period=1s
echo "with a short grace period: $(alerts)" | tee -a seen
cat >wanted <<'TEXT'
before: Kept firing, Short firing
after: Short pending
with a short grace period: Short firing
TEXT
diff wanted seen || { tail prometheus.log && exit 1; }
echo "as described"
