"""A real Prometheus scrapes the exporter; promtool finds nothing to complain about."""

from __future__ import annotations

import re
import time
from pathlib import Path

from tests.lines import lines
from tests.pages import CORPUS, run
from tests.prometheus import check_metrics, prometheus, query
from tests.service import SOON, eventually, running


def test_prometheus_scrapes_it(tmp_path: Path) -> None:
    """Prometheus finds the target up; appended lines are in the next scrape within two seconds."""
    log = tmp_path / "mail.log"
    log.touch()
    with running(tmp_path, "--postfix.logfile-path", log) as service:
        eventually(service.ready)
        with prometheus(tmp_path, f"127.0.0.1:{service.port}") as address:
            eventually(lambda: query(address, 'up{job="postfix"}') == 1)
            log.write_bytes(lines(0, 7))
            written = time.monotonic()
            eventually(lambda: query(address, "sum(postfix_delivery_attempts_total)") == 7)
            # the scrape itself may come half a second later, and the query once more
            assert time.monotonic() - written < 3.0
            assert query(address, "count(postfix_delivery_attempts_total)") == 7
            assert query(address, "postfix_exporter_build_info") == 1


def test_appended_lines_are_served_within_two_seconds(tmp_path: Path) -> None:
    """From the write to the page it takes less than two seconds, time after time."""
    log = tmp_path / "mail.log"
    log.touch()
    with running(tmp_path, "--postfix.logfile-path", log) as service:
        eventually(service.ready)
        for turn in range(5):
            with log.open("ab") as file:
                file.write(lines(turn, turn + 1))
            written = time.monotonic()
            eventually(lambda: service.total() > turn)  # noqa: B023
            assert time.monotonic() - written < 2.0


def test_promtool_accepts_the_page() -> None:
    """`promtool check metrics` is silent about the page of a real log, and of the daemon."""
    page = run("--once", "--postfix.logfile-path", CORPUS / "mixed-syslog/mail.rfc3339.log").stdout
    assert check_metrics(page) == (0, "")


def test_promtool_accepts_the_daemons_page(tmp_path: Path) -> None:
    """The metrics of process, platform and garbage collector are well-formed too."""
    log = tmp_path / "mail.log"
    log.touch()
    with running(tmp_path, "--postfix.logfile-path", log) as service:
        page = service.get("/metrics")[2]
    assert check_metrics(page) == (0, "")


DESIGNED = """
    postfix_delivery_attempts_total{cause,domain,dsn_class,dsn_code,provider,repeat,status}
    postfix_delivery_outcomes_total{cause,repeat,status}
    postfix_refused_recipients_total{cause,domain,provider}
    postfix_refusal_reasons_total{cause,provider,reason}
    postfix_suspended_attempts_total{cause,domain,provider}
    postfix_expired_recipients_total{cause,domain,provider}
    postfix_deferred_recipients{cause,domain,provider}
    postfix_agent_delivery_attempts_total{agent,status}
    postfix_address_probes_total{status}
    postfix_delivery_delay_seconds_bucket{le,stage}
    postfix_delivery_after_deferral_seconds_bucket{le,provider}
    postfix_sender_attempts_total{cause,provider,sender}
    postfix_exporter_senders
    postfix_exporter_senders_limit
    postfix_exporter_sender_ids
    postfix_exporter_sender_id_overflows_total
    postfix_exporter_build_info{python,revision,version}
    postfix_exporter_log_lines_total{result}
    postfix_exporter_last_line_timestamp_seconds
    postfix_exporter_read_lag_seconds
    postfix_exporter_unread_bytes
    postfix_exporter_log_readable{path}
    postfix_exporter_log_understood
    postfix_exporter_log_gaps_total
    postfix_exporter_log_lost_lines_total
    postfix_exporter_checkpoint_timestamp_seconds
    postfix_exporter_checkpoint_duration_seconds
    postfix_exporter_checkpoint_bytes_written_total
    postfix_exporter_checkpoint_commits_total
    postfix_exporter_checkpoint_failures_total
    postfix_exporter_domains
    postfix_exporter_domains_limit
    postfix_exporter_domains_folded_total
    postfix_exporter_domains_forgotten_total
    postfix_exporter_series
    postfix_exporter_queue_entries
    postfix_exporter_queue_overflows_total
""".split()


def test_names_and_labels(tmp_path: Path) -> None:
    """The page has the designed names and labels; they are the public interface."""
    log = tmp_path / "maillog"
    log.write_bytes((CORPUS / "mixed-maillog" / "maillog").read_bytes())
    config = tmp_path / "exporter.yml"
    config.write_text(f"log: {{paths: '{log}', start: beginning}}\nsenders: {{limit: 9}}\n{SOON}")
    with running(tmp_path, "--config.file", config) as service:
        eventually(lambda: service.total() > 400)
        page = service.get("/metrics")[2].decode()
    found = set()
    for name, labels in re.findall(r"(?m)^(postfix_\w+)(?:\{(.*)\})? ", page):
        names = ",".join(sorted(re.findall(r'(\w+)="', labels)))
        found.add(f"{name}{{{names}}}" if names else name)
    aside = {
        f"postfix_delivery_{what}"
        for of in ("count", "sum")
        for what in (f"delay_seconds_{of}{{stage}}", f"after_deferral_seconds_{of}{{provider}}")
    }
    assert found - aside == set(DESIGNED)
