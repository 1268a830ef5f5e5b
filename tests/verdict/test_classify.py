"""How rules fit: phrases, codes, commands, who speaks; and what numbers decide."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.verdict.classify import Classifier, CodePattern, Rule
from exporter.verdict.knowledge import classifier
from tests.verdict.deciding import decide

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
    "a code whose class is not the reply's": (
        Rule("other", code=("5.1.1",)),
        "host h[::1] said: 450 5.1.1 later)",
        True,
    ),
    "a code behind the beginning of a reply": (
        Rule("other", code=("5.1.1",)),
        "host h[::1] said: 450 see 5.1.1)",
        False,
    ),
    "the reply code": (
        Rule("other", reply=("530",)), "host h[::1] said: 530 log in)", True,
    ),
    "another reply code": (
        Rule("other", reply=("530",)), "host h[::1] said: 535 log in)", False,
    ),
    "the reply of a greeting that began well": (
        Rule("other", reply=("421",)), "host h[::1] refused to talk to me: 220-h 421 later)", True,
    ),
    "two stars are four words": (
        Rule("other", text=("user ** unknown",)),
        "host h[::1] said: 550 User <x@y> is as yet unknown)",
        True,
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


CLASSES = {
    "at the greeting": ("4.7.1", "deferred", "refused to talk to me: 554 5.7.1", "5.7.1"),
    "with soft_bounce": ("4.1.1", "softbounce", "said: 550 5.1.1", "5.1.1"),
    "of the last line": ("5.7.1", "bounced", "said: 450-4.7.1 first 550 5.7.1", "5.7.1"),
    "of a deferral": ("4.7.1", "deferred", "said: 450 4.7.1", "4.7.1"),
}


@pytest.mark.parametrize(("logged", "status", "reply", "code"), CLASSES.values(), ids=CLASSES)
def test_class_of_a_code(logged: str, status: str, reply: str, code: str) -> None:
    """A code is of the class of the reply, which Postfix changes in two cases."""
    one = Classifier([Rule("other", code=(code,)), Rule("local")])
    text = f"host mx[192.0.2.1] {reply} no)".encode()
    assert decide(one, "other", logged, status, text).cause == "other"


_CLASSIFIER = classifier()
NUMBERED = classifier(
    [
        Rule("mailbox", text=("ticket a1b2c3d4e5", "x1234567890")),
        Rule("throttled", text=("a12* slow", "case * closed")),
    ]
)
WORDS = (
    "550-5.7.1 550 5.1.1 (#5.2.1) 12345678 a1b2c3d4e5 a1b2c3d4e5. a12345678 x1234567890 x1234567890,"
    " x123456789 ab12cd34ef56- a1b2c3d4.example u@a1b2c3d4e5 a12 ticket slow case closed spamhaus"
    " user unknown mailbox full . - ( ) (in reply to rcpt to command)".split(" ")
)
NAMES = [
    name.encode()
    for name in "tulip-theatre.example kq.example user.example unknown-user.example rbl.example"
    " x.spamhaus mailbox-is-full.test_1.example proofpoint.com pobox.com i.ua blocked.to kq--zv.example 5.1".split()
]
WORDS_AND_NAMES = [
    form.replace("NAME", name.decode()) for name in NAMES for form in ("NAME", "https://x.NAME/y")
]


@given(st.lists(st.sampled_from(WORDS), max_size=12))
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


@given(st.lists(st.sampled_from(WORDS + WORDS_AND_NAMES), max_size=12))
def test_names_of_domains_decide_nothing(words: list[str]) -> None:
    """A reply in which something stands for a domain's name has the same cause as with the name."""
    text = " ".join(words).encode()
    for one in (_CLASSIFIER, NUMBERED):
        rule = one.decide("other", "smtp", "5.0.0", "bounced", "reply", text)
        for name in NAMES:
            other = text.replace(name, one.stand_in(name))
            assert one.decide("other", "smtp", "5.0.0", "bounced", "reply", other) is rule


def test_stand_in() -> None:
    """It is the name itself where a rule may be of a word in it, at whatever place."""
    changed = {name: _CLASSIFIER.stand_in(name) for name in NAMES}
    assert {name for name, other in changed.items() if name != other} == {
        b"tulip-theatre.example",
        b"kq.example",
        b"kq--zv.example",
    }
    assert changed[b"tulip-theatre.example"] == b"\xff-\xff"


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
        "unknown_recipient",
    ),
    "somebody's address": ("550 5.2.0 User dkim@forward.example is away", "5.2.0", "mailbox"),
    "a quota of the rate": ("450 4.7.1 Rate limit quota exceeded", "4.7.1", "throttled"),
}


@pytest.mark.parametrize(("reply", "code", "cause"), HARD.values(), ids=HARD)
def test_hard_cases(reply: str, code: str, cause: str) -> None:
    """Words that mean something else in their place do not decide."""
    text = f"host mx.example[192.0.2.1] said: {reply} (in reply to RCPT TO command))".encode()
    names = (b"spamhaus.fan@x.example", b"x.example", b"")
    assert decide(classifier(), "other", code, "bounced", text, names).cause == cause
