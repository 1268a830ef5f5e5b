"""Provider and cause of real replies, and how rules fit."""

from __future__ import annotations

import re
import string
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from exporter.records.line import Delivery
from exporter.verdict.classify import CAUSES, Classifier, CodePattern, Rule, spoken
from exporter.verdict.destination import Relays
from exporter.verdict.judge import Judge
from exporter.verdict.knowledge import built_in, classifier, provider_table
from exporter.verdict.phrases import MOST, Finder, phrase, plain
from exporter.verdict.providers import relay_in_text

REPLIES: list[dict[str, str]] = yaml.load(
    (Path(__file__).parent / "replies.yaml").read_text("utf-8"), yaml.CSafeLoader
)
Names = tuple[bytes, bytes, bytes]
NOBODY: Names = (b"", b"", b"")
# the recipient that a reply repeats
RECIPIENT = re.compile(r"(?P<local_part>[a-z.]+)@(?P<domain>(?:[a-z-]+\.)*example(?:\.com)?)")


def decide(
    one: Classifier, provider: str, code: str, status: str, text: bytes, names: Names = NOBODY
) -> Rule:
    """Give the rule for a record's text."""
    return one.decide(provider, "smtp", code, status, *spoken(text, *names))


def judge(agents: tuple[str, ...] = ("smtp", "lmtp", "error", "cleanup")) -> Judge:
    """Give a judge with the built-in knowledge."""
    return Judge(agents, Relays(), provider_table(), classifier(), {})


def delivery(entry: dict[str, str]) -> Delivery:
    """Make the delivery record of an entry of replies.yaml."""
    found = RECIPIENT.search(entry["text"])
    local_part, domain = found.groups() if found else ("user", "recipient.example")
    fields = {
        "timestamp": "Nov 23 20:15:19",
        "origin": f"mx1 postfix/{entry['agent']}",
        "queue_id": "4jYHHW4y9RzBrg7",
        "local_part": local_part,
        "domain": domain,
        "relay": entry["relay"],
        "delay": "1",
        "delays": "0/0/0/1",
        "dsn": str(entry["dsn"]),
        "status": entry["status"],
        "text": entry["text"] + ")",
    }
    return Delivery(**{name: value.encode() for name, value in fields.items()})


def test_real_replies() -> None:
    """Provider and cause of every labelled reply are as a person says they are."""
    one, wrong = judge(), []
    for entry in REPLIES:
        one.last_seen.clear()
        failure = one.failure(delivery(entry))
        got = (failure[0], failure[1].cause) if failure else None
        if got != (entry["provider"], entry["cause"]):
            wrong.append((got, entry))
    assert wrong == []


def test_there_are_enough_real_replies() -> None:
    """The labelled replies are many, of many providers, and name where they are from."""
    assert len({entry["text"] for entry in REPLIES}) >= 500
    assert len({entry["provider"] for entry in REPLIES}) >= 50
    assert {entry["cause"] for entry in REPLIES} == set(CAUSES) - {"delivered"}
    assert sum(entry["source"] != "memory" for entry in REPLIES) >= 480


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
                    yield provider, agent, number, "deferred", *spoken(text.encode(), *NOBODY)


FITS: dict[str, tuple[Rule, str, bool]] = {
    "no condition": (Rule("other"), "anything", True),
    "a phrase over the end of a reply's line": (
        Rule("other", text=("please slow down",)),
        "host h[::1] said: 450-4.7.1 Please slow 450 4.7.1 down (in reply to DATA command))",
        True,
    ),
    "capitals and punctuation do not matter": (
        Rule("other", text=("grey listed",)),
        "host h[::1] said: 450 4.2.0 *** GREY-LISTED.)",
        True,
    ),
    "words end where words end": (
        Rule("other", text=("rbl",)),
        "host h[::1] said: 450 4.2.0 herbloom)",
        False,
    ),
    "a word of a host name": (
        Rule("other", text=("spamhaus",)),
        "host h[::1] said: 450 4.2.0 see http://www.spamhaus.org/)",
        True,
    ),
    "a star is the rest of a word": (
        Rule("other", text=("ofr* 104",)),
        "host h[::1] said: 421 OFR004_104 [104])",
        True,
    ),
    "a star is no more than one word": (
        Rule("other", text=("ofr* 104",)),
        "host h[::1] said: 421 OFR004 x 104)",
        False,
    ),
    "the recipient's address is no word of the receiver": (
        Rule("other", text=("spf",)),
        "host h[::1] said: 550 5.1.1 <spf@example.com> not here)",
        False,
    ),
    "the receiver's name is no word of the receiver": (
        Rule("other", text=("spf",)),
        "lost connection with spf.example[192.0.2.7] while receiving the greeting)",
        False,
    ),
    "the command that was refused": (
        Rule("other", command=("rcpt to",)),
        "host h[::1] said: 550 no (in reply to RCPT TO command))",
        True,
    ),
    "another command": (
        Rule("other", command=("rcpt to",)),
        "host h[::1] said: 550 no (in reply to MAIL FROM command))",
        False,
    ),
    "a command in the reply itself": (
        Rule("other", command=("rcpt to",)),
        "host h[::1] said: 550 (in reply to RCPT TO command) (in reply to end of DATA command))",
        False,
    ),
    "who speaks: a receiver": (Rule("other", said=("reply",)), "host h[::1] said: 550 no)", True),
    "who speaks: Postfix, of a receiver": (
        Rule("other", said=("reply",)),
        "TLS is required, but host h[::1] refused to start TLS: 454 4.7.0 no)",
        False,
    ),
    "who speaks: not what the reply says": (
        Rule("other", said=("suspended",)),
        "host h[::1] said: 450 delivery temporarily suspended: connect to x[192.0.2.1]:25: no)",
        False,
    ),
    "a code in the text of a reply without one": (
        Rule("other", code=("5.1.1",)),
        "host h[::1] said: 550 sorry, nobody here (#5.1.1))",
        True,
    ),
    "an address is no code": (
        Rule("other", code=("5.1.1",)),
        "host h[::1] said: 550 sorry, (5.1.1.7) is nobody)",
        False,
    ),
    "first digit of the reply code": (
        Rule("other", reply=("4",)), "host h[::1] refused to talk to me: 421 later)", True,
    ),
}  # fmt: skip


@pytest.mark.parametrize(("rule", "text", "fits"), FITS.values(), ids=FITS)
def test_fits(rule: Rule, text: str, fits: bool) -> None:
    """A rule fits when everything that it names fits."""
    both = Classifier([rule, Rule("local")])
    names = (b"spf@example.com", b"example.com", b"spf.example[192.0.2.7]")
    decided = decide(both, "google", "5.0.0", "bounced", text.encode(), names)
    assert (decided.cause == "other") == fits


PATTERNS = {
    "5.7.1": (["5.7.1"], ["5.7.10", "4.7.1"]),
    "x.1.1": (["4.1.1", "5.1.1"], ["5.1.10"]),
    "5.7.x": (["5.7.0", "5.7.999"], ["5.6.1"]),
    "4.7.500-699": (["4.7.500", "4.7.699"], ["4.7.499", "4.7.700"]),
}


@pytest.mark.parametrize(("pattern", "codes"), PATTERNS.items())
def test_code_patterns(pattern: str, codes: tuple[list[str], list[str]]) -> None:
    """A pattern of codes fits whole numbers, not text."""
    one = CodePattern(pattern)
    assert all(map(one.fits, codes[0]))
    assert not any(map(one.fits, codes[1]))


@pytest.mark.parametrize("pattern", ["5.7", "5.7.1.2", "5.7.*", "a.b.c", "5.7.1-", "", "5.7.1234"])
def test_what_is_no_code_pattern(pattern: str) -> None:
    """Anything else is refused."""
    with pytest.raises(ValueError, match=r".*"):
        CodePattern(pattern)


def test_same_code_of_another_class_at_the_greeting() -> None:
    """A block at connect time is blocked although Postfix logs it as a deferral of class 4."""
    text = b"host mx[192.0.2.1] refused to talk to me: 554 5.7.1 You are not welcome)"
    assert decide(classifier(), "other", "4.7.1", "deferred", text).cause == "blocked"


def test_additions_come_first() -> None:
    """A rule of the configuration wins over the built-in ones."""
    added = classifier([Rule("mailbox", code=("5.7.1",), text=("go away",))])
    text = b"host mx[192.0.2.1] said: 550 5.7.1 Go away (in reply to RCPT TO command))"
    decided = decide(added, "other", "5.7.1", "bounced", text)
    assert (decided.cause, decided.origin) == ("mailbox", "configuration, rule 1")


def _looks_in_turn(lists: list[list[str]], text: bytes) -> int:
    """Find the first list with a phrase in the simplest way."""
    for place, phrases in enumerate(lists):
        for written in phrases:
            needle, search, _, _, is_word = phrase(written)
            words = text.replace(b".", b" ").split()
            if (is_word and needle.strip() in words) or (
                needle in text and (search is None or search(text))
            ):
                return place
    return len(lists)


def is_phrase(text: str) -> bool:
    """Whether a text is a phrase."""
    try:
        phrase(text)
    except ValueError:
        return False
    return True


PHRASES = st.text("ab.* -", min_size=2, max_size=9).filter(is_phrase)


@pytest.mark.parametrize(
    "text", ["", "*", "a", "* *", "*ab", "ab *", "ab*cd", "a*", ". .", "ab **"]
)
def test_what_is_no_phrase(text: str) -> None:
    """A phrase has a word; a star ends a word, or is one between two others."""
    assert not is_phrase(text)


@given(st.lists(st.lists(PHRASES, max_size=3), max_size=9), st.text("ab. -", max_size=40))
def test_finder_finds_what_looking_in_turn_finds(lists: list[list[str]], text: str) -> None:
    """The index by words gives the same list as trying phrase after phrase."""
    words = plain(text.encode())
    finder = Finder([[phrase(written) for written in phrases] for phrases in lists])
    assert finder.first(words) == _looks_in_turn(lists, words)


_CLASSIFIER = classifier()
NUMBERED = classifier(
    [
        Rule("mailbox", text=("ticket a1b2c3d4e5", "x1234567890")),
        Rule("throttled", text=("a12* slow", "case * closed")),
    ]
)
WORDS = st.sampled_from(
    "550-5.7.1 550 5.1.1 (#5.2.1) 12345678 a1b2c3d4e5 a1b2c3d4e5. a12345678 x1234567890 x1234567890,"
    " x123456789 ab12cd34ef56- a1b2c3d4.example u@a1b2c3d4e5 a12 ticket slow case closed spamhaus"
    " user unknown mailbox full . - ( ) (in reply to rcpt to command)".split(" ")
)


@given(st.lists(WORDS, max_size=12))
def test_numbers_decide_nothing(words: list[str]) -> None:
    """A reply without the numbers in it has the same cause, unless a rule names the number."""
    text = " ".join(words).encode()
    for one in (_CLASSIFIER, NUMBERED):
        for circumstances in (
            ("google", "smtp", "5.0.0", "bounced"),
            ("other", "smtp", "4.7.1", "deferred"),
        ):
            rule = one.decide(*circumstances, "reply", text)
            assert one.decide(*circumstances, "reply", one.without_numbers(text)) is rule


def test_replies_that_differ_in_numbers_are_alike() -> None:
    """What a receiver numbers its replies with is taken out, so that they are judged once."""
    reply = b"450 4.2.1 busy, ticket %b. see https://x.example/%b (in reply to rcpt to command))"
    alike = {
        _CLASSIFIER.without_numbers(reply % (one, b"a"))
        for one in (b"d3ffd0e900f2c3", b"27050696630")
    }
    assert len(alike) == 1
    assert _CLASSIFIER.without_numbers(reply % (b"a", b"b")) == reply % (b"a", b"b")


@given(st.binary(max_size=3000))
def test_any_text_is_decided(text: bytes) -> None:
    """No text stops the classifier."""
    for head in (b"", b"host x[192.0.2.1] said: ", b"delivery temporarily suspended: "):
        rule = decide(_CLASSIFIER, "google", "5.7.1", "bounced", head + text)
        assert rule.cause in CAUSES


HOSTILE: dict[str, Callable[[int], bytes]] = {
    "one letter": lambda size: b"a" * size,
    "spaces": lambda size: b" " * size,
    "full stops": lambda size: b"." * size,
    "stops and spaces": lambda size: b". " * (size // 2),
    "beginnings of phrases": lambda size: b"ofr ofr" * (size // 7),
    "a word of many phrases": lambda size: b"mailbox " * (size // 8),
    "all words of phrases": lambda size: (
        " ".join(word for rule in built_in().rules for word in rule.text) * 99
    ).encode()[:size],
    "brackets": lambda size: b"(#5.1." * (size // 6),
    "lines of a reply": lambda size: b"550-5.7.1 x " * (size // 12),
    "commands": lambda size: b" (in reply to" * (size // 13),
    "host": lambda size: b"host " + b"x" * size + b"[1] said: ",
    "letters": lambda size: (string.ascii_letters * size).encode()[:size],
}


@pytest.mark.parametrize("make", HOSTILE.values(), ids=HOSTILE)
def test_time_is_linear(make: Callable[[int], bytes]) -> None:
    """Ten times the text takes about ten times as long, far beyond the bytes that are looked at."""
    one = classifier()
    finder, _ = one._candidates("orange", "5.0.0", "bounced", "smtp", "reply", "5", "")

    def took(size: int) -> float:
        text, best = make(size), 1e9
        for _ in range(3):
            started = time.process_time()
            said, words = spoken(b"host x[192.0.2.1] said: 550-5.7.1 " + text, b"", b"", b"")
            one.decide("orange", "smtp", "5.0.0", "bounced", said, words)
            relay_in_text(text)
            finder.first(b" " + text + b" ")
            best = min(best, time.process_time() - started)
        return best

    assert took(1_000_000) < 0.01 + 40 * took(100_000)
    assert len(plain(make(10 * MOST))) <= MOST + 2


HARD = {
    "an unknown user, with an address of the filter's maker": (
        "550 5.1.1 User unknown; see https://www.barracudanetworks.com/reputation",
        "5.1.1",
        "unknown_recipient",
    ),
    "a full mailbox behind a filter": (
        "552 5.2.2 full (mx1.barracudanetworks.com)",
        "5.2.2",
        "mailbox",
    ),
    "the recipient in other letters": (
        "550 5.7.1 Unknown: Spamhaus.Fan@x.example",
        "5.7.1",
        "blocked",
    ),
    "somebody's address": ("550 5.2.0 User dkim@forward.example has moved", "5.2.0", "mailbox"),
    "a quota of the rate": ("450 4.7.1 Rate limit quota exceeded", "4.7.1", "throttled"),
}


@pytest.mark.parametrize(("reply", "code", "cause"), HARD.values(), ids=HARD)
def test_hard_cases(reply: str, code: str, cause: str) -> None:
    """Words that mean something else in their place do not decide."""
    text = f"host mx.example[192.0.2.1] said: {reply} (in reply to RCPT TO command))".encode()
    names = (b"spamhaus.fan@x.example", b"x.example", b"")
    assert decide(classifier(), "other", code, "bounced", text, names).cause == cause
