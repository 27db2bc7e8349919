"""Pieces and values → a part of a message. Pieces are shared by thousands of messages: each is encoded once, values go in between.

A reader's values are HTML-escaped in HTML and plain in text; soft line breaks around them keep quoted-printable valid.
"""

import html
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from digest.mail.mime.quoting import SOFT, quoted_printable
from digest.values import TOKEN

_AS_IT_IS = re.compile(r"(?!\.)[!#-%(-;?-~]{1,75}")  # nothing to quote and nothing to escape: most addresses of ours
_PIECES_KEPT = 20_000
_VALUES_KEPT = 20_000
_PAGES_KEPT = 1024  # a few hundred references each

Values = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Encoded:
    """Pieces as they leave: `places` says which of the segments wait for a token's value, `size` is what the others hold as UTF-8."""

    segments: tuple[bytes, ...]
    places: tuple[tuple[int, str], ...]
    names: tuple[str, ...]
    size: int


def filled(pieces: Sequence[str], tokens: Values, *, escape: bool) -> str:
    """Return a part as one string; values are HTML-escaped where `escape` says so. Raises KeyError for an unknown token."""

    def value(match: re.Match[str]) -> str:
        plain = tokens[match[1]]
        return html.escape(plain) if escape else plain

    return "".join(TOKEN.sub(value, piece) if "%%" in piece else piece for piece in pieces)


def spliced(pieces: tuple[str, ...], tokens: Values, *, escape: bool) -> list[bytes]:
    """Return the quoted-printable bytes of a part in order. Raises KeyError for a token without a value."""
    page = encoded(pieces)
    value = _html_value if escape else _text_value
    values = {name: value(tokens[name]) for name in page.names}
    segments = list(page.segments)
    for at, name in page.places:
        segments[at] = values[name]
    if segments and segments[-1].endswith(
        SOFT
    ):  # a soft break with nothing after it is none (RFC 2045, section 6.7, rule 3)
        segments[-1] = segments[-1][: -len(SOFT)]
    return segments


def size(pieces: tuple[str, ...], tokens: Values, *, escape: bool) -> int:
    """Return how many bytes of UTF-8 a part has before it is encoded."""
    page = encoded(pieces)
    values = (html.escape(tokens[name]) if escape else tokens[name] for _, name in page.places)
    return page.size + sum(len(value.encode("utf-8", "replace")) for value in values)


@lru_cache(maxsize=_PAGES_KEPT)
def encoded(pieces: tuple[str, ...]) -> Encoded:
    """Put the encoded pieces of a page together; they are shared with every other page that has them."""
    segments: list[bytes] = []
    places: list[tuple[int, str]] = []
    total = 0
    for piece in pieces:
        for segment in _piece(piece):
            if isinstance(segment, str):
                places.append((len(segments), segment))
                segments.append(b"")
            else:
                segments.append(segment[0])
                total += segment[1]
    return Encoded(tuple(segments), tuple(places), tuple(dict.fromkeys(name for _, name in places)), total)


@lru_cache(maxsize=_PIECES_KEPT)
def _piece(piece: str) -> tuple[tuple[bytes, int] | str, ...]:
    """Encode a piece once: bytes with the length of what they say, and the names of tokens where values go."""
    texts = TOKEN.split(piece)  # texts and names in turn
    segments = [
        text if at % 2 else (quoted_printable(text), len(text.encode("utf-8", "replace")))
        for at, text in enumerate(texts)
        if text
    ]
    return tuple(segments)


def _text_value(value: str) -> bytes:
    return value.encode() + SOFT if _AS_IT_IS.fullmatch(value) else _quoted(value)


def _html_value(value: str) -> bytes:
    return value.encode() + SOFT if _AS_IT_IS.fullmatch(value) else _escaped(value)


@lru_cache(maxsize=_VALUES_KEPT)
def _quoted(value: str) -> bytes:
    return quoted_printable(value)


@lru_cache(maxsize=_VALUES_KEPT)
def _escaped(value: str) -> bytes:
    return quoted_printable(html.escape(value))
