"""Messages as bytes: a `Message` goes in, what RFC 5322 and 2045 ask for comes out, every receiver's pitfalls avoided.

Headers are written here, for Python's email package turns a long List-Unsubscribe into encoded words that no mailbox understands. The
pieces of the two parts are shared by thousands of messages: each is encoded once, and a reader's values are spliced in between.
"""

import base64
import hashlib
import html
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from email.utils import format_datetime
from functools import lru_cache

import idna

from digest.errors import HeaderError
from digest.values import TOKEN, Mailbox, Message

_FORBIDDEN = re.compile("[\x00-\x08\x0a-\x1f\x7f\u2028\u2029]")
_NOT_IN_ADDRESS = re.compile("[\x00-\x20<>\x7f\u2028\u2029]")
_ATOM = re.compile(r"^[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]*$")
_LINE = 76
_WORD_BYTES = 45  # bytes in one encoded word: 60 of base64, and with its frame under 75 (RFC 2047, section 2)
_FOLD = 998
_SAFE = frozenset(range(33, 127)) - {ord("=")}
_NOTHING_TO_QUOTE = re.compile("[!-<>-~]+")
_SOFT = b"=\r\n"
_CHARSET = "utf-8"
_PIECES_KEPT = 20_000

Encoded = tuple[bytes | str, ...]  # bytes as they leave, strings are names of tokens


def wire(message: Message) -> bytes:
    """Return the whole message: CRLF, 7 bits, no line over 998 characters, the same bytes each time.

    Raises HeaderError for control characters in a header, KeyError for a token without a value.
    """
    boundary = f"=_{hashlib.sha256(message.message_id.encode()).hexdigest()[:32]}"
    start = f"\r\n--{boundary}\r\nContent-Type: text/{{}}; charset={_CHARSET}\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
    return b"".join(
        (
            _headers(message, boundary),
            start.format("plain").encode(),
            *_part(message.text, message.tokens, escape=False),
            start.format("html").encode(),
            *_part(message.html, message.tokens, escape=True),
            f"\r\n--{boundary}--\r\n".encode(),
        )
    )


def filled(pieces: Sequence[str], tokens: Mapping[str, str], *, escape: bool) -> str:
    """Return a part as one string; values are HTML-escaped where `escape` says so. Raises KeyError for an unknown token."""
    return "".join(_filled(piece, tokens, escape=escape) for piece in pieces)


def header(name: str, value: str) -> str:
    """Return one header field, folded at spaces only. Raises HeaderError for control characters."""
    check(name, value)
    if not value.isascii():
        value = _encoded_words(value, len(name) + 2)
    return f"{name}: {_folded(value, len(name) + 2)}\r\n"


def check(name: str, value: str) -> None:
    """Refuse what could start another header (CWE-93). Raises HeaderError."""
    if _FORBIDDEN.search(value):
        raise HeaderError(f"It is {name}'s.", hint="Take line breaks and control characters out of it.")


def mailbox(one: Mailbox) -> str:
    """Return a name and address as a header shows them (RFC 5322, section 3.4)."""
    check("an address", one.address)
    check("a name", one.name)
    address = ascii_address(one.address)
    if not one.name:
        return address
    if not one.name.isascii():
        return f"{_encoded_words(one.name, 0)} <{address}>"
    if _ATOM.match(one.name):
        return f"{one.name} <{address}>"
    quoted = one.name.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{quoted}" <{address}>'


def ascii_address(address: str) -> str:
    """Return an address with its domain in A-labels (RFC 5891). Raises HeaderError for what could end the address early."""
    if _NOT_IN_ADDRESS.search(address):
        raise HeaderError("It is an address's.", hint="Take spaces, angle brackets and control characters out of it.")
    local, _, domain = address.rpartition("@")
    if domain.isascii():
        return address
    try:
        return f"{local}@{idna.encode(domain, uts46=True).decode('ascii')}"
    except idna.IDNAError as error:
        raise HeaderError(
            "It is an address's.", hint="Correct the part after the @; no such domain can exist."
        ) from error


def _headers(message: Message, boundary: str) -> bytes:
    fields = [
        ("From", mailbox(message.sender)),
        ("To", mailbox(message.recipient)),
        *((("Reply-To", message.reply_to),) if message.reply_to else ()),
        ("Subject", message.subject),
        ("Date", _date(message.date)),
        ("Message-ID", message.message_id),
        *message.headers,
        ("MIME-Version", "1.0"),
        ("Content-Type", f'multipart/alternative; boundary="{boundary}"'),
    ]
    return "".join(header(name, value) for name, value in fields).encode("ascii")


def _date(moment: datetime) -> str:
    return format_datetime(moment)


def _folded(value: str, used: int) -> str:
    """Break a long value after spaces; a token too long for a line stays whole, as RFC 5322, section 2.1.1 allows up to 998."""
    if used + len(value) <= _LINE:
        return value
    lines: list[str] = []
    line = ""
    for word in value.split(" "):
        longer = f"{line} {word}" if line else word
        room = _LINE - (used if not lines else 1)
        if line and len(longer) > room:
            lines.append(line)
            line = word
        else:
            line = longer
    lines.append(line)
    if max(map(len, lines)) + used > _FOLD:
        raise HeaderError("It has a word of more than 998 characters.", hint="Shorten it.")
    return "\r\n ".join(lines)


def _encoded_words(value: str, used: int) -> str:
    """Encode a value as RFC 2047 asks: base64 words that never cut a character."""
    words, piece = [], b""
    room = max(_WORD_BYTES - used, 12)
    for character in value:
        encoded = character.encode()
        if len(piece) + len(encoded) > room:
            words.append(piece)
            piece, room = b"", _WORD_BYTES
        piece += encoded
    words.append(piece)
    return " ".join(f"=?{_CHARSET}?b?{base64.b64encode(word).decode()}?=" for word in words)


def _filled(piece: str, tokens: Mapping[str, str], *, escape: bool) -> str:
    if "%%" not in piece:
        return piece

    def value(match: re.Match[str]) -> str:
        plain = tokens[match[1]]
        return html.escape(plain) if escape else plain

    return TOKEN.sub(value, piece)


def _part(pieces: Iterable[str], tokens: Mapping[str, str], *, escape: bool) -> Iterable[bytes]:
    """Yield the quoted-printable bytes of a part: what is shared from the cache, a reader's values between soft line breaks."""
    for piece in pieces:
        for segment in _encoded(piece):
            if isinstance(segment, bytes):
                yield segment
            else:
                value = tokens[segment]
                yield _value(html.escape(value) if escape else value)


@lru_cache(maxsize=_PIECES_KEPT)
def _encoded(piece: str) -> Encoded:
    """Encode a piece once: bytes, and the names of tokens where values go. Every segment ends at the start of a line."""
    segments: list[bytes | str] = []
    at = 0
    for match in TOKEN.finditer(piece):
        segments += [quoted_printable(piece[at : match.start()]), match[1]]
        at = match.end()
    segments.append(quoted_printable(piece[at:]))
    return tuple(segment for segment in segments if segment)


@lru_cache(maxsize=_PIECES_KEPT)
def _value(value: str) -> bytes:
    """Encode a reader's value; an address of ours needs nothing but soft breaks, and every message has several."""
    if _NOTHING_TO_QUOTE.fullmatch(value):
        lines = [value[at : at + _LINE - 1] for at in range(0, len(value), _LINE - 1)]
        if not any(line.startswith(".") for line in lines):
            return b"".join(line.encode() + _SOFT for line in lines)
    return quoted_printable(value)


def quoted_printable(text: str) -> bytes:
    """Encode text (RFC 2045, section 6.7) so that pieces can be joined: each line of ours begins at its start and ends in a break.

    Dots and “From ” at the start of a line are encoded, so that neither SMTP nor a mailbox file ever changes a byte.
    """
    if not text:
        return b""
    out = bytearray()
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    for number, line in enumerate(lines):
        _quote_line(line, out)
        if number < len(lines) - 1:
            out += b"\r\n"
    if lines[-1]:
        out += _SOFT
    return bytes(out)


def _quote_line(line: str, out: bytearray) -> None:
    width = 0
    raw = line.encode()
    last = len(raw) - 1
    for position, byte in enumerate(raw):
        space = byte in b" \t"
        plain = byte in _SAFE or (space and position != last)
        at_start = width == 0 and (byte == ord(".") or raw.startswith(b"From ", position))
        token = bytes((byte,)) if plain and not at_start else b"=%02X" % byte
        if width + len(token) > _LINE - 1:
            out += _SOFT
            width = 0
            if byte == ord(".") or raw.startswith(b"From ", position):
                token = b"=%02X" % byte
        out += token
        width += len(token)
