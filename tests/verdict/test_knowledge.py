"""The rules and tables: they name what exists, and each of them can decide."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import product

from exporter.verdict.classify import CAUSES, Rule, speaker_and_words
from exporter.verdict.knowledge import built_in, classifier, read_rules
from tests.verdict.deciding import NOBODY, decide


def test_causes_are_described() -> None:
    """Each cause has a meaning and says what to check; there are no others."""
    assert list(built_in().causes) == CAUSES
    assert all(cause.meaning and cause.next for cause in built_in().causes.values())


def test_rules_name_what_exists() -> None:
    """Providers and sources of the rules exist; the last rule fits everything."""
    known = built_in()
    providers = {provider.id for provider in known.providers}
    for rule in known.rules:
        assert set(rule.provider) <= providers, rule
        assert rule.source in known.sources or rule.source.startswith("RFC "), rule
    assert known.rules[-1].conditions() == {}


def test_rules_have_names() -> None:
    """Each rule has an id of its own, which tells and is short: the label `reason`."""
    ids = [rule.id for rule in built_in().rules]
    assert len(set(ids)) == len(ids) <= 350
    assert [one for one in ids if not re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", one)] == []
    assert [one for one in ids if not 4 <= len(one) <= 40] == []


def test_every_rule_can_decide() -> None:
    """No rule is hidden by an earlier one: for each there is a failure that it decides."""
    known, one = built_in(), classifier()
    hidden = []
    for rule in known.rules:
        if not any(one.decide(*case) is rule for case in _cases(rule)):
            hidden.append(rule.id)
    assert hidden == []


HEADS = {
    "reply": "host mx.example[192.0.2.1] said: ",
    "greeting": "host mx.example[192.0.2.1] refused to talk to me: ",
    "suspended": "delivery temporarily suspended: ",
    "postfix": "",
}


def _cases(rule: Rule) -> Iterator[tuple[str, str, str, str, str, bytes]]:
    """Yield failures that fit a rule by its own keys."""
    tail = f" (in reply to {rule.command[0].upper()} command)" if rule.command else ""
    for said, code, digit, words in product(
        rule.said or ("reply", "greeting"),
        rule.code or ("4.0.0", "5.0.0", "5.9.9"),
        rule.reply or ("4", "5"),
        rule.text or ("",),
    ):
        number = code.split("-")[0]
        number = (digit[0] if number[0] == "x" else number[0]) + number[1:].replace("x", "77")
        reply = f"{digit}50"[:3] if said in ("reply", "greeting") else ""
        text = f"{HEADS[said]}{reply} {words.replace('*', 'x')}{tail})"
        yield (
            (rule.provider or ("other",))[0],
            (rule.agent or ("smtp",))[0],
            number,
            "deferred",
            *speaker_and_words(text.encode(), *NOBODY),
        )


def test_additions_come_first() -> None:
    """A rule of the configuration wins over the built-in ones."""
    added = classifier([Rule("mailbox", code=("5.7.1",), text=("go away",))])
    text = b"host mx[192.0.2.1] said: 550 5.7.1 Go away (in reply to RCPT TO command))"
    decided = decide(added, "other", "5.7.1", "bounced", text)
    assert (decided.cause, decided.id) == ("mailbox", "configuration-1")
    assert decided.origin == "configuration, rule 1"


def test_phrases_in_one_text() -> None:
    """Many phrases may stand in one text, parted by `|`; a text without is one phrase."""
    written = [
        {"cause": "other", "text": "go away |\n  no ** entry"},
        {"cause": "other", "text": "go, away"},
    ]
    parted, one = read_rules("causes", written)
    assert (parted.text, one.text) == (("go away", "no ** entry"), ("go, away",))
