"""A scripted SMTP server on loopback: it keeps what it accepts, commits the faults asked for, notes what no client may do."""

import socket
import socketserver
import threading
from collections import Counter
from email import message_from_bytes
from types import TracebackType
from typing import Self

from digest.testing.smtp.conversation import Conversation
from digest.testing.smtp.script import Fault, Greylist, Kept, Ledger, Login, Script, Session, reply, split

__all__ = ["Fault", "Greylist", "Kept", "Login", "Script", "Session", "Smtpd", "reply", "split"]

_PATIENCE_S = 30.0


class Smtpd:
    """The server; use it with `with`. `kept` are the messages it accepted, `port` is where it listens."""

    def __init__(self, script: Script | None = None) -> None:
        """Listen on a free port of 127.0.0.1."""
        self._ledger = Ledger(script or Script())
        self._server = _Server(self._ledger)
        self.port = int(self._server.server_address[1])
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    @property
    def kept(self) -> list[Kept]:
        """The messages that were accepted, in order."""
        with self._ledger.changed:
            return list(self._ledger.kept)

    @property
    def copies(self) -> Counter[str]:
        """How often each Message-ID was kept."""
        return Counter(message_from_bytes(one.content)["Message-ID"] for one in self.kept)

    @property
    def logins(self) -> list[Login]:
        """What clients logged in with, in order."""
        with self._ledger.changed:
            return list(self._ledger.logins)

    @property
    def sessions(self) -> list[Session]:
        """The connections, in the order in which they were made; each lives on while it is open."""
        with self._ledger.changed:
            return list(self._ledger.sessions)

    @property
    def surprises(self) -> list[str]:
        """What clients did that no client may do: empty for a sound one."""
        with self._ledger.changed:
            return list(self._ledger.surprises)

    @property
    def connections(self) -> int:
        """How many connections were made."""
        return len(self.sessions)

    def begin(self, script: Script) -> None:
        """Forget everything and follow another script; no connection may be open."""
        self._ledger = self._server.ledger = Ledger(script)

    def count(self, phase: str) -> int:
        """Return how often a phase came."""
        with self._ledger.changed:
            return self._ledger.counts.get(phase, 0)

    def quiet(self) -> bool:
        """Wait until no connection is open; False when one stays open for half a minute, which is a leak."""
        with self._ledger.changed:
            return self._ledger.changed.wait_for(self._nothing_open, _PATIENCE_S)

    def reached(self, phase: str, count: int = 1) -> bool:
        """Wait until a phase came so often; False when it does not within half a minute."""
        with self._ledger.changed:
            return self._ledger.changed.wait_for(lambda: self._ledger.counts.get(phase, 0) >= count, _PATIENCE_S)

    def spoken(self, count: int = 1) -> bool:
        """Wait until so many faults were spoken; False when they are not within half a minute."""
        with self._ledger.changed:
            return self._ledger.changed.wait_for(lambda: self._ledger.played >= count, _PATIENCE_S)

    def _nothing_open(self) -> bool:
        return all(session.end for session in self._ledger.sessions)

    def __enter__(self) -> Self:
        """Start serving."""
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop serving, hang up where somebody still is, and close."""
        self._ledger.closing.set()
        self._server.shutdown()
        self._server.hang_up()
        self._server.server_close()
        self._thread.join()
        self.quiet()


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self._open: set[Conversation] = set()
        super().__init__(("127.0.0.1", 0), socketserver.BaseRequestHandler)

    def process_request_thread(self, request: socket.socket | tuple[bytes, socket.socket], address: object) -> None:
        """Speak with one client."""
        del address
        assert isinstance(request, socket.socket)  # noqa: S101 -- TCP
        request.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        conversation = Conversation(request, self.ledger)
        self._open.add(conversation)
        try:
            conversation.serve()
        finally:
            self._open.discard(conversation)

    def hang_up(self) -> None:
        """End every connection that is still open."""
        for conversation in list(self._open):
            conversation.hang_up()
