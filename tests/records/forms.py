"""Headers of a line that are neither traditional nor RFC 3339 nor RFC 5424, with what they say."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import NamedTuple

STAMP = 1795891786
"""2026-11-28 18:49:46 UTC."""

NOW = STAMP + 3600.0


def utc(*date: int) -> float:
    """Give seconds since the epoch."""
    return datetime(*date, tzinfo=UTC).timestamp()  # type: ignore[misc, arg-type]


class Form(NamedTuple):
    """A header whose time, host, tag (with process id) can be filled in, and how its time is written.

    `time` is for strftime in UTC; the test's zone is UTC. `host` says whether the header has one.
    """

    header: str
    time: str = "%b %e %H:%M:%S"
    has_host: bool = True
    is_timed: bool = True


FORMS = {
    "severity, padded": Form(
        "{time} INFO    {tag}: ", "%Y-%m-%dT%H:%M:%S.123456+00:00", has_host=False
    ),
    "severity before the host": Form("{time} NOTICE {host} {tag}: ", "%Y-%m-%dT%H:%M:%SZ"),
    "severity in brackets": Form("{time} [INFO] {host} {tag}: ", "%Y-%m-%d %H:%M:%S"),
    "BusyBox": Form("{time} {host} mail.info {tag}: "),
    "AIX": Form("{time} {host} mail:info {tag}: "),
    "AIX, forwarded": Form("{time} {host} mail:info Message forwarded from mx7: {tag}: "),
    "Solaris": Form("{time} {host} {tag}: [ID 197553 mail.info] "),
    "FreeBSD -v": Form("{time} <2.6> {host} {tag}: "),
    "FreeBSD -vv": Form("{time} <mail.info> {host} {tag}: "),
    "metalog": Form("{time} [{name}] ", has_host=False),
    "year first": Form("{time} {host} {tag}: ", "%Y %b %d %H:%M:%S.123"),
    "year after the day": Form("{time} {host} {tag}: ", "%b %d %Y %H:%M:%S"),
    "year after the day, one digit": Form("{time} {host} {tag}: ", "%b %-d %Y %H:%M:%S"),
    "year after the time": Form("{time} {host} {tag}: ", "%b %e %H:%M:%S %Y"),
    "asctime": Form("{time} {host} {tag}: ", "%a %b %e %H:%M:%S %Y"),
    "day first": Form("{time} {host} {tag}: ", "%d %b %Y %H:%M:%S"),
    "blank": Form("{time} {host} {tag}: ", "%Y-%m-%d %H:%M:%S"),
    "blank, comma": Form("{time} {host} {tag}: ", "%Y-%m-%d %H:%M:%S,123"),
    "blank, zone": Form("{time} {host} {tag}: ", "%Y-%m-%d %H:%M:%S +0000"),
    "slashes": Form("{time} {host} {tag}: ", "%Y/%m/%d %H:%M:%S"),
    "epoch": Form("{time} {host} {tag}: ", "%s"),
    "short-unix": Form("{time} {host} {tag}: ", "%s.123456"),
    "short-precise": Form("{time} {host} {tag}: ", "%b %d %H:%M:%S.123456"),
    "short-full": Form("{time} {host} {tag}: ", "%a %Y-%m-%d %H:%M:%S UTC"),
    "short-iso": Form("{time} {host} {tag}: ", "%Y-%m-%dT%H:%M:%S+0000"),
    "short-iso-precise": Form("{time} {host} {tag}: ", "%Y-%m-%dT%H:%M:%S.123456+00:00"),
    "priority": Form("<22>{time} {host} {tag}: "),
    "priority and blank": Form("<22>{time} {host} {tag}: ", "%Y-%m-%d %H:%M:%S"),
    "priority and BusyBox": Form("<22>{time} {host} mail.info {tag}: "),
    "docker compose logs": Form("postfix-mailcow_1    | {time} {host} {tag}: "),
    "docker service logs": Form("mail_mx.1.x7k@node1    | {time} {host} {tag}: "),
    "kubectl logs --prefix": Form("[pod/mx-0/postfix] {time} {host} {tag}: "),
    "docker compose logs -t": Form("smtp_1 | {time} {tag}: ", "%Y-%m-%dT%H:%M:%S.1Z", has_host=False),
    "docker logs -t": Form(
        "{time} Mar  1 00:00:00 {host} {tag}: ", "%Y-%m-%dT%H:%M:%S.732276000Z"
    ),
    "docker logs -t, RFC 3339": Form(
        "2020-01-01T00:00:00.1Z {time} {host} {tag}: ", "%Y-%m-%dT%H:%M:%S+00:00"
    ),
    "relayed twice": Form("Nov 28 18:49:50 loghost {time} {host} {tag}: "),
    "Docker's syslog driver": Form("Nov 28 18:49:50 x docker/postfix[99]: {time} {host} {tag}: "),
    "a container's name": Form(
        "2026-11-28T18:49:50+00:00 feed smtp-out[904]: {time} INFO    {tag}: ",
        "%Y-%m-%dT%H:%M:%S.2+00:00",
        has_host=False,
    ),
    "a container's id": Form("Nov 28 18:49:50 x 0123456789ab[9]: {time} {host} {tag}: "),
    "docker-compose as a service": Form("Nov 28 18:49:50 x docker-compose[9]: mx_1 | {time} {host} {tag}: "),
    "RFC 5424 of a container": Form(
        "<30>1 {time} x smtp-out 904 smtp-out - Mar  1 00:00:00 {host} {tag}: ", "%Y-%m-%dT%H:%M:%SZ"
    ),
    "a tag in a container's line": Form("{time} x docker/postfix[99]: {tag}: ", has_host=False),
    "no host": Form("{time} {tag}: ", has_host=False),
    "no time": Form("{host} {tag}: ", is_timed=False),
    "only a tag": Form("{tag}: ", has_host=False, is_timed=False),
}  # fmt: skip


def header(
    form: Form,
    seconds: float = STAMP,
    host: str = "mx1",
    tag: str = "postfix/smtp",
    pid: str = "[4711]",
) -> str:
    """Give a header in UTC."""
    moment = datetime.fromtimestamp(seconds, UTC)
    time = moment.strftime(form.time.replace("%s", str(int(seconds))))
    return form.header.format(time=time, host=host, tag=tag + pid, name=tag)
