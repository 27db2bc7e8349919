"""Publication times as sources write them: a string and the feed's language go in, an aware time or None comes out.

First the forms of standards, then names and numbers as people write them: in the feed's language, in English, in any common language
if all that can read it agree, and last dateparser. Nothing is relative and no clock is read: `now` is an argument.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime

from digest.sources.dates import guess, names, reading, strict, zones
from digest.sources.dates.folding import folded, plain, without_asides
from digest.sources.dates.names import COMMON, Names
from digest.sources.dates.reading import Reading

_NUMBER = re.compile(r"\d+")
_MOST_NUMBERS = 12  # 2026-11-24 10:30:00.123 +0100 CET m=+0.000123
_PERSIAN_DIGITS = re.compile("[۰-۹]")  # they tell the calendar; in Urdu they do not


def parse(text: str, language: str = "", now: datetime | None = None) -> datetime | None:
    """Read a date in any form that sources are known to use, in UTC; what has no offset is UTC.

    `language` is a feed's (`pt-BR`), or empty. `now` tells the year of dates that lack it: the nearest that agrees with the weekday.
    Without it a weekday alone must tell.
    """
    found = parse_local(text, language, now)
    return aware(found) if found else None


def parse_local(text: str, language: str = "", now: datetime | None = None) -> datetime | None:
    """Read a date as `parse` does, and keep the offset as it was written."""
    clean = plain(text)
    if not 0 < len(_NUMBER.findall(clean)) <= _MOST_NUMBERS:
        return None
    code = _code(language)
    if code != "ur" and _PERSIAN_DIGITS.search(text):
        language = code = "fa"
    return strict.read(clean, code) or _read(clean, language, now)


def aware(moment: datetime) -> datetime | None:
    """Return a time in UTC; without an offset, or with one that no place on Earth has, it is read as UTC already."""
    offset = zones.sane(moment.utcoffset())
    try:
        return (moment.replace(tzinfo=None) - offset).replace(tzinfo=UTC)
    except OverflowError:
        return None


def _read(clean: str, language: str, now: datetime | None) -> datetime | None:
    text = reading.prepared(without_asides(folded(clean)))
    order = names.order(language)
    for lenient in (False, True):
        own = (reading.read(text, one, order, now, lenient=lenient) for one in _own(language))
        found = next((one for one in own if one), None) or _agreed(text, order, now, lenient=lenient)
        if found:
            return found.moment
    return guess.read(clean, _code(language), order)


def _own(language: str) -> Iterator[Names]:
    """Yield the names to read by: those of the feed's language with the English ones, then the English alone."""
    if code := _locale(language):
        yield names.table(code, "en")
    yield names.table("en")


def _agreed(text: str, order: str, now: datetime | None, *, lenient: bool) -> Reading | None:
    """Read by the names of every common language; the answer counts if all that have one agree, or all whose weekday is right."""
    found = [
        one for code in COMMON if (one := reading.read(text, names.table(code, "en"), order, now, lenient=lenient))
    ]
    found = [one for one in found if one.agrees] or found
    return found[0] if len({one.moment for one in found}) == 1 else None


def _locale(language: str) -> str:
    found = names.locale(language)
    return str(found) if found else ""


def _code(language: str) -> str:
    return _locale(language).partition("_")[0]
