"""One connection: bytes are written, replies are awaited, each wait has an end; whatever ends the conversation is told once."""

import asyncio
from collections import deque
from dataclasses import dataclass
from typing import Any, cast

from digest.mail.smtp.replies import NoReplyError, Replies, Reply


class Broken(Exception):  # noqa: N818 -- it is no fault of ours
    """The conversation is over: closed, reset, out of time, or nonsense was said."""


@dataclass(frozen=True, slots=True)
class Timeouts:
    """How long a server may take, in seconds (RFC 5321, section 4.5.3.2)."""

    connect: float = 30
    greeting: float = 300
    command: float = 300
    data: float = 120
    block: float = 180
    dot: float = 600
    quit: float = 5


class Link(asyncio.Protocol):
    """The connection as a protocol of asyncio. It is used by one task at a time."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        """Belong to `loop`."""
        self._loop = loop
        self._transport: asyncio.Transport | None = None
        self._parser = Replies()
        self._replies: deque[Reply] = deque()
        self._broken = ""
        self._full = False
        self._waiter: asyncio.Future[None] | None = None
        self._deadline = 0.0
        self._timer: asyncio.TimerHandle | None = None

    # What asyncio calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the transport; whatever the kernel does not take at once counts as unsent."""
        self._transport = cast("asyncio.Transport", transport)
        self._transport.set_write_buffer_limits(0)

    def data_received(self, data: bytes) -> None:
        """Take what arrived."""
        try:
            self._replies.extend(self._parser.feed(data))
        except NoReplyError as error:
            self._end(f"the server said {error}")
        self._wake()

    def eof_received(self) -> bool:
        """Let the transport close."""
        self._end("the server closed the connection")
        return False

    def connection_lost(self, error: Exception | None) -> None:
        """Take note that nothing more will come."""
        self._end(f"the connection was lost: {error or 'closed'}")

    def pause_writing(self) -> None:
        """Take note that the kernel is full."""
        self._full = True

    def resume_writing(self) -> None:
        """Take note that all was taken."""
        self._full = False
        self._wake()

    # What a session calls

    @property
    def broken(self) -> str:
        """Why the conversation is over, empty while it is not."""
        return self._broken

    @property
    def spoke(self) -> bool:
        """Whether a reply waits that nobody read yet."""
        return bool(self._replies)

    def write(self, data: bytes) -> None:
        """Send. Raises Broken."""
        if self._broken or self._transport is None:
            raise Broken(self._broken)
        self._transport.write(data)

    async def reply(self, seconds: float) -> Reply:
        """Return the next reply. Raises Broken when none comes in `seconds`."""
        while not self._replies:
            await self._wait(seconds)
        return self._replies.popleft()

    async def taken(self, seconds: float) -> None:
        """Return once the kernel has all that was written, or something was answered. Raises Broken."""
        while self._full and not self._replies:
            await self._wait(seconds)

    async def start_tls(self, context: Any, host: str, seconds: float) -> None:  # noqa: ANN401 -- an ssl.SSLContext
        """Begin TLS; what the server said before it is forgotten (RFC 3207, section 4.2). Raises Broken, OSError."""
        assert self._transport is not None  # noqa: S101 -- it spoke already
        self._parser.clear()
        self._replies.clear()
        secured = await self._loop.start_tls(
            self._transport, self, context, server_hostname=host, ssl_handshake_timeout=seconds
        )
        if secured is None:
            raise Broken("the server closed the connection")
        self._parser.clear()
        self._replies.clear()
        self.connection_made(secured)

    @property
    def secure(self) -> bool:
        """Whether the conversation is inside TLS."""
        return self._transport is not None and self._transport.get_extra_info("ssl_object") is not None

    def close(self, why: str = "closed") -> None:
        """End the conversation at once."""
        self._end(why)
        if self._transport is not None:
            self._transport.abort()

    async def _wait(self, seconds: float) -> None:
        """Wait until something happens. One timer serves many waits: it is moved only when it fires."""
        if self._broken:
            raise Broken(self._broken)
        self._deadline = self._loop.time() + seconds
        if self._timer is None or self._timer.when() > self._deadline:
            self._arm()
        self._waiter = self._loop.create_future()
        try:
            await self._waiter
        finally:
            self._waiter = None

    def _arm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._loop.call_at(self._deadline, self._tick)

    def _tick(self) -> None:
        self._timer = None
        if self._waiter is None or self._broken:
            return
        if self._loop.time() < self._deadline:
            self._arm()
            return
        self.close("no answer in time")

    def _end(self, why: str) -> None:
        """Say once why it is over; replies that came before are still read."""
        if not self._broken:
            self._broken = why
            if self._timer is not None:
                self._timer.cancel()
                self._timer = None
        self._wake()

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)
