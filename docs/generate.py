"""Write docs/codes.md and docs/metrics.md from what the exporter itself knows: `make docs`.

In: exporter/verdict/data/*.yaml, the families of exporter/page/metrics.py and what bounds them.
Out: the two pages. The score in docs/codes.md stays what tests/verdict/score.py wrote there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from exporter.counts.bounded_labels import ABSENCE
from exporter.counts.series import FAILED, SENT
from exporter.counts.totals import STAGES, Totals
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
- `path`: the log; of a queue, the socket of showq at which it is read.
- `queue`: `maildrop`, `incoming`, `active`, `deferred` or `hold`; one of another name is `other`.
- `state`: of a recipient in the queue: `untried`, `deferred` (there is a reason, in whichever queue it is now), `bounced` (its notification is not sent yet).
- `version`, `revision`, `python`: the exporter's version, the source it was built from, the Python that runs it.

An attempt is one at a remote destination when its agent is one of `agents` and its relay is not our own; see these keys, `internal_relays` and `remote_relays` in [configuration.md](configuration.md).

## When values appear and leave

- `hold` of [configuration.md](configuration.md) concerns the counters by domain, sender, agent and probe and the gaps, so `increase()` misses no burst, but each is on the page a minute late. The histograms and the exporter's other counters do not wait.
- When a domain or a sender that left the page (`domains.idle`, `senders.idle`) comes back, its counters start at 0, at the earliest {ABSENCE / 60:.0f} minutes later.
- `postfix_delivery_outcomes_total` is at each moment what the series of `postfix_delivery_attempts_total` on the page and those that left it come to, so totals and shares need no look at all destinations. It does not fall when domains leave.

## What the figures do not tell

- `postfix_expired_recipients_total` counts recipients whose waiting the exporter saw, no others.
- A message whose queue file was renamed (`postsuper` after a change of `enable_long_queue_ids`) has a new id: its next deferral counts as a first one. After `postsuper -r` it is followed to its new id; a recipient whose address is rewritten on the way waits under both addresses until the message leaves.
- `postsuper -d ALL` names no message in the log: who waited in those it deleted counts as waiting for ten days more; see [surprises.md](surprises.md).
- Behind a smarthost the log knows the smarthost's word only: the verdict by domain ends there.
- The queue, where it is [read](queue.md), is told as of the last reading, and not at all after one that failed; its histograms fall, so take no `rate()` of them.
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


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "".join("| " + " | ".join(map(_cell, cells)) + " |\n" for cells in lines)


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


PAGES: dict[str, Callable[[], str]] = {
    "codes.md": lambda: codes(built_in(), _score()),
    "metrics.md": metrics,
}


if __name__ == "__main__":
    for page, content in PAGES.items():
        (FOLDER / page).write_text(content(), encoding="utf-8")
