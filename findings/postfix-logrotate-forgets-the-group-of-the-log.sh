#!/bin/sh
# Postfix 3.11.7: after `postfix logrotate` the log belongs to root's group, whatever group the old one had.
#
# Version:   postfix 3.11.7-1, Debian sid.
# Expected:  the new log has owner, group and mode of the old one, as with `create` of logrotate; and with
#            maillog_file_permissions = 0640 a group can go on reading it.
# Behaviour: the old file is moved, and postlogd makes another with its own group, root's. The mode is that of
#            maillog_file_permissions, 0600 by default, and not that of the old file. Only a folder that
#            has the bit setgid gives its group to the new log. The packed old one keeps its group.
# Seen:      mode and group before                         after `postfix logrotate`
#            640 4                                         600 0
#            640 4, maillog_file_permissions = 0640        640 0
#            the same, folder of group 4 with setgid       640 4
# Source:    conf/postfix-script, logrotate; src/global/maillog_client.c; postconf(5), maillog_file_permissions,
#            which speaks of the mode only.
# Why here:  a reader of the group adm that was let in by chgrp is shut out by the first rotation.
# Needs:     see postfix-in-a-folder.
set -eu
. "$(dirname "$0")/postfix-in-a-folder"

start_postfix </dev/null
wait_until test -s "$log"
# Rotate, wait for the new log, and tell what it is like.
rotate() {
    chgrp 4 "$log"
    chmod 640 "$log"
    chroot "$root" postfix logrotate >>"$root/out" 2>&1
    send 2501
    wait_until test -s "$log"
    echo "$1: $(stat -c '%a %g' "$log")"
    sleep 1.5 # the names of rotated logs tell the second
}
{
    rotate "as shipped"
    chroot "$root" postconf maillog_file_permissions=0640
    rotate "maillog_file_permissions = 0640"
    chgrp 4 "${log%/*}"
    chmod g+s "${log%/*}"
    rotate "folder with setgid"
    echo "packed: $(stat -c '%a %g' "$log".*.gz | sort | uniq -c | sed 's/^ *//')"
} | tee "$root/seen"
cat >"$root/wanted" <<'END'
as shipped: 600 0
maillog_file_permissions = 0640: 640 0
folder with setgid: 640 4
packed: 3 640 4
END
diff "$root/wanted" "$root/seen" && echo "as described"
