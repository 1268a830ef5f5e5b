#!/bin/sh
# Postfix 3.11.7: a record ends after 2000 bytes, in its own log file as in syslog, wherever that is.
#
# Version:   postfix 3.11.7-1, Debian sid.
# Expected:  maillog_file has whole records: no datagram of syslog bounds them there, and a reply may have many
#            lines of 512 bytes (RFC 5321, section 4.5.3.1.5).
# Behaviour: what stands behind the tag is cut at 2000 bytes. A refusal of many lines loses its last one, which is
#            the one that decides, the command that was refused, and its closing brackets. No mark tells it.
# Seen:      a refusal of 40 lines of 100 bytes       2000 bytes in maillog_file, 2000 by syslog
#            "the last line", "(in reply to"          0 times, 0 times
# Source:    src/util/msg_logger.c (MSG_LOGGER_RECLEN) and msg_syslog.c; postconf(5) does not speak of it.
# Why here:  who reads a record up to its closing bracket, or takes the code of the last line, misses these.
# Needs:     see postfix-in-a-folder.
set -eu
. "$(dirname "$0")/postfix-in-a-folder"

start_postfix </dev/null
lines=$(seq 39 | while read -r number; do printf '550-5.7.1 line %02d %083d|' "$number" 0; done)
start_receivers <<END
2501 RCPT ${lines}550 5.7.1 the last line
END
cat >"$root/syslog.py" <<'PYTHON'
import os, socket, sys
log = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
log.bind(sys.argv[1])
os.chmod(sys.argv[1], 0o666)
with open(sys.argv[2], "wb", buffering=0) as file:
    while True:
        file.write(log.recv(65536) + b"\n")
PYTHON
python3 "$root/syslog.py" "$root/dev/log" "$root/syslog.log" &
# Of the record in a log: its bytes behind the tag, and how often it has its end.
measure() {
    sed -n 's/.*postfix\/smtp\[[0-9]*\]: \(.*to=<u@p2501.*\)/\1/p' "$1" | head -n 1 >"$root/record"
    echo "$2: $(tr -d '\n' <"$root/record" | wc -c), ends $(grep -c 'the last line\|(in reply to' "$root/record" || true)"
}
send 2501
wait_until logged 1 'to=<u@p2501'
chroot "$root" postconf maillog_file=
{ chroot "$root" postfix stop && chroot "$root" postfix start; } >>"$root/out" 2>&1
send 2501
wait_until grep -q 'to=<u@p2501' "$root/syslog.log"
{
    measure "$log" maillog_file
    measure "$root/syslog.log" syslog
} | tee "$root/seen"
cat >"$root/wanted" <<'END'
maillog_file: 2000, ends 0
syslog: 2000, ends 0
END
diff "$root/wanted" "$root/seen" && echo "as described"
