"""One connection's bytes: commands go out, whole replies go to whoever listens just now."""

import asyncio
import ssl
from collections.abc import Sequence
from typing import Protocol, cast

from digest.mail.smtp.replies import GarbageError, Parser, Reply


class Listener(Protocol):
    """Whoever hears what happens on a line."""

    def heard(self, replies: Sequence[Reply]) -> None:
        """Take whole replies that came together."""

    def surprised(self, words: str) -> None:
        """Know that what came is no reply."""

    def drained(self) -> None:
        """Know that everything written has left this process."""

    def lost(self, words: str) -> None:
        """Know that the connection is gone."""


class Line(asyncio.Protocol):
    """A connection. Until `listener` is set, replies are awaited with `reply`."""

    def __init__(self) -> None:
        """Begin without a connection; asyncio makes it."""
        self.listener: Listener | None = None
        self.waits = False  # part of what was written has not left yet
        self.gone = ""  # why the connection is gone
        self._parser = Parser()
        self._transport: asyncio.Transport | None = None
        self._replies: list[Reply] = []
        self._waiter: asyncio.Future[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the connection; every byte that waits in this process is told of."""
        self._transport = cast("asyncio.Transport", transport)
        self._transport.set_write_buffer_limits(0)

    def data_received(self, data: bytes) -> None:
        """Hand whole replies on."""
        if self.gone:
            return
        replies, garbage = [], ""
        try:
            for reply in self._parser.feed(data):
                replies.append(reply)  # noqa: PERF402 -- those before the garbage count
        except GarbageError as error:
            garbage = f"the server answered {error}"
        if self.listener is None:
            self._replies += replies
        elif replies:
            self.listener.heard(replies)
        if garbage:
            self._broken(garbage)
        self._wake()

    def pause_writing(self) -> None:
        """Know that the network takes no more just now."""
        self.waits = True

    def resume_writing(self) -> None:
        """Know that all has left."""
        self.waits = False
        if self.listener is not None:
            self.listener.drained()

    def eof_received(self) -> bool:
        """Close, too: a server that says no more is of no use."""
        return False

    def connection_lost(self, error: Exception | None) -> None:
        """Tell the listener, once."""
        self._end(str(error) if error else "the server closed the connection")

    def write(self, data: bytes) -> None:
        """Send bytes; what the network does not take at once leaves later."""
        if self._transport is not None and not self.gone:
            self._transport.write(data)

    def abort(self) -> None:
        """End the connection now, unsent bytes and all."""
        self.gone = self.gone or "closed"
        if self._transport is not None:
            self._transport.abort()
            self._transport = None

    async def reply(self, within: float) -> Reply:
        """Return the next reply. Raises ConnectionError when the line is gone, TimeoutError after `within` seconds."""
        async with asyncio.timeout(within):
            while not self._replies:
                if self.gone:
                    raise ConnectionError(self.gone)
                self._waiter = asyncio.get_running_loop().create_future()
                await self._waiter
        return self._replies.pop(0)

    async def ask(self, command: str, within: float) -> Reply:
        """Send a command and return its reply. Raises as `reply` does, and when something was answered that nobody asked."""
        self.in_step()
        self.write(f"{command}\r\n".encode())
        return await self.reply(within)

    def in_step(self) -> None:
        """Raise ConnectionError when more was answered than asked: no later answer could be told apart."""
        if self._replies or self._parser.unfinished:
            raise ConnectionError("the server answered what nobody asked")

    async def secure(self, context: ssl.SSLContext, host: str, within: float) -> None:
        """Begin TLS. What was read before is not believed (RFC 3207, section 4.2). Raises OSError (ssl.SSLError with it)."""
        self.in_step()
        loop = asyncio.get_running_loop()
        if self._transport is None or self.gone:
            raise ConnectionError(self.gone)
        secured = await loop.start_tls(
            self._transport, self, context, server_hostname=host, ssl_handshake_timeout=within
        )
        if secured is None:
            raise ConnectionError(self.gone or "the connection ended")
        self.connection_made(secured)

    @property
    def secured(self) -> bool:
        """Whether TLS is spoken."""
        return self._transport is not None and self._transport.get_extra_info("ssl_object") is not None

    @property
    def literal(self) -> str:
        """Our own address as a name for EHLO (RFC 5321, section 4.1.3)."""
        name = self._transport.get_extra_info("sockname") if self._transport is not None else None
        address = str(name[0]) if isinstance(name, tuple) else "127.0.0.1"
        return f"[IPv6:{address}]" if ":" in address else f"[{address}]"

    def _broken(self, words: str) -> None:
        listener = self.listener
        if listener is None:
            self.gone = words
            self.abort()
        else:
            listener.surprised(words)

    def _end(self, words: str) -> None:
        told, self.gone = self.gone, self.gone or words
        self._transport = None
        self._wake()
        if self.listener is not None and not told:
            self.listener.lost(words)

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)
