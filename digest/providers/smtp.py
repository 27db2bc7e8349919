"""SMTP: messages go to a mail server over several connections, each with the dot gate: the last look comes before the final dot.

Until that dot a server keeps nothing, so a crash before it is surely nothing handed over; what is lost after it is uncertain.
"""

import contextlib
import ipaddress
import queue
import smtplib
import socket
import ssl
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Literal

from pydantic import SecretStr

from digest.config import ProviderTable
from digest.errors import ConfigError, DigestError, ProviderError
from digest.mail import mime, reply, signing
from digest.mail.dkim import Signer
from digest.providers.base import Capabilities
from digest.providers.registry import Keys, own_keys, secret
from digest.values import (
    Accepted,
    Deferred,
    LastLook,
    Message,
    MessageKey,
    Permanence,
    Refused,
    Rejected,
    SendResult,
    Uncertain,
)

_CONNECT_S = 30.0
_COMMAND_S = 300.0  # RFC 5321, section 4.5.3.2
_DOT_S = 600.0
_RECYCLE_AFTER = 100
_GIVE_UP_AFTER = 3  # connections in a row that could not be made
_START_DATA = 354
_CLOSING = 421
_BAD_LOGIN = 535
_PERMANENT = 500


class _Keys(Keys):
    host: str = "127.0.0.1"
    port: int = 0
    tls: Literal["require", "implicit", "opportunistic", "none"] | None = None
    username: str = ""
    password: SecretStr | None = None
    password_file: Path | None = None
    hello: str = ""


class Smtp:
    """A provider of kind `smtp`: host, port, tls, username, password or password_file, hello (our name to the server)."""

    capabilities = Capabilities()

    def __init__(self, table: ProviderTable, folder: Path = Path(), signer: Signer | None = None) -> None:
        """Prepare to speak to the table's server. Raises ConfigError."""
        self.signer = signer
        keys = own_keys(table, _Keys)
        local = _is_loopback(keys.host)
        self._tls = keys.tls or ("opportunistic" if local else "require")
        if self._tls == "none" and not local:
            raise ConfigError("provider.tls “none” is for loopback only.", hint="Use “require” or “implicit”.")
        self._keys = keys
        self._port = keys.port or (465 if self._tls == "implicit" else 25 if local else 587)
        self._password = secret(keys.password, keys.password_file, folder, "password")
        self._connections = table.connections
        self._context = ssl.create_default_context()

    def send(self, messages: Iterable[Message], last_look: LastLook) -> Iterator[tuple[MessageKey, SendResult]]:
        """Hand messages over on as many connections as the table allows; results come as they are known. Raises ProviderError."""
        work = _Shared(messages)
        results: queue.SimpleQueue[tuple[MessageKey, SendResult] | BaseException | None] = queue.SimpleQueue()
        threads = [
            threading.Thread(target=self._serve, args=(work, last_look, results), name=f"smtp-{number}", daemon=True)
            for number in range(self._connections)
        ]
        for thread in threads:
            thread.start()
        fault: BaseException | None = None
        running = len(threads)
        try:
            while running:
                item = results.get()
                if item is None:
                    running -= 1
                elif isinstance(item, BaseException):
                    fault = fault or item
                    work.close()
                else:
                    yield item
        finally:
            work.close()  # a caller who listens no more must not have more handed over
        if fault is not None:
            raise fault

    def close(self) -> None:
        """Do nothing: connections end with the hand-over they were made for."""

    def _serve(
        self,
        work: "_Shared",
        last_look: LastLook,
        results: "queue.SimpleQueue[tuple[MessageKey, SendResult] | BaseException | None]",
    ) -> None:
        """Work on one connection until there is nothing left."""
        line = _Line(self)
        try:
            while (message := work.take()) is not None:
                results.put((message.key, line.hand_over(message, last_look)))
        except BaseException as error:  # noqa: BLE001 -- handed to the caller's thread
            results.put(error)
        finally:
            line.quit()
            results.put(None)

    def connect(self) -> smtplib.SMTP:
        """Open a connection: greeting, EHLO, TLS by the table's policy, login. Raises OSError, SMTPException."""
        keys = self._keys
        context = self._context
        hello = keys.hello or ("localhost" if _is_loopback(keys.host) else None)  # None: this machine's own name
        smtp: smtplib.SMTP
        if self._tls == "implicit":
            smtp = smtplib.SMTP_SSL(keys.host, self._port, hello, timeout=_CONNECT_S, context=context)
        else:
            smtp = smtplib.SMTP(keys.host, self._port, hello, timeout=_CONNECT_S)
        try:
            _prepare(smtp, self._tls, context)
            self._log_in(smtp)
        except BaseException:
            smtp.close()
            raise
        if smtp.sock is not None:
            smtp.sock.settimeout(_COMMAND_S)
            # The dot is a small write after a large one: with Nagle's algorithm it would wait 40 ms for an acknowledgement.
            smtp.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return smtp

    def _log_in(self, smtp: smtplib.SMTP) -> None:
        """Log in, but never show a password to a network: inside TLS or on loopback only."""
        if not self._keys.username:
            return
        if not (isinstance(smtp.sock, ssl.SSLSocket) or _is_loopback(self._keys.host)):
            raise smtplib.SMTPNotSupportedError(
                "The server offers no TLS, and a login must not cross a network without it."
            )
        smtp.login(self._keys.username, self._password)

    @property
    def place(self) -> str:
        """The server as people name it."""
        return f"{self._keys.host}:{self._port}"


class _Shared:
    """The messages, handed out one at a time to many threads."""

    def __init__(self, messages: Iterable[Message]) -> None:
        self._messages = iter(messages)
        self._lock = threading.Lock()

    def take(self) -> Message | None:
        with self._lock:
            return next(self._messages, None)

    def close(self) -> None:
        with self._lock:
            self._messages = iter(())


class _Line:
    """One connection, made anew when the server ends it."""

    def __init__(self, provider: Smtp) -> None:
        self._provider = provider
        self._smtp: smtplib.SMTP | None = None
        self._used = 0
        self._failures = 0

    def hand_over(self, message: Message, last_look: LastLook) -> SendResult:
        """Hand one message over and say what became of it."""
        try:
            content = signing.written(message, self._provider.signer)
            sender = mime.ascii_address(message.envelope_sender or message.sender.address)
            recipient = mime.ascii_address(message.recipient.address)
        except DigestError as error:
            return Rejected("content", Permanence.NONE, str(error))
        if not (sender.isascii() and recipient.isascii()):
            return Rejected("policy", Permanence.NONE, "5.6.7 The address needs SMTPUTF8.")
        smtp = self._ready()
        if isinstance(smtp, Deferred):
            return smtp
        try:
            return self._transaction(smtp, message.key, (sender, recipient), content, last_look)
        except (smtplib.SMTPServerDisconnected, OSError) as error:
            self._drop()
            return Deferred(f"The connection broke before the message was complete: {_words(error)}")

    def quit(self) -> None:
        """Say goodbye; whether the server answers is its affair."""
        if self._smtp is not None:
            with contextlib.suppress(smtplib.SMTPException, OSError):
                self._smtp.quit()
            self._drop()

    def _ready(self) -> smtplib.SMTP | Deferred:
        """Return a connection that answers: the open one, or a new one where it was closed while idle."""
        if self._smtp is not None and (self._used >= _RECYCLE_AFTER or not self._resets()):
            self.quit()
        if self._smtp is not None:
            return self._smtp
        try:
            self._smtp = self._provider.connect()
        except (smtplib.SMTPException, OSError) as error:
            return self._unreachable(error)
        self._used = self._failures = 0
        return self._smtp

    def _unreachable(self, error: Exception) -> Deferred:
        self._failures += 1
        words = f"{self._provider.place}: {_words(error)}"
        if isinstance(error, smtplib.SMTPAuthenticationError) and error.smtp_code == _BAD_LOGIN:
            raise ProviderError(words, hint="Correct provider.username and its password.") from error
        if isinstance(error, ssl.SSLError | smtplib.SMTPNotSupportedError):
            raise ProviderError(words, hint="Correct provider.tls, or the server's certificate.") from error
        if self._failures >= _GIVE_UP_AFTER:
            raise ProviderError(words, hint="Is the mail server up? What is owed is tried again by itself.") from error
        return Deferred(words)

    def _resets(self) -> bool:
        """Ask for a clean start; False when the server closed the idle connection, which is its right."""
        assert self._smtp is not None  # noqa: S101 -- asked only then
        try:
            return 200 <= self._smtp.docmd("RSET")[0] < 300  # noqa: PLR2004 -- a positive reply
        except (smtplib.SMTPException, OSError):
            return False

    def _transaction(
        self, smtp: smtplib.SMTP, key: MessageKey, envelope: tuple[str, str], content: bytes, last_look: LastLook
    ) -> SendResult:
        """MAIL, RCPT, DATA, the body, the last look, the dot: each refusal is final for this message only."""
        self._used += 1
        for command in (f"MAIL FROM:<{envelope[0]}>", f"RCPT TO:<{envelope[1]}>"):
            code, text = smtp.docmd(command)
            if not 200 <= code < 300:  # noqa: PLR2004 -- not a positive reply (RFC 5321, section 4.2.1)
                return self._refused(code, text)
        code, text = smtp.docmd("DATA")
        if code != _START_DATA:
            return self._refused(code, text)
        smtp.send(_stuffed(content))
        if key not in last_look([key]).allowed:
            self._drop()  # without the dot the server keeps nothing
            return Refused()
        return self._dot(smtp)

    def _dot(self, smtp: smtplib.SMTP) -> SendResult:
        """Write the final dot and read the answer; none means that we cannot know."""
        try:
            if smtp.sock is not None:
                smtp.sock.settimeout(_DOT_S)
            smtp.send(b".\r\n")
            code, text = smtp.getreply()
        except (smtplib.SMTPException, OSError) as error:
            self._drop()
            return Uncertain(f"No answer after the message was complete: {_words(error)}")
        if smtp.sock is not None:
            smtp.sock.settimeout(_COMMAND_S)
        if 200 <= code < 300:  # noqa: PLR2004 -- a positive reply (RFC 5321, section 4.2.1)
            return Accepted(reply=_text(code, text))
        if code < 400 or code > 599:  # noqa: PLR2004 -- no reply that may stand here
            self._drop()
            return Uncertain(f"The server answered the complete message with {_text(code, text)}")
        return self._refused(code, text)

    def _refused(self, code: int, text: bytes) -> SendResult:
        words = _text(code, text)
        surprise = not 400 <= code < 600  # noqa: PLR2004 -- neither 4yz nor 5yz: the conversation is out of step
        if code == _CLOSING or surprise:
            self._drop()
        if code < _PERMANENT or surprise:
            return Deferred(words)
        category, permanence = reply.classify(code, text.decode("utf-8", "replace"))
        return Rejected(category, permanence, words)

    def _drop(self) -> None:
        if self._smtp is not None:
            self._smtp.close()
        self._smtp = None


def _prepare(smtp: smtplib.SMTP, tls: str, context: ssl.SSLContext) -> None:
    smtp.ehlo_or_helo_if_needed()
    if tls == "require" or (tls == "opportunistic" and smtp.has_extn("starttls")):
        smtp.starttls(context=context)
        smtp.ehlo()


def _stuffed(content: bytes) -> bytes:
    """Double a dot at the start of a line (RFC 5321, section 4.5.2); our own bodies have none."""
    return content.replace(b"\r\n.", b"\r\n..")


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _text(code: int, text: bytes) -> str:
    return f"{code} {text.decode('utf-8', 'replace')}".strip()


def _words(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPResponseException):
        raw = error.smtp_error
        return _text(error.smtp_code, raw if isinstance(raw, bytes) else raw.encode())
    if isinstance(error, TimeoutError):
        return "no answer in time"
    return str(error) or type(error).__name__
