"""When each wave of each edition would have run: dates, clocks and outages go in; turns in the order of their instants come out."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from digest import recurrence
from digest.config import Newsletter
from digest.deliver import LIFETIME
from digest.pipeline import material, morning


@dataclass(frozen=True, slots=True)
class Outage:
    """A time in which nothing ran, from an instant up to another."""

    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Turn:
    """One wave of one edition: for whom (`clocks`), when it is due, when it should choose, and when it does (`at`) unless `missed`."""

    day: date
    due_at: datetime
    freeze_at: datetime
    at: datetime
    clocks: tuple[str, ...]
    missed: bool


def turns(
    newsletter: Newsletter, clocks: Iterable[str], first: date, last: date, outages: Sequence[Outage] = ()
) -> list[Turn]:
    """Return the turns of the editions from `first` to `last`, the earliest first, waves without readers left out."""
    every, away = sorted(set(clocks)), sorted(outages, key=lambda one: one.start)
    found = [
        _turn(newsletter, day, due_at, mine, away)
        for day, _ in recurrence.slots(newsletter, first, last)
        for due_at, mine in material.instants_of(newsletter, every, day).items()
        if mine
    ]
    return sorted(found, key=lambda turn: (turn.at, turn.day, turn.due_at))


def _turn(
    newsletter: Newsletter, day: date, due_at: datetime, clocks: tuple[str, ...], outages: Sequence[Outage]
) -> Turn:
    """Freeze and plan a wave as soon as something runs; it is missed when that is too late for it, or its deliveries would expire."""
    freeze_at = due_at - timedelta(minutes=newsletter.freeze_minutes)
    at = _after(freeze_at, outages)
    planned = _after(max(at, due_at), outages)
    too_late = at > freeze_at and morning.is_over(newsletter, due_at, at)
    expired = planned >= max(at, due_at) + LIFETIME
    missed = too_late or expired
    return Turn(day, due_at, freeze_at, freeze_at if missed else at, clocks, missed)


def _after(instant: datetime, outages: Sequence[Outage]) -> datetime:
    """Return an instant, or the end of the outage that it falls in."""
    for one in outages:
        if one.start <= instant < one.end:
            instant = one.end
    return instant
