"""Scripted receivers: an SMTP server whose answer is the recipient's wish, and that writes down each.

`python -m tests.postfix.receivers RECORD` listens on every address, until it is ended.
"""

from __future__ import annotations

import socketserver
import sys
from collections import Counter
from pathlib import Path
from typing import NamedTuple

PORT = 2525
"""Beside Postfix' own, which takes 25."""


class Answer(NamedTuple):
    """What is said, and when: to RCPT, to DATA, or at the end of the text; no reply hangs up."""

    when: str
    reply: str


HANGS_UP = ""
ACCEPTED = Answer("end", "250 2.0.0 Queued")
GREYLISTED = Answer("RCPT", "450 4.7.1 Greylisted, come back later")
ANSWERS = {
    "accepted": ACCEPTED,
    "full": Answer("RCPT", "450 4.2.2 The mailbox is full"),
    "unknown": Answer("RCPT", "550 5.1.1 No such user here"),
    "policy": Answer("RCPT", "550 5.7.1 Refused by our policy"),
    "data": Answer("DATA", "554 5.7.0 No text from you"),
    "content": Answer("end", "554 5.6.0 Refused for what it says"),
    "greylisted": GREYLISTED,
    "closing": Answer("RCPT", "421 4.7.0 Too much mail from you, closing"),
    "gone": Answer("RCPT", HANGS_UP),
    "gone-late": Answer("end", HANGS_UP),
}
"""What a recipient wishes, by the part before the first dot of its address."""

ENDING = ["closing", "gone", "gone-late"]
"""Wishes that end the session, and with it what Postfix still wanted there."""

Attempts = Counter[tuple[str, str, str]]


def answered(record: Path) -> Attempts:
    """Give the answers in a record by domain, enhanced status code, and what Postfix makes of them.

    To a connection that was lost Postfix gives the code 4.4.2 itself.
    """
    found: Attempts = Counter()
    for line in record.read_text(encoding="ascii").splitlines():
        domain, reply = line.split("\t")
        code = reply.split()[1] if reply else "4.4.2"
        status = {"2": "sent", "4": "deferred", "5": "bounced"}[code[0]]
        found[domain, code, status] += 1
    return found


class Receivers(socketserver.ThreadingTCPServer):
    """All receivers; who was greylisted once is known."""

    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 100

    def __init__(self, record: Path) -> None:
        super().__init__(("0.0.0.0", PORT), Session)
        self.record = record.open("ab", buffering=0)
        self.greylisted: set[str] = set()

    def wish(self, recipient: str) -> Answer:
        """Give what a recipient is to be answered now."""
        answer = ANSWERS.get(recipient.split(".")[0], ACCEPTED)
        if answer is not GREYLISTED:
            return answer
        known = recipient in self.greylisted
        self.greylisted.add(recipient)
        return ACCEPTED if known else GREYLISTED


class Session(socketserver.StreamRequestHandler):
    """One connection."""

    server: Receivers

    def handle(self) -> None:
        """Speak SMTP until somebody hangs up."""
        self.accepted: dict[str, Answer] = {}
        self.say("220 receiver.example ESMTP")
        while line := self.rfile.readline():
            command = line.decode("ascii").strip()
            verb = command[:4].upper()
            if verb == "RCPT":
                goes_on = self.recipient(command.partition("<")[2].partition(">")[0])
            elif verb == "DATA":
                goes_on = self.text()
            else:
                goes_on = self.other(verb)
            if not goes_on:
                return

    def other(self, verb: str) -> bool:
        """Answer what is no recipient and no text."""
        if verb == "EHLO":
            self.say("250-receiver.example\r\n250-PIPELINING\r\n250 ENHANCEDSTATUSCODES")
        elif verb == "QUIT":
            self.say("221 2.0.0 Bye")
        else:
            self.accepted.clear()
            self.say("250 2.0.0 Ok")
        return verb != "QUIT"

    def recipient(self, address: str) -> bool:
        """Answer RCPT."""
        wish = self.server.wish(address)
        if wish.when == "RCPT":
            return self.answer(wish.reply, address)
        self.accepted[address] = wish
        self.say("250 2.1.5 Ok")
        return True

    def text(self) -> bool:
        """Answer DATA, and the text; one recipient's wish is the answer to all."""
        if not self.accepted:
            self.say("554 5.5.1 No valid recipients")
            return True
        if early := self.wished("DATA"):
            return self.answer(early.reply, *self.accepted)
        self.say("354 Go on")
        while self.rfile.readline() not in (b".\r\n", b""):
            pass
        refused = {wish for wish in self.accepted.values() if wish != ACCEPTED}
        return self.answer((refused or {ACCEPTED}).pop().reply, *self.accepted)

    def wished(self, when: str) -> Answer | None:
        """Give what is to be said at a moment."""
        return next((wish for wish in self.accepted.values() if wish.when == when), None)

    def answer(self, reply: str, *recipients: str) -> bool:
        """Write down what these recipients are answered, then say it; false where that is the end."""
        for recipient in recipients:
            domain = recipient.rpartition("@")[2]
            self.server.record.write(f"{domain}\t{reply}\n".encode("ascii"))
        if reply == HANGS_UP:
            return False
        self.say(reply)
        return not reply.startswith("421")

    def say(self, reply: str) -> None:
        """Send a reply."""
        self.wfile.write(f"{reply}\r\n".encode("ascii"))


if __name__ == "__main__":
    Receivers(Path(sys.argv[1])).serve_forever()
