"""AUTH as the server hears it: a command and the client's answers come in, who it says to be comes out."""

import base64
import binascii
import re
from collections.abc import Callable

from digest.testing.smtp.script import Login
from digest.testing.smtp.wire import Wire

Ask = Callable[[bytes], str]
_PLAIN = re.compile(r"[^\0]*\0([^\0]+)\0([^\0]+)", re.DOTALL)
_BEARER = re.compile(r"user=([^\x01]*)\x01auth=Bearer ([^\x01]*)\x01\x01")


def asker(wire: Wire, heard: list[str]) -> Ask:
    """Return what puts a challenge to the client and returns its answer, which is noted as “(answer)”."""

    def ask(challenge: bytes) -> str:
        wire.say(b"334 " + base64.b64encode(challenge) + b"\r\n")
        heard.append("(answer)")
        return wire.line().decode("latin-1").strip()

    return ask


def read(line: str, ask: Ask, *, secure: bool) -> Login | None:
    """Return whom a client logs in as: PLAIN (RFC 4616), LOGIN, XOAUTH2; None for what cannot be read."""
    _, mechanism, initial = (*line.split(" "), "", "")[:3]
    mechanism = mechanism.upper()
    try:
        if mechanism == "LOGIN":
            name = _decoded(initial or ask(b"Username:"))
            return Login(mechanism, name, _decoded(ask(b"Password:")), secure)
        words = _decoded(initial or ask(b""))
    except (binascii.Error, UnicodeDecodeError):
        return None
    if mechanism == "PLAIN" and (plain := _PLAIN.fullmatch(words)):
        return Login(mechanism, plain[1], plain[2], secure)
    if mechanism == "XOAUTH2" and (bearer := _BEARER.fullmatch(words)):
        return Login(mechanism, bearer[1], bearer[2], secure)
    return None


def _decoded(text: str) -> str:
    return base64.b64decode(text, validate=True).decode()
