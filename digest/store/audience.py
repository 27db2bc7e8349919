"""Who is owed an edition: a newsletter's subscriptions come out in chunks, each reader with what they chose and already had."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import sqlalchemy
from sqlalchemy import func
from sqlmodel import Session, col, select

from digest.models import Delivery, Edition, Rendering, Subscriber, Subscription, Suppression
from digest.values import DeliveryState, SubscriptionState


@dataclass(frozen=True, slots=True)
class Reader:
    """An active subscription as planning needs it; `had` are the renderings of recent editions, oldest first."""

    subscription_id: int
    subscriber_id: int
    sections: tuple[str, ...]
    frequency: str
    language: str
    suppressed: bool
    had: tuple[int, ...]


def chunk(session: Session, newsletter_id: str, *, after: int, limit: int, since: date) -> list[Reader]:
    """Return up to `limit` readers with a subscription id above `after`, in that order.

    Their history is that of editions dated `since` or later; a delivery that was excluded or rejected is no history.
    """
    rows = session.execute(
        sqlalchemy.select(  # SQLModel's own select takes four columns
            col(Subscription.id),
            col(Subscription.subscriber_id),
            col(Subscription.sections),
            col(Subscription.frequency),
            col(Subscription.language),
            col(Suppression.address_hash),
        )
        .join(Subscriber, col(Subscriber.id) == col(Subscription.subscriber_id))
        .outerjoin(Suppression, col(Suppression.address_hash) == col(Subscriber.address_hash))
        .where(
            col(Subscription.newsletter) == newsletter_id,
            col(Subscription.state) == SubscriptionState.ACTIVE,
            col(Subscription.id) > after,
        )
        .order_by(col(Subscription.id))
        .limit(limit)
    ).all()
    if not rows:
        return []
    had = _history(session, newsletter_id, after=after, through=rows[-1][0] or 0, since=since)
    return [
        Reader(id_ or 0, person, tuple(sections), frequency, language, banned is not None, tuple(had.get(person, ())))
        for id_, person, sections, frequency, language, banned in rows
    ]


def count(session: Session, newsletter_id: str) -> int:
    """Return how many subscriptions of a newsletter are active."""
    statement = select(func.count()).where(
        col(Subscription.newsletter) == newsletter_id, col(Subscription.state) == SubscriptionState.ACTIVE
    )
    return session.exec(statement).one()


def _history(
    session: Session, newsletter_id: str, *, after: int, through: int, since: date
) -> Mapping[int, Sequence[int]]:
    """Return subscriber id → rendering ids for the subscriptions in one range of ids."""
    recent = session.exec(
        select(Rendering.id)
        .join(Edition, col(Edition.id) == col(Rendering.edition_id))
        .where(col(Edition.newsletter) == newsletter_id, col(Edition.edition_date) >= since)
    ).all()
    if not recent:
        return {}
    rows = session.exec(
        select(Delivery.subscriber_id, Delivery.rendering_id)
        .join(Subscription, col(Subscription.id) == col(Delivery.subscription_id))
        .join(Edition, col(Edition.id) == col(Delivery.edition_id))
        .where(
            col(Subscription.newsletter) == newsletter_id,
            col(Subscription.id) > after,
            col(Subscription.id) <= through,
            col(Edition.edition_date) >= since,
            col(Delivery.rendering_id).is_not(None),
            col(Delivery.state).not_in((DeliveryState.EXCLUDED, DeliveryState.REJECTED)),
        )
        .order_by(col(Delivery.id))
    )
    had: dict[int, list[int]] = {}
    for subscriber_id, rendering_id in rows:
        if rendering_id is not None:
            had.setdefault(subscriber_id, []).append(rendering_id)
    return had
