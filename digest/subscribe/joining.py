"""One person's way in and out: asked for, confirmed by the person at the address, ended by one click, each step kept as evidence."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from digest.config import Newsletter, Settings
from digest.errors import UsageError
from digest.mail import address
from digest.store import notices, subscribers
from digest.store.base import Session
from digest.store.subscribers import Person
from digest.tokens import address_hash
from digest.values import NoticeKind, SubscriptionState

CONFIRM_LIFETIME = timedelta(days=7)
_BETWEEN_MAILS = timedelta(minutes=10)
_MAILS_A_DAY = 3
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a request came to. `address` is shown to the person; whether we know it already shows nowhere."""

    address: str
    confirmation: bool


@dataclass(frozen=True, slots=True)
class Confirmed:
    """A subscription that stands; `newly` when this confirmation made it so."""

    subscription_id: int
    newsletter: str
    newly: bool


def request(
    session: Session,
    settings: Settings,
    newsletter: Newsletter,
    typed: str,
    *,
    sections: Iterable[str] = (),
    language: str = "",
    name: str = "",
    origin: str = "",
    form: str = "",
    now: datetime,
) -> Outcome:
    """Ask an address to confirm a subscription (double opt-in). Raises AddressError.

    Nothing is mailed to an address that subscribes already, that is banned, or that was asked within ten minutes or thrice today.
    """
    known = address.parse(typed)
    hashed = address_hash(settings.pepper, known.key)
    chosen = _known_sections(newsletter, sections)
    person = subscribers.ensure(session, [Person(known.address, known.key, hashed, name)], now)[known.key]
    subscription_id, state = _subscription(session, newsletter, person, chosen, language, now)
    if state == SubscriptionState.ACTIVE or subscribers.suppressed(session, [hashed]):
        return Outcome(known.address, confirmation=False)
    asked = [at for at in subscribers.last_request(session, subscription_id) if at > now - _DAY]
    if len(asked) >= _MAILS_A_DAY or (asked and asked[0] > now - _BETWEEN_MAILS):
        return Outcome(known.address, confirmation=False)
    if state == SubscriptionState.UNSUBSCRIBED:
        subscribers.move(
            session,
            subscription_id,
            source=[SubscriptionState.UNSUBSCRIBED],
            to=SubscriptionState.PENDING,
            sections=chosen,
            ended_at=None,
        )
    _keep(session, subscription_id, "requested", now, form, origin)
    ask_to_confirm(session, newsletter, subscription_id, known.address, name=name, language=language, now=now)
    return Outcome(known.address, confirmation=True)


def ask_to_confirm(
    session: Session, newsletter: Newsletter, subscription_id: int, to: str, *, name: str, language: str, now: datetime
) -> None:
    """Queue the one mail that asks to confirm."""
    notices.create(
        session,
        NoticeKind.CONFIRM,
        f"{subscription_id}:{now.isoformat()}",
        to,
        name=name,
        data={"subscription_id": subscription_id, "newsletter": newsletter.id, "language": language},
        due_at=now,
        expires_at=now + CONFIRM_LIFETIME,
        now=now,
    )


def confirm(session: Session, subscription_id: int, *, origin: str = "", now: datetime) -> Confirmed | None:
    """Let a subscription stand, by the person's own word; a second time changes nothing. None when there is no such subscription."""
    found = subscribers.by_id(session, subscription_id)
    if found is None:
        return None
    subscription, _ = found
    newly = subscribers.move(
        session,
        subscription_id,
        source=[SubscriptionState.PENDING],
        to=SubscriptionState.ACTIVE,
        confirmed_at=now,
        ended_at=None,
    )
    if newly:
        _keep(session, subscription_id, "confirmed", now, "", origin)
    return Confirmed(subscription_id, subscription.newsletter, newly)


def unsubscribe(session: Session, subscription_id: int, *, how: str, now: datetime) -> bool:
    """End a subscription at once; a second time changes nothing. True when it stood until now."""
    standing = [SubscriptionState.ACTIVE, SubscriptionState.PENDING]
    ended = subscribers.move(session, subscription_id, source=standing, to=SubscriptionState.UNSUBSCRIBED, ended_at=now)
    if ended:
        _keep(session, subscription_id, "withdrawn", now, how, "")
    return ended


def resubscribe(session: Session, subscription_id: int, *, now: datetime) -> bool:
    """Undo an unsubscription that the same person made a moment ago on the same page."""
    found = subscribers.by_id(session, subscription_id)
    if found is None or found[0].confirmed_at is None:
        return False
    back = subscribers.move(
        session,
        subscription_id,
        source=[SubscriptionState.UNSUBSCRIBED],
        to=SubscriptionState.ACTIVE,
        ended_at=None,
    )
    if back:
        _keep(session, subscription_id, "confirmed", now, "undo", "")
    return back


def choose_sections(session: Session, subscription_id: int, newsletter: Newsletter, sections: Iterable[str]) -> None:
    """Keep a reader's sections. Raises UsageError for none: leaving is another button."""
    chosen = list(sections)
    if not chosen:
        raise UsageError("No section is chosen.", hint="Choose at least one, or unsubscribe.")
    subscribers.choose(session, subscription_id, _known_sections(newsletter, chosen))


def _known_sections(newsletter: Newsletter, sections: Iterable[str]) -> list[str]:
    """Return the newsletter's sections among these, in its order; all of them are kept as none, so that new ones come along."""
    wished = set(sections)
    chosen = [section.id for section in newsletter.sections if section.id in wished]
    return [] if len(chosen) == len(newsletter.sections) else chosen


def _subscription(
    session: Session, newsletter: Newsletter, person: int, chosen: list[str], language: str, now: datetime
) -> tuple[int, str]:
    row = {
        "subscriber_id": person,
        "newsletter": newsletter.id,
        "state": SubscriptionState.PENDING,
        "sections": chosen,
        "frequency": "daily",
        "hour": "",
        "zone": "",
        "language": language,
        "created_at": now,
    }
    subscribers.add_subscriptions(session, [row])
    return subscribers.subscriptions_of(session, [person])[(person, newsletter.id)]


def _keep(session: Session, subscription_id: int, kind: str, now: datetime, evidence: str, origin: str) -> None:
    row = {"subscription_id": subscription_id, "kind": kind, "at": now, "evidence": evidence, "origin": origin}
    subscribers.add_consents(session, [row])
