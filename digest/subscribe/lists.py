"""Lists of people: rows go in, each is taken or refused with its line number and reason; all subscriptions come out again."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, assert_never
from zoneinfo import ZoneInfo

from digest.config import Newsletter, Settings
from digest.errors import AddressError, UsageError
from digest.mail.address import Address
from digest.recurrence import clock_of
from digest.store import subscribers
from digest.store.base import Session
from digest.store.subscribers import Person
from digest.subscribe.choosing import frequencies, known_sections
from digest.subscribe.joining import ask_to_confirm
from digest.subscribe.reading import BadRow, Row
from digest.subscribe.typed import clean_name, read_address
from digest.tokens import address_hash
from digest.values import SubscriptionState

_HOUR = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")  # RFC 5646, section 2.1, roughly
_IMPORTED = "import"


@dataclass(frozen=True, slots=True)
class ImportCounts:
    """What a piece of a list came to."""

    new: int
    known: int
    confirmations: int
    refused: tuple[BadRow, ...]


@dataclass(frozen=True, slots=True)
class _Wish:
    """A line that holds together: who wants what, and in which state that starts."""

    line: int
    address: Address
    hash: str
    name: str
    newsletter: Newsletter
    state: SubscriptionState
    values: Mapping[str, str]

    @property
    def person(self) -> Person:
        return Person(self.address.address, self.address.key, self.hash, self.name)


@dataclass(frozen=True, slots=True)
class _Terms:
    """What holds for every line of one import."""

    newsletters: Mapping[str, Newsletter]
    default: str
    pepper: bytes
    consent: str

    @classmethod
    def of(cls, settings: Settings, newsletter: str | None, consent: str | None) -> "_Terms":
        """Read them once: the pepper may stand in a file. Raises ConfigError for an unknown newsletter."""
        default = settings.newsletter(newsletter).id if newsletter else ""
        return cls({one.id: one for one in settings.newsletters}, default, settings.pepper, consent or "")


def import_rows(
    session: Session,
    settings: Settings,
    rows: Sequence[Row | BadRow],
    *,
    newsletter: str | None,
    consent: str | None,
    confirm: bool,
    now: datetime,
) -> ImportCounts:
    """Take what can be taken of these lines. Raises UsageError without proof of consent and without asking for it.

    With `consent` people start active and the text is kept as evidence; with `confirm` each is asked. Nobody who left is revived,
    nobody under a ban is taken, a line that is known already changes nothing. Raises ConfigError for an unknown `newsletter`.
    """
    if bool(consent) == confirm:
        raise UsageError(
            "It is not said how they agreed.",
            hint='Give --consent "how they agreed", or --confirm to ask each of them.',
        )
    terms = _Terms.of(settings, newsletter, consent)
    judged = [one if isinstance(one, BadRow) else _judged(one, terms) for one in rows]
    refused = [one for one in judged if isinstance(one, BadRow)]
    wishes = [one for one in judged if isinstance(one, _Wish)]
    banned = subscribers.suppressed(session, sorted({one.hash for one in wishes}))
    refused += [BadRow(one.line, "is under a lasting ban") for one in wishes if one.hash in banned]
    free = [one for one in wishes if one.hash not in banned]
    new = _write(session, free, terms, now)
    asked = _ask(session, new, now) if confirm else 0
    return ImportCounts(len(new), len(free) - len(new), asked, tuple(sorted(refused, key=lambda bad: bad.line)))


def export_rows(session: Session, newsletter: str | None = None) -> Iterator[dict[str, str]]:
    """Yield every subscription under the heading that an import reads."""
    for subscription, subscriber in subscribers.everyone(session, newsletter):
        yield {
            "email": subscriber.address,
            "name": subscriber.name,
            "newsletter": subscription.newsletter,
            "sections": ";".join(subscription.sections),
            "frequency": subscription.frequency,
            "hour": subscription.hour,
            "zone": subscription.zone,
            "language": subscription.language,
            "state": subscription.state,
        }


def _judged(row: Row, terms: _Terms) -> _Wish | BadRow:
    """Say whether a line holds together, or the first thing that is wrong with it."""
    values = row.values
    try:
        known = read_address(values.get("email", ""))
    except AddressError as error:
        return BadRow(row.line, error.detail)
    wished = values.get("newsletter") or terms.default
    newsletter = terms.newsletters.get(wished)
    if newsletter is None:
        return BadRow(
            row.line,
            f"names the newsletter “{wished}”, which is none" if wished else "names no newsletter: give --newsletter",
        )
    fault = _fault(values, newsletter)
    if fault:
        return BadRow(row.line, fault)
    name, state = clean_name(values.get("name", "")), _start(values.get("state", ""), terms.consent)
    return _Wish(row.line, known, address_hash(terms.pepper, known.key), name, newsletter, state, values)


def _start(said: str, consent: str) -> SubscriptionState:
    """Return the state a line starts in. A list may say that somebody left or never answered, never that somebody agreed."""
    if said == SubscriptionState.UNSUBSCRIBED:
        return SubscriptionState.UNSUBSCRIBED
    if consent and said != SubscriptionState.PENDING:
        return SubscriptionState.ACTIVE
    return SubscriptionState.PENDING


def _fault(values: Mapping[str, str], newsletter: Newsletter) -> str:
    ids = {section.id for section in newsletter.sections}
    unknown = [one for one in _sections(values) if one not in ids]
    if unknown:
        return f"names the section “{unknown[0]}”, which {newsletter.id} does not have"
    if values.get("frequency") and values["frequency"] not in frequencies(newsletter):
        return f"has the frequency “{values['frequency']}”: it may be {', '.join(frequencies(newsletter))}"
    if values.get("hour") and not _HOUR.fullmatch(values["hour"]):
        return f"has the hour “{values['hour']}”: write it like 07:30"
    if values.get("zone") and not _is_zone(values["zone"]):
        return f"has the zone “{values['zone']}”: write one like Europe/Madrid"
    if values.get("language") and not _LANGUAGE.fullmatch(values["language"]):
        return f"has the language “{values['language']}”: write it like en or pt-BR"
    if values.get("state") and values["state"] not in set(SubscriptionState):
        return f"has the state “{values['state']}”: it may be {', '.join(SubscriptionState)}"
    return ""


def _sections(values: Mapping[str, str]) -> list[str]:
    return [one.strip() for one in values.get("sections", "").split(";") if one.strip()]


@lru_cache(maxsize=1024)
def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return False
    return True


def _write(session: Session, wishes: Sequence[_Wish], terms: _Terms, now: datetime) -> list[tuple[int, _Wish]]:
    """Write those that are new; return their subscription ids."""
    ids = subscribers.ensure(session, [one.person for one in wishes], now)
    before = subscribers.subscriptions_of(session, sorted(set(ids.values())))
    fresh: dict[tuple[int, str], _Wish] = {}
    for one in wishes:
        place = (ids[one.address.key], one.newsletter.id)
        if place not in before:
            fresh.setdefault(place, one)
    subscribers.add_subscriptions(session, [_row(person, one, now) for (person, _), one in fresh.items()])
    after = subscribers.subscriptions_of(session, sorted({person for person, _ in fresh}))
    new = [(after[place][0], one) for place, one in fresh.items()]
    subscribers.add_consents(session, [_consent(id_, one, terms.consent, now) for id_, one in new])
    return new


def _row(person: int, wish: _Wish, now: datetime) -> dict[str, Any]:
    return {
        "subscriber_id": person,
        "newsletter": wish.newsletter.id,
        "state": wish.state,
        "sections": known_sections(wish.newsletter, _sections(wish.values)),
        "frequency": wish.values.get("frequency") or "daily",
        "hour": wish.values.get("hour", ""),
        "zone": wish.values.get("zone", ""),
        "clock": clock_of(wish.values.get("hour", ""), wish.values.get("zone", "")),
        "language": wish.values.get("language", ""),
        "created_at": now,
        "confirmed_at": now if wish.state == SubscriptionState.ACTIVE else None,
        "ended_at": now if wish.state == SubscriptionState.UNSUBSCRIBED else None,
    }


def _consent(subscription_id: int, wish: _Wish, consent: str, now: datetime) -> dict[str, Any]:
    """Return the step of consent a line stands for: the proof belongs to those who agreed, to nobody else."""
    match wish.state:
        case SubscriptionState.ACTIVE:
            kind, evidence = "imported", consent
        case SubscriptionState.PENDING:
            kind, evidence = "requested", _IMPORTED
        case SubscriptionState.UNSUBSCRIBED:
            kind, evidence = "withdrawn", _IMPORTED
        case _:
            assert_never(wish.state)
    return {"subscription_id": subscription_id, "kind": kind, "at": now, "evidence": evidence, "origin": ""}


def _ask(session: Session, new: Sequence[tuple[int, _Wish]], now: datetime) -> int:
    """Ask each to confirm but those who left; return how many."""
    pending = [(id_, wish) for id_, wish in new if wish.state == SubscriptionState.PENDING]
    for id_, wish in pending:
        language = wish.values.get("language", "")
        ask_to_confirm(session, wish.newsletter, id_, wish.address.address, name=wish.name, language=language, now=now)
    return len(pending)
