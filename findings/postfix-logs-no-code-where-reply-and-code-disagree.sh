#!/bin/sh
# Postfix 3.11.7: an enhanced code whose class is not that of the reply is not logged in dsn=.
#
# Version:   postfix 3.11.7-1, Debian sid.
# Expected:  dsn= is the enhanced code that the receiver said, or that code with the class of the reply, as
#            it is for a greeting.
# Behaviour: a code of another class than the reply's first digit is thrown away as a whole: dsn= is 4.0.0 or
#            5.0.0. It stands in the quoted reply alone. The reply decides whether the mail is tried again.
# Seen:      450 5.7.1      dsn=4.0.0, status=deferred
#            550 4.2.2      dsn=5.0.0, status=bounced
#            421 5.7.0      dsn=4.0.0, status=deferred
#            550 5.2.2      dsn=5.2.2, status=bounced
# Source:    src/smtp/smtp_chat.c, smtp_chat_resp(); postconf(5) does not speak of it.
# Why here:  receivers do say such (450 5.7.1 for greylisting, 550 4.2.2 for a full mailbox), and who counts by
#            dsn= finds them under a code that says nothing.
# Needs:     see postfix-in-a-folder.
set -eu
. "$(dirname "$0")/postfix-in-a-folder"

start_postfix </dev/null
start_receivers <<'END'
2501 RCPT 450 5.7.1 come again
2502 RCPT 550 4.2.2 full
2503 MAIL 421 5.7.0 not now
2504 RCPT 550 5.2.2 full
END
send 2501 2502 2503 2504
wait_until logged 4 'to=<u@p.*status='
sed -n 's/.*to=<u@\(p[0-9]*\).*\(dsn=.*\) (host [^ ]* said: \(.*\) (in .*/\1 \2 \3/p' "$log" | sort | tee "$root/seen"
cat >"$root/wanted" <<'END'
p2501 dsn=4.0.0, status=deferred 450 5.7.1 come again
p2502 dsn=5.0.0, status=bounced 550 4.2.2 full
p2503 dsn=4.0.0, status=deferred 421 5.7.0 not now
p2504 dsn=5.2.2, status=bounced 550 5.2.2 full
END
diff "$root/wanted" "$root/seen" && echo "as described"
