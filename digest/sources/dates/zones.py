"""Time zones as sources write them: the text after a time goes in, a zone and what follows it come out."""

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

_EARLIEST = timedelta(hours=-12)
_LATEST = timedelta(hours=14)
_HOURS: dict[str, float] = {
    "z": 0, "ut": 0, "utc": 0, "gmt": 0, "wet": 0, "west": 1, "bst": 1, "cet": 1, "cest": 2, "met": 1, "mest": 2, "mez": 1, "mesz": 2,
    "eet": 2, "eest": 3, "msk": 3, "msd": 4, "trt": 3, "samt": 4, "yekt": 5, "omst": 6, "krat": 7, "irkt": 8, "vlat": 10,
    "ast": -4, "adt": -3, "est": -5, "edt": -4, "cst": -6, "cdt": -5, "mst": -7, "mdt": -6, "pst": -8, "pdt": -7, "akst": -9, "akdt": -8,
    "hst": -10, "nst": -3.5, "ndt": -2.5, "hne": -5, "hae": -4, "brt": -3, "brst": -2, "art": -3, "uyt": -3, "clt": -4, "clst": -3,
    "bot": -4, "vet": -4, "cot": -5, "pet": -5, "wat": 1, "cat": 2, "sast": 2, "eat": 3, "irst": 3.5, "irdt": 4.5, "gst": 4, "aft": 4.5,
    "pkt": 5, "ist": 5.5, "npt": 5.75, "mmt": 6.5, "ict": 7, "wib": 7, "wita": 8, "hkt": 8, "sgt": 8, "myt": 8, "pht": 8, "wit": 9,
    "kst": 9, "jst": 9, "awst": 8, "acst": 9.5, "acdt": 10.5, "aest": 10, "aedt": 11, "nzst": 12, "nzdt": 13,
}  # fmt: skip
_PLACES = {"et": "America/New_York", "ct": "America/Chicago", "mt": "America/Denver", "pt": "America/Los_Angeles"}
_LOCAL: dict[str, dict[str, float]] = {"zh": {"cst": 8}, "he": {"ist": 2, "idt": 3}}
_FOUR_DIGITS = r"(?=(?:0\d|1[0-4])[0-5]\d(?!\d))"
_OFFSET = re.compile(
    rf"[\s,]*[(\[]?\s*(?:(?:utc|gmt|ut)\s*([+-])\s?|([+-](?: {_FOUR_DIGITS})?|(?<=\s)(?=0000(?!\d))))"
    r"(\d{1,2})(?::?(\d{2}))?(?::?\d{2})?(?![\d./])\s*z?(?![a-z])[)\]]?"
)
_NAME = re.compile(r"[\s,]*[(\[]?\s*([a-z]+(?:/[a-z_]+)+(?:[+-]\d+)?|[a-z]{3}\d[a-z]{3}|[a-z]{1,5})(?![^\W_])\s*[)\]]?")


def take(text: str, language: str = "") -> tuple[tzinfo | None, str]:
    """Take the zone that a folded text begins with; return it, or None, and the text after it.

    An offset wins over a name beside it; one that no place on Earth has is read as UTC.
    """
    if match := _OFFSET.match(text):
        rest = text[match.end() :]
        name = _NAME.match(rest)
        return _offset(match), rest[name.end() :] if name and _named(name[1], language) else rest
    match = _NAME.match(text)
    zone = _named(match[1], language) if match else None
    if match is None or zone is None:
        return None, text
    rest = text[match.end() :]
    after = _OFFSET.match(rest)
    return (_offset(after), rest[after.end() :]) if after else (zone, rest)


def within(naive: datetime, zone: tzinfo) -> datetime:
    """Give a time its zone, as the offset that the zone has at it."""
    offset = sane(naive.replace(tzinfo=zone).utcoffset())
    return naive.replace(tzinfo=timezone(offset) if offset else UTC)


def sane(offset: timedelta | None) -> timedelta:
    """Return an offset that some place on Earth has, else none at all."""
    return offset if offset is not None and _EARLIEST <= offset <= _LATEST else timedelta()


def _offset(match: re.Match[str]) -> tzinfo:
    ahead = timedelta(hours=int(match[3]), minutes=int(match[4] or 0))
    found = sane(-ahead if (match[1] or match[2]).startswith("-") else ahead)
    return timezone(found) if found else UTC


def _named(name: str, language: str) -> tzinfo | None:
    hours = _LOCAL.get(language, {}).get(name, _HOURS.get(name))
    if hours is not None:
        return timezone(timedelta(hours=hours)) if hours else UTC
    place = _PLACES.get(name) or (_places().get(name) if "/" in name or not name.isalpha() else None)
    if place is not None:
        return ZoneInfo(place)
    return (
        UTC if len(name) == 1 and name not in "ap" else None
    )  # the military letters, which nobody used rightly (RFC 5322, section 4.3)


@lru_cache(maxsize=1)
def _places() -> dict[str, str]:
    return {name.lower(): name for name in available_timezones()}
