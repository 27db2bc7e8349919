"""Quoted-printable (RFC 2045, section 6.7): text goes in, lines of 76 bytes at most come out that nothing on the way changes.

Dots and “From ” at the start of a line are encoded, and blanks after a blank or at the end of a line: neither SMTP nor a mailbox file
nor DKIM's relaxed canonicalisation (RFC 6376, section 3.4.4) has anything to do.
"""

import re
from collections.abc import Iterator

SOFT = b"=\r\n"
_QUOTED = {byte: f"={byte:02X}" for byte in range(256) if not ord(" ") <= byte <= ord("~") or byte == ord("=")}
_BREAK = re.compile("\r\n|\r|\n")
_BLANKS = re.compile("  +")
_LINE = 75  # and the mark of a soft break


def quoted_printable(text: str) -> bytes:
    """Encode text so that pieces can be joined: each begins at the start of a line and ends in a break, if only a soft one."""
    if not text:
        return b""
    lines = _BREAK.split(text)
    joined = "\r\n".join([_quoted(line) for line in lines])
    return joined.encode("ascii") + (SOFT if lines[-1] else b"")


def _quoted(line: str) -> str:
    quoted = line.encode("utf-8", "replace").decode("latin-1").translate(_QUOTED)
    if quoted.endswith(" "):
        quoted = f"{quoted[:-1]}=20"
    if "  " in quoted:
        quoted = _BLANKS.sub(lambda blanks: " " + "=20" * (len(blanks[0]) - 1), quoted)
    if len(quoted) <= _LINE and not quoted.startswith((".", "From ")):
        return quoted
    return "=\r\n".join(_cut(quoted))


def _cut(quoted: str) -> Iterator[str]:
    """Cut a line into pieces that fit, never inside an encoded byte, with what must not begin a line encoded."""
    at = 0
    while at < len(quoted):
        start = ""
        if quoted[at] == "." or quoted.startswith("From ", at):
            start = f"={ord(quoted[at]):02X}"
            at += 1
        end = at + _LINE - len(start)
        if end < len(quoted):
            end -= 1 if quoted[end - 1] == "=" else 2 if quoted[end - 2] == "=" else 0
        yield start + quoted[at:end]
        at = end
