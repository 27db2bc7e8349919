"""A scripted SMTP server on loopback: it keeps what it accepted and commits the faults that a test asks for."""

import socketserver
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

Phase = str  # "connect", "ehlo", "auth", "mail", "rcpt", "data", "body", "dot"
Fault = str  # a reply such as "451 4.3.0 later", or "drop": close the connection


@dataclass(slots=True)
class Kept:
    """A message that the server accepted."""

    sender: str
    recipient: str
    content: bytes


@dataclass(slots=True)
class Script:
    """What the server does wrong: asked with the phase, the recipient and how often that phase came; None means all is well."""

    fault: Callable[[Phase, str, int], Fault | None] = lambda _phase, _recipient, _count: None
    extensions: tuple[str, ...] = ("8BITMIME", "ENHANCEDSTATUSCODES")


@dataclass(slots=True)
class _State:
    script: Script
    kept: list[Kept] = field(default_factory=list)
    counts: dict[Phase, int] = field(default_factory=dict)
    connections: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def fault(self, phase: Phase, recipient: str) -> Fault | None:
        with self.lock:
            self.counts[phase] = self.counts.get(phase, 0) + 1
            return self.script.fault(phase, recipient, self.counts[phase])


class Smtpd:
    """The server; use it with `with`. `kept` are the messages it accepted, `port` is where it listens."""

    def __init__(self, script: Script | None = None) -> None:
        """Listen on a free port of 127.0.0.1."""
        self._state = _State(script or Script())
        state = self._state

        class Handler(_Conversation):
            shared = state

        self._server = _Server(("127.0.0.1", 0), Handler)
        self.port = int(self._server.server_address[1])
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    @property
    def kept(self) -> list[Kept]:
        """The messages that were accepted, in order."""
        with self._state.lock:
            return list(self._state.kept)

    @property
    def connections(self) -> int:
        """How many connections were made."""
        return self._state.connections

    def __enter__(self) -> Self:
        """Start serving."""
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop serving and close."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 128


class _Dropped(Exception):  # noqa: N818 -- no error: the script asked for it
    """The connection is closed as scripted."""


class _Conversation(socketserver.StreamRequestHandler):
    shared: _State
    disable_nagle_algorithm = True

    def handle(self) -> None:
        with self.shared.lock:
            self.shared.connections += 1
        self._sender = self._recipient = ""
        try:
            if self._goes_well("connect"):
                self._say("220 test ESMTP")
                while line := self.rfile.readline(65536):
                    if not self._command(line.decode("latin-1").rstrip("\r\n")):
                        return
        except (_Dropped, ConnectionError):
            return

    def _command(self, line: str) -> bool:
        """Answer a command; False ends the conversation."""
        verb = line.upper()
        if verb == "QUIT":
            self._say("221 2.0.0 bye")
            return False
        if verb.startswith(("EHLO", "HELO")):
            lines = ["test", *self.shared.script.extensions]
            self._answer("ehlo", "\r\n".join(f"250{'-' if one != lines[-1] else ' '}{one}" for one in lines))
        elif verb.startswith("AUTH"):
            self._answer("auth", "235 2.7.0 ok")
        elif verb.startswith("MAIL FROM:"):
            self._sender = line[10:].strip().strip("<>")
            self._answer("mail", "250 2.1.0 ok")
        elif verb.startswith("RCPT TO:"):
            self._recipient = line[8:].strip().strip("<>")
            self._answer("rcpt", "250 2.1.5 ok")
        elif verb != "DATA":
            self._say("250 2.0.0 ok")
        elif self._goes_well("data"):
            self._data()
        return True

    def _answer(self, phase: Phase, text: str) -> None:
        if self._goes_well(phase):
            self._say(text)

    def _data(self) -> None:
        self._say("354 go ahead")
        content = bytearray()
        self._goes_well("body", answers=False)
        while (line := self.rfile.readline(65536)) != b".\r\n":
            if not line:
                raise _Dropped
            content += line[1:] if line.startswith(b".") else line
        if self._goes_well("dot"):
            with self.shared.lock:
                self.shared.kept.append(Kept(self._sender, self._recipient, bytes(content)))
            if self._goes_well("answer"):
                self._say("250 2.0.0 kept")

    def _goes_well(self, phase: Phase, *, answers: bool = True) -> bool:
        fault = self.shared.fault(phase, self._recipient)
        if fault is None:
            return True
        if fault != "drop" and answers:
            self._say(fault)
            if not fault.startswith("421"):
                return False
        raise _Dropped

    def _say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())
