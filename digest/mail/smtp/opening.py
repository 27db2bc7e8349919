"""A server's name and our policy → a connection that is ready for mail: greeting, EHLO, TLS, login (RFC 5321, 3207, 4954)."""

import asyncio
import base64
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from digest.mail.smtp.line import Line
from digest.mail.smtp.replies import Reply, scrubbed

CONNECT_S = 30.0
COMMAND_S = 300.0  # greeting, EHLO, MAIL, RCPT (RFC 5321, section 4.5.3.2)
_BAD_LOGIN = 535
_CHALLENGE = 334
_UNKNOWN = (500, 502, 504, 550)


class Tls(StrEnum):
    """When TLS is spoken."""

    REQUIRE = "require"
    IMPLICIT = "implicit"
    OPPORTUNISTIC = "opportunistic"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Server:
    """A mail server as we speak to it.

    `hello` returns our own name, `secret` what is asked for anew at each login: an access token where `bearer` says so, else a password.
    `chunking` allows BDAT, whose answers look alike: what a server says without being asked can be taken for one of them.
    """

    host: str
    port: int
    tls: Tls
    local: bool
    context: ssl.SSLContext
    hello: Callable[[], str] = lambda: ""
    username: str = ""
    secret: Callable[[], str] = lambda: ""
    bearer: bool = False
    chunking: bool = False

    @property
    def place(self) -> str:
        """The server as people name it."""
        return f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Offers:
    """What a server says that it can do, by the keyword of EHLO."""

    words: Mapping[str, str] = field(default_factory=dict)

    def __contains__(self, keyword: str) -> bool:
        """Say whether the keyword was told."""
        return keyword in self.words


class OpeningError(Exception):
    """No connection. `fault` is what a person must correct (“login”, “tls”), empty where waiting may help."""

    def __init__(self, words: str, fault: str = "") -> None:
        """Keep the words, addresses taken out."""
        super().__init__(scrubbed(words))
        self.fault = fault


async def opened(server: Server) -> tuple[Line, Offers]:
    """Return a line that is ready for MAIL, and what its server offers. Raises OpeningError."""
    line = Line()
    try:
        await _connect(server, line)
        return line, await _introduced(server, line)
    except BaseException as error:
        line.abort()
        if isinstance(error, ssl.SSLError):
            raise OpeningError(_words(error), "tls") from error
        if isinstance(error, OSError):  # TimeoutError and ConnectionError with it
            raise OpeningError(_words(error)) from error
        raise


async def _connect(server: Server, line: Line) -> None:
    implicit = server.tls is Tls.IMPLICIT
    tls: dict[str, object] = {"ssl": server.context, "server_hostname": server.host} if implicit else {}
    async with asyncio.timeout(CONNECT_S):
        await asyncio.get_running_loop().create_connection(lambda: line, server.host, server.port, **tls)  # type: ignore[call-overload]  # by name


async def _introduced(server: Server, line: Line) -> Offers:
    greeting = await line.reply(COMMAND_S)
    if not greeting.positive:
        raise OpeningError(greeting.words)
    name = await asyncio.get_running_loop().run_in_executor(None, server.hello) or line.literal
    offers = await _hello(line, name)
    wanted = server.tls is Tls.REQUIRE or (server.tls is Tls.OPPORTUNISTIC and "STARTTLS" in offers)
    if wanted:
        if "STARTTLS" not in offers:
            raise OpeningError("The server offers no TLS.", "tls")
        await _start_tls(server, line)
        offers = await _hello(line, name)
    if server.username:
        await _log_in(server, line, offers)
    line.in_step()
    return offers


async def _hello(line: Line, name: str) -> Offers:
    """Say EHLO, or HELO to a server of the old kind (RFC 5321, section 4.1.4)."""
    reply = await line.ask(f"EHLO {name}", COMMAND_S)
    if reply.positive:
        told = [one.partition(" ") for one in reply.text.upper().split("\n")[1:]]
        return Offers({keyword: rest for keyword, _, rest in told})
    if reply.code in _UNKNOWN:
        reply = await line.ask(f"HELO {name}", COMMAND_S)
    if not reply.positive:
        raise OpeningError(reply.words)
    return Offers()


async def _start_tls(server: Server, line: Line) -> None:
    reply = await line.ask("STARTTLS", COMMAND_S)
    if not reply.positive:
        raise OpeningError(reply.words, "" if 400 <= reply.code < 500 else "tls")  # noqa: PLR2004 -- 4yz may pass
    await line.secure(server.context, server.host, CONNECT_S)


async def _log_in(server: Server, line: Line, offers: Offers) -> None:
    """Log in, but never show a secret to a network: inside TLS or on loopback only (RFC 4954, section 4)."""
    if not (line.secured or server.local):
        raise OpeningError("The server offers no TLS, and a login must not cross a network without it.", "tls")
    secret = await asyncio.get_running_loop().run_in_executor(None, server.secret)
    offered = offers.words.get("AUTH", "").split()
    if server.bearer and "XOAUTH2" in offered:
        reply = await _bearer(line, server.username, secret)
    elif not server.bearer and "PLAIN" in offered:
        reply = await line.ask("AUTH PLAIN " + _encoded(f"\0{server.username}\0{secret}"), COMMAND_S)
    elif not server.bearer and "LOGIN" in offered:
        reply = await _login(line, server.username, secret)
    else:
        mechanisms = "XOAUTH2" if server.bearer else "PLAIN and LOGIN"
        raise OpeningError(f"The server offers no login by {mechanisms}.", "login")
    if not reply.positive:
        words = reply.words.replace(secret, "(password)") if secret else reply.words
        raise OpeningError(words, "login" if reply.code == _BAD_LOGIN else "")


async def _login(line: Line, username: str, secret: str) -> Reply:
    reply = await line.ask("AUTH LOGIN", COMMAND_S)
    for answer in (username, secret):
        if reply.code != _CHALLENGE:
            break
        reply = await line.ask(_encoded(answer), COMMAND_S)
    return reply


async def _bearer(line: Line, username: str, token: str) -> Reply:
    """Log in with an access token; a refusal comes as a challenge that is answered with nothing."""
    reply = await line.ask("AUTH XOAUTH2 " + _encoded(f"user={username}\1auth=Bearer {token}\1\1"), COMMAND_S)
    return await line.ask("", COMMAND_S) if reply.code == _CHALLENGE else reply


def _encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode("ascii")


def _words(error: OSError) -> str:
    if isinstance(error, TimeoutError):
        return "no answer in time"
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate does not hold: {error.verify_message}"
    return str(error) or type(error).__name__
