#!/bin/sh
# Postfix 3.11.7: "tls=may?" in a delivery record is no sign that TLS failed.
#
# Version:   postfix 3.11.7-1, Debian sid. The field is new in 3.11 and on by default.
# Expected:  new fields come at the end or behind an option, and tls=LEVEL? with dsn=4.7.5, "Cannot start
#            TLS", is the mark of a handshake that failed.
# Behaviour: tls= stands in the middle, between delays= and dsn=, which were neighbours before.
#            LEVEL? stands wherever no session came to the point where TLS is settled: a
#            handshake that broke, a 5xx greeting, a port where nobody listens, are all the same.
# Seen:      level may, no STARTTLS offered          tls=may:none, dsn=2.0.0
#            level may, lost in the handshake        tls=may?, dsn=4.7.5
#            level may, greeting 554 5.7.1           tls=may?, dsn=4.7.1
#            level may, connection refused           tls=may?, dsn=4.4.1
#            level encrypt, no STARTTLS offered      tls=!encrypt, dsn=4.7.4
#            level encrypt, connection refused       tls=encrypt?, dsn=4.4.1
# Source:    postconf(5) of 3.11, smtp_log_tls_feature_status; its example of "may?" speaks of connections that
#            were not made, that of "dane?" of handshakes, too.
# Why here:  a cause told by the mark would call each dead host a TLS problem; a pattern that wants dsn=
#            after delays= reads no delivery of 3.11.
# Needs:     see postfix-in-a-folder.
set -eu
. "$(dirname "$0")/postfix-in-a-folder"

start_postfix <<'END'
smtp_tls_security_level = may
smtp_tls_policy_maps = inline:{ { [127.0.0.1]:2505 = encrypt } { [127.0.0.1]:2506 = encrypt } }
END
# Nothing listens at 2504 and 2506.
start_receivers <<'END'
2501 RCPT 250 2.1.5 fine
2502 STARTTLS hang up
2503 CONNECT 554 5.7.1 refused
2505 RCPT 250 2.1.5 fine
END
send 2501 2502 2503 2504 2505 2506
wait_until logged 6 'to=<u@p.*status='
sed -n 's/.*to=<u@\(p[0-9]*\).*delays=[^,]*, \(.*\) (.*/\1 \2/p' "$log" | sort | tee "$root/seen"
cat >"$root/wanted" <<'END'
p2501 tls=may:none, dsn=2.0.0, status=sent
p2502 tls=may?, dsn=4.7.5, status=deferred
p2503 tls=may?, dsn=4.7.1, status=deferred
p2504 tls=may?, dsn=4.4.1, status=deferred
p2505 tls=!encrypt, dsn=4.7.4, status=deferred
p2506 tls=encrypt?, dsn=4.4.1, status=deferred
END
diff "$root/wanted" "$root/seen" && echo "as described"
