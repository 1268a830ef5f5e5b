#!/bin/sh
# systemd 252: journalctl --follow of a folder with the journals of several hosts shows a part of what comes.
#
# Version:   systemd 252.39-1~deb12u2, Debian 12.
# Expected:  of a folder that systemd-journal-remote writes, all entries of all files, as without --follow.
# Behaviour: without --merge one host's entries alone are shown, those of the host that logged last when it
#            began. With it an entry that arrives after a later one of another host is left out, for
#            ever. No warning; without --follow all are shown.
# Seen:      a1 and b1 stand there; a2 comes, b2 that is older than a2, b3, a3 that is older than b3, a4
#            --follow --no-tail               b1 b2 b3
#            --follow --no-tail --merge       a1 b1 a2 b3 a4
#            afterwards, without --follow     a1 b1 b2 a2 a3 b3 a4
# Source:    github.com/systemd/systemd, issue 359 (open since 2015) and 14911.
# Why here:  hosts that send their journals to one never do so at the same pace, so whoever follows them
#            together loses records without a word. Follow one host's folder, or let it log to files.
# Needs:     apt-get and dpkg-deb with Debian 12's packages in reach; takes a quarter of a minute.
set -eu
. "$(dirname "$0")/journal-in-a-folder"
# An entry of a host arrives: a or b, second, text.
arrives() {
    id=$(echo "$1" | sed 's/./&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&/')
    printf '%s\n' "__REALTIME_TIMESTAMP=17950000${2}000000" "__MONOTONIC_TIMESTAMP=${2}000000" \
        "_BOOT_ID=$id" "_MACHINE_ID=$id" "_HOSTNAME=$1" "MESSAGE=$3" "" |
        lib/systemd/systemd-journal-remote --output="journals/remote-$1.journal" - >log 2>&1 || { cat log && exit 1; }
}
# What is shown of what comes, and at last without --follow.
followed() {
    rm -rf journals
    mkdir journals
    arrives a 10 a1
    arrives b 11 b1
    bin/journalctl --directory=journals --quiet --no-pager -o cat --follow --no-tail "$@" >shown &
    sleep 1
    arrives a 20 a2
    sleep 1
    arrives b 15 b2
    sleep 1
    arrives b 30 b3
    sleep 1
    arrives a 25 a3
    sleep 1
    arrives a 40 a4
    sleep 1
    kill $!
    echo "$(echo --follow --no-tail "$@"): $(paste -sd ' ' shown)"
}
{
    bin/journalctl --version | head -1
    followed
    followed --merge
    echo "without --follow: $(bin/journalctl --directory=journals --quiet --no-pager -o cat | paste -sd ' ')"
} | tee seen
cat >wanted <<'END'
systemd 252 (252.39-1~deb12u2)
--follow --no-tail: b1 b2 b3
--follow --no-tail --merge: a1 b1 a2 b3 a4
without --follow: a1 b1 b2 a2 a3 b3 a4
END
diff wanted seen && echo "as described"
