"""SMTP: messages go to a mail server over several connections, each with the dot gate: the last look comes before the final dot.

Until that dot a server keeps nothing, so a crash before it is surely nothing handed over; what is lost after it is uncertain.
"""

import asyncio
import contextlib
import ipaddress
import os
import socket
import ssl
import threading
from collections.abc import Callable, Coroutine, Iterable, Iterator
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

from pydantic import SecretStr

from digest.config import ProviderTable
from digest.errors import ConfigError, ProviderError
from digest.mail.dkim import Signer
from digest.mail.lanes import Concurrency, most_connections
from digest.mail.smtp.handover import HandOver
from digest.mail.smtp.opening import OpeningError, Server, Tls
from digest.mail.smtp.pool import Pace, Pool, Steady
from digest.providers.base import Capabilities
from digest.providers.registry import Keys, own_keys, secret
from digest.values import LastLook, Message, MessageKey, SendResult

_CLOSE_S = 5.0
_SIGNING_THREADS = 4
_HINTS = {
    "login": "Correct provider.username and its password.",
    "tls": "Correct provider.tls, or the server's certificate.",
    "": "Is the mail server up? What is owed is tried again by itself.",
}


class _Keys(Keys):
    host: str = "127.0.0.1"
    port: int = 0
    tls: Literal["require", "implicit", "opportunistic", "none"] | None = None
    username: str = ""
    password: SecretStr | None = None
    password_file: Path | None = None
    token_file: Path | None = None
    hello: str = ""
    chunking: bool = False


class Smtp:
    """A provider of kind `smtp`: host, port, tls, username, password or password_file or token_file, hello, chunking.

    `hello` is our name to the server, `chunking` allows BDAT where it is offered.
    `token_file` holds an OAuth access token, read anew at each login. Connections are kept for the next call, and shared by calls
    from several threads.
    """

    capabilities = Capabilities()

    def __init__(self, table: ProviderTable, folder: Path = Path(), signer: Signer | None = None) -> None:
        """Prepare to speak to the table's server. Raises ConfigError."""
        self._server = _server(own_keys(table, _Keys), folder)
        self._signer = signer
        self._connections = table.connections
        self._lock = threading.Lock()
        self._running: _Running | None = None

    def send(self, messages: Iterable[Message], last_look: LastLook) -> Iterator[tuple[MessageKey, SendResult]]:
        """Hand messages over on as many connections as the table allows; results come as they are known. Raises ProviderError."""
        running = self._run()
        one = HandOver(running.loop, running.pool, self._signer, self._connections)
        running.join(one)
        sound = False
        try:
            yield from one.results(messages, last_look, self._threads())
            sound = True
        except OpeningError as error:
            raise ProviderError(f"{self._server.place}: {error}", hint=_HINTS[error.fault]) from error
        finally:
            running.leave(one, sound=sound)  # a caller who listens no more must not have more handed over

    def close(self) -> None:
        """Say goodbye to the server; calls of `send` that are under way end, each message with what is known of it."""
        with self._lock:
            running, self._running = self._running, None
        if running is not None:
            running.close()

    def _run(self) -> "_Running":
        with self._lock:
            if self._running is None:
                self._running = _Running(self._server, self._connections)
            return self._running

    def _threads(self) -> int:
        """Return how many threads write messages: signing lets others run meanwhile, all else does not."""
        return min(os.cpu_count() or 1, _SIGNING_THREADS) if self._signer is not None else 1


class _Running:
    """The event loop in its thread, with the connections and the calls that share them."""

    def __init__(self, server: Server, connections: int) -> None:
        self.loop = _loop(server)
        self.pool = Pool(server, partial(_pace, server, connections), self._broken)
        self._calls: set[HandOver] = set()
        self._closed = False
        self._thread = threading.Thread(target=self.loop.run_forever, name="mail-loop", daemon=True)
        self._thread.start()

    def join(self, one: HandOver) -> None:
        """Let a call take part. Raises ProviderError when all is closed."""
        with contextlib.suppress(RuntimeError):  # the loop is closed
            self.loop.call_soon_threadsafe(self._join, one)
            return
        raise ProviderError("The provider was closed.", hint="What is owed is tried again by itself.")

    def leave(self, one: HandOver, *, sound: bool) -> None:
        """End a call. Behind one that did not end well nothing stays: no message under way, no connection that nobody uses."""
        with contextlib.suppress(RuntimeError):  # the loop is closed: so is everything else
            if sound:
                self.loop.call_soon_threadsafe(self._calls.discard, one)
            else:
                self._await(self._leave(one))

    def close(self) -> None:
        """End every call and every connection, then the thread."""
        self._await(self._close())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join()
        self.loop.run_until_complete(self.loop.shutdown_default_executor())
        self.loop.close()

    def _join(self, one: HandOver) -> None:
        if self._closed:
            one.abandon()
        else:
            self._calls.add(one)

    async def _leave(self, one: HandOver) -> None:
        self._calls.discard(one)
        one.abandon()
        if not self._calls:
            await self.pool.rest()

    async def _close(self) -> None:
        self._closed = True
        for one in self._calls:
            one.abandon()
        await self.pool.close()

    def _await(self, work: Coroutine[None, None, None]) -> None:
        with contextlib.suppress(TimeoutError):
            asyncio.run_coroutine_threadsafe(work, self.loop).result(_CLOSE_S)

    def _broken(self, error: Exception) -> None:
        for one in list(self._calls):
            one.fail(error)


def _pace(server: Server, connections: int, lane: str) -> Pace:
    """Return how many connections a lane may have: a mail server on this machine keeps its receivers' pace itself."""
    return Steady(connections) if server.local else Concurrency(ceiling=most_connections(lane, connections))


def _server(keys: _Keys, folder: Path) -> Server:
    """Return the server as the table describes it. Raises ConfigError."""
    local = _is_loopback(keys.host)
    tls = Tls(keys.tls or ("opportunistic" if local else "require"))
    if tls is Tls.NONE and not local:
        raise ConfigError("provider.tls “none” is for loopback only.", hint="Use “require” or “implicit”.")
    bearer = keys.token_file is not None
    own = secret(None if bearer else keys.password, keys.token_file or keys.password_file, folder, "password")
    return Server(
        host=keys.host,
        port=keys.port or (465 if tls is Tls.IMPLICIT else 25 if local else 587),
        tls=tls,
        local=local,
        context=ssl.create_default_context(),
        hello=partial(_name, keys.hello or ("localhost" if local else "")),
        username=keys.username,
        secret=partial(secret, None, keys.token_file, folder, "token") if bearer else lambda: own,
        bearer=bearer,
        chunking=keys.chunking,
    )


def _loop(server: Server) -> asyncio.AbstractEventLoop:
    """Return the faster loop: uvloop in the clear, which is for loopback only, the standard one under TLS."""
    if server.local and server.tls in {Tls.NONE, Tls.OPPORTUNISTIC} and find_spec("uvloop"):
        import uvloop  # noqa: PLC0415 -- it does not exist on Windows

        make: Callable[[], asyncio.AbstractEventLoop] = uvloop.new_event_loop
        return make()
    return asyncio.new_event_loop()


def _name(wanted: str) -> str:
    """Return our name for EHLO; empty where this machine has none that others know (RFC 5321, section 4.1.4)."""
    name = wanted or socket.getfqdn()
    return name if wanted or "." in name else ""


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
