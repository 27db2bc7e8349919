"""One person's way in and out: asked for, confirmed by the person at the address, ended by one click, each step kept as evidence."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from digest.config import Newsletter, Settings
from digest.models import Suppression
from digest.store import notices, subscribers
from digest.store.base import Session
from digest.store.subscribers import LIFTED_BY_OPT_IN, Person
from digest.subscribe.choosing import known_sections
from digest.subscribe.typed import clean_name, read_address
from digest.tokens import address_hash
from digest.values import NoticeKind, SubscriptionState

CONFIRM_LIFETIME = timedelta(days=7)
_BETWEEN_MAILS = timedelta(minutes=10)
_MAILS_A_DAY = 3
_DAY = timedelta(days=1)
_UNDO = timedelta(hours=1)


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

    Nothing is mailed to an address that subscribes already, that is banned, or that was asked within ten minutes or thrice in a day,
    for whichever newsletter. A ban after hard bounces is no obstacle: a fresh confirmation lifts it. The mail does not carry the
    name, for whoever typed it may be a stranger to the address.
    """
    known = read_address(typed)
    hashed = address_hash(settings.pepper, known.key)
    chosen = known_sections(newsletter, sections)
    person = subscribers.ensure(session, [Person(known.address, known.key, hashed, clean_name(name))], now)[known.key]
    subscription_id, state = _subscription(session, newsletter, person, chosen, language, now)
    if state == SubscriptionState.PENDING:
        subscribers.choose(session, subscription_id, chosen, language)
    ban = subscribers.ban(session, hashed)
    if not _may_be_asked(state, ban) or not _in_peace(subscribers.requests(session, person, now - _DAY), now):
        return Outcome(known.address, confirmation=False)
    if state == SubscriptionState.UNSUBSCRIBED:
        subscribers.move(
            session,
            subscription_id,
            source=[SubscriptionState.UNSUBSCRIBED],
            to=SubscriptionState.PENDING,
            sections=chosen,
            language=language,
            ended_at=None,
        )
    _keep(session, subscription_id, "requested", now, form, origin)
    ask_to_confirm(session, newsletter, subscription_id, known.address, name="", language=language, now=now)
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
    """Let a subscription stand, by the person's own word; a second time changes nothing.

    None when there is no such subscription or it was ended since: an old link revives nothing. A ban after hard bounces that is
    older than the request ends here, every other ban stays.
    """
    found = subscribers.by_id(session, subscription_id)
    if found is None:
        return None
    subscription, subscriber = found
    newly = subscribers.move(
        session,
        subscription_id,
        source=[SubscriptionState.PENDING],
        to=SubscriptionState.ACTIVE,
        confirmed_at=now,
        ended_at=None,
    )
    if not newly and subscription.state != SubscriptionState.ACTIVE:
        return None
    asked = subscribers.last_request(session, subscription_id)
    lifted = asked is not None and subscribers.lift(session, subscriber.address_hash, LIFTED_BY_OPT_IN, before=asked)
    if newly or lifted:
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
    """Undo an unsubscription that the same person made a moment ago on the same page; after an hour it takes a new request.

    True when the subscription stands, however often it is said.
    """
    found = subscribers.by_id(session, subscription_id)
    if found is None or found[0].confirmed_at is None:
        return False
    if found[0].ended_at is None or found[0].ended_at < now - _UNDO:
        return found[0].state == SubscriptionState.ACTIVE
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


def _may_be_asked(state: str, ban: Suppression | None) -> bool:
    """Say whether a confirmation has something to confirm: a subscription that does not stand, or a ban that it would lift."""
    if ban is not None:
        return ban.reason in LIFTED_BY_OPT_IN
    return state != SubscriptionState.ACTIVE


def _in_peace(asked: Sequence[datetime], now: datetime) -> bool:
    """Say whether an address that was asked at these times of the last day, newest first, may be asked again."""
    return not asked or (len(asked) < _MAILS_A_DAY and asked[0] <= now - _BETWEEN_MAILS)


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
        "clock": "",
        "language": language,
        "created_at": now,
    }
    subscribers.add_subscriptions(session, [row])
    return subscribers.subscriptions_of(session, [person])[(person, newsletter.id)]


def _keep(session: Session, subscription_id: int, kind: str, now: datetime, evidence: str, origin: str) -> None:
    row = {"subscription_id": subscription_id, "kind": kind, "at": now, "evidence": evidence, "origin": origin}
    subscribers.add_consents(session, [row])
