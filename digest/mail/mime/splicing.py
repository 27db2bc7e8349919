"""Pieces and values → the two parts of a message. Pieces are shared by thousands of messages: each is encoded once, values go in between.

A reader's values are HTML-escaped in HTML and plain in text; soft line breaks around them keep quoted-printable valid.
"""

import html
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from digest.mail.mime.quoting import SOFT, quoted_printable
from digest.values import TOKEN

_AS_IT_IS = re.compile(r"(?!\.)[!#-%(-;?-~]{1,75}")  # nothing to quote and nothing to escape: most addresses of ours
_PIECES_KEPT = 10_000
_VALUES_KEPT = 20_000
_PAGES_KEPT = 1024  # a few hundred references each

Values = Mapping[str, str]
Pieces = tuple[str, ...]
Both = tuple[bytes, bytes]  # a value for the text and for the HTML


@dataclass(slots=True)
class _Page:
    """Both parts as they leave, text first, between segments for the boundaries at `0`, `middle` and the end.

    The places say which segments wait for which token's value; `ends` are those of them that end a part.
    `sizes` are the bytes of UTF-8 that text and HTML have without any value.
    """

    segments: list[bytes] = field(default_factory=list)
    text_places: list[tuple[int, str]] = field(default_factory=list)
    html_places: list[tuple[int, str]] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)
    middle: int = 0
    names: tuple[str, ...] = ()
    sizes: tuple[int, int] = (0, 0)


def filled(pieces: Sequence[str], tokens: Values, *, escape: bool) -> str:
    """Return a part as one string; values are HTML-escaped where `escape` says so. Raises KeyError for an unknown token."""

    def value(match: re.Match[str]) -> str:
        plain = tokens[match[1]]
        return html.escape(plain) if escape else plain

    return "".join(TOKEN.sub(value, piece) if "%%" in piece else piece for piece in pieces)


def spliced(text: Pieces, html_: Pieces, tokens: Values, boundary: str) -> bytes:
    """Return a multipart/alternative body, both parts in quoted-printable. Raises KeyError for a token without a value."""
    page = _page(text, html_)
    values = {name: _encodings(tokens[name]) for name in page.names}
    segments = page.segments.copy()
    for at, name in page.text_places:
        segments[at] = values[name][0]
    for at, name in page.html_places:
        segments[at] = values[name][1]
    for at in page.ends:
        segments[at] = segments[at].removesuffix(SOFT)
    segments[0] = _start(boundary, "plain")
    segments[page.middle] = b"\r\n" + _start(boundary, "html")
    segments[-1] = b"\r\n--%b--\r\n" % boundary.encode()
    return b"".join(segments)


def sizes(text: Pieces, html_: Pieces, tokens: Values) -> tuple[int, int]:
    """Return how many bytes of UTF-8 the text and the HTML have, values included."""
    page = _page(text, html_)
    plain = sum(len(_utf8(tokens[name])) for _, name in page.text_places)
    escaped = sum(len(_utf8(html.escape(tokens[name]))) for _, name in page.html_places)
    return page.sizes[0] + plain, page.sizes[1] + escaped


def _utf8(text: str) -> bytes:
    return text.encode("utf-8", "replace")


def _start(boundary: str, subtype: str) -> bytes:
    return (
        f"--{boundary}\r\nContent-Type: text/{subtype}; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
    ).encode()


@lru_cache(maxsize=_PAGES_KEPT)
def _page(text: Pieces, html_: Pieces) -> _Page:
    """Put the encoded pieces of a page together; they are shared with every other page that has them."""
    page = _Page([b""])
    text_size = _add(page, text, page.text_places)
    page.middle = len(page.segments)
    page.segments.append(b"")
    page.sizes = text_size, _add(page, html_, page.html_places)
    page.segments.append(b"")
    page.names = tuple(dict.fromkeys(name for _, name in (*page.text_places, *page.html_places)))
    return page


def _add(page: _Page, pieces: Pieces, places: list[tuple[int, str]]) -> int:
    """Put a part's pieces behind what is there; return how many bytes of UTF-8 they have."""
    first, size = len(page.segments), 0
    for piece in pieces:
        segments, length = _piece(piece)
        size += length
        for segment in segments:
            if isinstance(segment, str):
                places.append((len(page.segments), segment))
                page.segments.append(b"")
            else:
                page.segments.append(segment)
    last = len(page.segments) - 1
    if places and places[-1][0] == last:
        page.ends.append(last)
    elif last >= first:  # a soft break with nothing after it is none (RFC 2045, section 6.7, rule 5)
        page.segments[last] = page.segments[last].removesuffix(SOFT)
    return size


@lru_cache(maxsize=_PIECES_KEPT)
def _piece(piece: str) -> tuple[tuple[bytes | str, ...], int]:
    """Encode a piece once: bytes, and the names of tokens where values go; and how many bytes of UTF-8 it has without them."""
    texts = TOKEN.split(piece)  # texts and names in turn
    segments = tuple(text if at % 2 else quoted_printable(text) for at, text in enumerate(texts) if text)
    return segments, sum(len(_utf8(text)) for text in texts[::2])


def _encodings(value: str) -> Both:
    if _AS_IT_IS.fullmatch(value):
        plain = value.encode() + SOFT
        return plain, plain
    return _quoted(value)


@lru_cache(maxsize=_VALUES_KEPT)
def _quoted(value: str) -> Both:
    return quoted_printable(value), quoted_printable(html.escape(value))
