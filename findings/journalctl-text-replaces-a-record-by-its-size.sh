#!/bin/sh
# systemd 252: journalctl's text formats replace a whole record by its size if one character is cut.
#
# Version:   systemd 252.39-1~deb12u2, Debian 12; 262.1 of Debian sid does the same.
# Expected:  a byte that is no text is shown as ? or escaped, and the rest stands; JSON has a string.
# Behaviour: if MESSAGE is no valid UTF-8, -o short and its kin print "[1.9K blob data]" after the tag
#            and nothing of the record; -o cat and --all print it. -o json gives an array of
#            numbers for it, and null from 4096 bytes on, the eight of "MESSAGE=" included.
# Seen:      a reply in UTF-8, cut at 2000 bytes    short: [1.9K blob data], json: 2000 numbers
#            the same, cut at 1999, a whole one     short: the record,       json: a string
#            4087 bytes, 4088 bytes                 short: the records,      json: a string, null
# Source:    src/shared/logs-show.c, "blob data" and JSON_THRESHOLD; journalctl(1), --all; of JSON
#            speaks systemd's page "Journal Export Formats".
# Why here:  Postfix cuts its records at 2000 bytes, in the middle of a character if need be. So a
#            refusal with a long reply in a language other than English is lost in the text formats.
# Needs:     apt-get and dpkg-deb with Debian 12's packages in reach, Python 3; takes seconds.
set -eu
. "$(dirname "$0")/journal-in-a-folder"
export TZ=UTC LC_ALL=C.UTF-8
python3 - >records.export <<'END'
import sys

reply = b"4F2: status=bounced (550 5.7.1 " + "é".encode() * 1000
for second, message in enumerate([reply[:2000], reply[:1999], b"x" * 4087, b"x" * 4088]):
    fields = [
        f"__REALTIME_TIMESTAMP={1795000000000000 + second * 1000000}",
        f"__MONOTONIC_TIMESTAMP={second * 1000000}",
        "_BOOT_ID=a0722fa0d02c48f19298dc5c1dff9678",
        "_HOSTNAME=mx1",
        "SYSLOG_IDENTIFIER=postfix/smtp",
        "MESSAGE",
    ]
    size = len(message).to_bytes(8, "little")
    sys.stdout.buffer.write("\n".join(fields).encode() + b"\n" + size + message + b"\n\n")
END
lib/systemd/systemd-journal-remote --output=records.journal records.export >log 2>&1 || { cat log && exit 1; }
show() {
    bin/journalctl --file=records.journal --quiet --no-pager "$@"
}
{
    show --version | head -1
    show -o short | sed 's/é\{99,\}/(many é)/; s/x\{99,\}/(many x)/'
    echo "blobs in short: $(show -o short | grep -c blob), with --all: $(show -o short --all | grep -c blob)," \
        "in cat: $(show -o cat | grep -c blob)"
    show -o json --output-fields=MESSAGE | python3 -c '
import json, sys
for line in sys.stdin:
    value = json.loads(line)["MESSAGE"]
    print(type(value).__name__, value and len(value))
'
} | tee seen
cat >wanted <<'END'
systemd 252 (252.39-1~deb12u2)
Nov 18 11:06:40 mx1 postfix/smtp: [1.9K blob data]
Nov 18 11:06:41 mx1 postfix/smtp: 4F2: status=bounced (550 5.7.1 (many é)
Nov 18 11:06:42 mx1 postfix/smtp: (many x)
Nov 18 11:06:43 mx1 postfix/smtp: (many x)
blobs in short: 1, with --all: 0, in cat: 0
list 2000
str 1015
str 4087
NoneType None
END
diff wanted seen && echo "as described"
