"""The command: wiring, whole files, exit codes.

What only one way to run needs is imported where that way begins: a run over a whole file loads no
server, no TLS and no file of the checkpoint.
Exit codes: 0 done or told to stop, 1 failure, 2 a wrong flag or configuration.
"""

from __future__ import annotations

import argparse
import logging
import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from exporter.checkpoint.state import State
from exporter.config import Config, load
from exporter.flags import PROGRAM, check, flag_parser, whole_files, with_collectors
from exporter.inputs import named, names_journal, whole, with_sources
from exporter.notices import Notices, without_remote
from exporter.page.exposition import Exposition
from exporter.queues import with_queues
from exporter.records.parse import Parser
from exporter.records.shares import Shares
from exporter.sources.stream import STANDARD_INPUT, waits
from exporter.system import logs
from exporter.system.allocator import loading
from exporter.system.credentials import credential
from exporter.system.errors import ExporterError
from exporter.tally import Tally, judge

if TYPE_CHECKING:
    from exporter.web.reload import WebConfigFile

log = logging.getLogger(__name__)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; gives the exit code."""
    flags = flag_parser().parse_args(arguments)
    logs.set_up(flags.log_level, flags.log_format)
    try:
        return _run(flags)
    except ExporterError as error:
        log.error("%s", error)
        return error.exit_code
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # or Python complains again at exit
        return 1


def _run(flags: argparse.Namespace) -> int:
    check(flags)
    config = _configuration(flags)
    web_file = flags.web_config_file or credential("web.yml")
    web = _web(web_file, flags.listen_address or ()) if web_file or flags.listen_address else None
    if flags.config_check:
        print(f"{flags.config_file or 'the built-in configuration'} is valid")
        return 0
    Parser(config.log.syslog_names).check()
    if flags.once:
        files = whole_files(flags)
        if not files:
            config = named(config, is_whole=True)
            if waits():
                instead = "standard input is not read, but %s; read it by %s --once -"
                log.warning(instead, " ".join(config.log.names()), PROGRAM)
        return _once(config, files)
    if flags.explain:
        files = whole_files(flags) or ([] if names_journal(flags) else [STANDARD_INPUT])
        return _explain(config, files, every=flags.explain_all)
    return _serve(flags, web)


def _web(file: str | None, addresses: Sequence[str]) -> WebConfigFile | None:
    """Give the file of TLS and users if there is one; it and the addresses are checked."""
    from exporter.web.listener import split_address
    from exporter.web.reload import WebConfigFile

    for address in addresses:
        split_address(address)
    return WebConfigFile(file) if file else None


def _serve(flags: argparse.Namespace, web: WebConfigFile | None) -> int:
    """Read, commit and serve until a signal says stop."""
    from exporter.service import Service
    from exporter.web.landing import Links

    with loading():
        service = Service(lambda: named(_configuration(flags)), flags.checkpoint_file, web)
    links = Links(flags.telemetry_path, flags.runbooks_url or "", flags.dashboards_url or "")
    return service.run(flags.listen_address or [":9154"], links)


def _once(config: Config, files: Sequence[str]) -> int:
    """Print the metrics of whole files; a failure if there are lines and none is Postfix'."""
    with loading():
        tally, shares = Tally(config, State()), Shares(config.log.syslog_names)
    for block in whole(config, files):
        shares.add(block, tally.add(block))
    published = tally.published()
    sys.stdout.buffer.writelines(Exposition(lambda: published, process=False).page())
    sys.stdout.buffer.flush()
    notices = Notices(config, files)
    if not _tell(shares):
        notices.tell_of(tally.not_understood())
    notices.tell_of_relays(without_remote(published.totals, config.agents))
    return int(shares.is_nothing_understood())


def _explain(config: Config, files: Sequence[str], *, every: bool) -> int:
    """Say how the records of whole files are judged, and by which rules."""
    from exporter.explain import explained

    names = config.log.syslog_names
    shares = Shares(names)
    with loading():
        parser, judging = Parser(names), judge(config, State())
    found = explained(whole(config, files), parser, judging, shares, every=every)
    for told in found.told():
        print(told)
    if not _tell(shares) and not found.remote:
        Notices(config, files).tell_of_relays(found.own)
    return 0


def _tell(shares: Shares) -> bool:
    """Say on standard error what was not understood, if there is something to say."""
    told = shares.told()
    if told:
        log.warning("%s", told)
    return bool(told)


def _configuration(flags: argparse.Namespace) -> Config:
    config = load(flags.config_file) if flags.config_file is not None else Config()
    config = with_queues(with_sources(config, flags, flags.syslog), flags)
    return with_collectors(config, flags)
