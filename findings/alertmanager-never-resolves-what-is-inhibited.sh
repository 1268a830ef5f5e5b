#!/bin/sh
# Alertmanager 0.33.1: an alert that was told and is then inhibited is never told as resolved.
#
# Version:   prometheus-alertmanager 0.33.1-5, Debian sid.
# Expected:  with send_resolved a receiver that was told of an alert is told of its end, too; what an
#            inhibition holds back are notifications that something is wrong.
# Behaviour: inhibition mutes the end as well. Once the alert has ended, Alertmanager forgets it, so the end is
#            not told either when the inhibition is over. Silences and mute times do the same.
# Seen:      Destination begins                           Destination firing
#            Outage, which inhibits it, begins            Outage firing
#            Destination ends                             nothing
#            Outage ends                                  Outage resolved
# Source:    github.com/prometheus/alertmanager, issue 2754 (open since 2021).
# Why here:  a ticket or a page that an alert about one receiver has opened stays open for ever, when an alert
#            about many began before it ended.
# Needs:     see engines-in-a-folder, and Python 3; half a minute besides.
set -eu
. "$(dirname "$0")/engines-in-a-folder"

cat >hook.py <<'PYTHON'
import http.server, json
class Hook(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        for alert in json.loads(body)["alerts"]:
            print(alert["labels"]["alertname"], alert["status"], flush=True)
        self.send_response(200)
        self.end_headers()
    def log_message(self, *_):
        pass
server = http.server.HTTPServer(("127.0.0.1", 0), Hook)
print(server.server_address[1], file=open("port", "w"), flush=True)
server.serve_forever()
PYTHON
python3 hook.py >told &
until [ -s port ]; do sleep 0.1; done
cat >alertmanager.yml <<YAML
route: {receiver: hook, group_by: [alertname], group_wait: 1s, group_interval: 1s}
inhibit_rules:
  - source_matchers: [alertname="Outage"]
    target_matchers: [alertname="Destination"]
receivers:
  - name: hook
    webhook_configs: [{url: "http://127.0.0.1:$(cat port)/", send_resolved: true}]
YAML
address=127.0.0.1:$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
"$folder/bin/prometheus-alertmanager" --config.file=alertmanager.yml --storage.path=data \
    --cluster.listen-address= --web.listen-address="$address" >alertmanager.log 2>&1 &

# What is told within five seconds of an alert: its name, and --end= for its end.
tell() {
    before=$(wc -l <told)
    tries=0
    until "$folder/bin/amtool" --alertmanager.url="http://$address" alert add "$@" 2>amtool.log; do
        tries=$((tries + 1))
        [ $tries -lt 60 ] || { cat amtool.log alertmanager.log && exit 1; }
        sleep 0.5
    done
    sleep 5
    echo "$what: $(tail -n "+$((before + 1))" told | paste -sd, -)"
}
{
    what="Destination begins" tell Destination
    what="Outage begins" tell Outage
    what="Destination ends" tell Destination --end="$(date -u +%FT%TZ)"
    what="Outage ends" tell Outage --end="$(date -u +%FT%TZ)"
} | tee seen
cat >wanted <<'TEXT'
Destination begins: Destination firing
Outage begins: Outage firing
Destination ends: 
Outage ends: Outage resolved
TEXT
diff wanted seen && echo "as described"
