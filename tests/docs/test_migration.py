"""The page for users of other exporters: what it names is there, and their flags do what it says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from docs.migration import ACCEPTED, GO, PFLOGSUMM, SERGEYMAKINEN, SIDE_BY_SIDE, Row, Side
from exporter.cli import main
from exporter.counts.totals import Totals
from exporter.flags import check, flag_parser
from exporter.other_flags import REFUSED
from exporter.page.exposition import PublishedCollector
from exporter.system.errors import ConfigurationError
from exporter.tally import Published
from tests.documents import text
from tests.pages import CORPUS, ROOT, Samples, once, run

METRIC = re.compile(r"(postfix_\w+)(?:\{([^}]*)\})?")

KUMINA = (
    "web.listen-address web.telemetry-path postfix.showq_path postfix.logfile_path log.unsupported"
    " docker.enable docker.container.id systemd.enable systemd.unit systemd.slice systemd.journal_path"
).split()
HSN723 = [
    *KUMINA,
    *(
        "web.config.file postfix.showq_port postfix.showq_network postfix.logfile_must_exist"
        " postfix.logfile_poll postfix.logfile_debug postfix.cleanup_service_label"
        " postfix.lmtp_service_label postfix.pipe_service_label postfix.qmgr_service_label"
        " postfix.smtp_service_label postfix.smtpd_service_label postfix.bounce_service_label"
        " postfix.virtual_service_label log.level log.format kubernetes.enable kubernetes.namespace"
        " kubernetes.pod-name kubernetes.service kubernetes.container kubernetes.kubeconfig watchdog"
    ).split(),
]
OF_SERGEYMAKINEN = (
    "config.file config.check collector postfix.instance file.log journald.path journald.unit"
    " web.listen-address web.telemetry-path web.config.file log.level log.format"
).split()
"""The flags that their README files name."""

NEGATED = (
    "docker.enable kubernetes.enable systemd.enable log.unsupported postfix.logfile_must_exist"
    " postfix.logfile_poll postfix.logfile_debug watchdog config.check web.systemd-socket"
).split()
"""Of these those that are on or off, which they take with `no-` before the name, too."""

VALUES = {"log.level": "info", "log.format": "logfmt", "web.listen-address": ":9154"}
SWITCHES = {"systemd.enable", "config.check"}


def known() -> dict[str, set[str]]:
    """Give our metrics and their labels."""
    families = PublishedCollector(lambda: Published(Totals(), 0), tuple).describe()
    names = {}
    for family in families:
        labels = set(getattr(family, "_labelnames", ()))
        for suffix in (
            ("", "_total") if family.type == "counter" else ("", "_sum", "_count", "_bucket")
        ):
            names[family.name + suffix] = labels
    return names


@pytest.mark.parametrize("row", [*GO, *SERGEYMAKINEN, *PFLOGSUMM], ids=lambda row: row.theirs[:40])
def test_what_is_here_is_here(row: Row) -> None:
    """Each metric that is named as ours is on the page, with the labels that are named."""
    ours = known()
    for name, labels in METRIC.findall(row.ours):
        assert name in ours, name
        named = {label.partition("=")[0].strip() for label in labels.split(",") if label}
        assert named <= ours[name], name
    for name in re.findall(r"postfix_exporter_\w+", row.difference):
        assert name in ours


def test_every_metric_of_the_go_exporters_has_a_row() -> None:
    """The notes' list of what they expose is told of, one by one."""
    told = " ".join(row.theirs for row in GO)
    for name in (
        "up showq_message_size_bytes showq_message_age_seconds showq_queue_depth"
        " cleanup_messages_processed_total cleanup_messages_rejected_total"
        " cleanup_messages_not_accepted_total smtp_delivery_delay_seconds lmtp_delivery_delay_seconds"
        " pipe_delivery_delay_seconds qmgr_messages_inserted_receipients"
        " qmgr_messages_inserted_recipients qmgr_messages_inserted_size_bytes"
        " qmgr_messages_removed_total qmgr_messages_expired_total smtp_messages_processed_total"
        " smtp_deferred_messages_by_dsn_total smtp_bounced_messages_by_dsn_total"
        " smtp_status_deferred smtp_deferred_messages_total smtp_connection_timed_out_total"
        " smtp_tls_connections_total smtpd_tls_connections_total smtpd_connects_total"
        " smtpd_disconnects_total smtpd_forward_confirmed_reverse_dns_errors_total"
        " smtpd_sasl_authentication_failures_total smtpd_connections_lost_total"
        " smtpd_messages_processed_total smtpd_messages_rejected_total"
        " bounce_non_delivery_notification_total virtual_delivered_total postscreen_connects_total"
        " unsupported_log_entries_total"
    ).split():
        assert f"postfix_{name}" in told, name


@pytest.mark.parametrize("flag", sorted({*KUMINA, *HSN723, *OF_SERGEYMAKINEN}))
def test_their_flags(flag: str, tmp_path: Path) -> None:
    """Each flag of theirs is taken, or refused by name with what to do; nothing is ignored."""
    taken = {one.theirs.removeprefix("--") for one in ACCEPTED}
    value = [] if flag in SWITCHES else [VALUES.get(flag, "/x")]
    if flag in taken:
        flag_parser().parse_args([f"--{flag}", *value])
        assert flag not in REFUSED
        return
    ended = run(f"--{flag}", *value) if flag == "watchdog" else None
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path)
        assert main([f"--{flag}", *value]) == 2
    assert f"`--{flag}`" in text("docs/migration.md")
    if ended:
        assert (ended.returncode, ended.stderr.count("\n")) == (2, 1)
        assert f"--{flag}: {REFUSED[flag]}" in ended.stderr


@pytest.fixture(scope="module")
def counted() -> Samples:
    """Give what all collectors count of the log that both read."""
    return once(CORPUS / "postfix-3.11/mail.log.gz", "--collectors=all")


@pytest.mark.parametrize("side", SIDE_BY_SIDE, ids=lambda side: side.theirs)
def test_side_by_side(side: Side, counted: Samples) -> None:
    """Our number in the comparison is what we count of that log."""
    (told,) = METRIC.findall(side.ours)
    name, labels = told
    wanted = dict(re.findall(r'(\w+)="([^"]+)"', labels))
    names = sorted(known()[name])
    found = [
        value
        for values, value in counted[name].items()
        if wanted.items() <= dict(zip(names, values, strict=True)).items()
    ]
    assert sum(found) == side.our_number
    assert (side.why.partition(":")[0] == "the same") == (side.their_number == side.our_number)


@pytest.mark.parametrize("flag", NEGATED)
def test_negated_flags(flag: str) -> None:
    """What turns a flag of theirs off is refused by name as well, with what to do."""
    with pytest.raises(ConfigurationError, match=rf"^--no-{re.escape(flag)}: \w") as refusal:
        check(flag_parser().parse_args([f"--no-{flag}"]))
    assert f"| `--no-{flag}` | {str(refusal.value).partition(': ')[2]} |" in text(
        "docs/migration.md"
    )


def test_pages_that_answers_name() -> None:
    """Each page that an answer sends to is there."""
    named = {page for told in REFUSED.values() for page in re.findall(r"docs/[\w-]+\.md", told)}
    assert named
    assert [page for page in named if not (ROOT / page).is_file()] == []


def test_flags_of_patrickdk77() -> None:
    """The label of postscreen's service is refused like those of others."""
    assert main(["--postfix.postscreen_service_label", "x"]) == 2
