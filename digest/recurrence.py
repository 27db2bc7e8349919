"""When editions are due: a newsletter's or a reader's local time and zone and the weekdays go in, instants in UTC come out.

A slot is a local date and a local time in an IANA zone. In a repeated hour it is the first of the two (fold=0); a time that the clocks
jump over moves forward by the jump (RFC 5545, section 3.3.5). A date that a zone left out whole (Samoa's 30 December 2011) has none.
It is computed from its date each time, never from an earlier slot.
"""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from typing import Protocol
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAY = timedelta(days=1)
_NOON = time(12)
_SATURDAY = 5
_NEXT, _AHEAD = 3, timedelta(days=400)
APART = timedelta(hours=8)  # two editions of one newsletter reach a person no closer than this


class Schedule(Protocol):
    """What a newsletter says of its time (`digest.config.Newsletter`); minutes count back from the slot."""

    @property
    def zone(self) -> str:
        """An IANA zone."""
        ...

    @property
    def send_at(self) -> time:
        """The local time."""
        ...

    @property
    def days(self) -> Collection[str]:
        """The weekdays, as in mon, tue, wed."""
        ...

    @property
    def holidays(self) -> Collection[date]:
        """Local dates without an edition."""
        ...

    @property
    def draft_minutes(self) -> int:
        """How long before its slot an edition is first drafted."""
        ...

    @property
    def freeze_minutes(self) -> int:
        """How long before its slot an edition is locked."""
        ...


@dataclass(frozen=True, slots=True)
class Hour:
    """A local time in an IANA zone."""

    at: time
    zone: str

    def on(self, day: date) -> datetime:
        """Return the instant (UTC) of this hour on a local date."""
        return datetime.combine(day, self.at, ZoneInfo(self.zone)).astimezone(UTC)

    def knows(self, day: date) -> bool:
        """Say whether a date is one in the hour's zone: its noon is there."""
        noon = datetime.combine(day, _NOON, ZoneInfo(self.zone))
        return noon.astimezone(UTC).astimezone(noon.tzinfo).date() == day


@dataclass(frozen=True, slots=True)
class Hours:
    """A reader's hour, and the one before it: that holds through the local date `until`, the new one from `since` on."""

    hour: Hour
    before: Hour | None = None
    until: date | None = None
    since: date | None = None

    def on(self, day: date) -> Hour | None:
        """Return the hour at which the edition of a local date comes; None for a date that fell out.

        So does one between two hours that are too close together, and one that the reader's zone does not have.
        """
        hour: Hour | None = self.hour
        if self.since is not None and day < self.since:
            hour = self.before if self.until is not None and day <= self.until else None
        return hour if hour is not None and hour.knows(day) else None

    def change(self, hour: Hour, *, freeze: timedelta, now: datetime) -> "Hours":
        """Return the hours after a reader chose another, `freeze` being how long before its instant an edition is locked.

        It counts from the next date of which nothing was locked yet, at the old hour or at the new: so today's edition comes once,
        whichever way the hour moves. It comes no sooner than eight hours after the last one at the old hour, else on the next date.
        """
        last = now.date() + 2 * _DAY  # no zone is further ahead
        while not self._locked(last, hour, now + freeze):
            last -= _DAY
        before, until = (self.before, self.until) if self.on(last) is None else (self.on(last), last)
        if before is None or until is None:
            return Hours(hour)
        since = last + _DAY
        while hour.on(since) < before.on(until) + APART:
            since += _DAY
        return Hours(hour, before, until, since)

    def _locked(self, day: date, new: Hour, by: datetime) -> bool:
        mine = self.on(day)
        return new.on(day) <= by or (mine is not None and mine.on(day) <= by)


def hours_of(newsletter: Schedule, clock: str) -> Hours:
    """Read a subscription's clock: `hour|zone|old hour|old zone|until|since`, what is empty or no hour or zone is the newsletter's."""
    hour, place, old_hour, old_place, until, since = (clock.split("|") + [""] * 6)[:6]
    now = _hour(newsletter, hour, place)
    if not until or not since:
        return Hours(now)
    before = _hour(newsletter, old_hour, old_place)
    return Hours(now, before, date.fromisoformat(until), date.fromisoformat(since))


def is_hour(text: str) -> bool:
    """Say whether a text is a local time like “08:00”, or empty."""
    return not text or re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", text) is not None


def is_zone(name: str) -> bool:
    """Say whether a text names a zone of the IANA database, or is empty."""
    try:
        return not name or bool(ZoneInfo(name).key)
    except (ValueError, OSError, ZoneInfoNotFoundError):
        return False


def clock_of(hour: str, place: str) -> str:
    """Return the clock of a new subscription."""
    return f"{hour}|{place}" if hour or place else ""


def changed_clock(newsletter: Schedule, clock: str, hour: str, place: str, now: datetime) -> str:
    """Return a subscription's clock after its reader chose an hour (“08:00”) and a zone, either empty for the newsletter's own."""
    freeze = timedelta(minutes=newsletter.freeze_minutes)
    hours = hours_of(newsletter, clock).change(_hour(newsletter, hour, place), freeze=freeze, now=now)
    old = hours.before
    return f"{hour}|{place}|{old.at:%H:%M}|{old.zone}|{hours.until}|{hours.since}" if old else f"{hour}|{place}"


def zone(newsletter: Schedule) -> ZoneInfo:
    """Return the newsletter's zone."""
    return ZoneInfo(newsletter.zone)


def home_hour(newsletter: Schedule) -> Hour:
    """Return the newsletter's own hour."""
    return Hour(newsletter.send_at, newsletter.zone)


def has_edition(newsletter: Schedule, day: date) -> bool:
    """Say whether a local date has an edition: its weekday does, it is no holiday, and the zone has that date."""
    weekday = _WEEKDAYS[day.weekday()] in newsletter.days
    return weekday and day not in newsletter.holidays and home_hour(newsletter).knows(day)


def falls_on(frequency: str, day: date, weekly_day: str = "sun") -> bool:
    """Say whether a reader of this frequency gets the digest of a date, which is local to the reader: weekdays are Monday to Friday.

    Who reads at every instant gets alerts, and no digest.
    """
    match frequency:
        case "instant":
            return False
        case "weekdays":
            return day.weekday() < _SATURDAY
        case "weekly":
            return _WEEKDAYS[day.weekday()] == weekly_day
        case _:
            return True


def slot(newsletter: Schedule, day: date) -> datetime | None:
    """Return the instant (UTC) at which the edition of a local date leaves; None when that date has none."""
    return home_hour(newsletter).on(day) if has_edition(newsletter, day) else None


def slots(newsletter: Schedule, first: date, last: date) -> Iterator[tuple[date, datetime]]:
    """Yield each local date from `first` to `last` that has an edition, with its instant (UTC)."""
    day = first
    while day <= last:
        instant = slot(newsletter, day)
        if instant is not None:
            yield day, instant
        day += _DAY


def readers_slots(
    newsletter: Schedule, clock: str, frequency: str, first: date, last: date, *, weekly_day: str = "sun"
) -> Iterator[tuple[date, datetime]]:
    """Yield each local date from `first` to `last` whose edition a reader of this clock and frequency gets, with its instant there."""
    hours = hours_of(newsletter, clock)
    for day, _ in slots(newsletter, first, last):
        hour = hours.on(day)
        if hour is not None and falls_on(frequency, day, weekly_day):
            yield day, hour.on(day).astimezone(ZoneInfo(hour.zone))


def next_slots(
    newsletter: Schedule, clock: str, frequency: str, now: datetime, *, weekly_day: str = "sun"
) -> list[tuple[date, datetime]]:
    """Return the next three editions that a reader gets: their dates and instants in the reader's zone, by the rule that sends them."""
    first = now.date() - _DAY  # no zone is further behind
    found = readers_slots(newsletter, clock, frequency, first, first + _AHEAD, weekly_day=weekly_day)
    return list(islice((one for one in found if one[1] > now), _NEXT))


def freeze_at(newsletter: Schedule, slot_at: datetime) -> datetime:
    """Return when an edition's list and text are locked."""
    return slot_at - timedelta(minutes=newsletter.freeze_minutes)


def draft_at(newsletter: Schedule, slot_at: datetime) -> datetime:
    """Return when an edition is first drafted: never later than its freeze."""
    return slot_at - timedelta(minutes=max(newsletter.draft_minutes, newsletter.freeze_minutes))


def due_dates(newsletter: Schedule, now: datetime, *, back: timedelta) -> list[date]:
    """Return the dates whose drafting has begun by `now` and whose slot is no older than `back`, oldest first."""
    here = zone(newsletter)
    first, last = (now - back).astimezone(here).date(), (now + _DAY).astimezone(here).date()
    return [
        day
        for day, instant in slots(newsletter, first, last + _DAY)
        if draft_at(newsletter, instant) <= now and instant >= now - back
    ]


def local_date(newsletter: Schedule, now: datetime) -> date:
    """Return the date that it is for the newsletter at `now`."""
    return now.astimezone(zone(newsletter)).date()


def _hour(newsletter: Schedule, hour: str, place: str) -> Hour:
    """Read an hour and a zone; what cannot be read is the newsletter's, so that nobody is left out for a typing error."""
    try:
        at = time.fromisoformat(hour) if hour else newsletter.send_at
        return Hour(at, ZoneInfo(place or newsletter.zone).key)
    except (ValueError, OSError, ZoneInfoNotFoundError):
        return home_hour(newsletter)
