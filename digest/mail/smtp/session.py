"""One conversation with a server: greeting, TLS, login, then transactions; the last look stands before each message's end.

Until the final dot (or `BDAT … LAST`) a server keeps nothing, so whatever breaks before it is surely nothing handed over; what breaks after
it, before an answer, is uncertain. The envelope of the next message travels with the dot of the one before it (RFC 2920).
"""

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Literal

from digest.mail import reply as replies_map
from digest.mail.smtp.link import Broken, Link, Timeouts
from digest.mail.smtp.login import Login
from digest.mail.smtp.parcel import Parcel
from digest.mail.smtp.replies import CLOSING, Reply
from digest.values import Accepted, Deferred, Permanence, Refused, Rejected, SendResult, Uncertain

_START_DATA = 354
_GO_ON = 334
_TRY_LATER = range(400, 500)
_ANSWERS = 3  # to MAIL, RCPT, and DATA or BDAT

Tls = Literal["require", "implicit", "opportunistic", "none"]
Gate = Callable[[Parcel], Awaitable[bool]]
Following = Callable[[], Parcel | None]


class Unusable(Exception):  # noqa: N818 -- a state of the server
    """The server cannot be used as it is configured: no TLS, a wrong certificate, no way to log in."""


class BadLogin(Unusable):
    """The name or the secret is wrong."""


class Untouched(Exception):  # noqa: N818 -- nothing went wrong
    """The server closed an idle connection, which is its right: the message was not begun, and another connection may take it."""


@dataclass(frozen=True, slots=True)
class Policy:
    """Where and how to connect. `hello` is our own name to the server; a login never crosses a network outside TLS."""

    host: str
    port: int
    tls: Tls
    hello: str
    context: ssl.SSLContext
    login: Login | None = None
    loopback: bool = False
    timeouts: Timeouts = Timeouts()


class Session:
    """An open conversation, used by one task."""

    def __init__(self, link: Link, policy: Policy) -> None:
        """Use `open_session`."""
        self._link = link
        self._policy = policy
        self._offers: frozenset[str] = frozenset()
        self._limit = 0
        self._logins: tuple[str, ...] = ()
        self._reset = False
        self.used = 0
        self.begun: Parcel | None = None
        """The message whose envelope travelled with the last dot: it is handed over next, or by another session if this one ends."""

    @property
    def over(self) -> bool:
        """Whether nothing more can be handed over here: it ended, or the server says something that nobody asked for."""
        return bool(self._link.broken) or (self._link.spoke and self.begun is None)

    async def hand_over(self, parcel: Parcel, allowed: Gate, following: Following) -> SendResult:
        """Hand one message over and say what became of it; `following` may name the next, to begin it with the same write.

        Raises Untouched when the server had closed the idle connection, and what `allowed` raises: then nothing was handed over.
        """
        begun, self.begun = self.begun is parcel, None
        unfit = self._unfit(parcel)
        if unfit is not None:
            return unfit
        self.used += 1
        try:
            refused = await self._envelope(parcel, begun=begun)
            if refused is not None:
                return refused
            if not self._chunks:
                self._link.write(parcel.content)
                await self._link.taken(self._policy.timeouts.block)
        except Broken as error:
            return self._broke(error)
        if not await self._may_leave(parcel, allowed):
            self.close()  # without its end the server keeps nothing
            return Refused()
        await asyncio.sleep(0)  # what the server said meanwhile is read first
        if self._link.spoke or self._link.broken:
            return await self._early()
        return await self._end(following)

    async def quit(self) -> None:
        """Say goodbye; whether the server answers is its affair."""
        try:
            if not self._link.broken:
                self._link.write(b"QUIT\r\n")
                await self._link.reply(self._policy.timeouts.quit)
        except Broken:
            pass
        finally:
            self.close()

    def close(self) -> None:
        """End the conversation at once."""
        self._link.close()

    async def _may_leave(self, parcel: Parcel, allowed: Gate) -> bool:
        try:
            return await allowed(parcel)
        except BaseException:
            self.close()
            raise

    @property
    def _chunks(self) -> bool:
        return "CHUNKING" in self._offers

    def _unfit(self, parcel: Parcel) -> Rejected | None:
        """Say what this server can never take."""
        if parcel.utf8 and not {"SMTPUTF8", "8BITMIME"} <= self._offers:
            return Rejected(
                "policy", Permanence.NONE, "5.6.7 The address needs SMTPUTF8, which the server does not offer."
            )
        if self._limit and len(parcel.content) > self._limit:
            return Rejected("content", Permanence.NONE, f"5.3.4 The server takes {self._limit:,} bytes at most.")
        return None

    def _opening(self, parcel: Parcel) -> list[bytes]:
        """Return the commands of an envelope, with the whole body where the server takes chunks (RFC 3030)."""
        encoding = "utf-8" if parcel.utf8 else "ascii"
        body = b"BDAT %d\r\n%b" % (len(parcel.content), parcel.content) if self._chunks else b"DATA\r\n"
        return [parcel.mail(self._offers).encode(encoding), parcel.rcpt(self._offers).encode(encoding), body]

    async def _envelope(self, parcel: Parcel, *, begun: bool) -> SendResult | None:
        """Have the envelope taken; return what has become of the message where it is refused. Raises Broken, Untouched."""
        found: list[Reply] = []
        try:
            commands = [] if begun else await self._begin(self._opening(parcel))
            while len(found) < _ANSWERS and self._refusal(found, commands) is None:
                if commands:
                    self._link.write(commands.pop(0))
                last = len(found) == _ANSWERS - 1
                found.append(
                    await self._link.reply(self._policy.timeouts.data if last else self._policy.timeouts.command)
                )
        except Broken as error:
            self.close()
            if not found and self.used > 1:
                raise Untouched from error
            if self._bad(found) is None:
                raise
        return await self._judged(found)

    async def _begin(self, commands: list[bytes]) -> list[bytes]:
        """Write what may be written at once, RSET first where the last message was refused; return what is to be written in turn."""
        pipelining = "PIPELINING" in self._offers
        reset, self._reset = self._reset, False
        if reset:
            self._link.write(b"RSET\r\n" + (b"".join(commands) if pipelining else b""))
            if not (await self._link.reply(self._policy.timeouts.command)).good:
                self.close()
                raise Untouched
        elif pipelining:
            self._link.write(b"".join(commands))
        return [] if pipelining else commands

    def _refusal(self, found: list[Reply], commands: list[bytes]) -> Reply | None:
        """Return the reply after which no more are awaited: one that closes, or a refusal where commands are written in turn."""
        bad = self._bad(found)
        return bad if bad is not None and (commands or found[-1].code == CLOSING) else None

    def _bad(self, found: list[Reply]) -> Reply | None:
        """Return the first reply to an envelope that keeps the message from going on."""
        for at, answer in enumerate(found):
            asks_for_data = at == _ANSWERS - 1 and not self._chunks
            if not (answer.code == _START_DATA if asks_for_data else answer.good):
                return answer
        return None

    async def _judged(self, found: list[Reply]) -> SendResult | None:
        """Judge the replies to an envelope; where it is refused, bring the conversation back into step."""
        bad = self._bad(found)
        if bad is None:
            return None
        result = self._refused(bad)
        if found[-1].code == _START_DATA and len(found) == _ANSWERS and not self._link.broken:
            await self._lone_dot()
        return result

    async def _lone_dot(self) -> None:
        """End a body that nobody gets: the server asked for it although it refused the envelope (RFC 2920, section 3.1)."""
        try:
            self._link.write(b".\r\n")
            answer = await self._link.reply(self._policy.timeouts.dot)
        except Broken:
            self.close()
            return
        if not answer.refuses or answer.code == CLOSING:
            self.close()

    async def _early(self) -> SendResult:
        """Take what a server says before the message's end as its answer; no end follows."""
        try:
            answer = await self._link.reply(self._policy.timeouts.command)
        except Broken as error:
            return self._broke(error)
        result = self._refused(answer)
        self.close()
        return result

    async def _end(self, following: Following) -> SendResult:
        """Write the message's end and read the answer; none means that we cannot know."""
        end = b"BDAT 0 LAST\r\n" if self._chunks else b".\r\n"
        if "PIPELINING" in self._offers and (begun := following()) is not None:
            if self._unfit(begun) is None:
                end += b"".join(self._opening(begun))
            self.begun = begun
        try:
            self._link.write(end)
            answer = await self._link.reply(self._policy.timeouts.dot)
        except Broken as error:
            self.close()
            return Uncertain(f"No answer after the message was complete: {error}")
        if answer.good:
            return Accepted(reply=str(answer))
        if not answer.refuses:
            self.close()
            return Uncertain(f"The server answered the complete message with {answer}")
        return self._refused(answer, whole=True)

    def _broke(self, error: Broken) -> Deferred:
        self.close()
        return Deferred(f"The connection broke before the message was complete: {error}")

    def _refused(self, answer: Reply, *, whole: bool = False) -> Deferred | Rejected:
        """Turn a refusal into a result; what is out of step, or says that the server closes, ends the conversation."""
        surprise = not answer.refuses
        if answer.code == CLOSING or surprise:
            self.close()
        if not (whole and self.begun is not None):  # its successor's envelope is under way: a body ends all state
            self._reset = True
        if answer.code in _TRY_LATER or surprise:
            return Deferred(str(answer))
        category, permanence = replies_map.classify(answer.code, answer.text)
        return Rejected(category, permanence, str(answer))

    # The beginning

    async def greet(self) -> None:
        """Begin: greeting, EHLO, TLS by policy, login. Raises Broken, Unusable, BadLogin, OSError."""
        greeting = await self._link.reply(self._policy.timeouts.greeting)
        if not greeting.good:
            raise Broken(str(greeting))
        await self._hello()
        await self._secure()
        if self._policy.login is not None:
            await self._log_in(self._policy.login)

    async def _hello(self) -> None:
        answer = await self._ask(b"EHLO " + self._policy.hello.encode("ascii", "replace"))
        if answer.good:
            self._read_offers(answer.text.split("\n")[1:])
            return
        if answer.code in _TRY_LATER or not answer.refuses:
            raise Broken(str(answer))
        answer = await self._ask(b"HELO " + self._policy.hello.encode("ascii", "replace"))
        if not answer.good:
            raise Broken(str(answer))
        self._read_offers([])

    def _read_offers(self, lines: list[str]) -> None:
        words = [line.upper().split() for line in lines if line.strip()]
        self._offers = frozenset(one[0] for one in words)
        self._limit = next((int(one[1]) for one in words if one[0] == "SIZE" and one[1:] and one[1].isdigit()), 0)
        self._logins = tuple(word for one in words if one[0] == "AUTH" for word in one[1:])

    async def _secure(self) -> None:
        policy = self._policy
        offered = "STARTTLS" in self._offers
        if policy.tls in ("none", "implicit") or (policy.tls == "opportunistic" and not offered):
            return
        if not offered:
            raise Unusable("The server offers no TLS.")
        answer = await self._ask(b"STARTTLS")
        if not answer.good:
            raise Unusable(f"The server refuses TLS: {answer}")
        await self._link.start_tls(policy.context, policy.host, policy.timeouts.connect)
        await self._hello()

    async def _log_in(self, login: Login) -> None:
        """Log in, but never show a secret to a network: inside TLS or on loopback only."""
        if not (self._link.secure or self._policy.loopback):
            raise Unusable("The server offers no TLS, and a login must not cross a network without it.")
        lines = login.lines(self._logins)
        if lines is None:
            raise Unusable("The server offers no way to log in that we have (PLAIN, LOGIN, XOAUTH2).")
        for at, line in enumerate(lines):
            answer = await self._ask(line)
            if answer.code == _GO_ON and at < len(lines) - 1:
                continue
            if answer.code == _GO_ON:
                answer = await self._ask(b"")  # XOAUTH2 tells its error first, then wants an empty line
            if not answer.good:
                raise (Broken if answer.code in _TRY_LATER or not answer.refuses else BadLogin)(str(answer))
            return

    async def _ask(self, line: bytes) -> Reply:
        self._link.write(line + b"\r\n")
        return await self._link.reply(self._policy.timeouts.command)


async def open_session(policy: Policy) -> Session:
    """Connect and begin. Raises Broken (try again), Unusable or BadLogin (a person must look), OSError."""
    loop = asyncio.get_running_loop()
    link = Link(loop)
    try:
        async with asyncio.timeout(policy.timeouts.connect):
            implicit = policy.tls == "implicit"
            await loop.create_connection(
                lambda: link,
                policy.host,
                policy.port,
                ssl=policy.context if implicit else None,
                server_hostname=policy.host if implicit else None,
            )
    except TimeoutError as error:
        raise Broken("no answer in time") from error
    session = Session(link, policy)
    try:
        await session.greet()
    except ssl.SSLError as error:
        session.close()
        raise Unusable(str(error)) from error
    except BaseException:
        session.close()
        raise
    return session
