#!/bin/sh
# systemd 252: journalctl -o export and -o json give nothing, and no word, where the text formats say
# that the user may not read.
#
# Version:   systemd 252.39-1~deb12u2, Debian 12.
# Expected:  the format changes what is on standard output; warnings on standard error stay.
# Behaviour: -o export, -o json and its kin, and -o cat imply --quiet. A user outside the groups adm
#            and systemd-journal, who may read one file of several (as his own journal is), gets what
#            is in that file, exit code 0, and not the hint that the rest is hidden. An empty folder
#            is as silent. Only if no file at all may be read there is an error, and exit code 1.
# Seen:      one of two files    short: Hint: You are currently not seeing ...  export: nothing
#            an empty folder     short: No journal files were found.            export: nothing
#            none of the files   both: No journal files were opened due to insufficient permissions.
# Source:    src/journal/journalctl.c, arg_quiet is set where --output is read; journalctl(1) has
#            --quiet, and does not say it of --output.
# Why here:  a program that reads the journal takes export or json, and looks healthy while it sees
#            nothing. Ask once in a text format, with --lines=0.
# Needs:     root (another user reads), apt-get and dpkg-deb with Debian 12's packages in reach; seconds.
set -eu
. "$(dirname "$0")/journal-in-a-folder"
chmod 755 "$folder"
export LC_ALL=C.UTF-8
mkdir one-of-two none-of-them empty
for number in 1 2; do
    printf '__REALTIME_TIMESTAMP=179500000%s000000\n__MONOTONIC_TIMESTAMP=1\n_BOOT_ID=a0722fa0d02c48f19298dc5c1dff9678\nMESSAGE=%s\n\n' \
        "$number" "$number" >export
    lib/systemd/systemd-journal-remote --output="one-of-two/$number.journal" export >log 2>&1 || { cat log && exit 1; }
done
chmod 644 one-of-two/1.journal
chmod 600 one-of-two/2.journal
cp one-of-two/1.journal none-of-them
chmod 600 none-of-them/1.journal
chmod 755 one-of-two none-of-them empty
for place in one-of-two empty none-of-them; do
    for form in short export; do
        code=0
        setpriv --reuid=65534 --regid=65534 --clear-groups env LD_LIBRARY_PATH="$LD_LIBRARY_PATH" \
            bin/journalctl --directory="$folder/$place" --output=$form --no-pager >out 2>words || code=$?
        echo "$place, $form, exit code $code: $(grep -c . words || true) lines of warning: $(tail -1 words)"
    done
done | sed 's/  */ /g; s/ $//' | tee seen
cat >wanted <<'END'
one-of-two, short, exit code 0: 3 lines of warning: Pass -q to turn off this notice.
one-of-two, export, exit code 0: 0 lines of warning:
empty, short, exit code 0: 1 lines of warning: No journal files were found.
empty, export, exit code 0: 0 lines of warning:
none-of-them, short, exit code 1: 4 lines of warning: No journal files were opened due to insufficient permissions.
none-of-them, export, exit code 1: 1 lines of warning: No journal files were opened due to insufficient permissions.
END
diff wanted seen && echo "as described"
