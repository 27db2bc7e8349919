"""Dates as people write them: a folded text and the names of a language go in, a time and how sure it is come out.

A time of day is found first and taken out with its zone; what is left must be a day: numbers, names, and words that say nothing.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, tzinfo

from digest.sources.dates import days, zones
from digest.sources.dates.days import Number, Written
from digest.sources.dates.names import Name, Names
from digest.sources.dates.strict import clock, joined

_HALF_DAY = 12
_GAP = "\x00"  # where the time of day stood
_CLOCKS = (
    re.compile(r"(?<![\d:])(\d{1,2}) ?: ?(\d{1,2})(?: ?: ?(\d{1,2})(?:[.,:]\d+)?)?(?![\d:])"),
    re.compile(r"(?<!\d)(\d{1,2}) ?[時时点點시] ?(?:(\d{1,2}) ?[分분] ?)?(?:(\d{1,2}) ?[秒초])?"),
    re.compile(
        r"(?<!\d)(\d{1,2}) ?(?:h|hs|hrs|uhr|u|gio)(?![^\W\d_])\.? ?(?:(\d{2})(?![\d.])(?: ?(?:m|min|mn)(?![^\W\d_]))?)?()"
    ),
    re.compile(r"(?<![\d:.,/-])(\d{1,2})()()(?= ?[ap]\.? ?m\b)"),
    re.compile(r"(?<![\d.])(\d{1,2})\.(\d{2})(?:\.(\d{2})(?:\.\d{3,9})?)?(?![\d.])"),
    re.compile(r"(?<=\d{4} )(\d{2})(\d{2})(\d{2})?(?!\d)"),
)
_HOUR_WORD = re.compile(r"^\s?(?:h|hs|hrs|uhr|uur|u|ч|น)(?![^\W\d_])\.?")
_BETWEEN = re.compile(r"(?<=\d)t(?=\d)|(?<=[a-z]/\d{4}):")  # 2026-11-24T10:30; Apache writes 24/Nov/2026:10:30
_LETTER_DOT = re.compile(r"(?<=[^\W\d_])\.|(?<=[\u0900-\u0e7f])\.")
_BEFORE_COLON = re.compile(r"^[^\d]*:\s*(?=[^\d:]*\d)")
_WEEKDAY_NUMBER = re.compile(r"\bth?u? ?[2-7](?=[,\s-])")  # Vietnamese: the third day is Tuesday
_UNIT_WORDS = ((re.compile(r"\b(?:thang|thg) ?(\d{1,2})\b"), r"\1月"), (re.compile(r"\bngay ?(\d{1,2})\b"), r"\1日"),
               (re.compile(r"\bnam ?(\d{4})\b"), r"\1年"))  # fmt: skip
_ERAS = {"令和": 2018, "平成": 1988, "昭和": 1925, "民國": 1911, "民国": 1911}
_ERA = re.compile(rf"({'|'.join(_ERAS)}) ?(\d{{1,3}}) ?年")
_TOKEN = re.compile(r"(\d+) ?([年년月월日일号號](?![曜요]))?|([^\s\d,;:/()\[\]|+'’‘\"`_~*<>=·•.–—\x00-]+)|(\x00)")
_DAY_FIRST = re.compile(r"\d(?:\. ?| )\d")  # nobody writes the month first with dots or spaces between
_UNITS = dict(zip("年년月월日일号號", "yymmdddd", strict=True))
_SAYS_NOTHING = frozenset({
    "st", "nd", "rd", "th", "er", "re", "ste", "of", "the", "on", "at", "and",  # English, and ordinals of many
    "am", "an", "der", "den", "dem", "um", "uhr", "om", "uur", "de", "del", "du", "des", "le", "la", "les", "el", "las", "los", "et",
    "il", "lo", "alle", "alla", "ad", "ora", "ore", "da", "em", "na", "as", "feira", "hs", "hrs", "hora", "horas", "heures", "ei",
    "kl", "klo", "kello", "klokken", "klockan", "hod", "hodin", "dne", "ve", "godz", "rok", "roku", "ob", "uri", "gada", "plkst", "saat",
    "gunu", "en", "jen", "jan", "tanggal", "pukul", "jam", "luc", "vao", "στις", "года", "год", "року", "часа", "часов", "година",
    "في", "الساعة", "ساعت", "בשעה", "שעה", "को", "बजे", "วันที่", "ที่", "เวลา", "เดือน", "พศ", "คศ",
})  # fmt: skip
_MOST_WORDS = 3
_MOST_CLOCKS = 2  # for each way of writing one, the last first: 24.11 10.30
_LONGEST_ZONE = 5


@dataclass(frozen=True, slots=True)
class Reading:
    """A time with its offset, and whether the weekday beside it says the same."""

    moment: datetime
    agrees: bool


@dataclass(frozen=True, slots=True)
class _Clock:
    at: time | None = None
    rolls: bool = False
    zone: tzinfo | None = None


def prepared(text: str) -> str:
    """Write a folded text so that its parts can be told: no label before it, signs for words that mean year, month or day."""
    text = _BEFORE_COLON.sub("", text, count=1) if ":" in text else text
    text = _LETTER_DOT.sub("", _BETWEEN.sub(" ", text))
    text = _ERA.sub(lambda match: f"{_ERAS[match[1]] + int(match[2])}年", text)
    for words, sign in _UNIT_WORDS:
        text = words.sub(sign, text)
    return _WEEKDAY_NUMBER.sub("", text)


def read(text: str, names: Names, order: str, now: datetime | None, *, lenient: bool = False) -> Reading | None:
    """Read a prepared text; `lenient` passes over words around the date that it does not know."""
    for at, rest in _clocks(text, names):
        written = _written(rest, names, order, timed=at.at is not None, lenient=lenient)
        day = days.resolve(written, now) if written else None
        naive = joined(day.date, at.at, rolls=at.rolls) if day else None
        if day and naive:
            return Reading(zones.within(naive, at.zone or UTC), day.agrees)
    return None


def _clocks(text: str, names: Names) -> Iterator[tuple[_Clock, str]]:
    """Yield the times of day that a text may hold, each with the text around it, then none."""
    for pattern in _CLOCKS:
        for match in list(pattern.finditer(text))[: -_MOST_CLOCKS - 1 : -1]:
            head, before = _period(text[: match.start()].rstrip(" ,"), names, end=True)
            tail, after = _period(text[match.end() :], names, end=False)
            zone, tail = zones.take(_HOUR_WORD.sub("", tail), names.language)
            half = before if after is None else after
            at, rolls = clock(_hour(int(match[1]), half), match[2], match[3])
            if at:
                yield _Clock(at, rolls, zone), f"{head} {_GAP} {tail}"
    zone, rest = _trailing_zone(text, names.language)
    yield _Clock(zone=zone), rest


def _hour(hour: int, half: int | None) -> int:
    if half is None or hour > _HALF_DAY:
        return hour
    return hour % _HALF_DAY + half


def _period(text: str, names: Names, *, end: bool) -> tuple[str, int | None]:
    """Take the half of the day that a text ends or begins with."""
    pattern = rf"(?<![^\W\d_])({names.periods.pattern})$" if end else rf"\s?({names.periods.pattern})(?![^\W\d_])\.?"
    match = re.search(pattern, text) if end else re.match(pattern, text)
    if match is None:
        return text, None
    half = names.hours[re.sub(r"[.\s]", "", match[1]) if match[1] not in names.hours else match[1]]
    return (text[: match.start()] if end else text[match.end() :]), half


def _trailing_zone(text: str, language: str) -> tuple[tzinfo | None, str]:
    head, _, last = text.rpartition(" ")
    zone, rest = zones.take(last, language)
    return (zone, head) if head and zone and not rest and len(last) > 1 else (None, text)


def _written(text: str, names: Names, order: str, *, timed: bool, lenient: bool) -> Written | None:
    parts = list(_parts(text, names))
    known = [at for at, part in enumerate(parts) if part is not None]
    if lenient and known:
        parts = parts[known[0] : known[-1] + 1]
    if None in parts:
        return None
    numbers = tuple(part for part in parts if isinstance(part, Number))
    meant = tuple(part for part in parts if isinstance(part, Name))
    return Written(numbers, meant, order, names.language, bool(_DAY_FIRST.search(text)), timed)


def _parts(text: str, names: Names) -> Iterator[Number | Name | None]:
    """Yield the numbers and names of a text in their order, None for a word that nobody knows."""
    tokens = list(_TOKEN.finditer(text))
    at = 0
    while at < len(tokens):
        number, unit, word, _ = tokens[at].groups()
        count, name = _longest(tokens[at:], names) if word else (1, Name())
        if number:
            yield Number(int(number), len(number), _UNITS.get(unit or "", ""))
        elif name:
            yield name
        elif word and not (_says_nothing(word) or _is_zone(tokens, at)):
            yield None
        at += count


def _longest(tokens: Sequence[re.Match[str]], names: Names) -> tuple[int, Name]:
    """Return the meaning of the longest run of words that has one, and its length."""
    words = [token[3] for token in tokens[:_MOST_WORDS]]
    for count in range(_MOST_WORDS, 0, -1):
        if len(words) >= count and all(words[:count]) and (name := names.meaning(" ".join(words[:count]))):
            return count, name
    return 1, Name()


def _says_nothing(word: str) -> bool:
    return len(word) == 1 or word in _SAYS_NOTHING


def _is_zone(tokens: Sequence[re.Match[str]], at: int) -> bool:
    """Say whether a word stands where zones do; one that nobody knows is read as UTC (RFC 5322, section 4.3)."""
    word = tokens[at][3]
    return at > 0 and tokens[at - 1][4] is not None and word.isascii() and len(word) <= _LONGEST_ZONE
