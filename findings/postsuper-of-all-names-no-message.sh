#!/bin/sh
# Postfix 3.11.7: postsuper with ALL deletes and requeues messages without a line that names them.
#
# Version:   postfix 3.11.7-1, Debian sid.
# Expected:  `postsuper -d ALL` logs what `postsuper -d ID` logs, for each message.
# Behaviour: with an id, or with ids on standard input (-), each message has its line, "ID: removed" or
#            "ID: requeued". With ALL there is one line with the number of messages. What -r ALL
#            requeued is named afterwards, when pickup gives it a new id ("NEW: ... orig_id=OLD").
#            What -d ALL deleted is named nowhere.
# Seen:      postsuper -r ID     "ID: requeued",  "Requeued: 1 message"
#            postsuper -r ALL    "Requeued: 2 messages"
#            pickup, afterwards  an orig_id= for each of the three
#            postsuper -d -      "ID: removed",   "Deleted: 1 message"
#            postsuper -d ALL    "Deleted: 3 messages"
# Source:    src/postsuper/postsuper.c: delete_one() and requeue_one() log, super(), which does ALL, counts.
#            postsuper(1), DIAGNOSTICS, speaks of the number only.
# Why here:  who keeps in mind which messages wait, by the lines of the log, waits for ever for those.
# Needs:     see postfix-in-a-folder.
set -eu
. "$(dirname "$0")/postfix-in-a-folder"

start_postfix </dev/null
# Nothing listens at any port: what is sent waits.
send 2501 2502 2503
wait_until logged 3 'to=<u@p.*status=deferred'

an_id() {
    chroot "$root" postqueue -j | sed -n '1s/.*"queue_id": "\([^"]*\)".*/\1/p'
}

# postsuper with these options, and its lines of the log up to the sum; ids become ID.
runs=0
run() {
    runs=$((runs + 1))
    before=$(wc -l <"$log")
    chroot "$root" postsuper "$@" 2>>"$root/out"
    wait_until logged $runs 'postsuper.*: \(Requeued\|Deleted\): '
    echo "postsuper $*: $(tail -n "+$((before + 1))" "$log" | sed -n 's/.*postsuper[^ ]* //p' | paste -sd, -)" |
        sed 's/[0-9A-F]\{10,\}/ID/g'
}

{
    run -r "$(an_id)"
    run -r ALL
    # One message more wakes pickup, which gives the requeued ones their new ids.
    send 2504
    wait_until logged 7 'to=<u@p.*status=deferred'
    echo "pickup: $(grep -c 'pickup.* orig_id=' "$log") orig_id="
    an_id >"$root/ids"
    run -d - <"$root/ids"
    run -d ALL
} | tee "$root/seen"
cat >"$root/wanted" <<'END'
postsuper -r ID: ID: requeued,Requeued: 1 message
postsuper -r ALL: Requeued: 2 messages
pickup: 3 orig_id=
postsuper -d -: ID: removed,Deleted: 1 message
postsuper -d ALL: Deleted: 3 messages
END
diff "$root/wanted" "$root/seen" && echo "as described"
