"""What a server sends → its replies (RFC 5321, section 4.2), however the network cuts them; what is none breaks the conversation."""

import re
from collections.abc import Iterator
from typing import NamedTuple

CLOSING = 421  # “service closing transmission channel”, which may answer anything
_LINE = re.compile(rb"([0-9]{3})(?:([ -])(.*))?", re.DOTALL)
_ENHANCED = re.compile(r"([245])\.(\d{1,3})\.(\d{1,3})\b")  # RFC 3463, section 2
_ADDRESS = re.compile(r"[^\s<>\"'(),;]+@[^\s<>\"'(),;]+")
_LONGEST_LINE = 8 * 1024
_LONGEST_REPLY = 64 * 1024
_KEPT = 1024  # characters of a reply that the ledger keeps


class NoReplyError(Exception):
    """A server said what is no reply."""


class Reply(NamedTuple):
    """A reply: its code and the text of its lines, with what is not UTF-8 replaced."""

    code: int
    text: str

    @property
    def good(self) -> bool:
        """Whether it is a positive completion (2yz)."""
        return 200 <= self.code < 300  # noqa: PLR2004 -- RFC 5321, section 4.2.1

    @property
    def refuses(self) -> bool:
        """Whether it is a refusal (4yz, 5yz)."""
        return 400 <= self.code < 600  # noqa: PLR2004 -- RFC 5321, section 4.2.1

    @property
    def enhanced(self) -> str:
        """The enhanced status code such as 5.1.1, empty where there is none."""
        found = _ENHANCED.match(self.text)
        return found[0] if found else ""

    def __str__(self) -> str:
        """Return what the ledger keeps: without addresses, 1,024 characters at most."""
        return " ".join(f"{self.code} {_ADDRESS.sub('…', self.text)}".split())[:_KEPT]


class Replies:
    """Puts replies together from the pieces that arrive."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._rest = b""
        self._code = b""
        self._texts: list[bytes] = []
        self._size = 0

    def feed(self, data: bytes) -> Iterator[Reply]:
        """Yield each reply that is complete now. Raises NoReplyError for what cannot be one."""
        *lines, self._rest = (self._rest + data).split(b"\n") if self._rest else data.split(b"\n")
        for line in lines:
            reply = self._line(line.removesuffix(b"\r"))
            if reply is not None:
                yield reply
        if len(self._rest) > _LONGEST_LINE:
            raise NoReplyError("a line without an end")

    def clear(self) -> None:
        """Forget what is unfinished (RFC 3207, section 4.2)."""
        self.__init__()  # type: ignore[misc]

    def _line(self, line: bytes) -> Reply | None:
        found = _LINE.fullmatch(line)
        if not found or (self._code and found[1] != self._code):
            raise NoReplyError(f"“{line[:60].decode('ascii', 'backslashreplace')}”, which is no reply")
        self._size += len(line)
        if self._size > _LONGEST_REPLY:
            raise NoReplyError("a reply without an end")
        self._texts.append(found[3] or b"")
        if found[2] == b"-":
            self._code = found[1]
            return None
        text = b"\n".join(self._texts).decode("utf-8", "replace")
        self._code, self._texts, self._size = b"", [], 0
        return Reply(int(found[1]), text)
