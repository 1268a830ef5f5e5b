#!/bin/sh
# Prometheus 3.5.3 of Debian sid: a new password in password_file is never used, and http_headers come once
# more with each scrape.
#
# Version:   prometheus 3.5.3+ds1-6, Debian sid, built with prometheus/common 0.69.0; 2.42.0 of Debian 12
#            does as expected.
# Expected:  a file is read again for each request, so that a password can be changed without a restart;
#            each request has a header of the configuration once.
# Behaviour: the password of the first scrape is sent for ever, also after SIGHUP; a header of http_headers
#            stands twice in the second request, three times in the third, and so on. With a server that
#            takes 100 headers at most, such a target goes down with code 431 after about 100 scrapes.
# Seen:      requests 1, 5, 10: header X-Fleet 1, 5, 10 times; requests with the new password: 0 of 5 after
#            it stands in the file, 0 of 5 after SIGHUP.
# Source:    github.com/prometheus/common, issue 981: cloneRequest shares the map of headers; from 0.69.0 on.
# Why here:  who protects the exporter's page with a password cannot change it as the manual says; see
#            docs/web-configuration.md.
# Needs:     see engines-in-a-folder, and Python 3; half a minute besides.
set -eu
. "$(dirname "$0")/engines-in-a-folder"

echo first >password
cat >target.py <<'PYTHON'
import base64, http.server, sys
class Target(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        sent = base64.b64decode(self.headers["Authorization"].split()[1]).decode().partition(":")[2]
        print(sent, len(self.headers.get_all("X-Fleet")), flush=True)
        self.send_response(200)
        self.send_header("Content-Type", "text/plain; version=0.0.4")
        self.end_headers()
        self.wfile.write(b"up_to_now 1\n")
    def log_message(self, *_):
        pass
server = http.server.HTTPServer(("127.0.0.1", 0), Target)
print(server.server_address[1], file=open("port", "w"), flush=True)
server.serve_forever()
PYTHON
python3 target.py >requests &
wait_for() { # FILE has so many lines, within 60 s
    for _ in $(seq 600); do
        [ -e "$1" ] && [ "$(wc -l <"$1")" -ge "$2" ] && return
        sleep 0.1
    done
    echo "$1 has no $2 lines"
    exit 1
}
wait_for port 1
cat >prometheus.yml <<YAML
scrape_configs:
  - job_name: target
    scrape_interval: 1s
    basic_auth: {username: u, password_file: password}
    http_headers: {X-Fleet: {values: [a]}}
    static_configs: [{targets: ["127.0.0.1:$(cat port)"]}]
YAML
"$folder/bin/prometheus" --config.file=prometheus.yml --storage.tsdb.path=data \
    --web.listen-address=127.0.0.1:0 >prometheus.log 2>&1 &
prometheus=$!
wait_for requests 10
echo second >password
before=$(wc -l <requests)
wait_for requests $((before + 6))
kill -HUP "$prometheus"
reloaded=$(wc -l <requests)
wait_for requests $((reloaded + 6))
{
    for request in 1 5 10; do
        sed -n "${request}s/.* \(.*\)/request $request: X-Fleet \1 times/p" requests
    done
    echo "after the change: $(sed -n "$((before + 2)),$((before + 6))p" requests | grep -c '^second ') of 5"
    echo "after SIGHUP: $(sed -n "$((reloaded + 2)),$((reloaded + 6))p" requests | grep -c '^second ') of 5"
} | tee seen
cat >wanted <<'TEXT'
request 1: X-Fleet 1 times
request 5: X-Fleet 5 times
request 10: X-Fleet 10 times
after the change: 0 of 5
after SIGHUP: 0 of 5
TEXT
diff wanted seen && echo "as described"
