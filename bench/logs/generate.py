"""Write the mail log of an invented, busy Postfix host, and what is true about it.

`python -m bench.logs.generate --lines 5000000 --out mail.log` writes mail.log and
mail.log.truth.tsv. The truth has no header line and four columns: domain, enhanced status code,
status, and the number of delivery records by smtp(8) and error(8) that do not concern a relay of
the host's own.

The same options give the same bytes. Every connection, message or stray program is a generator of
lines that says how long it waits before each; all of them run at the same time, and what is due
first is written first. A recipient whose delivery was deferred is tried again under the same queue
id, minutes of log time later. With `--incident` most attempts are deferred, so that a queue grows.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from heapq import heappop, heappush, heapreplace
from itertools import islice
from operator import attrgetter
from pathlib import Path
from random import Random
from typing import NamedTuple

from bench.logs.destinations import Receiver, address, receivers, volumes
from bench.logs.replies import BOUNCED, DEFERRED, FORGERIES, RETIRED, SENT, SUSPENDED, Reply

HEADERS = ("traditional", "rfc3339")
"""How a line begins: as syslog has always written it (RFC 3164), or with a full time stamp."""

_START = datetime(2026, 11, 22, tzinfo=UTC).timestamp()
_HOST = "mx1"
_STARTS_PER_SECOND = 7.0  # connections and stray programs; gives some 60 lines a second
_FIRST_RETRY, _LONGEST_RETRY, _MOST_TRIES = 300.0, 4000.0, 8
_TLS = "TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits) key-exchange X25519"
# the digits of long queue ids (Postfix' src/global/mail_queue.h) but for the separator z
_LONG_ID = "0123456789BCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxy"
_ROLES = "info office orders team reader member desk billing press jobs hello kontakt".split()

Counted = tuple[str, str, str]
"""Domain, enhanced status code and status, as the exporter's labels show them."""


class Line(NamedTuple):
    """A line without its header: seconds to wait before it, tag, message, what it counts for."""

    wait: float
    tag: str
    message: str
    counted: Counted | None = None


class Odds(NamedTuple):
    """Shares of attempts, each including those before it; of first attempts and of retries."""

    suspended: float
    deferred: tuple[float, float]
    bounced: tuple[float, float]


class Recipient(NamedTuple):
    """An envelope recipient as the log shows it; `original` is "" or the field `orig_to=`."""

    receiver: Receiver
    address: str
    original: str = ""


class Outcome(NamedTuple):
    """What became of a delivery attempt; `remote` tells it from a hop inside the own system."""

    agent: str
    relay: str
    dsn: str
    status: str
    text: str
    remote: bool = True


@dataclass(slots=True)
class Message:
    """A message in the queue of the Postfix instance `name`; `age` in seconds since it arrived."""

    name: str
    queue_id: str
    sender: str
    size: int
    age: float = 0.0


class MailHost:
    """A host with two Postfix instances that write to one log, for ever."""

    def __init__(self, seed: int, domains: int, *, incident: bool = False) -> None:
        self._random = Random(seed)
        self._odds = _INCIDENT if incident else _EVERYDAY
        self._receivers = receivers(self._random, domains)
        self._volumes = volumes(domains)
        self._applications = [
            f"app{number}.example.org[{address(self._random)}]" for number in range(1, 10)
        ]
        self._kinds: tuple[Callable[[], Iterator[Line]], ...] = (
            self._submission,
            self._incoming,
            self._stranger,
            self._other_program,
        )

    def lines(self) -> Iterator[tuple[float, Line]]:
        """Give lines with the moment of each, in seconds since the epoch and in that order."""
        running: list[tuple[float, int, Line, Iterator[Line]]] = []
        moment, started = _START, 0
        while True:
            moment += self._random.expovariate(_STARTS_PER_SECOND)
            while running and running[0][0] <= moment:
                due, number, line, activity = running[0]
                yield due, line
                following = next(activity, None)
                if following is None:
                    heappop(running)
                else:
                    heapreplace(running, (due + following.wait, number, following, activity))
            (kind,) = self._random.choices(self._kinds, (60, 6, 13, 20))
            activity = kind()
            started += 1
            heappush(running, (moment, started, next(activity), activity))

    def every_outcome(self) -> Iterator[Line]:
        """Give records of each reply of each receiver: the series that `lines` brings in the end.

        Deferrals are repeated, and then the message leaves the queue.
        """
        for receiver in self._receivers:
            recipient = Recipient(receiver, f"info@{receiver.domain}")
            for agent, reply, status in _EVERY_OUTCOME:
                message = Message("postfix", self._queue_id("postfix"), "", self._size())
                outcome = self._answer(agent, reply, status, recipient, receiver.exchangers[0])
                for _ in range(2 if status == "deferred" else 1):
                    yield from self._delivery(message, recipient, outcome)
                yield Line(0.0, self._qmgr(message), f"{message.queue_id}: removed")

    def stuck(self, messages: int) -> Iterator[Line]:
        """Give deferrals of so many messages that never leave the queue."""
        for _ in range(messages):
            message = Message("postfix", self._queue_id("postfix"), "", self._size())
            recipient = self._recipient()
            exchanger = recipient.receiver.exchangers[0]
            outcome = self._answer("error", SUSPENDED, "deferred", recipient, exchanger)
            yield from self._delivery(message, recipient, outcome)

    # -- what goes on ----------------------------------------------------------------------------

    def _submission(self) -> Iterator[Line]:
        """Take a message from one of our own applications and deliver it to the internet."""
        random = self._random
        name = "postfix" if random.random() < 0.7 else "postfix-bulk"
        sender = random.choice(("news", "noreply", "shop", f"bounce+{self._hex(40)}"))
        message = Message(name, self._queue_id(name), f"{sender}@example.org", self._size())
        if random.random() < 0.002:
            message.sender = f'"{random.choice(FORGERIES)}"@forger.example'
        recipients = [self._recipient() for _ in range(self._number_of_recipients())]
        client = random.choice(self._applications)
        yield from self._received(message, client, len(recipients))
        yield from self._queued(message, recipients)

    def _incoming(self) -> Iterator[Line]:
        """Take a message from the internet for a mailbox or an alias of this host."""
        random = self._random
        message = Message(
            "postfix", self._queue_id("postfix"), self._recipient().address, self._size()
        )
        (receiver,) = random.choices(self._receivers, cum_weights=self._volumes)
        yield from self._received(message, random.choice(receiver.exchangers), 1)
        yield from self._kept(message, f"{random.choice(_ROLES)}@example.org")

    def _stranger(self) -> Iterator[Line]:
        """Log one of the connections that any host on the internet has to put up with."""
        random = self._random
        client = f"unknown[{address(random)}]"
        if random.random() < 0.2:
            tag = self._tag("postfix/postscreen")
            port = f"{client[7:]}:{random.randrange(1024, 65536)}"
            yield Line(0.0, tag, f"CONNECT from {port} to [192.0.2.25]:25")
            yield Line(0.1, tag, f"PREGREET 11 after 0.04 from {port}: EHLO User\\r\\n")
            yield Line(0.2, tag, f"DISCONNECT {port}")
            return
        tag = self._tag("postfix/smtpd")
        yield Line(0.0, tag, f"connect from {client}")
        if random.random() < 0.5:
            yield Line(0.4, tag, self._rejection(client))
        else:
            yield Line(0.7, tag, f"lost connection after {random.choice(_COMMANDS)} from {client}")
        yield Line(0.1, tag, f"disconnect from {client} ehlo=1 auth=0/1 rcpt=0/1 commands=1/3")

    def _other_program(self) -> Iterator[Line]:
        """Log a line of a program that is not Postfix; what it quotes may come from outside."""
        random = self._random
        program, text = random.choice(_OTHER_PROGRAMS)
        forged = random.choice(FORGERIES) if random.random() < 0.02 else "admin"
        fields = {"id": self._queue_id("postfix"), "user": forged, "client": address(random)}
        yield Line(0.0, self._tag(program), text.format(**fields))

    # -- the stations of a message ---------------------------------------------------------------

    def _received(self, message: Message, client: str, recipients: int) -> Iterator[Line]:
        """Log the session in which smtpd(8) and cleanup(8) took a message."""
        random = self._random
        tag = self._tag(f"{message.name}/smtpd")
        cleanup = self._tag(f"{message.name}/cleanup")
        yield Line(0.0, tag, f"connect from {client}")
        if random.random() < 0.25:
            yield Line(0.02, tag, f"Anonymous TLS connection established from {client}: {_TLS}")
        login = ", sasl_method=PLAIN, sasl_username=app" if random.random() < 0.3 else ""
        yield Line(0.05, tag, f"{message.queue_id}: client={client}{login}")
        forged = random.choice(FORGERIES) if random.random() < 0.003 else self._hex(64)
        yield Line(0.01, cleanup, f"{message.queue_id}: message-id=<{forged}@app.example.org>")
        if random.random() < 0.006:
            yield Line(0.01, cleanup, self._logged_header(message, client))
        yield self._activated(message, recipients)
        counts = f"ehlo=1 mail=1 rcpt={recipients} data=1 quit=1 commands={recipients + 4}"
        yield Line(0.01, tag, f"disconnect from {client} {counts}")
        message.age = random.random() * 0.3

    def _queued(self, message: Message, waiting: list[Recipient]) -> Iterator[Line]:
        """Try to deliver a message until no recipient waits any longer, or it has expired."""
        for tries in range(_MOST_TRIES):
            attempts = [(recipient, self._attempt(recipient, tries)) for recipient in waiting]
            yield from self._tried(message, attempts)
            if any(outcome.status == "bounced" for _, outcome in attempts):
                yield from self._notification(message)
            waiting = [recipient for recipient, outcome in attempts if outcome.status == "deferred"]
            if not waiting:
                break
            wait = min(_FIRST_RETRY * 2**tries, _LONGEST_RETRY) * (1 + self._random.random() / 4)
            message.age += wait
            yield self._activated(message, len(waiting), wait)
        else:
            text = f"from=<{message.sender}>, status=expired, returned to sender"
            yield Line(0.0, self._qmgr(message), f"{message.queue_id}: {text}")
            yield from self._notification(message)
        yield Line(0.0, self._qmgr(message), f"{message.queue_id}: removed")

    def _tried(self, message: Message, attempts: list[tuple[Recipient, Outcome]]) -> Iterator[Line]:
        """Log attempts that are made at the same time, in the order in which they end."""
        lines = [line for attempt in attempts for line in self._delivery(message, *attempt)]
        passed = 0.0
        for line in sorted(lines, key=attrgetter("wait")):
            yield line._replace(wait=line.wait - passed)
            passed = line.wait
        message.age += passed

    def _delivery(self, message: Message, recipient: Recipient, outcome: Outcome) -> Iterator[Line]:
        """Log an attempt, and what smtp(8) has to say before; `wait` is since the attempt began."""
        random = self._random
        tag = self._tag(f"{message.name}/{outcome.agent}")
        queued, connecting, sending = (random.random() ** 4 * most for most in (0.5, 4.0, 20.0))
        if outcome.relay != "none" and outcome.agent == "smtp" and random.random() < 0.25:
            trust = random.choice(("Untrusted", "Trusted", "Verified"))
            text = f"{trust} TLS connection established to {outcome.relay}: {_TLS}"
            yield Line(queued + connecting, tag, text)
        took = queued + connecting + sending
        delays = "/".join(map(format_delay, (message.age, queued, connecting, sending)))
        reused = outcome.relay != "none" and random.random() < 0.12
        yield Line(
            took,
            tag,
            f"{message.queue_id}: to=<{recipient.address}>, {recipient.original}"
            f"relay={outcome.relay}, {f'conn_use={random.randrange(2, 9)}, ' if reused else ''}"
            f"delay={format_delay(message.age + took)}, delays={delays}, dsn={outcome.dsn},"
            f" status={outcome.status} ({outcome.text})",
            (recipient.receiver.domain, outcome.dsn, outcome.status) if outcome.remote else None,
        )

    def _notification(self, message: Message) -> Iterator[Line]:
        """Tell the sender that a message was not delivered."""
        notice = Message(message.name, self._queue_id(message.name), "", self._size())
        cleanup = self._tag(f"{message.name}/cleanup")
        message_id = f"<{notice.queue_id}@mx1.example.org>"
        yield Line(0.0, cleanup, f"{notice.queue_id}: message-id={message_id}")
        text = f"{message.queue_id}: sender non-delivery notification: {notice.queue_id}"
        yield Line(0.0, self._tag(f"{message.name}/bounce"), text)
        yield self._activated(notice, 1)
        yield from self._kept(notice, message.sender)

    def _kept(self, message: Message, to: str) -> Iterator[Line]:
        """Deliver a message on this host: to a mailbox, a program, or the root account."""
        random = self._random
        recipient = Recipient(_OURSELVES, to)
        chance = random.random()
        if chance < 0.8:
            text = f"250 2.0.0 <{to}> {self._hex(64)} Saved"
            relay = "mx1.example.org[private/dovecot-lmtp]"
            outcome = Outcome("lmtp", relay, "2.0.0", "sent", text, remote=False)
        elif chance < 0.9:
            text = "delivered via tickets service"
            outcome = Outcome("pipe", "tickets", "2.0.0", "sent", text, remote=False)
        else:
            text = "delivered to mailbox"
            recipient = Recipient(_OURSELVES, "root@mx1.example.org", "orig_to=<root>, ")
            outcome = Outcome("local", "local", "2.0.0", "sent", text, remote=False)
        yield from self._tried(message, [(recipient, outcome)])
        yield Line(0.0, self._qmgr(message), f"{message.queue_id}: removed")

    # -- parts of lines --------------------------------------------------------------------------

    def _attempt(self, recipient: Recipient, tries: int) -> Outcome:
        """Decide what becomes of an attempt after so many others that were deferred."""
        random, odds, retried = self._random, self._odds, tries > 0
        exchanger = random.choice(recipient.receiver.exchangers)
        chance = random.random()
        if chance < 0.02 and not tries:
            text = f"250 2.0.0 from MTA(smtp:[127.0.0.1]:10025): 250 2.0.0 Ok: {self._hex(44)}"
            relay = "127.0.0.1[127.0.0.1]:10024"
            return Outcome("smtp", relay, "2.0.0", "sent", text, remote=False)
        if chance < 0.025:
            return self._answer("error", RETIRED, "bounced", recipient, exchanger)
        if chance < odds.suspended:
            return self._answer("error", SUSPENDED, "deferred", recipient, exchanger)
        if chance < odds.deferred[retried]:
            return self._answer("smtp", random.choice(DEFERRED), "deferred", recipient, exchanger)
        if chance < odds.bounced[retried]:
            return self._answer("smtp", random.choice(BOUNCED), "bounced", recipient, exchanger)
        return self._answer("smtp", random.choice(SENT), "sent", recipient, exchanger)

    def _answer(
        self, agent: str, reply: Reply, status: str, recipient: Recipient, exchanger: str
    ) -> Outcome:
        random = self._random
        forged = f" {random.choice(FORGERIES)}" if random.random() < 0.02 else ""
        text = reply.text.format(
            exchanger=exchanger,
            domain=recipient.receiver.domain,
            to=recipient.address,
            id=self._hex(56),
            number=random.getrandbits(36),
            forged=forged,
        )
        relay = f"{exchanger}:25" if reply.session else "none"
        return Outcome(agent, relay, reply.dsn, status, text)

    def _recipient(self) -> Recipient:
        random = self._random
        (receiver,) = random.choices(self._receivers, cum_weights=self._volumes)
        local_part = f"{random.choice(_ROLES)}{random.choice(_SEPARATORS)}{random.randrange(1000)}"
        domain = receiver.domain
        chance = random.random()
        if chance < 0.003:
            local_part = f'"{random.choice(_QUOTED)}"'
        elif chance < 0.008:
            domain = domain.upper()
        elif chance < 0.016:
            domain = domain.title()
        original = ""
        if random.random() < 0.04:
            original = f"orig_to=<{random.choice(('postmaster', 'info@example.org'))}>, "
        return Recipient(receiver, f"{local_part}@{domain}", original)

    def _rejection(self, client: str) -> str:
        random = self._random
        to = self._recipient().address
        greeting = random.choice(FORGERIES) if random.random() < 0.03 else "win-7f3q"
        return (
            f"NOQUEUE: reject: RCPT from {client}: 554 5.7.1 <{to}>: Relay access denied;"
            f" from=<offer{random.randrange(999)}@forger.example> to=<{to}> proto=ESMTP"
            f" helo=<{greeting}>"
        )

    def _logged_header(self, message: Message, client: str) -> str:
        return (
            f"{message.queue_id}: warning: header Subject: {self._random.choice(FORGERIES)}"
            f" from {client}; from=<{message.sender}> to=<info@example.org> proto=ESMTP helo=<app>"
        )

    def _activated(self, message: Message, recipients: int, wait: float = 0.02) -> Line:
        text = f"from=<{message.sender}>, size={message.size}, nrcpt={recipients} (queue active)"
        return Line(wait, self._qmgr(message), f"{message.queue_id}: {text}")

    def _number_of_recipients(self) -> int:
        chance = self._random.random()
        if chance < 0.75:
            return 1
        return 2 if chance < 0.88 else self._random.randrange(3, 9)

    def _queue_id(self, name: str) -> str:
        """Invent a long queue id for the instance `postfix`, a short one for the other."""
        if name == "postfix":
            digits = "".join(self._random.choices(_LONG_ID, k=13))
            return f"4{digits[:9]}z{digits[9:]}"
        return f"{self._random.getrandbits(40):010X}"

    def _size(self) -> int:
        return int(self._random.lognormvariate(9.5, 1.0))

    def _hex(self, bits: int) -> str:
        return f"{self._random.getrandbits(bits):0{bits // 4}x}"

    def _tag(self, program: str) -> str:
        """Give a program's tag with the process id of one of its processes."""
        return f"{program}[{self._random.randrange(20_000, 20_060)}]"

    def _qmgr(self, message: Message) -> str:
        return f"{message.name}/qmgr[{1200 + len(message.name)}]"


_EVERYDAY = Odds(0.04, (0.12, 0.4), (0.165, 0.45))
_INCIDENT = Odds(0.2, (0.8, 0.9), (0.82, 0.92))
_EVERY_OUTCOME = (
    *(("smtp", reply, "sent") for reply in dict.fromkeys(SENT)),
    *(("smtp", reply, "deferred") for reply in dict.fromkeys(DEFERRED)),
    *(("smtp", reply, "bounced") for reply in dict.fromkeys(BOUNCED)),
    ("error", SUSPENDED, "deferred"),
    ("error", RETIRED, "bounced"),
)
_OURSELVES = Receiver("example.org", ())
_COMMANDS = "AUTH CONNECT EHLO RCPT STARTTLS UNKNOWN".split()
_SEPARATORS = ("", ".", "-", "+")
_QUOTED = (
    "two words",
    "one@two",
    "a>, relay=none, delay=1, delays=0/0/1/0, dsn=5.7.1, status=bounced (b",
    'say \\"hello\\"',
)
_OTHER_PROGRAMS = (
    ("opendkim", "{id}: DKIM-Signature field added (s=mail, d=example.org)"),
    ("opendkim", "{id}: mx1.example.org [{client}] not internal"),
    ("dovecot", "imap-login: Login: user=<{user}>, method=PLAIN, rip={client}, TLS"),
    ("dovecot", "lmtp({user})<20311><{id}>: msgid=<{id}@example.org>: saved mail to INBOX"),
    ("backup", "{user}: nothing to do"),
    ("sshd", "Invalid user {user} from {client} port 40122"),
    ("sshd", "Connection closed by authenticating user root {client} port 51210 [preauth]"),
)


def format_delay(seconds: float) -> str:
    """Write seconds as Postfix does: two significant digits at most, none below 0.01 seconds."""
    if seconds >= 9.95:
        return f"{seconds:.0f}"
    if seconds >= 0.995:
        return f"{seconds:.1f}".removesuffix(".0")
    return f"{seconds:.2f}".rstrip("0").rstrip(".")


@lru_cache(maxsize=1)
def _traditional(second: int) -> str:
    moment = datetime.fromtimestamp(second, UTC)
    return f"{moment:%b} {moment.day:2} {moment:%H:%M:%S} {_HOST}"


@lru_cache(maxsize=1)
def _date_and_time(second: int) -> str:
    return f"{datetime.fromtimestamp(second, UTC):%Y-%m-%dT%H:%M:%S}"


def _before_tag(header: str, moment: float) -> str:
    second = int(moment)
    if header == "traditional":
        return _traditional(second)
    microseconds = int((moment - second) * 1e6)
    return f"{_date_and_time(second)}.{microseconds:06}+00:00 {_HOST}"


def written(line: Line, header: str, moment: float) -> bytes:
    """Give a line as it stands in the log."""
    return f"{_before_tag(header, moment)} {line.tag}: {line.message}\n".encode("latin-1")


def truth_path(log: Path) -> Path:
    """Give the place of the truth about a log."""
    return log.with_name(log.name + ".truth.tsv")


def generate(
    log: Path, *, lines: int, domains: int, header: str, seed: int, incident: bool = False
) -> None:
    """Write so many lines to `log`, and the truth beside it; see the module for both."""
    truth: Counter[Counted] = Counter()
    with log.open("wb", buffering=1 << 20) as file:
        host = MailHost(seed, domains, incident=incident)
        for moment, line in islice(host.lines(), lines):
            file.write(written(line, header, moment))
            if line.counted is not None:
                truth[line.counted] += 1
    with truth_path(log).open("w", encoding="ascii") as file_of_truth:
        for series, times in sorted(truth.items()):
            file_of_truth.write("\t".join((*series, str(times))) + "\n")


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command; writes two files."""
    flags = argparse.ArgumentParser(
        prog="python -m bench.logs.generate", description="Write a mail log and the truth about it."
    )
    flags.add_argument("--lines", type=int, default=5_000_000)
    flags.add_argument("--domains", type=int, default=200, help="recipient domains")
    flags.add_argument("--header", choices=HEADERS, default=HEADERS[0])
    flags.add_argument("--seed", type=int, default=1)
    flags.add_argument("--incident", action="store_true", help="most mail is deferred")
    flags.add_argument("--out", type=Path, required=True, metavar="FILE")
    given = flags.parse_args(arguments)
    generate(
        given.out,
        lines=given.lines,
        domains=given.domains,
        header=given.header,
        seed=given.seed,
        incident=given.incident,
    )


if __name__ == "__main__":
    main()
