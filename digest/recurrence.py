"""When editions are due: a newsletter's local time, zone and weekdays go in, instants in UTC come out.

A slot is a local date and a local time in an IANA zone. In a repeated hour it is the first of the two (fold=0); a time that the clocks
jump over moves forward by the jump (RFC 5545, section 3.3.5). It is computed from its date each time, never from an earlier slot.
"""

from collections.abc import Collection, Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAY = timedelta(days=1)


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
    def draft_minutes(self) -> int:
        """How long before its slot an edition is first drafted."""
        ...

    @property
    def freeze_minutes(self) -> int:
        """How long before its slot an edition is locked."""
        ...


def zone(newsletter: Schedule) -> ZoneInfo:
    """Return the newsletter's zone."""
    return ZoneInfo(newsletter.zone)


def slot(newsletter: Schedule, day: date) -> datetime | None:
    """Return the instant (UTC) at which the edition of a local date leaves; None when that weekday has none."""
    if _WEEKDAYS[day.weekday()] not in newsletter.days:
        return None
    return datetime.combine(day, newsletter.send_at, zone(newsletter)).astimezone(UTC)


def slots(newsletter: Schedule, first: date, last: date) -> Iterator[tuple[date, datetime]]:
    """Yield each local date from `first` to `last` that has an edition, with its instant (UTC)."""
    day = first
    while day <= last:
        instant = slot(newsletter, day)
        if instant is not None:
            yield day, instant
        day += _DAY


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
