"""How many replies are judged as a person judges them: `make score-replies`.

In: tests/verdict/scored/*.tsv and replies.yaml, or other files of these forms. Out: a table by
right cause and by source on stdout, with every miss; with --write the table in docs/codes.md.
A TSV has a complete log line, the right provider, the right cause and where it is from; of a cause
that can be argued about, all right answers stand between `|`. The lines were labelled without a
look at the rules; docs/codes.md says how many were right before the rules were mended by them.
"""

from __future__ import annotations

import argparse
import csv
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import yaml

from exporter.records.parse import Parser
from exporter.verdict.providers import OTHER
from exporter.verdict.registered import registered_domain
from tests.pages import ROOT
from tests.verdict.deciding import judge, line

FOLDER = Path(__file__).parent
KNOWN = FOLDER / "replies.yaml"
"""Replies that the rules were made from."""

FILES = (*sorted((FOLDER / "scored").glob("*.tsv")), KNOWN)
PAGE = ROOT / "docs" / "codes.md"
SECTION = re.compile(r"(?s)(?<=<!-- score -->\n).*(?=<!-- end of score -->)")
_FEW = 5
"""Sources of fewer replies share a row."""

_DATE = re.compile(r"(?<=On )\d{4}-\d\d-\d\d(?=,)")


_ADDED = ("claranet", "china-telecom", "terra", "tucows")
"""Providers of replies-2026-11.tsv that were in no table as it was made."""


class Reply(NamedTuple):
    """A labelled log line; `providers` and `causes` are all right answers, the likeliest first."""

    line: str
    providers: tuple[str, ...]
    causes: tuple[str, ...]
    source: str
    file: str


class Outcome(NamedTuple):
    """What the exporter made of a reply; `rule` is the id or the place of the rule that decided."""

    reply: Reply
    provider: str
    cause: str
    rule: str

    @property
    def is_right_provider(self) -> bool:
        """Whether the provider is right; `other` is who was in no table as the lines were labelled.

        Now that is the registered domain of the host, or one of the providers that were added.
        """
        right = self.reply.providers
        if self.provider in right or OTHER not in right:
            return self.provider in right
        hosts = re.findall(r"[^ =\[]+(?=\[)", self.reply.line.lower())
        return self.provider in (*map(registered_domain, hosts), *_ADDED)

    @property
    def is_right_cause(self) -> bool:
        """Whether the cause is one of the right ones."""
        return self.cause in self.reply.causes


def replies(path: Path) -> Iterator[Reply]:
    """Read a file of labelled replies."""
    with path.open(encoding="utf-8") as file:
        if path.suffix == ".tsv":
            for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
                yield _reply(row["line"], row, path)
        else:
            for entry in yaml.load(file, yaml.CSafeLoader):
                yield _reply(line(entry), entry, path)


def _reply(text: str, labels: dict[str, str], path: Path) -> Reply:
    providers, causes = (tuple(labels[key].split("|")) for key in ("provider", "cause"))
    return Reply(text, providers, causes, labels["source"], path.name)


def outcomes(labelled: Iterable[Reply]) -> Iterator[Outcome]:
    """Read and judge each line as the exporter does, each as if it were the first of its log."""
    parse_line, one = Parser().parse_line, judge()
    for reply in labelled:
        one.last_provider.clear()
        _, deliveries = parse_line(reply.line.encode())
        judged = one.failure(deliveries[0]) if deliveries else None
        if judged is None:
            yield Outcome(reply, "", "", "no failure at a remote destination")
            continue
        # a suspended attempt is right by its label, or by what it repeats
        provider, decision = judged
        rule = decision.rule
        cause = decision.cause if decision.cause in reply.causes else rule.cause
        yield Outcome(reply, provider, cause, rule.id or rule.origin)


def share(scored: Iterable[Outcome]) -> float:
    """Give the share of right causes in percent."""
    right = [one.is_right_cause for one in scored]
    return 100 * sum(right) / len(right)


def table(scored: list[Outcome]) -> str:
    """Give how many are right: by file; of what the rules were not made from, by kind and source."""
    unseen = [one for one in scored if one.reply.file != KNOWN.name]
    by_source = Counter(map(_source, unseen))
    parts = [
        _rows("file", scored, lambda one: f"`{one.reply.file}`"),
        _rows(
            "right answers", unseen, lambda one: "one" if len(one.reply.causes) == 1 else "several"
        ),
        _rows("right cause", unseen, lambda one: f"`{one.reply.causes[0]}`"),
        _rows(
            "source",
            unseen,
            lambda one: _source(one) if by_source[_source(one)] >= _FEW else "others",
        ),
    ]
    return "\n".join(parts)


def _source(one: Outcome) -> str:
    """Give who published a reply: a repository, a site, a mail server."""
    return re.split(r"[ ,;]", one.reply.source.removeprefix("github.com/"))[0]


def _rows(title: str, scored: list[Outcome], key: Callable[[Outcome], str]) -> str:
    groups: dict[str, list[Outcome]] = {}
    for one in scored:
        groups.setdefault(key(one), []).append(one)
    text = f"| {title} | replies | cause right | | provider right |\n"
    text += "| --- | ---: | ---: | ---: | ---: |\n"
    for name, group in [*sorted(groups.items()), ("all", scored)]:
        causes = sum(one.is_right_cause for one in group)
        providers = sum(one.is_right_provider for one in group)
        text += f"| {name} | {len(group)} | {causes} | {share(group):.1f} % | {providers} |\n"
    return text


def misses(scored: Iterable[Outcome]) -> Iterator[str]:
    """Yield a paragraph about each reply that is judged wrongly."""
    for one in scored:
        if not (one.is_right_cause and one.is_right_provider):
            expected = "|".join(one.reply.causes), "|".join(one.reply.providers)
            yield (
                f"{one.reply.line[one.reply.line.index('relay=') :]}\n"
                f"  expected {expected[0]} at {expected[1]},"
                f" got {one.cause} at {one.provider} by {one.rule}\n"
            )


def section(scored: list[Outcome], page: str) -> str:
    """Give a page with the table in it; the date stays that of the last change."""
    written = SECTION.search(page)
    assert written, f"{PAGE.name} has no place for the table"
    dated = _DATE.search(written[0])
    today = datetime.now(UTC).date().isoformat()
    new = [
        f"\nOn {date}, `make score-replies`:\n\n{table(scored)}\n"
        for date in (dated[0] if dated else today, today)
    ]
    return page if written[0] == new[0] else SECTION.sub(lambda _: new[1], page)


def main() -> None:
    """Score the files that are named, or all of tests/verdict."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("file", nargs="*", type=Path, default=FILES)
    parser.add_argument("--totals", action="store_true", help="do not print the misses")
    parser.add_argument("--write", action="store_true", help="write the table into docs/codes.md")
    arguments = parser.parse_args()
    scored = list(outcomes(reply for path in arguments.file for reply in replies(path)))
    if not arguments.totals:
        print("\n".join(misses(scored)))
    print(table(scored))
    if arguments.write:
        PAGE.write_text(section(scored, PAGE.read_text("utf-8")), "utf-8")


if __name__ == "__main__":
    main()
