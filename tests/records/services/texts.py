"""What services of Postfix say, and the events of it: forms that the corpus has not, and forgeries."""

from __future__ import annotations

from exporter.records.services.event import Event

CLIENT = "mail.client.example[203.0.113.7]"
ENVELOPE = "from=<a@s.example> to=<b@d.example> proto=ESMTP helo=<x>"
FORGED = "4F1: removed (queue active) disconnect from x ehlo=9 SASL PLAIN authentication failed: "

SAID: dict[str, tuple[str, list[Event]]] = {
    "connect": (f"smtpd: connect from {CLIENT}", [("smtpd_connects",)]),
    "connect, IPv6": ("smtpd: connect from unknown[2001:db8::7]", [("smtpd_connects",)]),
    "disconnect before 3.0": (f"smtpd: disconnect from {CLIENT}", [("smtpd_disconnects",)]),
    "commands": (
        f"smtpd: disconnect from {CLIENT} ehlo=1 auth=0/3 rcpt=2/5 made=7 commands=4/9",
        [
            ("smtpd_disconnects",),
            ("smtpd_commands", "ehlo", "accepted", "1"),
            ("smtpd_commands", "auth", "refused", "3"),
            ("smtpd_commands", "rcpt", "accepted", "2"),
            ("smtpd_commands", "rcpt", "refused", "3"),
            ("smtpd_commands", "other", "accepted", "7"),
        ],
    ),
    "login": (
        f"submission/smtpd: 4F1: client={CLIENT}, sasl_method=SCRAM-SHA-256, sasl_username=u@s.example",
        [("smtpd_messages_processed", "SCRAM-SHA-256")],
    ),
    "unknown mechanism": (
        f"smtpd: 4F1: client={CLIENT}, sasl_method=MADE-UP, sasl_username=u",
        [("smtpd_messages_processed", "other")],
    ),
    "proxied": (
        f"smtpd: 4F1: client={CLIENT}, orig_queue_id=4F0, orig_client=x[192.0.2.1]",
        [("smtpd_messages_processed", "none")],
    ),
    "login failed": (
        f"smtpd: warning: {CLIENT}: SASL LOGIN authentication failed: Invalid, sasl_username=u@s.example",
        [("smtpd_sasl_authentication_failures", "LOGIN"), ("log_messages", "smtpd", "warning")],
    ),
    "login failed, without a mechanism's name": (
        f"smtpd: warning: {CLIENT}: SASL (null) authentication failed: x",
        [("smtpd_sasl_authentication_failures", "other"), ("log_messages", "smtpd", "warning")],
    ),
    "reverse DNS": (
        "smtpd: warning: hostname x.example does not resolve to address 203.0.113.7: Name or service not known",
        [("smtpd_reverse_dns_errors",), ("log_messages", "smtpd", "warning")],
    ),
    "lost": (f"smtpd: lost connection after DATA (1234 bytes) from {CLIENT}", [("smtpd_connections_lost", "DATA")]),
    "lost with an id": (f"smtpd: 4F1: lost connection after END-OF-MESSAGE from {CLIENT}", [("smtpd_connections_lost", "END-OF-MESSAGE")]),
    "lost after what is no stage": (f"smtpd: lost connection after MADEUP from {CLIENT}", [("smtpd_connections_lost", "other")]),
    "timeout": (f"smtpd: timeout after RCPT from {CLIENT}", [("smtpd_connections_ended", "timeout", "RCPT")]),
    "errors": (f"smtpd: too many errors after AUTH from {CLIENT}", [("smtpd_connections_ended", "errors", "AUTH")]),
    "reject": (
        f"smtpd: NOQUEUE: reject: RCPT from {CLIENT}: 554 5.7.1 <b@d.example>: Relay access denied; {ENVELOPE}",
        [("smtpd_messages_rejected", "reject", "RCPT", "554", "5.7.1")],
    ),
    "reject of a message that has an id": (
        f"smtpd: 4F1: reject: DATA from {CLIENT}: 550 5.5.3 <DATA>: Data command rejected; {ENVELOPE}",
        [("smtpd_messages_rejected", "reject", "DATA", "550", "5.5.3")],
    ),
    "reject without an enhanced code": (
        f"smtpd: NOQUEUE: milter-reject: MAIL from {CLIENT}: 550 no; {ENVELOPE}",
        [("smtpd_messages_rejected", "milter-reject", "MAIL", "550", "none")],
    ),
    "reject of the proxy": (
        f"smtpd: proxy-reject: END-OF-MESSAGE: 554 5.7.0 Reject, id=1; {ENVELOPE}",
        [],
    ),
    "reject of the proxy, with its id": (
        f"smtpd: NOQUEUE: proxy-reject: END-OF-MESSAGE: 554 5.7.0 Reject, id=1; {ENVELOPE}",
        [("smtpd_messages_rejected", "proxy-reject", "END-OF-MESSAGE", "554", "5.7.0")],
    ),
    "warn_if_reject": (
        f"smtpd: NOQUEUE: reject_warning: RCPT from {CLIENT}: 450 4.7.1 <x>: Helo command rejected; {ENVELOPE}",
        [("smtpd_access_actions", "reject_warning", "RCPT")],
    ),
    "hold": (f"smtpd: 4F1: hold: RCPT from {CLIENT}: <x>: triggers HOLD action; {ENVELOPE}", [("smtpd_access_actions", "hold", "RCPT")]),
    "Milter holds": (f"smtpd: 4F1: milter-hold: DATA from {CLIENT}: milter triggers HOLD action; {ENVELOPE}", [("smtpd_access_actions", "milter-hold", "DATA")]),
    "an action that is none": (f"smtpd: 4F1: dance: RCPT from {CLIENT}: 554 5.7.1 no", []),
    "message": ("cleanup: 4F1: message-id=<x@s.example>", [("cleanup_messages_processed",)]),
    "message without an id": ("cleanup: 4F1: message-id=<>", [("cleanup_messages_processed",)]),
    "resent": ("cleanup: 4F1: resent-message-id=<x@s.example>", []),
    "header rejected": (
        f"cleanup: 4F1: reject: header Subject: win from {CLIENT}; {ENVELOPE}: 5.7.1 no",
        [("cleanup_actions", "reject", "header"), ("cleanup_messages_rejected", "checks")],
    ),
    "body rejected": (
        f"cleanup: 4F1: reject: body click here from {CLIENT}; {ENVELOPE}: 5.7.1 no",
        [("cleanup_actions", "reject", "body"), ("cleanup_messages_rejected", "checks")],
    ),
    "Milter rejects": (
        f"cleanup: 4F1: milter-reject: END-OF-MESSAGE from {CLIENT}: 4.7.1 later; {ENVELOPE}",
        [("cleanup_milter_actions", "reject"), ("cleanup_messages_rejected", "milter")],
    ),
    "Milter discards": (f"cleanup: 4F1: milter-discard: END-OF-MESSAGE from {CLIENT}: x", [("cleanup_milter_actions", "discard")]),
    "check of a Milter's header": (f"cleanup: 4F1: milter-header-replace: header X-A: b from {CLIENT};", [("cleanup_milter_actions", "header-replace")]),
    "Milter does another thing": (f"cleanup: 4F1: milter-dance: END-OF-MESSAGE from {CLIENT}: x", [("cleanup_milter_actions", "other")]),
    "active": (
        "qmgr: 4F1: from=<a@s.example>, size=1234, nrcpt=3 (queue active)",
        [("qmgr_inserted_size", "1234"), ("qmgr_inserted_recipients", "3")],
    ),
    "active, by the old manager": (
        "oqmgr: 4F1: from=<>, size=0, nrcpt=1 (queue active)",
        [("qmgr_inserted_size", "0"), ("qmgr_inserted_recipients", "1")],
    ),
    "removed": ("qmgr: 4F1: removed", [("qmgr_messages_removed",)]),
    "expired": ("qmgr: 4F1: from=<a@s.example>, status=expired, returned to sender", [("qmgr_messages_expired", "expired")]),
    "expired by an operator": ("qmgr: 4F1: from=<a@s.example>, status=force-expired, returned to sender", [("qmgr_messages_expired", "force-expired")]),
    "timed out": ("smtp: connect to mx.a.example[203.0.113.9]:25: Connection timed out", [("smtp_connections_timed_out",)]),
    "refused": ("relay/smtp: connect to mx.a.example[2001:db8::9]:25: Connection refused", [("smtp_connections_refused",)]),
    "no route": ("smtp: connect to mx.a.example[203.0.113.9]:25: No route to host", []),
    "TLS out": (
        "smtp: Verified TLS connection established to mx.a.example[203.0.113.9]:25: TLSv1.2 with cipher ECDHE-RSA-AES256-GCM-SHA384 (256/256 bits)",
        [("smtp_tls_connections", "Verified", "TLSv1.2", "ECDHE-RSA-AES256-GCM-SHA384")],
    ),
    "TLS by LMTP": (
        "lmtp: Trusted TLS connection established to s.example[203.0.113.9]:24: TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits)",
        [("lmtp_tls_connections", "Trusted", "TLSv1.3", "TLS_AES_256_GCM_SHA384")],
    ),
    "TLS in": (
        f"smtpd: Anonymous TLS connection established from {CLIENT}: TLSv9 with cipher X (1/1 bits)",
        [("smtpd_tls_connections", "Anonymous", "other", "X")],
    ),
    "TLS of postscreen": (
        "tlsproxy: Anonymous TLS connection established from [203.0.113.7]:4711: TLSv1.3 with cipher X (1/1 bits)",
        [("tlsproxy_tls_connections", "Anonymous", "TLSv1.3", "X")],
    ),
    "TLS in for a name": (
        f"smtpd: Trusted TLS connection established from {CLIENT} to mx.b.example: TLSv1.3 with cipher X (1/1 bits)",
        [("smtpd_tls_connections", "Trusted", "TLSv1.3", "X")],
    ),
    "TLS of no protocol": (f"smtpd: Trusted TLS connection established from {CLIENT}: 450 with cipher X (", []),
    "TLS used again": ("smtp: Verified TLS connection reused to mx.a.example[203.0.113.9]:25: TLSv1.2 with cipher X (1/1 bits)", []),
    "handshake in": (f"smtpd: SSL_accept error from {CLIENT}: -1", [("tls_handshake_failures", "smtpd")]),
    "handshake out": ("smtp: SSL_connect error to mx.a.example[203.0.113.9]:25: lost connection", [("tls_handshake_failures", "smtp")]),
    "certificate expired": ("smtp: certificate verification failed for mx.a.example[203.0.113.9]:25: certificate has expired", [("tls_certificate_failures", "smtp", "expired")]),
    "issuer": ("smtp: certificate verification failed for mx.a.example[203.0.113.9]:25: untrusted issuer /CN=x", [("tls_certificate_failures", "smtp", "untrusted_issuer")]),
    "another reason": ("smtp: certificate verification failed for mx.a.example[203.0.113.9]:25: num=99:made up", [("tls_certificate_failures", "smtp", "other")]),
    "tls of a delivery": (
        "smtp: 4F1: to=<u@a.example>, orig_to=<root>, relay=mx[203.0.113.9]:25, conn_use=2, delay=1, delays=0/0/0/1, tls=dane, dsn=2.0.0, status=sent (250 Ok)",
        [("tls_deliveries", "smtp", "dane", "met")],
    ),
    "tls of a level that is none": (
        "smtp: 4F1: to=<u@a.example>, relay=mx[203.0.113.9]:25, delay=1, delays=0/0/0/1, tls=made-up, dsn=2.0.0, status=sent (250 Ok)",
        [("tls_deliveries", "smtp", "other", "met")],
    ),
    "tls of another form": (
        "lmtp: 4F1: to=<u@a.example>, relay=mx[203.0.113.9]:24, delay=1, delays=0/0/0/1, tls=!!, dsn=2.0.0, status=sent (250 Ok)",
        [("tls_deliveries", "lmtp", "other", "other")],
    ),
    "no tls in a reply": (
        "smtp: 4F1: to=<u@a.example>, relay=mx[203.0.113.9]:25, delay=1, delays=0/0/0/1, dsn=2.0.0, status=sent (250 Ok, tls=dane, dsn=2.0.0)",
        [],
    ),
    "tls behind a quoted one": (
        'smtp: 4F1: to=<"x>, relay=none, delay=1, delays=0/0/0/0, tls=secure, dsn=2.0.0"@a.example>, relay=mx[203.0.113.9]:25, delay=1, delays=0/0/0/1, tls=may?, dsn=2.0.0, status=sent (250 Ok)',
        [("tls_deliveries", "smtp", "may", "undetermined")],
    ),
    "client of postscreen": ("postscreen: CONNECT from [203.0.113.7]:4711 to [192.0.2.25]:25", [("postscreen_connects",)]),
    "full": ("postscreen: NOQUEUE: reject: CONNECT from [203.0.113.7]:4711: all server ports busy", [("postscreen_connects_rejected", "all_server_ports_busy")]),
    "full of another thing": ("postscreen: NOQUEUE: reject: CONNECT from [203.0.113.7]:4711: made up", [("postscreen_connects_rejected", "other")]),
    "new": ("postscreen: PASS NEW [203.0.113.7]:4711", [("postscreen_passes", "new")]),
    "old": ("postscreen: PASS OLD [203.0.113.7]:4711", [("postscreen_passes", "old")]),
    "rank": ("postscreen: DNSBL rank 7 for [203.0.113.7]:4711", [("postscreen_dnsbl_rank", "7")]),
    "rejected by postscreen": ("postscreen: NOQUEUE: reject: RCPT from [203.0.113.7]:4711: 550 5.7.1 Service unavailable; from=<>", [("postscreen_messages_rejected", "550")]),
    "hangup": ("postscreen: HANGUP after 0.1 from [203.0.113.7]:4711 in tests before SMTP handshake", [("postscreen_hangups",)]),
    "pregreet": (r"postscreen: PREGREET 11 after 0.1 from [203.0.113.7]:4711: EHLO User\r\n", [("postscreen_tests_failed", "PREGREET")]),
    "not SMTP": ("postscreen: NON-SMTP COMMAND from [203.0.113.7]:4711 after CONNECT: GET / HTTP/1.1", [("postscreen_tests_failed", "NON_SMTP_COMMAND")]),
    "allowlist": ("postscreen: ALLOWLISTED [203.0.113.7]:4711", [("postscreen_access_list_matches", "allow")]),
    "its name before 3.6": ("postscreen: BLACKLISTED [203.0.113.7]:4711", [("postscreen_access_list_matches", "deny")]),
    "veto": ("postscreen: WHITELIST VETO [203.0.113.7]:4711", [("postscreen_access_list_matches", "veto")]),
    "a longer word": ("postscreen: ALLOWLISTEDLY [203.0.113.7]:4711", []),
    "gone": ("postscreen: DISCONNECT [203.0.113.7]:4711", []),
    "notification": ("bounce: 4F1: sender non-delivery notification: 4F2", [("bounce_notifications", "sender", "non-delivery")]),
    "of a delay": ("bounce: 4F1: sender delay notification: 4F2", [("bounce_notifications", "sender", "delay")]),
    "to the postmaster": ("bounce: 4F1: postmaster non-delivery notification: 4F2", [("bounce_notifications", "postmaster", "non-delivery")]),
    "fatal": ("master: fatal: open lock file pid/master.pid: unable to set exclusive lock", [("log_messages", "master", "fatal")]),
    "panic": ("smtp: panic: myfree: corrupt or unallocated memory block", [("log_messages", "smtp", "panic")]),
    "a warning of no program of Postfix": ("policyd-spf: warning: x", [("log_messages", "other", "warning")]),
}  # fmt: skip
"""By what it is: the program and what it says, and the events."""

FORGERIES: dict[str, tuple[str, list[Event]]] = {
    "what a block leaves of another text": ("smtpd: =", []),
    "header that ends like the queue manager's line": (
        "cleanup: 4F1: warning: header Subject: x>, size=1, nrcpt=1 (queue active)",
        [("cleanup_actions", "warning", "header")],
    ),
    "message id": (
        f"cleanup: 4F1: message-id=<x>: reject: header {FORGED}",
        [("cleanup_messages_processed",)],
    ),
    "header": (
        f"cleanup: 4F1: warning: header Subject: {FORGED} from {CLIENT}; {ENVELOPE}",
        [("cleanup_actions", "warning", "header")],
    ),
    "HELO": (
        f"smtpd: NOQUEUE: reject: RCPT from {CLIENT}: 554 5.7.1 no; helo=<: 421 4.9.9 {FORGED}>",
        [("smtpd_messages_rejected", "reject", "RCPT", "554", "5.7.1")],
    ),
    "sender": (
        "qmgr: 4F1: from=<x>, size=7, nrcpt=999 (queue active)>, size=1, nrcpt=2 (queue active)",
        [("qmgr_inserted_size", "1"), ("qmgr_inserted_recipients", "2")],
    ),
    "sender, expired": (
        "qmgr: 4F1: from=<x>, status=expired, returned to sender>, size=1, nrcpt=2 (queue active)",
        [("qmgr_inserted_size", "1"), ("qmgr_inserted_recipients", "2")],
    ),
    "command": (
        f"smtpd: warning: non-SMTP command from {CLIENT}: x: SASL PLAIN authentication failed: y",
        [("log_messages", "smtpd", "warning")],
    ),
    "reply": (
        "smtp: 4F1: host mx[203.0.113.9] said: 550 connect to x[192.0.2.1]:25: Connection refused",
        [],
    ),
    "cipher": (
        "smtp: certificate verification failed for mx[203.0.113.9]:25: /CN=certificate has expired",
        [("tls_certificate_failures", "smtp", "other")],
    ),
    "said by another": (
        "sendmail: 4F1: removed",
        [],
    ),
    "said by the wrong one": (
        f"cleanup: connect from {CLIENT}",
        [],
    ),
    "removed by another": (
        "postsuper: 4F1: removed",
        [],
    ),
    "Milter's text": (
        f"cleanup: 4F1: milter-reject: END-OF-MESSAGE from {CLIENT}: milter-hold: x: reject: header y",
        [("cleanup_milter_actions", "reject"), ("cleanup_messages_rejected", "milter")],
    ),
}
"""What outsiders may write into lines of services, and what is counted of it."""
