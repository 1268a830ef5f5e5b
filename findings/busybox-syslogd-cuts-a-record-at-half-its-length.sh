#!/bin/sh
# BusyBox 1.35.0: syslogd keeps 1023 bytes of a record, about half of Postfix' longest.
#
# Version:   busybox 1:1.35.0-4+deb12u1+b1, Debian 12.
# Expected:  the record as it was sent: Postfix' longest has 2000 bytes, rsyslog takes 8192.
# Behaviour: what is longer than the buffer, priority and time stamp included, loses its end without a
#            sign. The buffer is a constant of the build: 1024 bytes at Debian, 256 where nobody set
#            FEATURE_SYSLOGD_READ_BUFFER_SIZE. Facility and severity are written before the tag.
# Seen:      1023 bytes sent    whole
#            1024 bytes sent    1023 bytes, the last one is lost
#            2000 bytes sent    1023 bytes
# Source:    sysklogd/syslogd.c of BusyBox, MAX_READ and its configuration text.
# Why here:  a record with a long recipient loses its dsn= and status=, and a reply its reason, often the
#            last thing in it; with 256 bytes that is most of the refusals.
# Needs:     apt-get and dpkg-deb with Debian 12's packages in reach, unshare with user namespaces (a /dev
#            of its own), Python 3; takes seconds.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
apt-get -qq -o APT::Sandbox::User=root download busybox=1:1.35.0-4+deb12u1+b1
dpkg-deb --extract busybox*.deb .
cat >send.py <<'END'
import socket, time

sender = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
for _ in range(100):
    time.sleep(0.1)
    if not sender.connect_ex("/dev/log"):
        break
for size in (1023, 1024, 2000):
    head = "<22>Nov 29 01:00:00 postfix/smtp[7]: 4F2: to=<u@example.com>, status=bounced (550 "
    sender.send((head + "x" * (size - len(head) - 1) + ")").encode())
time.sleep(1)
END
unshare --user --map-root-user --mount sh -c '
    mount -t tmpfs none /dev && touch /dev/null
    bin/busybox syslogd -n -O log &
    python3 send.py
    kill $!
    wait'
{
    bin/busybox | sed -n '1s/ (.*//p'
    # How much of what was sent is written: HOST and mail.info were added, "<22>" was taken off.
    sed -n 's/^\(Nov 29 01:00:00\) [^ ]* mail.info /\1 <22>/p' log | awk '{ print length($0), substr($0, length($0)) }'
    sed -n 's/^Nov 29 01:00:00 [^ ]* \(mail.info postfix[^:]*:\).*/\1/p' log | uniq
} | tee seen
cat >wanted <<'END'
BusyBox v1.35.0
1023 )
1023 x
1023 x
mail.info postfix/smtp[7]:
END
diff wanted seen && echo "as described"
