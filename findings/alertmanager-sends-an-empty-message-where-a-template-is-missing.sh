#!/bin/sh
# Alertmanager 0.33.1: where a template is missing, a chat gets an empty message, and no check and no log says so.
#
# Version:   prometheus-alertmanager 0.33.1-5, Debian sid.
# Expected:  amtool check-config reads the files under `templates`, says when one is not there, and when a
#            receiver asks for a template that none of them defines; a notification that cannot be written
#            fails, and is counted.
# Behaviour: `templates` is a pattern that may match nothing: amtool counts it as a template and is content.
#            The message to Slack is sent with empty fields and counts as sent; nothing is logged.
#            amtool template render, asked for the same template, fails.
# Seen:      amtool check-config        exit code 0, "1 templates"
#            amtool template render     exit code 1
#            the message                "title": none, "text": ""
#            alertmanager_notifications_failed_total of slack: 0; lines of the log that say so: 0
# Source:    github.com/prometheus/alertmanager, issue 5322 (open since June 2026).
# Why here:  who takes over the example for Alertmanager and forgets postfix.tmpl, or misspells its place, has
#            alerts that say nothing, or that a chat refuses, in an incident and not before.
# Needs:     see engines-in-a-folder, and Python 3; some seconds besides.
set -eu
. "$(dirname "$0")/engines-in-a-folder"

cat >chat.py <<'PYTHON'
import http.server, json
class Chat(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        print({key: body["attachments"][0].get(key) for key in ("title", "text")}, flush=True)
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"ok")
    def log_message(self, *_):
        pass
server = http.server.HTTPServer(("127.0.0.1", 0), Chat)
print(server.server_address[1], file=open("port", "w"), flush=True)
server.serve_forever()
PYTHON
python3 chat.py >told &
until [ -s port ]; do sleep 0.1; done
cat >alertmanager.yml <<YAML
templates: [postfix.tmpl]
route: {receiver: chat, group_wait: 1s}
receivers:
  - name: chat
    slack_configs:
      - api_url: "http://127.0.0.1:$(cat port)/"
        title: '{{ template "postfix.subject" . }}'
        text: '{{ template "postfix.text" . }}'
YAML
address=127.0.0.1:$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
"$folder/bin/prometheus-alertmanager" --config.file=alertmanager.yml --storage.path=data \
    --cluster.listen-address= --web.listen-address="$address" >alertmanager.log 2>&1 &
tries=0
until "$folder/bin/amtool" --alertmanager.url="http://$address" alert add Trouble 2>amtool.log; do
    tries=$((tries + 1))
    [ $tries -lt 60 ] || { cat amtool.log alertmanager.log && exit 1; }
    sleep 0.5
done
tries=0
until [ -s told ]; do
    tries=$((tries + 1))
    [ $tries -lt 60 ] || { cat alertmanager.log && exit 1; }
    sleep 0.5
done
sleep 1
{
    code=0
    "$folder/bin/amtool" check-config alertmanager.yml >checked 2>&1 || code=$?
    echo "check-config: $code, $(sed -n 's/^ - \(.* templates\)/\1/p' checked)"
    code=0
    "$folder/bin/amtool" template render --template.glob=postfix.tmpl \
        --template.text='{{ template "postfix.text" . }}' >rendered 2>&1 || code=$?
    echo "template render: $code"
    echo "told: $(cat told)"
    python3 - "$address" <<'PYTHON'
import sys, urllib.request
page = urllib.request.urlopen(f"http://{sys.argv[1]}/metrics").read().decode()
of_slack = [line for line in page.splitlines() if 'integration="slack"' in line]
sums = {
    name: sum(float(line.split()[-1]) for line in of_slack if line.startswith(f"alertmanager_{name}_total{{"))
    for name in ("notifications", "notifications_failed")
}
print("counted:", sums)
PYTHON
    echo "lines of the log about it: $(grep -c -i 'template.*not defined\|level=WARN\|level=ERROR' alertmanager.log || true)"
} | tee seen
cat >wanted <<'TEXT'
check-config: 0, 1 templates
template render: 1
told: {'title': None, 'text': ''}
counted: {'notifications': 1.0, 'notifications_failed': 0.0}
lines of the log about it: 0
TEXT
diff wanted seen && echo "as described"
