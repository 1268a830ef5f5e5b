#!/bin/sh
# Postfix 3.11.7: the line of a TLS session has one more field where the client asked for a name that is served.
#
# Version:   postfix 3.11.7-1, Debian sid; since 3.4, which brought tls_server_sni_maps.
# Expected:  "TLS connection established from CLIENT: PROTOCOL with cipher ...", whatever the client asked for.
# Behaviour: with a certificate of tls_server_sni_maps, " to NAME" stands between the client and the colon.
#            A name that no map has, or none at all, leaves the line as it was.
# Seen:      no name               from localhost[127.0.0.1]: TLSv1.3
#            other.example         from localhost[127.0.0.1]: TLSv1.3
#            mx2.sender.example    from localhost[127.0.0.1] to mx2.sender.example: TLSv1.3
# Source:    postconf(5), tls_server_sni_maps; the line itself is not described there.
# Why here:  a pattern that wants the colon right behind the client counts no session of a server for several
#            names, and one that takes the word behind the client for the protocol counts names.
# Needs:     openssl, and see postfix-in-a-folder.
set -eu
. "$(dirname "$0")/postfix-in-a-folder"

for name in mx1 mx2; do
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj "/CN=$name.sender.example" \
        -keyout "$root/etc/$name.key" -out "$root/etc/$name.crt" 2>/dev/null
    cat "$root/etc/$name.key" "$root/etc/$name.crt" >"$root/etc/$name.pem"
done
start_postfix <<'END'
smtpd_tls_security_level = may
smtpd_tls_loglevel = 1
smtpd_tls_chain_files = /etc/mx1.pem
tls_server_sni_maps = inline:{ { mx2.sender.example = /etc/mx2.pem } }
END
sessions=0
for name in -noservername "-servername other.example" "-servername mx2.sender.example"; do
    printf 'QUIT\r\n' | openssl s_client -starttls smtp -connect 127.0.0.1:25 $name -quiet >"$root/client" 2>&1 || true
    sessions=$((sessions + 1))
    wait_until logged $sessions 'TLS connection established from'
done
sed -n 's/.*TLS connection established \(from .*: TLSv1.3\) .*/\1/p' "$log" | tee "$root/seen"
cat >"$root/wanted" <<'END'
from localhost[127.0.0.1]: TLSv1.3
from localhost[127.0.0.1]: TLSv1.3
from localhost[127.0.0.1] to mx2.sender.example: TLSv1.3
END
diff "$root/wanted" "$root/seen" && echo "as described"
