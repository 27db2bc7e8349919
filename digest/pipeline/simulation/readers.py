"""Readers to simulate: a newsletter's own, or invented ones from a seed; those who chose alike are one."""

import json
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from digest.config import Newsletter
from digest.recurrence import clock_of
from digest.store import audience
from digest.store.audience import Combination
from digest.store.base import Session

_HOURS = ("06:00", "07:00", "09:30", "12:00", "18:30")
_ZONES = ("", "America/New_York", "Asia/Tokyo", "Australia/Sydney", "Europe/London")
_OWN_HOUR, _ALL_SECTIONS, _JOINS_LATER, _OWN_FREQUENCY = 0.7, 0.4, 0.05, 0.03


@dataclass(frozen=True, slots=True)
class Readers:
    """Readers who chose alike: what, their clock, how many they are, and when they joined; None is before it all."""

    choices: Combination
    clock: str = ""
    count: int = 1
    joined: datetime | None = None

    def __str__(self) -> str:
        """Say what they chose: sections, frequency, clock."""
        chosen = "+".join(self.choices.chosen) or "all"
        own = " ".join(f"{id_}:{frequency}" for id_, frequency in sorted(self.choices.own_frequencies.items()))
        return " ".join(part for part in (chosen, self.choices.frequency, own, self.clock) if part)


def of_newsletter(session: Session, newsletter: Newsletter) -> list[Readers]:
    """Return the newsletter's active subscriptions, as if they had always been there."""
    return [Readers(choices, clock, count) for choices, clock, count in audience.choices(session, newsletter.id)]


def choices(sections: Sequence[str] = (), frequency: str = "daily", own: dict[str, str] | None = None) -> Combination:
    """Return choices as a subscription has them; no sections mean all."""
    return Combination(
        sections=json.dumps(list(sections)),
        section_frequency=json.dumps(own or {}),
        frequency=frequency,
        language="",
        length="",
        text_size="",
        histories="",
        is_new=False,
    )


def invented(newsletter: Newsletter, count: int, seed: int, first: datetime, last: datetime) -> list[Readers]:
    """Return `count` readers: the same for the same seed. Most keep the newsletter's hour; some join between two instants."""
    chance = random.Random(seed)  # noqa: S311 -- no secret: a simulation that can be repeated
    found = Counter(_one(newsletter, chance, first, last) for _ in range(count))
    return [Readers(its, clock, number, joined) for (its, clock, joined), number in found.items()]


def _one(
    newsletter: Newsletter, chance: random.Random, first: datetime, last: datetime
) -> tuple[Combination, str, datetime | None]:
    ids = [section.id for section in newsletter.sections]
    some = chance.sample(ids, chance.randint(1, min(4, len(ids))))
    sections = [] if chance.random() < _ALL_SECTIONS else sorted(some)
    [frequency] = chance.choices(("daily", "weekdays", "weekly"), (7, 2, 1))
    own = {some[0]: "weekly"} if chance.random() < _OWN_FREQUENCY else {}
    clock = "" if chance.random() < _OWN_HOUR else clock_of(chance.choice(_HOURS), chance.choice(_ZONES))
    seconds = chance.random() * max((last - first).total_seconds(), 0.0)
    joined = first + timedelta(seconds=seconds) if chance.random() < _JOINS_LATER else None
    return choices(sections, frequency, own), clock, joined
