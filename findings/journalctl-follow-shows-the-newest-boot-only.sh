#!/bin/sh
# systemd 252: journalctl --follow shows entries of the newest boot alone, whatever cursor it is to begin at.
#
# Version:   systemd 252.39-1~deb12u2, Debian 12.
# Expected:  --follow with --no-tail shows "all lines, even in follow mode", and with --cursor those from the
#            cursor on, and then what comes.
# Behaviour: --follow implies --boot. So of a cursor in the boot before nothing is shown until the newest boot
#            begins; no warning, no other exit status. --boot=all does not take it back; --merge does, and
#            reads the journals of other hosts, too. Without --follow all is shown.
# Seen:      entries a1 and a2 of one boot, b1 and b2 of the next
#            --cursor of a1                                       a1 a2 b1 b2
#            --follow --no-tail                                   b1 b2
#            --follow --no-tail --cursor of a1                    b1 b2
#            --follow --no-tail --cursor of a1 --boot=all         b1 b2
#            --follow --no-tail --cursor of a1 --merge            a1 a2 b1 b2
# Source:    github.com/systemd/systemd, pull request 21711 of December 2021 made it so, issue 36102 (open)
#            reports it; journalctl(1) of this version does not say it of --follow.
# Why here:  who keeps a cursor and follows from it after a reboot loses what was logged between the two,
#            such as all of a shutdown. Read to the end without --follow first, then follow.
# Needs:     apt-get and dpkg-deb with Debian 12's packages in reach; takes a quarter of a minute.
set -eu
. "$(dirname "$0")/journal-in-a-folder"
# An entry: boot, second, text.
entry() {
    cat <<END
__REALTIME_TIMESTAMP=17950000${2}000000
__MONOTONIC_TIMESTAMP=${2}000000
_BOOT_ID=$1
_MACHINE_ID=0f4e2a6d1c8b49f5a7d3e6b2c9f80a15
MESSAGE=$3

END
}
first=a0722fa0d02c48f19298dc5c1dff9678
second=b51c0de9c2f74a9e8d1f6a3072e4b8c6
{
    entry $first 10 a1
    entry $first 11 a2
    entry $second 20 b1
    entry $second 21 b2
} >entries.export
mkdir journal
lib/systemd/systemd-journal-remote --output=journal/x.journal entries.export >log 2>&1 || { cat log && exit 1; }
show() {
    timeout 3 bin/journalctl --directory=journal --quiet --no-pager "$@" || true
}
cursor=$(show -o export | sed -n '1s/^__CURSOR=//p')
shown() {
    echo "$(echo "$*" | sed 's/=s=[^ ]*/ of a1/'): $(show -o cat "$@" | paste -sd ' ')"
}
{
    show --version | head -1
    shown --cursor="$cursor"
    shown --follow --no-tail
    shown --follow --no-tail --cursor="$cursor"
    shown --follow --no-tail --cursor="$cursor" --boot=all
    shown --follow --no-tail --cursor="$cursor" --merge
} | tee seen
cat >wanted <<'END'
systemd 252 (252.39-1~deb12u2)
--cursor of a1: a1 a2 b1 b2
--follow --no-tail: b1 b2
--follow --no-tail --cursor of a1: b1 b2
--follow --no-tail --cursor of a1 --boot=all: b1 b2
--follow --no-tail --cursor of a1 --merge: a1 a2 b1 b2
END
diff wanted seen && echo "as described"
