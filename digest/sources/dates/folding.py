"""One way of writing for texts that people write in many: a text of any script goes in, a plain one comes out."""

import re
import unicodedata
from html import unescape

_LONGEST_READ = 1000
_LONGEST = 120
_TAG = re.compile(r"<!\[CDATA\[|\]\]>|<[^<>]*>")
_ASIDE = re.compile(r"\(([^()]*)\)")
_LONGEST_ASIDE = 10
_MINUS = str.maketrans({"−": "-", "‐": "-", "‑": "-", "،": ",", "、": ",", "ı": "i"})


def plain(text: str) -> str:
    """Return a text without markup and invisible signs, on one line, its digits ASCII."""
    text = text[:_LONGEST_READ]
    if "<" in text or "&" in text:
        text = unescape(_TAG.sub(" ", unescape(text)))
    if not text.isascii():
        text = "".join(_visible(letter) for letter in unicodedata.normalize("NFKC", text))
    return " ".join(text.split())[:_LONGEST]


def folded(text: str) -> str:
    """Return a plain text in lower case and without accents, to compare by."""
    if text.isascii():
        return text.lower()
    apart = unicodedata.normalize("NFKD", text.casefold().translate(_MINUS))
    return unicodedata.normalize("NFC", "".join(letter for letter in apart if not unicodedata.combining(letter)))


def without_asides(text: str) -> str:
    """Drop what stands in parentheses and is too long for a zone or a weekday: `(Coordinated Universal Time)`."""
    return _ASIDE.sub(lambda match: match[0] if "/" in match[1] or len(match[1]) <= _LONGEST_ASIDE else " ", text)


def _visible(letter: str) -> str:
    if letter.isdecimal():
        return str(unicodedata.decimal(letter))
    return "" if unicodedata.category(letter) == "Cf" else letter
