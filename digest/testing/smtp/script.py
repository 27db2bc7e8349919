"""What a scripted SMTP server shall do and what it saw: a test's wishes go in, records of what clients did come out."""

import ssl
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

Phase = str
"""A moment at which a fault may come: “connect” (instead of the greeting), “ehlo”, “helo”, “starttls”, “auth”, “mail”, “rcpt”, “data”
(the answer to DATA, or to a BDAT that is not the last), “body” (while it is read), “dot” (read, or BDAT LAST; nothing kept yet),
“answer” (kept, before the answer), “idle” (after the answer to the dot), “rset”, “quit”, “other”."""

Ends = Literal["", "close", "reset", "silence"]


@dataclass(frozen=True, slots=True)
class Fault:
    """What happens instead of the usual answer.

    `packets` are written as they are, each by itself. Then the connection goes on, is closed, is reset (RST), or stays open in silence
    until the client leaves. `done` says that the command took effect all the same. `after` is how many octets of the body are read
    first (phase “body”). `holds` is an event that is waited for before anything else.
    """

    packets: tuple[bytes, ...] = ()
    ends: Ends = ""
    done: bool = False
    after: int = 0
    holds: threading.Event | None = None


def reply(text: str, **more: object) -> Fault:
    """Return the fault that answers with a line of text; 421 closes the connection (RFC 5321, section 3.8)."""
    ends: Ends = "close" if text.startswith("421") else ""
    return Fault(**{"packets": (f"{text}\r\n".encode(),), "ends": ends, **more})  # type: ignore[arg-type]


def split(text: str) -> Fault:
    """Return the fault that is none: the usual answer, each octet in a packet of its own."""
    return Fault(tuple(bytes((octet,)) for octet in f"{text}\r\n".encode()), done=True)


Wishes = Callable[[Phase, str, int], "Fault | str | None"]


def nothing(phase: Phase, recipient: str, count: int) -> None:
    """Do everything as it should be done."""
    del phase, recipient, count


class Greylist:
    """The first attempt at a recipient is put off, the next ones go through (RFC 6647)."""

    def __init__(self) -> None:
        """Know nobody yet."""
        self._known: set[str] = set()

    def __call__(self, phase: Phase, recipient: str, count: int) -> Fault | None:
        """Answer 450 to who was never seen."""
        del count
        if phase != "rcpt" or recipient in self._known:
            return None
        self._known.add(recipient)
        return reply("450 4.2.0 Greylisted, try again in 300 seconds")


@dataclass(slots=True)
class Script:
    """How the server behaves.

    `fault` is asked at each phase with the recipient and how often that phase came: a Fault, a line of text to answer with, “drop”, or
    None when all is well. `extensions` are what EHLO tells, `secured` what it tells inside TLS (None: the same). With `tls` STARTTLS is
    offered, or spoken from the start when `implicit`. `esmtp` off: EHLO is unknown. `most`: so many messages on a connection, then it is
    closed without a word. `coalesces`: answers to commands that came together leave together. `welcomes`: DATA is answered 354 though
    no recipient stood (RFC 2920, section 3.1 warns of it).
    """

    fault: Wishes = nothing
    extensions: tuple[str, ...] = ("8BITMIME", "ENHANCEDSTATUSCODES")
    secured: tuple[str, ...] | None = None
    tls: ssl.SSLContext | None = None
    implicit: bool = False
    esmtp: bool = True
    most: int = 0
    coalesces: bool = False
    welcomes: bool = False


@dataclass(frozen=True, slots=True)
class Kept:
    """A message that the server accepted: its envelope, the parameters of MAIL and RCPT (names in capitals), and its content."""

    sender: str
    recipient: str
    content: bytes
    mail: Mapping[str, str] = field(default_factory=dict)
    rcpt: Mapping[str, str] = field(default_factory=dict)
    secure: bool = False


@dataclass(frozen=True, slots=True)
class Login:
    """What a client logged in with."""

    mechanism: str
    username: str
    secret: str
    secure: bool


@dataclass(slots=True)
class Session:
    """One connection as the server saw it: its commands in order, and how it ended (“” while it is open)."""

    number: int
    commands: list[str] = field(default_factory=list)
    secure: bool = False
    end: Literal["", "quit", "left", "dropped"] = ""


@dataclass(slots=True)
class Ledger:
    """What all connections of a server share, under one lock."""

    script: Script
    kept: list[Kept] = field(default_factory=list)
    logins: list[Login] = field(default_factory=list)
    sessions: list[Session] = field(default_factory=list)
    surprises: list[str] = field(default_factory=list)
    counts: dict[Phase, int] = field(default_factory=dict)
    played: int = 0
    changed: threading.Condition = field(default_factory=threading.Condition)
    closing: threading.Event = field(default_factory=threading.Event)

    def fault(self, phase: Phase, recipient: str) -> Fault | None:
        """Ask the script, one connection at a time."""
        with self.changed:
            self.counts[phase] = self.counts.get(phase, 0) + 1
            wish = self.script.fault(phase, recipient, self.counts[phase])
            self.changed.notify_all()
        if isinstance(wish, str):
            return Fault(ends="close") if wish == "drop" else reply(wish)
        return wish

    def said(self) -> None:
        """Note that a fault was spoken."""
        with self.changed:
            self.played += 1
            self.changed.notify_all()

    def opened(self) -> Session:
        """Note a new connection."""
        with self.changed:
            session = Session(len(self.sessions))
            self.sessions.append(session)
            return session

    def ended(self, session: Session, end: Literal["quit", "left", "dropped"]) -> None:
        """Note how a connection ended."""
        with self.changed:
            session.end = end
            self.changed.notify_all()

    def surprised(self, words: str) -> None:
        """Note what no client may do."""
        with self.changed:
            self.surprises.append(words)
