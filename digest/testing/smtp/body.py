"""The body of a message as the server reads it: lines until the dot, or chunks; and what is wrong with it."""

import re
from collections.abc import Callable, Iterator, Mapping

from digest.testing.smtp.wire import Wire

_LONGEST_LINE = 998  # RFC 5322, section 2.1.1, without its end
_BARE = re.compile(rb"\r(?!\n)|(?<!\r)\n")


class Body:
    """Collects a message's octets, dots undone; `read` and `read_chunk` call `interrupt` once when `after` octets came."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.content = bytearray()

    def read(self, wire: Wire, after: int | None, interrupt: Callable[[], bool]) -> bool:
        """Read lines until the dot (RFC 5321, section 4.5.2); False when `interrupt` refused the body before it came."""
        wanted, seen = True, 0
        if after == 0:
            wanted, after = interrupt(), None
        while (line := wire.line()) != b".\r\n":
            self.content += line[1:] if line.startswith(b".") else line
            seen += len(line)
            if after is not None and seen >= after:
                wanted, after = interrupt(), None
        return wanted

    def read_chunk(self, wire: Wire, size: int, after: int | None, interrupt: Callable[[], bool]) -> bool:
        """Read a chunk of `size` octets (RFC 3030, section 2); False when `interrupt` refused it before it was whole."""
        first = size if after is None else min(after, size)
        self.content += wire.block(first)
        wanted = True if after is None or after > size else interrupt()
        self.content += wire.block(size - first)
        return wanted

    def oddities(self, mail: Mapping[str, str]) -> Iterator[str]:
        """Yield what no client may send, given the parameters of MAIL."""
        content = bytes(self.content)
        if _BARE.search(content):
            yield "a body with a bare line end"
        if any(len(line) > _LONGEST_LINE for line in content.split(b"\r\n")):
            yield "a body with a line over 998 octets"
        if not content.isascii() and "8BITMIME" not in mail.get("BODY", ""):
            yield "a body of 8 bits without 8BITMIME"
        if content and not content.endswith(b"\r\n"):
            yield "a body that ends within a line"
        if int(mail.get("SIZE", len(content))) < len(content):
            yield "a body that is larger than its SIZE"
