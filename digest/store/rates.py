"""How many messages may leave now: limits and what all processes took lately go in, a few tokens with their times come out.

The row of a provider is locked for the moment that a lease takes, so that any number of processes together never exceed a limit. A limit a
second is kept by even spacing; those of a minute, an hour and a day count in slots, over every window and not only over whole ones.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import update
from sqlmodel import Session, col, select

from digest.models import Rate
from digest.store.batches import database_now
from digest.store.rows import insert_new, table_of

SLACK_S = 0.02  # how late a token may be used
_LEASE_S = 1.0  # tokens of so long a time are given at once
_SPACING = 1.03  # a token used late must not stand with those behind it in one second
_SLOTS = 100
_COUNTED = _SLOTS + 2  # slots that a window may touch, and one more for tokens used late
_WINDOWS = {"minute": 60, "hour": 3600, "day": 86_400}


@dataclass(frozen=True, slots=True)
class Limits:
    """The most messages a second, a minute, an hour and a day; 0 sets no limit."""

    second: float = 0
    minute: int = 0
    hour: int = 0
    day: int = 0

    @property
    def any(self) -> bool:
        """Whether there is a limit at all."""
        return bool(self.second or self.minute or self.hour or self.day)


@dataclass(frozen=True, slots=True)
class Lease:
    """`count` tokens, the first in `first_in` seconds and each `every` seconds after the one before; with none, ask again in `first_in`."""

    count: int
    first_in: float
    every: float = 0.0


def take(session: Session, provider: str, limits: Limits, wanted: int) -> Lease:
    """Lease up to `wanted` tokens of a provider."""
    insert_new(session, Rate, {"provider": provider, "next_at": 0.0, "slots": {}})
    row = session.exec(select(Rate).where(col(Rate.provider) == provider).with_for_update()).one()
    now = database_now(session).timestamp()
    every = _SPACING / limits.second if limits.second else 0.0
    start = max(row.next_at, now) if every else now
    if start > now + _LEASE_S:
        return Lease(0, start - now - _LEASE_S / 2)
    count = min(wanted, int((now + _LEASE_S - start) / every) + 1) if every else wanted
    slots = {name: _recent(row.slots.get(name, {}), name, now) for name in _limited(limits)}
    for name, most in _limited(limits).items():
        count = min(count, most - sum(slots[name].values()))
        if count <= 0:
            return Lease(0, max(_until_room(slots[name], name, now), SLACK_S))
    for name, counts in slots.items():
        for token in range(count):
            slot = str(_slot(name, start + token * every))
            counts[slot] = counts.get(slot, 0) + 1
    changes = {"next_at": start + count * every, "slots": slots}
    session.execute(update(table_of(Rate)).where(col(Rate.provider) == provider).values(**changes))
    return Lease(count, start - now, every)


def _limited(limits: Limits) -> Mapping[str, int]:
    found = {"minute": limits.minute, "hour": limits.hour, "day": limits.day}
    return {name: most for name, most in found.items() if most}


def _slot(name: str, moment: float) -> int:
    return int(moment * _SLOTS / _WINDOWS[name])


def _recent(counts: Mapping[str, int], name: str, now: float) -> dict[str, int]:
    """Return the counts of the slots that a window ending now may touch."""
    oldest = _slot(name, now) - _COUNTED
    return {slot: number for slot, number in counts.items() if int(slot) > oldest}


def _until_room(counts: Mapping[str, int], name: str, now: float) -> float:
    """Return the seconds until the oldest slot with messages counts no more."""
    oldest = min(int(slot) for slot, number in counts.items() if number)
    return (oldest + _COUNTED) * _WINDOWS[name] / _SLOTS - now
