"""The rules and tables: they name what exists, and each of them can decide."""

from __future__ import annotations

from collections.abc import Iterator

from exporter.verdict.classify import CAUSES, Rule, speaker_and_words
from exporter.verdict.knowledge import built_in, classifier
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


def test_every_rule_can_decide() -> None:
    """No rule is hidden by an earlier one: for each there is a failure that it decides."""
    known, one = built_in(), classifier()
    hidden = []
    for rule in known.rules:
        if not any(one.decide(*case).origin == rule.origin for case in _cases(rule)):
            hidden.append(rule.origin)
    assert hidden == []


def _cases(rule: Rule) -> Iterator[tuple[str, str, str, str, str, bytes]]:
    """Yield failures that fit a rule by its own keys."""
    heads = {
        "reply": "host mx.example[192.0.2.1] said: ",
        "greeting": "host mx.example[192.0.2.1] refused to talk to me: ",
        "suspended": "delivery temporarily suspended: ",
        "postfix": "",
    }
    for said in rule.said or ("reply", "greeting"):
        for code in rule.code or ("4.0.0", "5.0.0", "5.9.9"):
            for digit in "45":
                number = code.split("-")[0]
                number = (digit if number[0] == "x" else number[0]) + number[1:].replace("x", "77")
                for words in rule.text or ("",):
                    tail = (
                        f" (in reply to {rule.command[0].upper()} command)" if rule.command else ""
                    )
                    reply = (
                        f"{(rule.reply or (digit,))[0]}50 " if said in ("reply", "greeting") else ""
                    )
                    text = heads[said] + reply + words.replace("*", "x") + tail + ")"
                    agent = (rule.agent or ("smtp",))[0]
                    provider = (rule.provider or ("other",))[0]
                    yield (
                        provider,
                        agent,
                        number,
                        "deferred",
                        *speaker_and_words(text.encode(), *NOBODY),
                    )


def test_additions_come_first() -> None:
    """A rule of the configuration wins over the built-in ones."""
    added = classifier([Rule("mailbox", code=("5.7.1",), text=("go away",))])
    text = b"host mx[192.0.2.1] said: 550 5.7.1 Go away (in reply to RCPT TO command))"
    decided = decide(added, "other", "5.7.1", "bounced", text)
    assert (decided.cause, decided.origin) == ("mailbox", "configuration, rule 1")
