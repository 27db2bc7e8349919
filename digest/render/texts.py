"""Texts of editors and feeds → texts that are safe to print: no control characters, no tokens, no marks, cut at words."""

import re
import textwrap
import unicodedata
from typing import Literal
from urllib.parse import quote

from digest.values import TOKEN

Direction = Literal["ltr", "rtl"]

COLUMNS = 72
_WORD_JOINER = "\u2060"
_URL_SAFE = "!#$%&'()*+,/:;=?@[]~"
_LONE_PERCENT = re.compile(r"%(?=%)")
_UNWANTED = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
_WEAK_ENDS = " ,;:.-–—·("


def clean(text: str) -> str:
    """Return `text` on one line, where it can neither call a token (`%%x%%`) nor look like a mark (`<!--`)."""
    line = " ".join(_UNWANTED.sub("", text).split())
    return _LONE_PERCENT.sub(f"%{_WORD_JOINER}", line).replace("<!--", f"<{_WORD_JOINER}!--")


def clean_url(url: str) -> str:
    """Return an address as ASCII, the same for HTML and text (RFC 3986, section 2.1), that calls no token."""
    return _LONE_PERCENT.sub("%25", quote(_UNWANTED.sub("", url.strip()), safe=_URL_SAFE))


def cut(text: str, limit: int) -> str:
    """Return `text` in at most `limit` characters, cut at a word and closed with “…” where it is longer."""
    if len(text) <= limit:
        return text
    head = text[: limit - 1]
    if text[limit - 1] != " " and " " in head:
        head = head.rpartition(" ")[0]
    return head.rstrip(_WEAK_ENDS) + "…"


def direction(text: str, default: Direction = "ltr") -> Direction:
    """Return the direction of the first strong character (Unicode Standard Annex 9, rule P2), else `default`."""
    for character in text:
        match unicodedata.bidirectional(character):
            case "L":
                return "ltr"
            case "R" | "AL":
                return "rtl"
    return default


_TOKEN_COLUMNS = 28  # about what an address or some section names take when a token is filled
_PRIVATE = 0xE000


def wrap(text: str, indent: int = 0, first: int | None = None) -> str:
    """Return `text` in lines of 72 columns; words (addresses) are never broken. `first` is what already stands in line one."""
    tokens = [found[0] for found in TOKEN.finditer(text)]
    for number, token in enumerate(tokens):
        text = text.replace(token, chr(_PRIVATE + number) * _TOKEN_COLUMNS, 1)
    lines = textwrap.fill(
        text,
        width=COLUMNS,
        initial_indent=" " * (indent if first is None else first),
        subsequent_indent=" " * indent,
        break_long_words=False,
        break_on_hyphens=False,
    )
    for number, token in enumerate(tokens):
        lines = lines.replace(chr(_PRIVATE + number) * _TOKEN_COLUMNS, token)
    return lines[first or 0 :]
