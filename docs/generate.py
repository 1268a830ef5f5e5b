"""Write docs/codes.md, metrics.md and migration.md from what the exporter itself knows: `make docs`.

In: exporter/verdict/data/*.yaml, the families of exporter/page/metrics.py and what bounds them.
Out: the pages. The score in docs/codes.md stays what tests/verdict/score.py wrote there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from docs.migration import ACCEPTED, GO, PFLOGSUMM, SERGEYMAKINEN, SIDE_BY_SIDE, Row
from exporter.counts.bounded_labels import ABSENCE
from exporter.counts.series import FAILED, SENT
from exporter.counts.totals import STAGES, Totals
from exporter.other_flags import REFUSED
from exporter.page.exposition import PublishedCollector
from exporter.tally import Published
from exporter.verdict.classify import Rule
from exporter.verdict.knowledge import Knowledge, built_in

FOLDER = Path(__file__).parent

_CODES_HEAD = """\
# Causes, rules and providers

Generated from `exporter/verdict/data/causes.yaml` and `exporter/verdict/data/providers.yaml` by `make docs`.

`postfix-deliverability-exporter --explain mail.log` shows for the failures in a log which rule decided,
those that are alike once.
To add rules or providers of your own, see [configuration.md](configuration.md).
"""

_PHRASES = """\
## How a rule fits

The first rule of the list that fits decides; the rules of the configuration come first.
A rule fits when everything it names fits.
Its id is the label `reason` of `postfix_refusal_reasons_total`; a rule of the configuration without one is `configuration-1` and so on.

- **said**, who speaks: `reply`, a receiver answered a command; `greeting`, a receiver refused to talk, as it greeted us or in answer to EHLO; `suspended`, Postfix repeats a failure of which it says nothing; `postfix`, Postfix itself. What Postfix suspends is judged by the failure that it repeats.
- **code**: the enhanced status code as logged, but of the class of the reply, because Postfix logs class 4 for whatever a receiver says as it greets us, and with `soft_bounce`; `x` is anything, `4.7.500-699` a range. Postfix logs `x.0.0` for a reply without a code, and for one whose code contradicts it (`450 5.1.1`): then the code that stands in the reply, at its beginning or as `(#5.1.1)`, gives subject and detail.
- **reply**: the reply code or its first digit. **command**: what the reply answered.
- **text**: one of the phrases is in the text. Capitals and punctuation do not matter, and words end where words end: `rbl` is not in `herbloom`. A phrase of one word is found in host names too: `spamhaus` in `zen.spamhaus.org`. `*` stands for the rest of a word, `bl2*`, or between two words for one word; `**` between two words stands for at most four words, or for none. There are no other wildcards, so no text can make the search slow. Many phrases can stand in one text, parted by `|`.

Mail addresses are taken out of a reply first, and out of Postfix' own texts the names of the domain and of the host that is spoken of; of a text, 2000 bytes are looked at.

The built-in rules stand in this order:

1. Postfix' own words, which are nobody else's.
2. Greylisting, which is said in words under any code.
3. Who is meant: what is said of our login, our sender or our quota at a relay, and of the receiver's own trouble to verify a recipient, has words that would mean something else of a recipient.
4. Codes and words that one provider has made up.
5. Words of any server: of the mailbox; of named blocklists; of SPF, DKIM, DMARC, PTR and HELO; of the recipient; of the message; of our reputation. Stock sentences (mailbox unavailable, access denied, try again later) come last, because the reason stands behind them. As a receiver greets us it cannot mean a recipient or a message; at MAIL FROM it means our sender; at the end of DATA a refusal without another reason is of the message.
6. A receiver that refuses to talk.
7. The registry of codes. A bare 4.7.0 or 4.7.1 says nothing, except at providers that are known to limit and in a 421; x.4.x in a reply of class 5 is no trouble of a network.
"""

_MIGRATION = """\
# Coming from another exporter, or from pflogsumm

Generated from `docs/migration.py` and `exporter/other_flags.py` by `make docs`; tests hold the names against what the exporter has.

The port is 9154, as that of kumina's and Hsn723's exporters (in Debian `prometheus-postfix-exporter`), so stop the one before the other starts, or name another with `--web.listen-address`.
What they show of Postfix' services is off by default here:

```sh
postfix-deliverability-exporter --collectors=all --postfix.showq_path=/var/spool/postfix/public/showq
```

or in the configuration `collectors: all` and `queue: {{}}`; see [collectors.md](collectors.md) and [queue.md](queue.md).
A dashboard of theirs goes on to work as far as the third column of the tables says so; a label more than there was changes nothing in a `sum` and a `rate`, but needs an aggregation where a panel took a series as it is.

## What is different

- kumina's and Hsn723's begin at the end of the log whenever they start, and forget: what was logged meanwhile is lost to them, and their counters begin at 0. Ours go on where they stopped, over restarts, `kill -9` and rotation; a first start begins at the end (`log.start`).
- A service whose name has a slash (`postfix/relay/smtp`, Debian's default, `postfix/submission/smtpd`) or whose instance has a name (`postfix-out/smtp`) is not recognised there unless each is listed (Hsn723), or never (kumina). Here the program counts, however it is called.
- Some of their patterns look for what they want anywhere in a line, so a Subject, a sender or a reply can forge a count. Here a text is read from its beginning; what outsiders may have written is not searched.
- Their labels may hold what a stranger chose: an enhanced code, a cipher, a SASL method. Here each has a [bound](collectors.md#bounds).
- `postfix_up` is of the queue alone here; of the log tell `postfix_exporter_log_readable`, `postfix_exporter_log_understood`, `postfix_exporter_read_lag_seconds` and `/-/ready`.
- A new series shows 0 for `hold` (65 s), then its value, so that `increase()` sees the first rise.

## Flags

| theirs | whose | here |
|---|---|---|
{accepted}
These are refused by name, with what to do instead:

| theirs | what to do |
|---|---|
{refused}
`--postfix.showq_port` and `--postfix.showq_network` are refused, too: a queue is read at showq's Unix socket, by an exporter on each mail host.

## Metrics of kumina, Hsn723 and patrickdk77

| theirs | here | what is different |
|---|---|---|
{go}
## Side by side

What both counted of one real log (Postfix 3.11.7, `tests/corpus/postfix-3.11/mail.log.gz`, 2026-11-30). Debian's `prometheus-postfix-exporter` 0.19.0-1 followed an empty file to which the log was then appended; ours read it with `--once --collectors=all`. Sums over all labels that are not named.

| theirs | | here | | why |
|---|---|---|---|---|
{side_by_side}
## Metrics of sergeymakinen

| theirs | here | what is different |
|---|---|---|
{sergeymakinen}
## What pflogsumm reports

pflogsumm reads a day's log once a day; `postfix-triage /var/log/mail.log.1` is nearest to that, and tells what is wrong instead of what there was. As metrics:

| pflogsumm | here | |
|---|---|---|
{pflogsumm}
"""

_SCORE = """\
## How often this is right

`make score-replies` judges labelled log lines, prints this table and each reply that is judged wrongly.
The lines of the `.tsv` files were labelled with provider and cause without a look at the rules; where the cause can be argued about, several are right. Some are from memory of what servers say, as `source` tells.
The rules were made from the replies of `replies.yaml`; only the first table counts them.
When the rules first met them, 306 of 319 lines of `public.tsv` had the right cause (95.9 %), 210 of 228 of `second.tsv` (92.1 %), which had been kept back, and 151 of 159 of `third.tsv` (95.0 %), which was labelled apart. Then they were mended by the misses, so the table shows what a change breaks and not what unseen replies get.

<!-- score -->
{score}<!-- end of score -->
"""

_METRICS_HEAD = """\
# Metrics

Generated from `exporter/page/metrics.py` by `make docs`.
The metrics of the process, the platform and the garbage collector are those of prometheus_client.

| metric | type | labels | meaning |
|---|---|---|---|
"""

_METRICS_REST = f"""
## Labels

- `domain`: the recipient's domain in lower case and A-labels, or a remainder: `none`, `invalid`, `address-literal` and, beyond `domains.limit`, `other`.
- `provider`: who runs the mail exchanger, by the host in `relay=` ([table](codes.md#providers)); for a host in no table the registered domain of the host, which has a dot ([who the receiver is](configuration.md#who-the-receiver-is)); `other` for a domain's own exchangers, `unknown` where none was ever seen.
- `dsn_code`: the enhanced status code (RFC 3463) as Postfix logged it, without leading zeros. A domain has at most {SENT.codes_of_domain} codes of deliveries and {FAILED.codes_of_domain} of failures, and of codes that the rules do not name there are at most {SENT.codes} and {FAILED.codes} in all; others are `2.x.x`, `4.x.x`, `5.x.x`.
- `dsn_class`: the first digit of the code.
- `status`: Postfix' word in lower case: `sent`, `deferred`, `bounced`, `softbounce`; of probes `deliverable`, `undeliverable`.
- `cause`: why, by provider, code and reply ([list](codes.md#causes)).
- `sender`: who sent the message ([senders.md](senders.md)): the domain of the envelope sender, as in `domain`; `<>` is the null sender of notifications, `unknown` where the log has not told it, and beyond `senders.limit` it is `other`. A provider of no table is `other` beside it.
- `reason`: the id of the rule that decided ([table](codes.md#rules)), `configuration-N` for the Nth of the configuration without one. A provider of no table is `other` here.
- `repeat`: `true` for a deferral of a recipient that was already deferred for the same cause, and for retries of an old queue that the exporter has not seen from its beginning. What Postfix did not try (`suspended`) repeats an earlier deferral for the cause that it tells, or an earlier one without a try; the first try after it is no repeat.
- `agent`: Postfix' delivery agent. With rsyslog's RFC 5424 template it is not in the log; it is told from the relay where that is possible, else it is `unknown`.
- `stage`: the part of `delays=`: {", ".join(f"`{stage}`" for stage in STAGES)}.
- `result`: `delivery` records, `other` Postfix lines, lines of other programs (`ignored`), delivery records that could not be read (`unparsed`).
- `service`: Postfix' program, by whatever `syslog_name` it logs; `other` for what is none, `unknown` where the log has lost it.
- `severity`: `warning`, `error`, `fatal`, `panic`.
- `action`: what an access table, a check, a Milter, a proxy or a list of postscreen did, in Postfix' word.
- `after_stage`: the SMTP command, `CONNECT` or `END-OF-MESSAGE` that was the last; what is none of Postfix' is `other`. `stage` of rejects and access actions is the same.
- `code`: the SMTP reply code. `dsn_code` of a reject is `none` where the reply has none, and `4.x.x`, `5.x.x` for a code that neither smtpd gives of itself nor our rules know.
- `command`: a command of smtpd in lower case. `result` of commands is `accepted` or `refused`.
- `sasl_method`: the SASL mechanism, `none` without login.
- `by`: `checks` (header and body checks) or `milter`.
- `part`: of the message, `header`, `body` and so on.
- `trust`, `protocol`, `cipher`: as Postfix logs them.
- `level`: the TLS security level of a delivery. `state` of it: `met`, `unmet`, `plaintext` (a session without TLS, as the level allows), `undetermined` (no session of its own: a connection that failed before TLS, or that was used again).
- `reason` of sessions that smtpd broke off is `timeout` or `errors`; of certificates `self_signed`, `untrusted_issuer`, `expired`, `not_yet_valid`, `no_tlsa_match`, `other`; of postscreen what was full.
- `recipient`, `type`: to whom bounce sent a notification, and of what; of clients that passed postscreen `type` is `new` or `old`.
- `test`: postscreen's test, with `_` for blanks and hyphens.
- `path`: the log; of a queue, the socket of showq at which it is read.
- `queue`: `maildrop`, `incoming`, `active`, `deferred` or `hold`; one of another name is `other`.
- `state`: of a recipient in the queue: `untried`, `deferred` (there is a reason, in whichever queue it is now), `bounced` (its notification is not sent yet).
- `version`, `revision`, `python`: the exporter's version, the source it was built from, the Python that runs it.

An attempt is one at a remote destination when its agent is one of `agents` and its relay is not our own; see these keys, `internal_relays` and `remote_relays` in [configuration.md](configuration.md).

## When values appear and leave

- `hold` of [configuration.md](configuration.md) concerns the counters by domain, sender, agent and probe, those of the collectors and the gaps, so `increase()` misses no burst, but each is on the page a minute late. The histograms and the exporter's other counters do not wait.
- When a domain or a sender that left the page (`domains.idle`, `senders.idle`) comes back, its counters start at 0, at the earliest {ABSENCE / 60:.0f} minutes later.
- `postfix_delivery_outcomes_total` is at each moment what the series of `postfix_delivery_attempts_total` on the page and those that left it come to, so totals and shares need no look at all destinations. It does not fall when domains leave.

## What the figures do not tell

- `postfix_expired_recipients_total` counts recipients whose waiting the exporter saw, no others.
- A message whose queue file was renamed (`postsuper` after a change of `enable_long_queue_ids`) has a new id: its next deferral counts as a first one. After `postsuper -r` it is followed to its new id; a recipient whose address is rewritten on the way waits under both addresses until the message leaves.
- `postsuper -d ALL` names no message in the log: who waited in those it deleted counts as waiting for ten days more; see [surprises.md](surprises.md).
- Behind a smarthost the log knows the smarthost's word only: the verdict by domain ends there.
- The queue, where it is [read](queue.md), is told as of the last reading, and not at all after one that failed; its histograms fall, so take no `rate()` of them.
- What [collectors](collectors.md) count begins at 0 when they are turned on.
- What is lost before it is in a file: see [pygtail.md](pygtail.md#limits-that-remain).
"""


def codes(knowledge: Knowledge, score: str) -> str:
    """Give the page of causes, rules and providers; `score` is how often they are right."""
    parts = [
        _CODES_HEAD,
        "## Causes\n",
        _table(
            ("cause", "meaning", "what to check next"),
            ((f"`{name}`", one.meaning, one.next) for name, one in knowledge.causes.items()),
        ),
        _PHRASES,
        "## Rules\n",
        _table(
            ("rule", "id", "cause", "fits", "meaning, what to check next", "source"),
            (_rule(number, rule) for number, rule in enumerate(knowledge.rules, 1)),
        ),
        "Sources:\n",
        "\n".join(f"- {name}: {told}" for name, told in knowledge.sources.items()) + "\n",
        _SCORE.format(score=score),
        "## Providers\n",
        "Hosts in italics are known by use and were not found in a document.\n"
        "A host in no entry is its registered domain's"
        " ([who the receiver is](configuration.md#who-the-receiver-is)).\n",
        _table(
            ("provider", "name", "kind", "host names end in", "postmaster"),
            (
                (
                    f"`{one.id}`",
                    one.name + (f"; {one.note}" if one.note else ""),
                    one.kind,
                    ", ".join([*one.hosts, *(f"*{host}*" for host in one.unverified)]),
                    one.postmaster,
                )
                for one in knowledge.providers
            ),
        ),
    ]
    return "\n".join(parts)


def _score() -> str:
    """Give the score as it stands in the page."""
    page = (FOLDER / "codes.md").read_text(encoding="utf-8")
    return page.partition("<!-- score -->\n")[2].partition("<!-- end of score -->")[0]


def _rule(number: int, rule: Rule) -> tuple[str, ...]:
    fits = "; ".join(
        f"{key}: {', '.join(f'`{one}`' for one in allowed)}"
        for key, allowed in rule.conditions().items()
    )
    told = " ".join(filter(None, (rule.meaning, rule.next)))
    source = rule.source + (" (unverified)" if rule.unverified else "")
    return (str(number), f"`{rule.id}`", f"`{rule.cause}`", fits or "everything", told, source)


def metrics() -> str:
    """Give the page of metrics."""
    rows = []
    for family in PublishedCollector(lambda: Published(Totals(), 0)).describe():
        name = family.name + ("_total" if family.type == "counter" else "")
        labels = ", ".join(f"`{label}`" for label in getattr(family, "_labelnames", ()))
        rows.append(f"| `{name}` | {family.type} | {labels} | {_cell(family.documentation)} |\n")
    return _METRICS_HEAD + "".join(rows) + _METRICS_REST


def migration() -> str:
    """Give the page for users of other exporters."""

    def rows(told: Iterable[Iterable[str]]) -> str:
        return "".join("| " + " | ".join(map(_cell, cells)) + " |\n" for cells in told)

    def metrics_of(told: Iterable[Row]) -> str:
        return rows((_quoted(row.theirs), row.ours or "no", row.difference) for row in told)

    return _MIGRATION.format(
        accepted=rows((f"`{flag.theirs}`", flag.of, flag.ours) for flag in ACCEPTED),
        refused=rows((f"`--{name}`", told) for name, told in REFUSED.items()),
        go=metrics_of(GO),
        side_by_side=rows(
            (
                f"`{one.theirs}`",
                str(one.their_number),
                f"`{one.ours}`",
                str(one.our_number),
                one.why,
            )
            for one in SIDE_BY_SIDE
        ),
        sergeymakinen=metrics_of(SERGEYMAKINEN),
        pflogsumm=rows((row.theirs, row.ours or "no", row.difference) for row in PFLOGSUMM),
    ).replace("\n\n\n", "\n\n")


def _quoted(names: str) -> str:
    """Give names of metrics as code, what is behind them in parentheses as text."""
    names, bracket, of = names.partition(" (")
    return f"`{names}`{bracket}{of}"


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "".join("| " + " | ".join(map(_cell, cells)) + " |\n" for cells in lines)


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


PAGES: dict[str, Callable[[], str]] = {
    "codes.md": lambda: codes(built_in(), _score()),
    "metrics.md": metrics,
    "migration.md": migration,
}


if __name__ == "__main__":
    for page, content in PAGES.items():
        (FOLDER / page).write_text(content(), encoding="utf-8")
