"""Which day is meant: numbers and names in the order they were written go in, a day comes out."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import MINYEAR, UTC, date, datetime, timedelta
from itertools import accumulate

from digest.sources.dates.names import Name

_TWO_DIGITS = 100
_THREE_DIGITS = 1000
_LAST_OF_2000S = 49  # RFC 5322, section 4.3
_BUDDHIST = 543
_BUDDHIST_YEARS = range(2480, 2651)
_JALALI_YEARS = range(1300, 1500)
_MOST_MONTHS = 12
_MOST_DAYS = 31
_AHEAD = timedelta(days=30)
_CYCLE = 28  # years after which weekdays and leap days return
_REFERENCE = datetime(2026, 12, 31, tzinfo=UTC)  # for callers without a clock: a weekday tells the year until then


@dataclass(frozen=True, slots=True)
class Number:
    """A number as it was written; `unit` is y, m or d where a sign says so (年, 月, 日)."""

    value: int
    digits: int
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Written:
    """A day as it was written: its numbers and names, and how such are usually meant."""

    numbers: tuple[Number, ...]
    names: tuple[Name, ...]
    order: str
    language: str
    day_first: bool
    timed: bool


@dataclass(frozen=True, slots=True)
class Day:
    """A day, and whether the weekday beside it says the same."""

    date: date
    agrees: bool


def resolve(written: Written, now: datetime | None) -> Day | None:
    """Return the day that is meant; None if it is none, or not told enough."""
    named = _named(written.names)
    if named is None:
        return None
    month, weekday = named
    found = list(_candidates(written, month.month, month.calendar))
    days = [one for one in found if isinstance(one, date)]
    if not days:
        days = [day for one in found if isinstance(one, tuple) and (day := _nearest(*one, weekday, now))]
    agreeing = [one for one in days if weekday is not None and one.weekday() == weekday]
    return next((Day(one, bool(agreeing)) for one in agreeing or days), None)


def gregorian(year: int, month: int, day: int) -> date | None:
    """Return a day of our calendar, its year maybe written as Thais do; year 0, which the calendar lacks, is given as year 1."""
    if year in _BUDDHIST_YEARS:
        year -= _BUDDHIST
    try:
        return date(year or MINYEAR, month, day)
    except (ValueError, OverflowError):
        return None


def full_year(value: int, digits: int) -> int:
    """Return a year that may be short: two digits, or the three that count from 1900 (RFC 5322, section 4.3)."""
    if digits <= 2 and value < _TWO_DIGITS:  # noqa: PLR2004 -- two digits
        return value + (2000 if value <= _LAST_OF_2000S else 1900)
    return value + 1900 if digits == 3 and value < _THREE_DIGITS else value  # noqa: PLR2004 -- three digits


def _named(names: Sequence[Name]) -> tuple[Name, int | None] | None:
    """Return the month's name, maybe an empty one, and the weekday; None if two months are named.

    A word that can be both (`mar`) is the month where no other is, and where it is the last such word.
    """
    months = [name for name in names if name.month]
    sure = [name for name in months if name.weekday is None]
    if len({name.month for name in sure}) > 1:
        return None
    month = (sure or months[-1:] or [Name()])[0]
    others = list(reversed(names))
    if month in others:
        others.remove(month)
    return month, next((name.weekday for name in others if name.weekday is not None), None)


def _candidates(written: Written, month: int, calendar: str) -> Iterator[date | tuple[int, int]]:
    """Yield the days that can be meant, the likeliest first; those without a year as month and day."""
    units = {one.unit: one for one in written.numbers if one.unit}
    bare = [one for one in written.numbers if not one.unit]
    month = month or (units["m"].value if "m" in units else 0)
    if not month:
        yield from _numeric(written, bare)
        return
    year, day = units.get("y"), units.get("d")
    for one in bare:
        if (one.digits > 2 or one.value > _MOST_DAYS or day) and not year:  # noqa: PLR2004 -- no day has three digits
            year = one
        elif not day:
            day = one
        elif not year:
            year = one
        else:
            return
    if day is None and (year is None or written.timed):
        return
    if year is None:
        yield month, day.value if day else 1
    elif found := _day(written, year, month, day.value if day else 1, calendar):
        yield found


def _numeric(written: Written, numbers: Sequence[Number]) -> Iterator[date | tuple[int, int]]:
    match numbers:
        case [Number(digits=8) as whole]:
            if found := gregorian(whole.value // 10_000, whole.value // 100 % 100, whole.value % 100):
                yield found
        case [Number(digits=4) as year, month] | [month, Number(digits=4) as year] if not written.timed:
            if month.digits <= 2 and (found := _day(written, year, month.value, 1)):  # noqa: PLR2004 -- no month has more
                yield found
        case [first, second] if max(first.digits, second.digits) <= 2:  # noqa: PLR2004 -- no day has more
            pairs = (
                ((first, second), (second, first)) if _order(written) == "mdy" else ((second, first), (first, second))
            )
            yield from ((month.value, day.value) for month, day in pairs if 1 <= month.value <= _MOST_MONTHS)
        case [_, _, _]:
            yield from _three(written, numbers)


def _three(written: Written, numbers: Sequence[Number]) -> Iterator[date]:
    first, _, last = numbers
    if first.digits > 2 or first.value > _MOST_DAYS:  # noqa: PLR2004 -- no day has three digits
        orders = ["ymd"]
    elif last.digits > 2:  # noqa: PLR2004 -- as above
        orders = ["mdy", "dmy"] if _order(written) == "mdy" else ["dmy", "mdy"]
    else:
        orders = list(dict.fromkeys((_order(written), "dmy", "mdy", "ymd")))
    for one in orders:
        fields = dict(zip(one, numbers, strict=True))
        if max(fields["m"].digits, fields["d"].digits) <= 2 <= fields["y"].digits:  # noqa: PLR2004 -- as above
            found = _day(written, fields["y"], fields["m"].value, fields["d"].value)
            if found:
                yield found


def _order(written: Written) -> str:
    """Return the locale's order, but for signs between that only those use who put the day first."""
    return "dmy" if written.day_first and written.order == "mdy" else written.order


def _day(written: Written, year: Number, month: int, day: int, calendar: str = "") -> date | None:
    if calendar == "jalali" or (written.language == "fa" and year.value in _JALALI_YEARS):
        return _from_jalali(year.value, month, day)
    if written.language == "th" and year.digits <= 2 and year.value > _LAST_OF_2000S:  # noqa: PLR2004 -- two digits
        return gregorian(2500 + year.value, month, day)
    return gregorian(full_year(year.value, year.digits), month, day)


def _from_jalali(year: int, month: int, day: int) -> date | None:
    """Return a day of the Persian calendar, by its cycle of 33 years with eight leap years, which holds from 1300 to 1500."""
    lengths = [31] * 6 + [30] * 5 + [29 + (year % 33 in {1, 5, 9, 13, 17, 22, 26, 30})]
    if year not in _JALALI_YEARS or not 1 <= month <= _MOST_MONTHS or not 1 <= day <= lengths[month - 1]:
        return None
    leaps = sum(one % 33 in {1, 5, 9, 13, 17, 22, 26, 30} for one in range(_JALALI_YEARS.start, year))
    passed = 365 * (year - _JALALI_YEARS.start) + leaps + [0, *accumulate(lengths)][month - 1] + day - 1
    return date(1921, 3, 21) + timedelta(days=passed)


def _nearest(month: int, day: int, weekday: int | None, now: datetime | None) -> date | None:
    """Return the day of this name that is nearest to now and has the weekday. News is not dated far ahead, so no such day is taken.

    Without a clock the weekday alone tells the year, the latest one; without a weekday nothing does.
    """
    if now is None and weekday is None:
        return None
    at = (now or _REFERENCE).astimezone(UTC).date()
    ahead = min(at.toordinal() + _AHEAD.days, date.max.toordinal())
    years = range(max(at.year - _CYCLE, MINYEAR), min(at.year + 1, date.max.year) + 1)
    days = [found for year in years if (found := gregorian(year, month, day)) and found.toordinal() <= ahead]
    fitting = [one for one in days if weekday is None or one.weekday() == weekday]
    return min(fitting, key=lambda one: abs(one - at), default=None)
