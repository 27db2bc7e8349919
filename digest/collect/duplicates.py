"""How alike two articles are: titles and texts go in, whether they tell one story in nearly the same words comes out. Pure."""

import re
import unicodedata
import zlib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from heapq import nsmallest

from rapidfuzz.distance import Levenshtein

from digest.models import Article

APART = timedelta(hours=72)  # two articles further apart are never compared
_UNSPACED = (  # scripts that write no spaces: each character counts as a word
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
)
_TOKEN = re.compile(rf"[{_UNSPACED}]|[^\W_{_UNSPACED}]+")
_ACCENTS = re.compile("[\u0300-\u036f]+")
_NUMBER = re.compile(r"\d+")
_SHINGLE = 4  # tokens
_WHOLE_TEXT = 48  # tokens: below, a text is a summary and proves little by itself
_SOME_TEXT = 8
_SAME_TITLE, _SAME_TEXT = 0.60, 0.85  # likeness of the texts, with an equal title and without
_ALIKE = 0.5  # likeness of titles
_TRIMMED = 1.5
_REPOSTED = timedelta(hours=12)  # a daily column may have the same title and the same summary each day
_OPENING, _BEGINNING = 44, 500  # shingles of which a sketch is made
_SKETCH = 6


@dataclass(frozen=True, slots=True)
class Wording:
    """An article's words as they are compared; `text` and `summary` are tokens."""

    id: int
    source_id: str
    title: str
    text: tuple[str, ...]
    summary: tuple[str, ...]
    language: str
    published_at: datetime


@dataclass(frozen=True, slots=True)
class Near:
    """Two articles are near-duplicates; only where that is `sure` may a source's own two be taken for one without asking."""

    likeness: float
    sure: bool


def tokens(text: str) -> tuple[str, ...]:
    """Return a text's words without case, accents and punctuation; the characters of scripts that write no spaces."""
    folded = text.casefold()
    if not folded.isascii():
        folded = unicodedata.normalize("NFC", _ACCENTS.sub("", unicodedata.normalize("NFKD", folded)))
    return tuple(_TOKEN.findall(folded))


def title_key(title: str) -> str:
    """Return what equal titles have in common."""
    return " ".join(tokens(title))


def titles_alike(one: str, other: str) -> bool:
    """Say whether two titles may be versions of one: half of the letters at least are the same."""
    return Levenshtein.normalized_similarity(title_key(one), title_key(other)) >= _ALIKE


def likeness(one: tuple[str, ...], other: tuple[str, ...]) -> float:
    """Return the share (0 to 1) of four-word sequences that two texts have in common; a much longer one is cut first."""
    short, long = sorted((one, other), key=len)
    if len(long) > _TRIMMED * len(short):
        long = long[: len(short)]
    first, second = _shingles(short), _shingles(long)
    return len(first & second) / len(first | second) if first and second else 0.0


def near(one: Wording, other: Wording) -> Near | None:
    """Say whether two articles are near-duplicates.

    They are with the same title and 60 % of the text, or with 85 % of a text of 48 words or more. That is not sure where the evidence
    could be a series': summaries half a day apart, titles that differ in a number or in all.
    """
    apart = abs(one.published_at - other.published_at)
    if apart > APART or not _one_language(one.language, other.language):
        return None
    first, second = _comparable(one, other)
    found = likeness(first, second)
    shortest = min(len(first), len(second))
    if one.title and one.title == other.title and found >= _SAME_TITLE:
        return Near(found, sure=shortest >= _WHOLE_TEXT or (shortest >= _SOME_TEXT and apart <= _REPOSTED))
    if shortest >= _WHOLE_TEXT and found >= _SAME_TEXT:
        return Near(found, sure=_one_headline(one.title, other.title))
    return None


def sketch(one: Wording) -> frozenset[int]:
    """Return a few hashes such that near-duplicates share one of them nearly always, and other articles seldom do."""
    words = one.text or one.summary
    found = {zlib.crc32(f"title {one.title}".encode())} if one.title else set()
    if len(words) >= _WHOLE_TEXT:
        hashes = [zlib.crc32(" ".join(words[at : at + _SHINGLE]).encode()) for at in range(_beginning(words))]
        found.update(nsmallest(_SKETCH, hashes[:_OPENING]), nsmallest(_SKETCH, hashes))
    return frozenset(found)


def representative(articles: Iterable[Article], third_party: Collection[str], lengths: Mapping[int, int]) -> Article:
    """Return the article that stands for a group: of the own site rather than a third party's, then the earliest, then the longest.

    `third_party` are ids of sources; `lengths` are those of the texts. Raises ValueError for no article.
    """
    return min(
        articles,
        key=lambda one: (
            one.source_id in third_party,
            one.published_at,
            -lengths.get(one.id or 0, len(one.summary)),
            one.id or 0,
        ),
    )


def _beginning(words: tuple[str, ...]) -> int:
    return min(len(words) - _SHINGLE + 1, _BEGINNING)


def _shingles(words: tuple[str, ...]) -> set[tuple[str, ...]]:
    if len(words) < _SHINGLE:
        return {words} if words else set()
    return set(zip(words, words[1:], words[2:], words[3:], strict=False))


def _comparable(one: Wording, other: Wording) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Compare text with text where both have one, else what there is."""
    if one.text and other.text:
        return one.text, other.text
    return one.text or one.summary, other.text or other.summary


def _one_language(one: str, other: str) -> bool:
    """Say whether two language tags may name one language (RFC 5646: the first subtag); no tag may be any."""
    return not one or not other or one.casefold().partition("-")[0] == other.casefold().partition("-")[0]


def _one_headline(one: str, other: str) -> bool:
    """Say whether a headline may be another version of one: weather for the 2nd is none of weather for the 1st."""
    return _NUMBER.findall(one) == _NUMBER.findall(other) and titles_alike(one, other)
