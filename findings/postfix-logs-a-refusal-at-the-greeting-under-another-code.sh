#!/bin/sh
# Postfix 3.11.7: a refusal in the greeting is logged under a code that the receiver did not say.
#
# Version:   postfix 3.11.7-1, Debian sid; 3.7.11 of Debian 12 logs the same code.
# Expected:  dsn= is the enhanced code of the reply in the same line, as it is after any command.
# Behaviour: for a 5xx greeting the class becomes 4 and the rest is kept, and the mail is deferred.
#            The reply is quoted as it was, after "refused to talk to me:".
# Seen:      554 5.7.1 as greeting                dsn=4.7.1, status=deferred
#            554 without a code as greeting       dsn=4.0.0, status=deferred
#            554 5.7.1 in reply to MAIL FROM      dsn=5.7.1, status=bounced
# Source:    src/smtp/smtp_trouble.c, smtp_site_fail(); postconf(5), smtp_skip_5xx_greeting, says that the
#            next host is tried, and nothing of the code.
# Why here:  a blocklist at the receiver's door looks like 4.7.1, which elsewhere asks to come later.
# Needs:     see postfix-in-a-folder.
set -eu
. "$(dirname "$0")/postfix-in-a-folder"

start_postfix </dev/null
start_receivers <<'END'
2501 CONNECT 554 5.7.1 refused
2502 CONNECT 554 refused
2503 MAIL 554 5.7.1 refused
END
send 2501 2502 2503
wait_until logged 3 'to=<u@p.*status='
sed -n 's/.*to=<u@\(p[0-9]*\).*\(dsn=.*\)/\1 \2/p' "$log" | sort | tee "$root/seen"
cat >"$root/wanted" <<'END'
p2501 dsn=4.7.1, status=deferred (host 127.0.0.1[127.0.0.1] refused to talk to me: 554 5.7.1 refused)
p2502 dsn=4.0.0, status=deferred (host 127.0.0.1[127.0.0.1] refused to talk to me: 554 refused)
p2503 dsn=5.7.1, status=bounced (host 127.0.0.1[127.0.0.1] said: 554 5.7.1 refused (in reply to MAIL FROM command))
END
diff "$root/wanted" "$root/seen" && echo "as described"
