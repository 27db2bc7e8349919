"""Logging in (RFC 4954): what a server offers and a name with its secret go in, the lines of the conversation come out."""

from base64 import b64encode
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Way = Literal["password", "xoauth2"]


@dataclass(frozen=True, slots=True)
class Login:
    """Who logs in, and how: with a password (PLAIN, LOGIN) or with a token (XOAUTH2)."""

    username: str
    secret: str
    way: Way = "password"

    def lines(self, offered: Iterable[str]) -> list[bytes] | None:
        """Return what to write, one line for each positive answer, or None where the server offers no way that we have."""
        known = {one.upper() for one in offered}
        if self.way == "xoauth2":
            token = f"user={self.username}\x01auth=Bearer {self.secret}\x01\x01"
            return [b"AUTH XOAUTH2 " + _encoded(token)] if "XOAUTH2" in known else None
        if "PLAIN" in known:
            return [b"AUTH PLAIN " + _encoded(f"\0{self.username}\0{self.secret}")]  # RFC 4616, section 2
        if "LOGIN" in known:
            return [b"AUTH LOGIN", _encoded(self.username), _encoded(self.secret)]
        return None


def _encoded(text: str) -> bytes:
    return b64encode(text.encode())
