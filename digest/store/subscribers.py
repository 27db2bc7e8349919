"""Subscribers, their subscriptions and consents: found by address, written many at a time, never revived by accident."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, insert, update
from sqlmodel import Session, col, select

from digest.models import Consent, Subscriber, Subscription, Suppression
from digest.store import receivers
from digest.store.rows import CHUNK, insert_new
from digest.values import SubscriptionState

LIFTED_BY_OPT_IN = (
    "hard",
)  # reasons of a ban that a fresh double opt-in ends; a complaint or an operator's word stays
_PAGE = 2_000


@dataclass(frozen=True, slots=True)
class Person:
    """A subscriber to be: the address as written, its form for comparing, its keyed hash."""

    address: str
    key: str
    hash: str
    name: str = ""


def find(session: Session, key: str) -> Subscriber | None:
    """Return the subscriber of an address."""
    return session.exec(select(Subscriber).where(col(Subscriber.address_key) == key)).one_or_none()


def ensure(session: Session, people: Sequence[Person], now: datetime) -> dict[str, int]:
    """Make subscribers of those that are none yet; return ids by address key.

    Until the transaction ends no other decides about these people. All take them in one order, so that two imports of the same
    people never wait for each other in a ring.
    """
    lanes = receivers.lanes(session, (one.key.rpartition("@")[2] for one in people))
    rows = [
        {"address": one.address, "address_key": one.key, "address_hash": one.hash, "name": one.name, "created_at": now}
        | {"domain": (domain := one.key.rpartition("@")[2]), "lane": lanes.get(domain, "")}
        for one in sorted(people, key=lambda one: one.key)
    ]
    for start in range(0, len(rows), CHUNK):
        insert_new(session, Subscriber, rows[start : start + CHUNK])
    found: dict[str, int] = {}
    keys = sorted({one.key for one in people})
    for start in range(0, len(keys), CHUNK):
        statement = (
            select(Subscriber.address_key, Subscriber.id)
            .where(col(Subscriber.address_key).in_(keys[start : start + CHUNK]))
            .order_by(col(Subscriber.address_key))
            .with_for_update(key_share=True)  # deliveries that refer to them may be written meanwhile
        )
        found.update({key: id_ for key, id_ in session.exec(statement) if id_ is not None})
    return found


def subscription(session: Session, key: str, newsletter_id: str) -> Subscription | None:
    """Return an address's subscription to a newsletter."""
    statement = (
        select(Subscription)
        .join(Subscriber, col(Subscriber.id) == col(Subscription.subscriber_id))
        .where(col(Subscriber.address_key) == key, col(Subscription.newsletter) == newsletter_id)
    )
    return session.exec(statement).one_or_none()


def by_id(session: Session, subscription_id: int) -> tuple[Subscription, Subscriber] | None:
    """Return a subscription with its subscriber."""
    statement = (
        select(Subscription, Subscriber)
        .join(Subscriber, col(Subscriber.id) == col(Subscription.subscriber_id))
        .where(col(Subscription.id) == subscription_id)
    )
    return session.exec(statement).one_or_none()


def subscriptions_of(session: Session, subscriber_ids: Sequence[int]) -> dict[tuple[int, str], tuple[int, str]]:
    """Return (subscription id, state) by subscriber id and newsletter."""
    found: dict[tuple[int, str], tuple[int, str]] = {}
    for start in range(0, len(subscriber_ids), CHUNK):
        statement = select(
            Subscription.subscriber_id, Subscription.newsletter, Subscription.id, Subscription.state
        ).where(col(Subscription.subscriber_id).in_(subscriber_ids[start : start + CHUNK]))
        found.update(
            {(person, newsletter): (id_ or 0, state) for person, newsletter, id_, state in session.exec(statement)}
        )
    return found


def add_subscriptions(session: Session, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write subscriptions; one that is there already stays as it is."""
    if rows:
        insert_new(session, Subscription, rows)


def add_consents(session: Session, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write steps of consent."""
    if rows:
        session.execute(insert(Consent), list(rows))


def move(
    session: Session,
    subscription_id: int,
    *,
    source: Sequence[SubscriptionState],
    to: SubscriptionState,
    **changes: Any,  # noqa: ANN401 -- columns of many types
) -> bool:
    """Move a subscription to a state if it is in one of `source`; False when it is not."""
    moved = session.execute(
        update(Subscription)
        .where(col(Subscription.id) == subscription_id, col(Subscription.state).in_(source))
        .values(state=to, **changes)
        .returning(col(Subscription.id))
    )
    return moved.one_or_none() is not None


def choose(session: Session, subscription_id: int, sections: Sequence[str], language: str | None = None) -> None:
    """Keep a reader's sections, none means all, and their language where one is given."""
    changes: dict[str, Any] = {"sections": list(sections)}
    if language is not None:
        changes["language"] = language
    session.execute(update(Subscription).where(col(Subscription.id) == subscription_id).values(**changes))


def change(session: Session, subscription_id: int, **changes: Any) -> None:  # noqa: ANN401 -- columns of many types
    """Change what a reader chose."""
    session.execute(update(Subscription).where(col(Subscription.id) == subscription_id).values(**changes))


def everyone(session: Session, newsletter_id: str | None = None) -> Iterator[tuple[Subscription, Subscriber]]:
    """Yield all subscriptions in the order of their making, page by page: memory stays flat."""
    after = 0
    while True:
        statement = (
            select(Subscription, Subscriber)
            .join(Subscriber, col(Subscriber.id) == col(Subscription.subscriber_id))
            .where(col(Subscription.id) > after)
            .order_by(col(Subscription.id))
            .limit(_PAGE)
        )
        if newsletter_id is not None:
            statement = statement.where(col(Subscription.newsletter) == newsletter_id)
        page = session.exec(statement).all()
        if not page:
            return
        yield from page
        after = page[-1][0].id or after
        session.expunge_all()


def counts(session: Session, newsletter_id: str) -> dict[str, int]:
    """Return how many subscriptions of a newsletter are in each state."""
    statement = (
        select(Subscription.state, func.count())
        .where(col(Subscription.newsletter) == newsletter_id)
        .group_by(col(Subscription.state))
    )
    return dict(session.exec(statement).all())


def requests(session: Session, subscriber_id: int, since: datetime) -> list[datetime]:
    """Return when a person was asked to confirm anything after `since`, newest first."""
    statement = (
        select(Consent.at)
        .join(Subscription, col(Subscription.id) == col(Consent.subscription_id))
        .where(
            col(Subscription.subscriber_id) == subscriber_id, col(Consent.kind) == "requested", col(Consent.at) > since
        )
        .order_by(col(Consent.at).desc())
    )
    return list(session.exec(statement))


def last_request(session: Session, subscription_id: int) -> datetime | None:
    """Return when a subscription was last asked to be confirmed."""
    statement = select(func.max(Consent.at)).where(
        col(Consent.subscription_id) == subscription_id, col(Consent.kind) == "requested"
    )
    return session.exec(statement).one()


def suppressed(session: Session, hashes: Sequence[str]) -> set[str]:
    """Return those keyed hashes that are under a ban."""
    found: set[str] = set()
    for start in range(0, len(hashes), CHUNK):
        statement = select(Suppression.address_hash).where(
            col(Suppression.address_hash).in_(hashes[start : start + CHUNK])
        )
        found.update(session.exec(statement))
    return found


def suppress(session: Session, address_hash: str, reason: str, now: datetime, origin: str = "") -> bool:
    """Ban an address lastingly; False when it was banned already."""
    row = {"address_hash": address_hash, "reason": reason, "origin": origin, "at": now}
    return insert_new(session, Suppression, row) == 1


def ban(session: Session, address_hash: str) -> Suppression | None:
    """Return the ban on an address."""
    return session.exec(select(Suppression).where(col(Suppression.address_hash) == address_hash)).one_or_none()


def lift(session: Session, address_hash: str, reasons: Sequence[str], *, before: datetime) -> bool:
    """End a ban that was made for one of `reasons` before an instant; False when there is none such."""
    ended = session.execute(
        delete(Suppression)
        .where(
            col(Suppression.address_hash) == address_hash,
            col(Suppression.reason).in_(reasons),
            col(Suppression.at) < before,
        )
        .returning(col(Suppression.address_hash))
    )
    return ended.one_or_none() is not None
