#!/bin/sh
# systemd 252: journalctl --after-cursor with a filter leaves out one entry that was never shown.
#
# Version:   systemd 252.39-1~deb12u2, Debian 12.
# Expected:  what comes after the cursor and fits the filter.
# Behaviour: if the entry of the cursor does not fit the filter, the first one after it that fits is skipped
#            in its place; no warning, exit status 0. --cursor-file does the same. 262.1 is right.
# Seen:      entries 0 to 4, of which 2 is not mail's; filter SYSLOG_FACILITY=2
#            --after-cursor of 1, which fits           3 4
#            --after-cursor of 2, which does not       4    instead of 3 4
#            --cursor-file with the cursor of 2        4    instead of 3 4
#            --cursor of 2                             3 4
# Source:    github.com/systemd/systemd, issue 30288 and pull request 30336 of December 2023.
# Why here:  to begin at the end of a journal one takes the cursor of its last entry, which is seldom
#            Postfix'; then the first record of the mail log is lost. Safe is --cursor, with the
#            first entry dropped only if its __CURSOR is the one that was asked for.
# Needs:     apt-get and dpkg-deb with Debian 12's packages in reach; takes seconds.
set -eu
. "$(dirname "$0")/journal-in-a-folder"
number=0
for facility in 2 2 3 2 2; do
    cat <<END
__REALTIME_TIMESTAMP=179500000${number}000000
__MONOTONIC_TIMESTAMP=${number}000000
_BOOT_ID=a0722fa0d02c48f19298dc5c1dff9678
SYSLOG_FACILITY=$facility
MESSAGE=$number

END
    number=$((number + 1))
done >entries.export
lib/systemd/systemd-journal-remote --output=entries.journal entries.export >log 2>&1 || { cat log && exit 1; }
show() {
    bin/journalctl --file=entries.journal --quiet --no-pager "$@"
}
cursor_of() {
    show -o export MESSAGE="$1" | sed -n 's/^__CURSOR=//p'
}
shown() {
    echo "$1: $(show -o cat SYSLOG_FACILITY=2 "$2" | paste -sd ' ')"
}
{
    show --version | head -1
    shown "after the cursor of 1" --after-cursor="$(cursor_of 1)"
    shown "after the cursor of 2" --after-cursor="$(cursor_of 2)"
    cursor_of 2 >cursor
    shown "after the cursor of 2 in a file" --cursor-file=cursor
    shown "from the cursor of 2" --cursor="$(cursor_of 2)"
} | tee seen
cat >wanted <<'END'
systemd 252 (252.39-1~deb12u2)
after the cursor of 1: 3 4
after the cursor of 2: 4
after the cursor of 2 in a file: 4
from the cursor of 2: 3 4
END
diff wanted seen && echo "as described"
