"""What a reader chooses: sections, hour and zone, how often, how much, a pause; each counts from the next edition that is not under way."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from types import MappingProxyType

from digest import recurrence
from digest.config import Newsletter
from digest.errors import UsageError
from digest.store import subscribers
from digest.store.base import Session

FREQUENCIES = ("instant", "daily", "weekdays", "weekly")
"""How often a reader wants the digest; `instant` is breaking alerts alone, as they come."""
LENGTHS = ("headlines", "short", "full")


def choose_sections(session: Session, subscription_id: int, newsletter: Newsletter, sections: Iterable[str]) -> None:
    """Keep a reader's sections. Raises UsageError for none: leaving is another button."""
    wished = set(sections)
    if not any(section.id in wished for section in newsletter.sections):
        raise UsageError("No section is chosen.", hint="Choose at least one, or unsubscribe.")
    subscribers.choose(session, subscription_id, known_sections(newsletter, wished))


def choose_hour(
    session: Session, subscription_id: int, newsletter: Newsletter, hour: str, zone: str, *, now: datetime
) -> None:
    """Keep a reader's hour (“08:00”) and zone, empty for the newsletter's own; it counts from the next edition not under way.

    Raises UsageError for what is no hour or no zone.
    """
    if not recurrence.is_hour(hour) or not recurrence.is_zone(zone):
        raise UsageError(f"“{hour} {zone}” is no hour of a zone.", hint="Write it like 08:00 and Europe/Madrid.")
    found = subscribers.by_id(session, subscription_id)
    if found is not None:
        clock = recurrence.changed_clock(newsletter, found[0].clock, hour, zone, now)
        subscribers.change(session, subscription_id, hour=hour, zone=zone, clock=clock)


def choose_frequency(
    session: Session,
    subscription_id: int,
    newsletter: Newsletter,
    frequency: str,
    of_sections: Mapping[str, str] = MappingProxyType({}),
) -> None:
    """Keep how often a reader wants the newsletter, and single sections of it. Raises UsageError for what it does not come at."""
    known_ones = frequencies(newsletter)
    for one in (frequency, *of_sections.values()):
        if one not in known_ones:
            raise UsageError(
                f"“{one}” is no frequency of {newsletter.name}.", hint=f"There are: {', '.join(known_ones)}."
            )
    known = {section.id for section in newsletter.sections}
    own = {id_: one for id_, one in sorted(of_sections.items()) if id_ in known and one != frequency}
    subscribers.change(session, subscription_id, frequency=frequency, section_frequency=own)


def frequencies(newsletter: Newsletter) -> tuple[str, ...]:
    """Return how often a newsletter may be read: `instant` where it has alerts at all."""
    return tuple(one for one in FREQUENCIES if one != "instant" or newsletter.alerts_a_day)


def choose_length(session: Session, subscription_id: int, length: str) -> None:
    """Keep how much of each article a reader wants: its title, what the newsletter gives, or always its summary and picture.

    Raises UsageError for an unknown length.
    """
    if length not in LENGTHS:
        raise UsageError(f"“{length}” is no length.", hint=f"There are: {', '.join(LENGTHS)}.")
    subscribers.change(session, subscription_id, length=length)


def pause(session: Session, subscription_id: int, *, until: date | None, now: datetime) -> None:
    """Pause a subscription until a date, or until it is taken up again."""
    subscribers.change(session, subscription_id, paused_at=now, paused_until=until)


def resume(session: Session, subscription_id: int) -> None:
    """Take a paused subscription up again."""
    subscribers.change(session, subscription_id, paused_at=None, paused_until=None)


def known_sections(newsletter: Newsletter, sections: Iterable[str]) -> list[str]:
    """Return the newsletter's sections among these, in its order; all of them are kept as none, so that new ones come along."""
    wished = set(sections)
    chosen = [section.id for section in newsletter.sections if section.id in wished]
    return [] if len(chosen) == len(newsletter.sections) else chosen
