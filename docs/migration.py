"""What other Postfix exporters and pflogsumm show, and where it is here: the data of docs/migration.md.

In: nothing. Out: rows, of which tests hold each name against what the exporter has.
"""

from __future__ import annotations

from typing import NamedTuple


class Row(NamedTuple):
    """A metric of theirs, what has it here, and where the two differ."""

    theirs: str
    ours: str
    difference: str = ""


SAME = "the same"

GO = (
    Row("postfix_up{path}", "`postfix_up`", "of the queue, where it is [read](queue.md); of the log `postfix_exporter_log_readable`"),
    Row("postfix_showq_message_size_bytes{queue}, postfix_showq_message_age_seconds{queue}", "`postfix_showq_message_size_bytes`, `postfix_showq_message_age_seconds`", "with the label `path`, for there may be several queues"),
    Row("postfix_showq_queue_depth{queue}", "`postfix_showq_queue_depth`", "with `path`"),
    Row("postfix_cleanup_messages_processed_total", "`postfix_cleanup_messages_processed_total`", "theirs wants `: message-id=<` anywhere in a line: it misses a Message-ID without brackets, and counts a header that quotes one"),
    Row("postfix_cleanup_messages_rejected_total", '`postfix_cleanup_messages_rejected_total{by="checks"}`', "theirs wants `: reject: ` anywhere in a line, which a sender can write into a Subject; Milters are not in it"),
    Row("postfix_cleanup_messages_not_accepted_total", "", "theirs is never counted"),
    Row("postfix_cleanup_actions_total{action, part} (patrickdk77)", "`postfix_cleanup_actions_total`", SAME),
    Row("postfix_smtp_delivery_delay_seconds{stage}", "`postfix_delivery_delay_seconds{stage}`", 'theirs has `stage=""` for all four parts (Hsn723, kumina), and counts each retry; ours is of first attempts at remote destinations'),
    Row("postfix_lmtp_delivery_delay_seconds, postfix_pipe_delivery_delay_seconds", "", "no delays of deliveries on this host; with LMTP in `agents` its delays are in `postfix_delivery_delay_seconds`"),
    Row("postfix_qmgr_messages_inserted_receipients", "`postfix_qmgr_messages_inserted_recipients`", "the name is spelt right, as Hsn723 has it, too; kumina has the other one only"),
    Row("postfix_qmgr_messages_inserted_recipients, postfix_qmgr_messages_inserted_size_bytes", "`postfix_qmgr_messages_inserted_recipients`, `postfix_qmgr_messages_inserted_size_bytes`", "the same buckets, and as there each retry counts; a sender that holds `, size=1, nrcpt=1 ` changes nothing here"),
    Row("postfix_qmgr_messages_removed_total", "`postfix_qmgr_messages_removed_total`", SAME),
    Row("postfix_qmgr_messages_expired_total", "`postfix_qmgr_messages_expired_total`", "with the label `status`: what an operator gave up is `force-expired`; patrickdk77's `postfix_qmgr_statuses_total{status}` is this"),
    Row("postfix_smtp_messages_processed_total{status}", '`postfix_agent_delivery_attempts_total{agent="smtp"}`', "theirs misses services with a slash (`postfix/relay/smtp`) unless they are listed, and what `error` defers"),
    Row("postfix_smtp_status_deferred, postfix_smtp_deferred_messages_total", '`postfix_agent_delivery_attempts_total{agent="smtp", status="deferred"}`', "the second one of theirs is never counted"),
    Row("postfix_smtp_deferred_messages_by_dsn_total{dsn}, postfix_smtp_bounced_messages_by_dsn_total{dsn}", "`postfix_delivery_attempts_total{status, dsn_code, domain, provider, cause, repeat}`", "`sum by (dsn_code)`; theirs takes the first `, dsn=` of a line, which a quoted recipient can forge, and has a series for each code that a receiver makes up"),
    Row("postfix_smtp_connection_timed_out_total", "`postfix_smtp_connection_timed_out_total`", "with IPv6, too"),
    Row("postfix_smtp_connection_refused_total (patrickdk77)", "`postfix_smtp_connection_refused_total`", SAME),
    Row("postfix_smtp_tls_connections_total, postfix_smtpd_tls_connections_total{trust, protocol, cipher, secret_bits, algorithm_bits}", "`postfix_smtp_tls_connections_total`, `postfix_smtpd_tls_connections_total`", "without the bits, which follow from the cipher; with sessions for a name that a client asked for (`tls_server_sni_maps`), which theirs misses; tlsproxy and LMTP have their own"),
    Row("postfix_smtpd_connects_total, postfix_smtpd_disconnects_total", "`postfix_smtpd_connects_total`, `postfix_smtpd_disconnects_total`", "with services that have a slash, as `postfix/submission/smtpd`: Hsn723 and kumina miss these"),
    Row("postfix_smtpd_forward_confirmed_reverse_dns_errors_total", "`postfix_smtpd_forward_confirmed_reverse_dns_errors_total`", SAME),
    Row("postfix_smtpd_connections_lost_total{after_stage}", "`postfix_smtpd_connections_lost_total`", "theirs misses `END-OF-MESSAGE`, for a hyphen is no letter, and `DATA (1234 bytes)`"),
    Row("postfix_smtpd_messages_processed_total{sasl_method}", "`postfix_smtpd_messages_processed_total`", '`sasl_method="none"` without login, where kumina has `""` and Hsn723 `"NONE"`; kumina\'s has a comma at the end of a method'),
    Row("postfix_smtpd_messages_rejected_total{code}", '`sum by (code) (postfix_smtpd_messages_rejected_total{action="reject", stage="RCPT"})`', "theirs counts `NOQUEUE: reject: RCPT` alone; ours every stage, Milters and proxies, and rejects of a message that has a queue id"),
    Row("postfix_access_actions_total{action, command, code, enhanced_code, text} (patrickdk77)", "`postfix_smtpd_messages_rejected_total{action, stage, code, dsn_code}`, `postfix_smtpd_access_actions_total{action, stage}`", "without texts"),
    Row("postfix_smtpd_sasl_authentication_failures_total", "`postfix_smtpd_sasl_authentication_failures_total`", "with the label `sasl_method` (patrickdk77: `method`)"),
    Row("postfix_bounce_non_delivery_notification_total", "`postfix_bounce_non_delivery_notification_total`", SAME),
    Row("postfix_bounce_delivery_status_notification_total (patrickdk77)", '`postfix_bounce_notifications_total{recipient="sender", type="delivery status"}`', SAME),
    Row("postfix_bounce_notifications_total{recipient, type} (patrickdk77)", "`postfix_bounce_notifications_total`", SAME),
    Row("postfix_virtual_delivered_total", '`postfix_agent_delivery_attempts_total{agent="virtual", status="sent"}`', SAME),
    Row("postfix_postscreen_connects_total, _connects_rejected_total{reason}, _passes_total{type}, _dnsbl_rank, _messages_rejected_total{code}, _tests_failed_total{test}, _hangups_total, _access_list_matches_total{action} (patrickdk77)", "`postfix_postscreen_connects_total`, `postfix_postscreen_connects_rejected_total`, `postfix_postscreen_passes_total`, `postfix_postscreen_dnsbl_rank`, `postfix_postscreen_messages_rejected_total`, `postfix_postscreen_tests_failed_total`, `postfix_postscreen_hangups_total`, `postfix_postscreen_access_list_matches_total`", "`reason` has `_` for blanks; rejects of every stage and not of RCPT alone; `action` may be `veto`"),
    Row("postfix_unsupported_log_entries_total{service, level}", "`postfix_log_messages_total{service, severity}`", "the levels; lines that could not be read are `postfix_exporter_log_lines_total{result=\"unparsed\"}`"),
    Row("postfix_log_entries_total{severity}, postfix_foreign_log_entries_total (patrickdk77)", "`postfix_log_messages_total`, `postfix_exporter_log_lines_total{result}`", "warnings and worse by program; all lines by what they are"),
    Row("postfix_messages_received_total, postfix_master_events_total, postfix_master_process_failures_total, postfix_master_throttles_total, postfix_delivery_statuses_total (patrickdk77)", '`postfix_cleanup_messages_processed_total`, `postfix_log_messages_total{service="master"}`, `postfix_agent_delivery_attempts_total`', "nearest to it; starts and reloads of Postfix are not counted"),
    Row("opendkim_signatures_added_total", "", "no: of Postfix' lines only"),
)  # fmt: skip
"""kumina/postfix_exporter, Hsn723/postfix_exporter (Debian's) and patrickdk77's fork of that."""

SERGEYMAKINEN = (
    Row("postfix_connects_total, postfix_disconnects_total{subprogram}", "`postfix_smtpd_connects_total`, `postfix_smtpd_disconnects_total`", "smtpd's; postscreen's are `postfix_postscreen_connects_total`"),
    Row("postfix_lost_connections_total{subprogram}", "`postfix_smtpd_connections_lost_total{after_stage}`", "smtpd's"),
    Row("postfix_not_resolved_hostnames_total{subprogram}", "`postfix_smtpd_forward_confirmed_reverse_dns_errors_total`", SAME),
    Row("postfix_statuses_total{subprogram, status}", "`postfix_agent_delivery_attempts_total{agent, status}`", SAME),
    Row("postfix_delay_seconds{subprogram, status}", "`postfix_delivery_seconds{provider}`, `postfix_delivery_delay_seconds{stage}`", "of what was delivered to remote destinations, by provider, and of its four parts: histograms that can be summed, instead of quantiles that cannot"),
    Row("postfix_status_replies_total, postfix_smtp_replies_total{code, enhanced_code, text}", "`postfix_delivery_attempts_total{dsn_code, cause}`, `postfix_refusal_reasons_total{reason}`", "what a reply means is told by rules that are [data](codes.md), not by patterns of one's own"),
    Row("postfix_milter_actions_total{subprogram, action}", '`postfix_cleanup_milter_actions_total{action}`, `postfix_smtpd_messages_rejected_total{action="milter-reject"}`, `postfix_smtpd_access_actions_total{action}`', "cleanup's and smtpd's"),
    Row("postfix_login_failures_total{subprogram, method}", "`postfix_smtpd_sasl_authentication_failures_total{sasl_method}`", SAME),
    Row("postfix_qmgr_statuses_total{status}", "`postfix_qmgr_messages_expired_total{status}`", SAME),
    Row("postfix_logs_total{subprogram, severity}", "`postfix_log_messages_total{service, severity}`", "without `info`, which is `postfix_exporter_log_lines_total`"),
    Row("postfix_noqueue_reject_replies_total{subprogram, command, code, enhanced_code, text}", "`postfix_smtpd_messages_rejected_total{action, stage, code, dsn_code}`, `postfix_postscreen_messages_rejected_total{code}`", "with rejects of a message that has a queue id; without texts"),
    Row("postfix_postscreen_actions_total{action}", "`postfix_postscreen_tests_failed_total{test}`, `postfix_postscreen_passes_total{type}`, `postfix_postscreen_access_list_matches_total{action}`, `postfix_postscreen_hangups_total`", "apart by what they mean; `DISCONNECT` and commands without a valid recipient are not counted"),
    Row("postfix_unsupported_total, postfix_foreign_total, postfix_errors_total", "`postfix_exporter_log_lines_total{result}`", "by what a line is"),
)  # fmt: skip
"""sergeymakinen/postfix_exporter 2."""

PFLOGSUMM = (
    Row("received", "`increase(postfix_cleanup_messages_processed_total[1d])`", "with Postfix' own notifications, and a second time for each content filter"),
    Row("delivered, deferred, bounced", "`increase(postfix_agent_delivery_attempts_total[1d])`", "by agent and status; `deferred` is attempts here as there"),
    Row("rejected, by reason", "`increase(postfix_smtpd_messages_rejected_total[1d])`", "by stage, reply and enhanced code; the reason's text is in the log"),
    Row("reject warnings, held, discarded", "`increase(postfix_smtpd_access_actions_total[1d])`, `increase(postfix_cleanup_actions_total[1d])`"),
    Row("bytes received", "`increase(postfix_qmgr_messages_inserted_size_bytes_sum[1d])`", "with retries"),
    Row("per-hour and per-day traffic", "any of these over `[1h]`, `[1d]`", "in Grafana"),
    Row("host/domain summary: message delivery, deferrals, average and maximum delay", "`postfix_delivery_attempts_total`, `postfix_deferred_recipients`", "by domain and provider, the busiest `domains.limit`; delays are not by domain"),
    Row("senders and recipients by message count and size", "", "no address is ever a label"),
    Row("message deferral and bounce detail", "`postfix-triage mail.log`, `postfix_refusal_reasons_total`", "who refused and why, with examples; see [triage.md](triage.md)"),
    Row("smtpd connections, hosts, time", "`increase(postfix_smtpd_connects_total[1d])`", "without hosts and times"),
    Row("warnings, fatal errors, panics", "`increase(postfix_log_messages_total[1d])`", "by program; the text is in the log"),
    Row("master daemon messages", '`increase(postfix_log_messages_total{service="master"}[1d])`', "warnings and worse"),
)  # fmt: skip
"""The sections of pflogsumm's report."""


class Flag(NamedTuple):
    """A flag of theirs that means the same here."""

    theirs: str
    ours: str
    of: str = "all"


ACCEPTED = (
    Flag("--web.listen-address", "`--web.listen-address`, default `:9154` as in kumina's and Hsn723's; sergeymakinen's is 9907"),
    Flag("--web.telemetry-path", "the same"),
    Flag("--web.config.file", "the same, in the format of exporter-toolkit", "Hsn723, sergeymakinen"),
    Flag("--postfix.logfile_path", "`--postfix.logfile-path`; the default is the first usual log that exists, else the journal", "kumina, Hsn723"),
    Flag("--file.log", "`--postfix.logfile-path`", "sergeymakinen"),
    Flag("--postfix.showq_path", "`--postfix.showq-path`: no queue is read without it, or the key `queue`", "kumina, Hsn723"),
    Flag("--systemd.enable", "`--journal`", "kumina, Hsn723"),
    Flag("--systemd.journal_path", "`--journal.directory`", "kumina, Hsn723"),
    Flag("--journald.path", "`--journal.directory`", "sergeymakinen"),
    Flag("--log.level", "the same", "Hsn723, sergeymakinen"),
    Flag("--log.format", "`logfmt` or `json`", "Hsn723, sergeymakinen"),
    Flag("--config.file", "a file of [our own keys](configuration.md); that of sergeymakinen and patrickdk77 is refused with the key that is unknown", "sergeymakinen, patrickdk77"),
    Flag("--config.check", "the same", "sergeymakinen"),
)  # fmt: skip


class Side(NamedTuple):
    """What both say of one log: their number, our metric with its labels and number, and why."""

    theirs: str
    their_number: int
    ours: str
    our_number: int
    why: str = "the same"


_FORGED = "2 records that are `sent`, whose recipients hold `, dsn=5.7.1, status=bounced` in quotes"
_OUT = "of the instance `postfix-out`, whose lines it does not read"

SIDE_BY_SIDE = (
    Side("postfix_cleanup_messages_processed_total", 563, "postfix_cleanup_messages_processed_total", 568, f"5 {_OUT}"),
    Side("postfix_cleanup_messages_rejected_total", 2, 'postfix_cleanup_messages_rejected_total{by="checks"}', 2),
    Side("postfix_qmgr_messages_inserted_recipients_count", 846, "postfix_qmgr_messages_inserted_recipients_count", 851, f"5 {_OUT}"),
    Side("postfix_qmgr_messages_inserted_size_bytes_sum", 794986, "postfix_qmgr_messages_inserted_size_bytes_sum", 799744, "of the same 5"),
    Side("postfix_qmgr_messages_removed_total", 555, "postfix_qmgr_messages_removed_total", 560, f"5 {_OUT}"),
    Side("postfix_qmgr_messages_expired_total", 98, "postfix_qmgr_messages_expired_total", 98),
    Side("postfix_smtp_messages_processed_total", 555, 'postfix_agent_delivery_attempts_total{agent="smtp"}', 575, "20 of `postfix-bulk/smtp` (5), `postfix-out/smtp` (6), `postfix/out/smtp` (2), `postfix/relay/smtp` (2), `postfix/scan/smtp` (5)"),
    Side('postfix_smtp_messages_processed_total{status="sent"}', 120, 'postfix_agent_delivery_attempts_total{agent="smtp", status="sent"}', 134, f"12 of these, and {_FORGED}"),
    Side('postfix_smtp_messages_processed_total{status="bounced"}', 101, 'postfix_agent_delivery_attempts_total{agent="smtp", status="bounced"}', 103, f"4 of these, less {_FORGED}"),
    Side('postfix_smtp_messages_processed_total{status="SOFTBOUNCE"}', 7, 'postfix_agent_delivery_attempts_total{agent="smtp", status="softbounce"}', 7, "the same: a status is in lower case here"),
    Side('postfix_smtp_messages_processed_total{status="deliverable"}', 3, 'postfix_agent_delivery_attempts_total{agent="smtp", status="deliverable"}', 3),
    Side('postfix_smtp_messages_processed_total{status="undeliverable"}', 2, 'postfix_agent_delivery_attempts_total{agent="smtp", status="undeliverable"}', 2),
    Side("postfix_smtp_deferred_messages_total", 0, 'postfix_agent_delivery_attempts_total{agent="smtp", status="deferred"}', 326, "never counted; `postfix_smtp_status_deferred` is 322, and 4 are of other services"),
    Side("postfix_smtp_deferred_messages_by_dsn_total", 322, 'postfix_delivery_attempts_total{status="deferred"}', 425, "99 of `error`, which defers what the queue manager suspends, and 4 of `postfix-bulk/smtp`"),
    Side("postfix_smtp_bounced_messages_by_dsn_total", 101, 'postfix_delivery_attempts_total{status="bounced"}', 104, f"1 of `error` and 4 of services that it does not know, less {_FORGED}; what fails on this host is no delivery to a receiver"),
    Side('postfix_smtp_bounced_messages_by_dsn_total{dsn="5.7.1"}', 23, 'postfix_delivery_attempts_total{status="bounced", dsn_code="5.7.1"}', 22, f"less {_FORGED}, and 1 that it has as 5.07.01"),
    Side('postfix_smtp_bounced_messages_by_dsn_total{dsn="5.07.01"}', 1, 'postfix_delivery_attempts_total{status="bounced", dsn_code="5.07.01"}', 0, "it shows a code as the receiver writes it; leading zeros, which RFC 3463 forbids, are left out here, so it is one of 5.7.1"),
    Side("postfix_smtp_delivery_delay_seconds_count", 2220, "postfix_delivery_delay_seconds_count", 1288, 'it has four parts of 555 records under `stage=""`, retries and all; ours are the four stages of 322 first attempts at remote destinations'),
    Side('postfix_lmtp_delivery_delay_seconds_count{stage="transmission"}', 15, 'postfix_agent_delivery_attempts_total{agent="lmtp"}', 15, "the same: the records; how long deliveries on this host took is not told here"),
    Side('postfix_pipe_delivery_delay_seconds_count{stage="transmission"}', 6, 'postfix_agent_delivery_attempts_total{agent="pipe"}', 6, "the same: as of lmtp; it has a label for each service in master.cf"),
    Side("postfix_smtp_connection_timed_out_total", 5, "postfix_smtp_connection_timed_out_total", 5),
    Side("postfix_smtp_tls_connections_total", 163, "postfix_smtp_tls_connections_total", 171, "8 of `postfix-bulk/smtp` (5) and `postfix-out/smtp` (3)"),
    Side("postfix_smtpd_connects_total", 179, "postfix_smtpd_connects_total", 184, "4 of `postfix-out/smtpd`, 1 of `postfix/submission/smtpd`"),
    Side("postfix_smtpd_disconnects_total", 179, "postfix_smtpd_disconnects_total", 184, "the same 5"),
    Side("postfix_smtpd_messages_processed_total", 286, "postfix_smtpd_messages_processed_total", 290, "4 of `postfix-out/smtpd`"),
    Side("postfix_smtpd_messages_rejected_total", 2, "postfix_smtpd_messages_rejected_total", 5, "3 by a Milter, one of these at CONNECT of `postfix/submission/smtpd`"),
    Side("postfix_bounce_non_delivery_notification_total", 203, "postfix_bounce_non_delivery_notification_total", 204, "1 of `postfix-out/bounce`"),
    Side("postfix_virtual_delivered_total", 1, 'postfix_agent_delivery_attempts_total{agent="virtual", status="sent"}', 2, "it counts deliveries to a maildir, and not to a mailbox"),
    Side('postfix_unsupported_log_entries_total{level="warning"}', 48, 'postfix_log_messages_total{severity="warning"}', 48),
    Side('postfix_unsupported_log_entries_total{level=""}', 672, 'postfix_exporter_log_lines_total{result="unparsed"}', 2, "it has here whatever it counts nothing of: 332 delivery records of `local`, `error` and `discard`, 76 lines of services and instances that it does not know, and 264 that `smtp`, `pickup`, `postsuper` and others write beside; ours are records that cannot be read, and lines without a record are no fault"),
)  # fmt: skip
"""Debian's prometheus-postfix-exporter 0.19.0-1 and ours on tests/corpus/postfix-3.11/mail.log.gz."""
