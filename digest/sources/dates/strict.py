"""Dates in the forms that standards give them: a text goes in, a time with the offset as written comes out, or None.

ISO 8601 with its reductions (and RFC 3339, W3C-DTF), RFC 5322 with its forerunners (822, 1123, 850), seconds since 1970.
"""

import re
from datetime import UTC, date, datetime, time, timedelta

from digest.sources.dates import zones
from digest.sources.dates.days import full_year, gregorian

_TIME = r"(?P<hour>\d{1,2})(?::?(?P<minute>\d\d)(?::?(?P<second>\d\d)(?:[.,:](?P<fraction>\d+))?)?)?"
_ISO = re.compile(
    r"(?P<year>\d{4})(?:-?W(?P<week>\d\d)(?:-?(?P<weekday>[1-7]))?|-(?P<m1>\d\d?)(?:-(?P<d1>\d\d?))?|(?P<m2>\d\d)(?P<d2>\d\d)"
    r"|-?(?P<ordinal>\d{3})|(?P<m3>\d\d))?"
    rf"(?:(?:\s*T\s*|\s+|_|(?<=\d{{8}})(?=\d{{4,6}}\b)){_TIME})?\s*(?P<zone>(?:Z|[+\-−a-z(]).*)?",
    re.IGNORECASE | re.ASCII,
)
_MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december",
)  # fmt: skip
_MONTH = {name[:length]: number for number, name in enumerate(_MONTHS, 1) for length in (3, 4, len(name))}
_MAIL = re.compile(
    r"(?:[a-z]{2,9}\.?,?\s*)?(?P<day>\d{1,2})[\s-]+(?P<month>[a-z]{3,9})\.?,?[\s-]+(?P<year>\d{2,4}),?"
    r"(?:\s+(?P<hour>\d{1,2}):(?P<minute>\d\d)(?::(?P<second>\d\d)(?:\.(?P<fraction>\d+))?)?)?\s*(?P<zone>(?:[+\-−a-z(]).*)?",
    re.IGNORECASE | re.ASCII,
)
_AFTER_ZONE = re.compile(r"\s*(\[[\w/+-]*\]|m=[+-][\d.]+)\s*$")  # Java's and Go's additions
_EPOCH = re.compile(r"@?(\d{10})(?:\.\d+)?|(?:/Date\()?(\d{13})(?:[+-]\d{4})?(?:\)/)?|(\d{16})", re.ASCII)


def read(text: str, language: str = "") -> datetime | None:
    """Read a standard's form, the whole of the text; offsets that no place on Earth has are read as UTC."""
    return _mail(text, language) or _epoch(text) or _iso(text, language)


def joined(day: date, at: time | None, *, rolls: bool) -> datetime | None:
    """Join a day with a time of it; 24:00 is the end of the day."""
    try:
        return datetime.combine(day + timedelta(days=rolls), at or time())
    except OverflowError:
        return None


def clock(
    hour: str | int, minute: str | int | None, second: str | int | None, fraction: str = ""
) -> tuple[time | None, bool]:
    """Return a time of day and whether it is 24:00, which is written as 00:00; a leap second is given as the second before it."""
    numbers = int(hour), int(minute or 0), min(int(second or 0), 60)
    rolls = numbers[0] == 24 and numbers[1:] == (0, 0)  # noqa: PLR2004 -- ISO 8601-1:2019/Amd 1
    try:
        return time(0 if rolls else numbers[0], numbers[1], min(numbers[2], 59), int(fraction[:6].ljust(6, "0"))), rolls
    except ValueError:
        return None, False


def _mail(text: str, language: str) -> datetime | None:
    match = _MAIL.fullmatch(text)
    month = _MONTH.get(match["month"].lower()) if match else None
    if match is None or month is None:
        return None
    day = gregorian(full_year(int(match["year"]), len(match["year"])), month, int(match["day"]))
    return _whole(day, match, language) if day else None


def _iso(text: str, language: str) -> datetime | None:
    match = _ISO.fullmatch(_AFTER_ZONE.sub("", text))
    day = _iso_day(match) if match else None
    return _whole(day, match, language) if match and day else None


def _iso_day(match: re.Match[str]) -> date | None:
    year = int(match["year"])
    month, day = (int(match[a] or match[b] or match[c] or 1) for a, b, c in (("m1", "m2", "m3"), ("d1", "d2", "d2")))
    if match["week"]:
        try:
            return date.fromisocalendar(year, int(match["week"]), int(match["weekday"] or 1))
        except ValueError:
            return None
    if match["ordinal"]:
        first, ahead = gregorian(year, 1, 1), int(match["ordinal"]) - 1
        found = first + timedelta(days=ahead) if first and ahead >= 0 and year <= date.max.year - 1 else None
        return found if found and first and found.year == first.year else None
    return gregorian(year, month, day)


def _whole(day: date, match: re.Match[str], language: str) -> datetime | None:
    rolls, at = False, None
    if match["hour"]:
        at, rolls = clock(match["hour"], match["minute"], match["second"], match["fraction"] or "")
        if at is None:
            return None
    naive = joined(day, at, rolls=rolls)
    written = match["zone"]
    if naive is None or not written:
        return naive and naive.replace(tzinfo=UTC)
    zone, rest = zones.take(written.lower().replace("−", "-"), language)
    return zones.within(naive, zone) if zone and not rest.strip() else None


def _epoch(text: str) -> datetime | None:
    match = _EPOCH.fullmatch(text)
    if match is None:
        return None
    seconds, milliseconds, microseconds = match.groups()
    count = timedelta(
        seconds=int(seconds or 0), milliseconds=int(milliseconds or 0), microseconds=int(microseconds or 0)
    )
    return datetime(1970, 1, 1, tzinfo=UTC) + count
