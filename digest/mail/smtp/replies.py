"""Answers of a mail server (RFC 5321, section 4.2): bytes as they come go in, whole replies come out, or what proves that they are none."""

import re
from collections.abc import Iterator
from typing import NamedTuple

CLOSING = 421
_LONGEST_LINE = 4096  # eight times what RFC 5321, section 4.5.3.1.5, allows
_MOST_LINES = 256
_ADDRESS = re.compile(r"<?[^\s<>@:;,]+@[^\s<>:;,]+>?")
_STORED = 1024


class GarbageError(Exception):
    """What came is no reply; nothing that follows can be trusted."""


class Reply(NamedTuple):
    """One whole reply: its code, and the text of its lines."""

    code: int
    text: str

    @property
    def positive(self) -> bool:
        """Whether the server did what it was told."""
        return 200 <= self.code < 300  # noqa: PLR2004 -- 2yz (RFC 5321, section 4.2.1)

    @property
    def negative(self) -> bool:
        """Whether the server refused, for now (4yz) or for good (5yz); what is neither is a surprise."""
        return 400 <= self.code < 600  # noqa: PLR2004 -- 4yz and 5yz

    @property
    def words(self) -> str:
        """What is kept of a reply: 1 KiB at most, and nobody's address."""
        return scrubbed(f"{self.code} {self.text}" if self.text else str(self.code))


def scrubbed(text: str) -> str:
    """Return a server's words as they may be kept: 1,024 characters at most, addresses taken out."""
    if "@" in text:
        text = _ADDRESS.sub("(address)", text)
    return text[:_STORED].replace("\0", "")  # which PostgreSQL does not keep


class Parser:
    """Collects bytes until replies are whole."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._rest = b""
        self._code = 0
        self._lines: list[str] = []

    def feed(self, data: bytes) -> Iterator[Reply]:
        """Yield the replies that are now whole. Raises GarbageError behind those that came before what is none."""
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            reply = self._line(line)
            if reply is not None:
                yield reply
        if len(self._rest) > _LONGEST_LINE:
            raise GarbageError("a line without an end")

    @property
    def unfinished(self) -> bool:
        """Whether something came that is no whole reply yet."""
        return bool(self._rest or self._lines)

    def _line(self, raw: bytes) -> Reply | None:
        """Take one line; the last of a reply has a blank after its code, or nothing (RFC 5321, section 4.2.1)."""
        code, mark = raw[:3], raw[3:4]
        if len(code) != 3 or not code.isdigit() or mark not in b" -\r" or len(raw) > _LONGEST_LINE:  # noqa: PLR2004 -- digits
            raise GarbageError(f"“{raw[:80].decode('ascii', 'replace').strip()}”")
        number, text = int(code), raw[4:].rstrip(b"\r").decode("utf-8", "replace")
        if mark != b"-" and not self._code:
            return Reply(number, text)
        if self._code not in (0, number) or len(self._lines) >= _MOST_LINES:
            raise GarbageError("a reply of several codes, or without an end")
        self._code = number
        self._lines.append(text)
        if mark == b"-":
            return None
        whole = Reply(number, "\n".join(self._lines))
        self._code, self._lines = 0, []
        return whole
