"""What months, weekdays and halves of the day are called: a language goes in, its names from Babel's tables come out."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from babel import Locale, UnknownLocaleError

from digest.sources.dates.folding import folded, plain

COMMON = (
    "en", "es", "fr", "de", "it", "pt", "nl", "ru", "uk", "tr", "az", "pl", "cs", "sk", "sl", "hr", "sr", "bg", "ro", "hu", "el", "sv",
    "da", "nb", "fi", "et", "lv", "lt", "ar", "fa", "he", "hi", "bn", "ur", "vi", "id", "ms", "th", "ja", "zh", "ko", "ca", "gl", "eu",
    "is", "mk", "be", "ka", "hy", "kk", "ar_LB", "de_AT",
)  # fmt: skip
_OWN_NOMINATIVE = frozenset(("be", "ca", "cs", "de", "el", "fi", "hr", "hy", "kk", "lt", "pl", "ru", "sk", "uk"))
_UNIVERSAL_PERIODS = {
    "am": 0, "pm": 12, "a": 0, "p": 12, "上午": 0, "早上": 0, "凌晨": 0, "下午": 12, "晚上": 12, "午前": 0, "午後": 12,
    "오전": 0, "오후": 12,
    "πμ": 0, "μμ": 12, "ص": 0, "صباحا": 0, "م": 12, "مساء": 12, "de la manana": 0, "de la tarde": 12, "de la noche": 12,
}  # fmt: skip
_MORE_MONTHS = {"de": {"mrz": 3, "maerz": 3, "jaenner": 1}, "es": {"setiembre": 9}, "en": {"sept": 9}}
_JALALI = (
    "فروردین", "اردیبهشت", "خرداد", "تیر", "مرداد", "شهریور", "مهر", "آبان", "آذر", "دی", "بهمن", "اسفند",
)  # fmt: skip
_LEAST_PREFIX = 3
_WORD = re.compile(r"[^\s\d\-]+")


@dataclass(frozen=True, slots=True)
class Name:
    """What a word can mean: a month from 1, a weekday from 0 for Monday, both, or neither. `calendar` is that of the month."""

    month: int = 0
    weekday: int | None = None
    calendar: str = ""

    def __bool__(self) -> bool:
        """Say whether it means anything."""
        return bool(self.month) or self.weekday is not None


@dataclass(frozen=True, slots=True)
class Names:
    """The names of one language, or of it and English; keys are folded words joined by a space."""

    language: str
    known: Mapping[str, Name]
    periods: re.Pattern[str]
    hours: Mapping[str, int]
    prefixes: Mapping[str, Name] = field(repr=False)

    def meaning(self, word: str) -> Name:
        """Return what a word means; one shortened in an unusual way means what alone begins so."""
        return self.known.get(word) or self.prefixes.get(word) or Name()


@lru_cache(maxsize=256)
def table(language: str, *more: str) -> Names:
    """Return a language's names, and those of more languages where they do not contradict it; unknown languages have none."""
    known: dict[str, Name] = {}
    hours = dict(_UNIVERSAL_PERIODS)
    for one in (language, *more):
        for key, name in _entries(one):
            had = known.get(key, Name())
            weekday = name.weekday if had.weekday is None else had.weekday
            known[key] = Name(had.month or name.month, weekday, had.calendar or name.calendar)
        hours = {**_periods(one), **hours}
    words = sorted(hours, key=lambda word: (-len(word), word))
    periods = "|".join(r"\.?\s?".join(map(re.escape, word)) if len(word) <= 2 else re.escape(word) for word in words)  # noqa: PLR2004 -- a.m.
    return Names(language.partition("_")[0], known, re.compile(periods), hours, _prefixes(known))


@lru_cache(maxsize=256)
def locale(language: str) -> Locale | None:
    """Return Babel's locale for a feed's language, however it is written; None if there is none."""
    parts = re.findall(r"[a-z0-9]+", language.lower())[:3]
    for count in range(len(parts), 0, -1):
        try:
            return Locale.parse("_".join(parts[:count]))
        except (UnknownLocaleError, ValueError, TypeError):
            continue
    return None


@lru_cache(maxsize=256)
def order(language: str) -> str:
    """Return the order in which a locale writes day, month and year in numbers: `dmy`, `mdy` or `ymd`; `mdy` if it is not known."""
    found = locale(language) or Locale("en")
    pattern = str(found.date_formats["short"].pattern)
    letters = "".join(dict.fromkeys(letter for letter in pattern.lower() if letter in "dmy"))
    return letters if letters in {"dmy", "mdy", "ymd"} else "dmy"


def key_of(text: str) -> str:
    """Return the key of a name: its folded words without dots, joined by a space."""
    return " ".join(_WORD.findall(folded(plain(text)).replace(".", "").replace("'", "").replace("׳", "")))


def _entries(language: str) -> Iterator[tuple[str, Name]]:
    found = locale(language)
    if found is None:
        return
    code = found.language
    for name, month in _months(found):
        yield name, Name(month=month)
        if code == "he":
            yield f"ב{name}", Name(month=month)
    for width in ("wide", "abbreviated"):
        for weekday, written in found.days["format"][width].items():
            if name := key_of(str(written)):
                yield name, Name(weekday=int(weekday))
    for name, month in _MORE_MONTHS.get(code, {}).items():
        yield name, Name(month=month)
    if code == "fa":
        for month, written in enumerate(_JALALI, 1):
            yield key_of(written), Name(month=month, calendar="jalali")


def _months(found: Locale) -> Iterator[tuple[str, int]]:
    """Yield names of months, those in the nominative only where a language has them: elsewhere Babel's aliases leak between languages."""
    for context in ("format", "stand-alone") if found.language in _OWN_NOMINATIVE else ("format",):
        for width in ("wide", "abbreviated"):
            for month, written in found.months[context][width].items():
                text = str(written)
                if not any(letter.isdigit() for letter in text) and (name := key_of(text)):
                    yield name, int(month)


def _periods(language: str) -> dict[str, int]:
    found = locale(language)
    if found is None:
        return {}
    widths = [found.day_periods["format"].get(width, {}) for width in ("wide", "abbreviated")]
    return {
        key_of(str(width[half])): hours for width in widths for half, hours in (("am", 0), ("pm", 12)) if half in width
    }


def _prefixes(known: Mapping[str, Name]) -> dict[str, Name]:
    """Return the beginnings of names that only names of one meaning begin with: `thurs`, `sept`, `ноя`."""
    found: dict[str, set[Name]] = {}
    for word, name in known.items():
        for length in range(_LEAST_PREFIX, len(word)):
            found.setdefault(word[:length], set()).add(name)
    return {prefix: next(iter(names)) for prefix, names in found.items() if len(names) == 1}
