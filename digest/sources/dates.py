"""Publication times as sources write them: a string and the feed's language go in, an aware UTC time or None comes out."""

import calendar
import re
import warnings
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import lru_cache

import feedparser.datetimes
from babel import Locale, UnknownLocaleError

_EARLIEST_OFFSET = timedelta(hours=-12)
_LATEST_OFFSET = timedelta(hours=14)
_ENGLISH_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_LONGEST = 100


def parse(text: str, language: str = "") -> datetime | None:
    """Read a date in any form that feeds are known to use, the strict forms first, guesses by language last."""
    clean = " ".join(text.split())[:_LONGEST]
    if not clean:
        return None
    for attempt in (_iso, _mail, _feed):
        found = attempt(clean)
        if found is not None:
            return found
    translated = _in_english(clean, language)
    return (_mail(translated) or _feed(translated)) or _guessed(clean, language)


def aware(moment: datetime) -> datetime | None:
    """Return a time in UTC; without an offset, or with one that no place on Earth has, it is read as UTC already."""
    offset = moment.utcoffset()
    if offset is None or not _EARLIEST_OFFSET <= offset <= _LATEST_OFFSET:
        return moment.replace(tzinfo=UTC)
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        return None


def _iso(text: str) -> datetime | None:
    try:
        return aware(datetime.fromisoformat(text))
    except ValueError:
        return None


def _mail(text: str) -> datetime | None:
    """Read the form of RFC 5322, section 3.3."""
    try:
        return aware(parsedate_to_datetime(text))
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _feed(text: str) -> datetime | None:
    try:
        found = feedparser.datetimes._parse_date(text)  # noqa: SLF001 -- its registry of odd forms has no public face
        return datetime.fromtimestamp(calendar.timegm(found), UTC) if found else None
    except (ValueError, TypeError, OverflowError):
        return None


def _in_english(text: str, language: str) -> str:
    """Replace the names of months by English ones and drop those of weekdays, so that the strict forms can read it."""
    names = _names(language.partition("-")[0].lower())
    words = re.split(r"([^\W\d_]+\.?)", text)
    return " ".join("".join(names.get(word.rstrip(".").casefold(), word) for word in words).strip(" ,.").split())


@lru_cache(maxsize=64)
def _names(language: str) -> Mapping[str, str]:
    try:
        locale = Locale.parse(language) if language else Locale("en")
    except (UnknownLocaleError, ValueError):
        locale = Locale("en")
    names: dict[str, str] = {}
    for context in ("format", "stand-alone"):
        for width in ("wide", "abbreviated"):
            for number, name in locale.months[context][width].items():
                names[str(name).rstrip(".").casefold()] = _ENGLISH_MONTHS[number - 1]
            for name in locale.days[context][width].values():
                names.setdefault(str(name).rstrip(".").casefold(), "")
    return names


def _guessed(text: str, language: str) -> datetime | None:
    import dateparser  # noqa: PLC0415 -- half a second to load, needed for the oddest of dates only

    languages = [code for code in dict.fromkeys((language.partition("-")[0].lower(), "en")) if code]
    options = {
        "STRICT_PARSING": True,
        "PARSERS": ["absolute-time"],
        "RETURN_AS_TIMEZONE_AWARE": True,
        "TIMEZONE": "UTC",
    }
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns of its own use of dates without years
        try:
            found = dateparser.parse(text, languages=languages, settings=options)
        except (ValueError, OverflowError):
            try:
                found = dateparser.parse(text, languages=["en"], settings=options)
            except (ValueError, OverflowError):
                return None
    return aware(found) if found else None
