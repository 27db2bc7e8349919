"""One SMTP conversation of the scripted server: commands come in, answers go out, and what no client may do is written down."""

import re
import socket
from typing import Literal

from digest.testing.smtp import login
from digest.testing.smtp.body import Body
from digest.testing.smtp.script import Fault, Kept, Ledger, Phase
from digest.testing.smtp.wire import Gone, Wire

_PATH = re.compile(r'(?:MAIL FROM|RCPT TO):<((?:"(?:[^"\\]|\\.)*"|[^<>"])*)>(.*)', re.IGNORECASE | re.DOTALL)
_NEEDS = {"SIZE": "SIZE", "BODY": "8BITMIME", "SMTPUTF8": "SMTPUTF8"} | dict.fromkeys(
    ("RET", "ENVID", "NOTIFY", "ORCPT"), "DSN"
)
_LONGEST_COMMAND = (
    512 + 26 + 500 + 110
)  # RFC 5321, section 4.5.3.1.4, and what SIZE and DSN may add (RFC 3461, section 4)
_MAY_BE_FOLLOWED = {"MAIL", "RCPT", "RSET", "BDAT"}  # RFC 2920, section 3.1, and RFC 3030, section 4.2


class Conversation:
    """Serves one connection until it ends."""

    def __init__(self, connection: socket.socket, ledger: Ledger) -> None:
        """Take the connection over."""
        self._wire = Wire(connection)
        self._ledger = ledger
        self._script = ledger.script
        self._session = ledger.opened()
        self._offers: frozenset[str] = frozenset()
        self._greeted = False
        self._kept_here = 0
        self._clear()

    def serve(self) -> None:
        """Speak until one side has had enough."""
        end: Literal["quit", "left", "dropped"] = "quit"
        try:
            if self._script.implicit:
                self._start_tls()
            if not self._answers("connect", f"220 test {'ESMTP' if self._script.esmtp else 'SMTP'}"):
                raise Gone(left=False)  # noqa: TRY301 -- as a server that wants nobody does
            while self._command(self._line()):
                pass
        except Gone as gone:
            end = "left" if gone.left else "dropped"
        finally:
            self._wire.close()
            self._ledger.ended(self._session, end)

    def hang_up(self) -> None:
        """End the conversation from another thread."""
        self._wire.hang_up()

    def _clear(self) -> None:
        self._sender: str | None = None
        self._recipient = ""
        self._taken = False  # the recipient was accepted
        self._mail: dict[str, str] = {}
        self._rcpt: dict[str, str] = {}
        self._body = Body()

    def _line(self) -> str:
        raw = self._wire.line()
        if not raw.endswith(b"\r\n") or b"\r" in raw[:-2] or b"\0" in raw:
            self._surprised("a command with a bare line end")
        if len(raw) > _LONGEST_COMMAND:
            self._surprised("a command line that is too long")
        line = raw.decode("utf-8", "surrogateescape").rstrip("\r\n")
        self._session.commands.append(line)
        return line

    def _command(self, line: str) -> bool:
        """Answer a command; False ends the conversation."""
        verb = line.upper().split(" ")[0].split(":")[0]
        if not (verb in _MAY_BE_FOLLOWED and "PIPELINING" in self._offers) and verb != "BDAT" and self._wire.waiting():
            self._surprised(f"more came before the answer to {verb}")
        if verb == "QUIT":
            self._answers("quit", "221 2.0.0 bye")
            return False
        if verb in {"EHLO", "HELO", "STARTTLS", "AUTH"}:
            self._introduce(verb, line)
        elif verb in {"MAIL", "RCPT", "DATA", "BDAT"}:
            self._transact(verb, line)
        elif verb == "RSET":
            self._clear()  # whatever is answered: a client that pipelines has already begun anew
            self._answers("rset", "250 2.0.0 ok")
        else:
            self._answers("other", "250 2.0.0 ok" if verb in {"NOOP", "VRFY"} else "500 5.5.1 what?")
        return True

    def _introduce(self, verb: str, line: str) -> None:
        if verb == "AUTH":
            self._auth(line)
        elif verb != "STARTTLS":
            self._hello(verb)
        elif self._answers("starttls", "220 2.0.0 go ahead" if self._script.tls else "454 4.7.0 not now"):
            self._start_tls()

    def _transact(self, verb: str, line: str) -> None:
        if verb == "DATA":
            self._data()
        elif verb == "BDAT":
            self._bdat(line)
        else:
            self._path(verb, line)

    def _hello(self, verb: str) -> None:
        if verb == "HELO" or not self._script.esmtp:
            known = verb == "HELO"
            self._greeted = self._answers(verb.lower(), "250 test" if known else "502 5.5.1 unknown") and known
            return
        inside = self._session.secure and self._script.secured is not None
        told = (self._script.secured if inside else self._script.extensions) or ()
        if self._script.tls and not self._session.secure:
            told = (*told, "STARTTLS")
        lines = ["test", *told]
        text = "\r\n".join(f"250{'-' if at < len(lines) - 1 else ' '}{one}" for at, one in enumerate(lines))
        self._greeted = self._answers("ehlo", text)
        self._offers = frozenset(one.split(" ")[0].upper() for one in told if self._greeted)
        self._clear()

    def _start_tls(self) -> None:
        assert self._script.tls is not None  # noqa: S101 -- a script that speaks TLS has a certificate
        if self._wire.start_tls(self._script.tls):
            self._surprised("plain text behind STARTTLS")
        self._session.secure = True
        self._greeted = False
        self._offers = frozenset()

    def _auth(self, line: str) -> None:
        if "AUTH" not in self._offers:
            self._surprised("AUTH without an offer")
        ask = login.asker(self._wire, self._session.commands)
        found = login.read(line, ask, secure=self._session.secure)
        fault = self._ledger.fault("auth", "")
        if found is None:
            self._say("501 5.5.2 cannot read that")
            return
        with self._ledger.changed:
            self._ledger.logins.append(found)
        if fault is not None and found.mechanism == "XOAUTH2" and not fault.done:
            ask(
                b'{"status":"400","schemes":"Bearer"}'
            )  # as Google does: the client answers nothing, then comes the refusal
        self._end(fault, "235 2.7.0 welcome")

    def _path(self, verb: str, line: str) -> None:
        match = _PATH.fullmatch(line)
        if match is None:
            self._surprised(f"a {verb} that cannot be read")
            self._say("501 5.5.2 syntax")
            return
        parameters = self._parameters(verb, match[1], match[2])
        if verb == "MAIL":
            self._mail_from(match[1], parameters)
            return
        self._recipient = match[1]
        if self._answers("rcpt", "503 5.5.1 MAIL first" if self._sender is None else "250 2.1.5 ok"):
            self._taken, self._rcpt = True, parameters

    def _mail_from(self, sender: str, parameters: dict[str, str]) -> None:
        if self._sender is not None or not self._greeted:
            self._surprised("MAIL out of order")
        limit = next((int(one[5:]) for one in self._script.extensions if one.upper().startswith("SIZE ")), 0)
        too_big = 0 < limit < int(parameters.get("SIZE", "0"))
        if self._answers("mail", "552 5.3.4 too big" if too_big else "250 2.1.0 ok"):
            self._sender, self._mail = sender, parameters

    def _parameters(self, verb: str, path: str, text: str) -> dict[str, str]:
        """Return the ESMTP parameters; each must have been offered (RFC 5321, section 4.1.1.11)."""
        found = {name.upper(): value for name, _, value in (one.partition("=") for one in text.split())}
        for name in found:
            if _NEEDS.get(name, name) not in self._offers:
                self._surprised(f"{verb} with {name} that was not offered")
        if not path.isascii() and "SMTPUTF8" not in (found if verb == "MAIL" else self._mail):
            self._surprised(f"{verb} with other letters and without SMTPUTF8")
        return found

    def _data(self) -> None:
        if self._sender is None or not (self._taken or self._script.welcomes):
            self._say("503 5.5.1 no valid recipients")
        elif self._answers("data", "354 go ahead"):
            fault = self._ledger.fault("body", self._recipient)
            wanted = self._body.read(self._wire, fault.after if fault else None, lambda: self._goes_on(fault))
            self._session.commands.append(".")
            if wanted:
                self._complete()
            else:
                self._surprised("a dot after the body was refused")
                self._clear()

    def _bdat(self, line: str) -> None:
        """Take a chunk; it is read whatever became of the transaction (RFC 3030, section 2)."""
        if "CHUNKING" not in self._offers:
            self._surprised("BDAT without an offer")
        words = line.upper().split()
        size, last = int(words[1]), "LAST" in words[2:]
        open_ = self._sender is not None and self._taken
        fault = self._ledger.fault("body", self._recipient) if open_ and size else None
        if not self._body.read_chunk(self._wire, size, fault.after if fault else None, lambda: self._goes_on(fault)):
            self._clear()
        elif not open_:
            if not size:
                self._surprised("the last chunk of nothing")
            self._say("503 5.5.1 no valid recipients")
        elif last:
            self._complete()
        elif not self._answers("data", f"250 2.0.0 {size} octets"):
            self._clear()

    def _goes_on(self, fault: Fault | None) -> bool:
        """Interrupt the reading of a body; False when it is refused."""
        self._play(fault)
        return fault is None or fault.done

    def _complete(self) -> None:
        """Answer the end of a message."""
        fault = self._ledger.fault("dot", self._recipient)
        if fault is None and not self._taken:
            fault = Fault((b"554 5.5.1 no valid recipients\r\n",))
        for words in self._body.oddities(self._mail):
            self._surprised(words)
        if fault is None or fault.done:
            self._keep()
            fault = fault or self._ledger.fault("answer", self._recipient)
        self._end(fault, "250 2.0.0 kept")
        self._clear()
        self._kept_here += 1
        self._play(self._ledger.fault("idle", ""))
        if self._kept_here == self._script.most:
            raise Gone(left=False)

    def _keep(self) -> None:
        content = bytes(self._body.content)
        kept = Kept(self._sender or "", self._recipient, content, self._mail, self._rcpt, self._session.secure)
        with self._ledger.changed:
            self._ledger.kept.append(kept)

    def _answers(self, phase: Phase, text: str) -> bool:
        """Answer as the script wants, else with `text`; tell whether the command took effect."""
        return self._end(self._ledger.fault(phase, self._recipient), text)

    def _end(self, fault: Fault | None, text: str) -> bool:
        if fault is None:
            self._say(text)
            return text.startswith(("2", "3"))
        self._play(fault)
        return fault.done

    def _play(self, fault: Fault | None) -> None:
        """Do what the script wants."""
        if fault is None:
            return
        while fault.holds and not fault.holds.wait(0.05):
            if self._ledger.closing.is_set():
                raise Gone(left=False)
        for packet in fault.packets:
            self._wire.say(packet)
        self._ledger.said()
        if fault.ends == "silence":
            self._wire.until_left()
        if fault.ends == "reset":
            self._wire.reset()
        if fault.ends:
            raise Gone(left=False)

    def _say(self, text: str) -> None:
        self._wire.say(f"{text}\r\n".encode(), later=self._script.coalesces and self._wire.waiting())

    def _surprised(self, words: str) -> None:
        self._ledger.surprised(words)
