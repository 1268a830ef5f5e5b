#!/bin/sh
# musl 1.2.3: syslog() stamps records in UTC, whatever TZ says, and BusyBox writes that as it came.
#
# Version:   musl 1.2.3-1 and busybox 1:1.35.0-4+deb12u1+b1, Debian 12; Alpine is made of these two.
# Expected:  the time of a traditional header is local time, as in RFC 3164, section 4.1.2, and as glibc and
#            musl's own localtime() have it.
# Behaviour: a program of musl logs UTC, without saying so; syslogd does not put its own time in its place
#            (syslogd -t would). What syslogd logs itself is local. So one log has two clocks.
# Seen:      TZ=CET-1 at 13:00 UTC, the hour in the log less that of UTC
#            a program of glibc            1
#            a program of musl             0
#            its localtime()               1
#            BusyBox about itself          1
# Source:    musl, src/misc/syslog.c (gmtime_r); BusyBox, sysklogd/syslogd.c, timestamp_and_log().
# Why here:  a reader in the same zone takes each record of Postfix on Alpine for an hour older, or of the
#            future, and whoever leaves old lines out of the present sees nothing.
# Needs:     gcc, unshare, apt-get and dpkg-deb with Debian 12's packages in reach, Python 3; takes seconds.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
apt-get -qq -o APT::Sandbox::User=root download musl-dev=1.2.3-1 busybox=1:1.35.0-4+deb12u1+b1
for archive in *.deb; do
    dpkg-deb --extract "$archive" .
done
cat >say.c <<'END'
#include <stdio.h>
#include <syslog.h>
#include <time.h>

int main(int argc, char **argv)
{
    time_t now = time(NULL);
    char hour[3];

    strftime(hour, sizeof hour, "%H", localtime(&now));
    openlog(argv[1], 0, LOG_MAIL);
    syslog(LOG_INFO, "local hour %s", hour);
    return 0;
}
END
musl=usr/lib/x86_64-linux-musl
gcc -o of-glibc say.c
gcc -nostdinc -isystem usr/include/x86_64-linux-musl -nostdlib -static -o of-musl \
    $musl/crt1.o $musl/crti.o say.c $musl/libc.a $musl/crtn.o
export TZ=CET-1
utc=$(date -u +%H)
unshare --user --map-root-user --mount sh -c '
    mount -t tmpfs none /dev && touch /dev/null
    bin/busybox syslogd -n -O log &
    until [ -S /dev/log ]; do sleep 0.1; done
    sleep 0.5
    ./of-glibc of-glibc
    ./of-musl of-musl
    until grep -q of-musl: log; do sleep 0.1; done
    kill $!
    wait'
[ "$utc" = "$(date -u +%H)" ] || { echo "the hour has changed meanwhile; run it again" && exit 1; }
# How many hours a time is before UTC.
ahead() {
    echo "$1: $(((1$2 - 1$utc + 24) % 24))"
}
hour() {
    sed -n "s/^.* \([0-9][0-9]\):[0-9][0-9]:[0-9][0-9] .*$1.*/\1/p" log | head -n 1
}
{
    ahead "a program of glibc" "$(hour 'of-glibc: ')"
    ahead "a program of musl" "$(hour 'of-musl: ')"
    ahead "its localtime()" "$(sed -n 's/.*of-musl: local hour //p' log)"
    ahead "BusyBox about itself" "$(hour 'syslogd started')"
} | tee seen
diff - seen <<'END' && echo "as described"
a program of glibc: 1
a program of musl: 0
its localtime(): 1
BusyBox about itself: 1
END
