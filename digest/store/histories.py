"""What readers had: sets of renderings, shared by all who had the same, kept beside each subscription and worked out again when unsure."""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from datetime import date

from sqlalchemy import exists, update
from sqlmodel import Session, col, select

from digest.models import Delivery, Edition, History, Rendering, Subscription
from digest.store.rows import CHUNK, insert_new, table_of
from digest.values import DeliveryState

_NOT_HAD = (DeliveryState.EXCLUDED, DeliveryState.REJECTED)
_AT_ONCE = 5_000


def ids(session: Session, sets: Collection[frozenset[int]]) -> dict[frozenset[int], int]:
    """Return the ids of these sets of renderings, made now where they are new."""
    keys = {_key(one): one for one in sets}
    if not keys:
        return {}
    insert_new(session, History, [{"key": key, "renderings": sorted(one)} for key, one in keys.items()])
    found: dict[frozenset[int], int] = {}
    names = sorted(keys)
    for start in range(0, len(names), CHUNK):
        statement = select(History.key, History.id).where(col(History.key).in_(names[start : start + CHUNK]))
        found.update({keys[key]: id_ for key, id_ in session.exec(statement) if id_ is not None})
    return found


def renderings(session: Session, history_ids: Collection[int]) -> dict[int, frozenset[int]]:
    """Return the renderings of these histories."""
    found: dict[int, frozenset[int]] = {}
    ordered = sorted(history_ids)
    for start in range(0, len(ordered), CHUNK):
        statement = select(History.id, History.renderings).where(col(History.id).in_(ordered[start : start + CHUNK]))
        found.update({id_: frozenset(kept) for id_, kept in session.exec(statement) if id_ is not None})
    return found


def recent(session: Session, rendering_ids: Collection[int], since: date) -> set[int]:
    """Return those renderings whose edition is dated `since` or later."""
    found: set[int] = set()
    ordered = sorted(rendering_ids)
    for start in range(0, len(ordered), CHUNK):
        statement = (
            select(Rendering.id)
            .join(Edition, col(Edition.id) == col(Rendering.edition_id))
            .where(col(Rendering.id).in_(ordered[start : start + CHUNK]), col(Edition.edition_date) >= since)
        )
        found.update(id_ for id_ in session.exec(statement) if id_ is not None)
    return found


def settle_empty(session: Session, newsletters: Collection[str]) -> None:
    """Give the empty history to all who had nothing, in one update, so that most of a new list is done at once."""
    nothing = ids(session, [frozenset()])[frozenset()]
    subscription, delivery = table_of(Subscription), table_of(Delivery)
    had = exists().where(
        delivery.c.subscriber_id == subscription.c.subscriber_id,
        delivery.c.subscription_id == subscription.c.id,
        delivery.c.state.not_in(_NOT_HAD),
    )
    session.execute(
        update(subscription)
        .where(subscription.c.newsletter.in_(newsletters), subscription.c.history_id.is_(None), ~had)
        .values(history_id=nothing)
    )


def settle_next(session: Session, newsletters: Collection[str], since: date) -> bool:
    """Work out the histories of some thousand subscriptions that have none; False once there are no more."""
    statement = (
        select(Subscription.id)
        .where(col(Subscription.newsletter).in_(newsletters), col(Subscription.history_id).is_(None))
        .order_by(col(Subscription.id))
        .limit(_AT_ONCE)
    )
    todo = [id_ for id_ in session.exec(statement) if id_ is not None]
    settle(session, todo, since)
    return bool(todo)


def settle(session: Session, subscription_ids: Sequence[int], since: date) -> None:
    """Work out the histories of these subscriptions from their deliveries."""
    todo = list(subscription_ids)
    if not todo:
        return
    had = _had(session, todo, since)
    known = ids(session, {had.get(id_, frozenset()) for id_ in todo})
    table = table_of(Subscription)
    by_history: dict[int, list[int]] = {}
    for id_ in todo:
        by_history.setdefault(known[had.get(id_, frozenset())], []).append(id_)
    for history_id, mine in by_history.items():
        for start in range(0, len(mine), CHUNK):
            session.execute(
                update(table).where(table.c.id.in_(mine[start : start + CHUNK])).values(history_id=history_id)
            )


def forget(session: Session, subscription_ids: Sequence[int]) -> None:
    """Have the histories of these subscriptions worked out again: a delivery that counted as had turned out not to be."""
    table = table_of(Subscription)
    for start in range(0, len(subscription_ids), CHUNK):
        mine = subscription_ids[start : start + CHUNK]
        session.execute(update(table).where(table.c.id.in_(mine)).values(history_id=None))


def _had(session: Session, subscription_ids: Sequence[int], since: date) -> Mapping[int, frozenset[int]]:
    """Return subscription id → renderings of editions dated `since` or later; excluded and rejected deliveries are no history."""
    found: dict[int, set[int]] = {}
    for start in range(0, len(subscription_ids), CHUNK):
        statement = (
            select(Delivery.subscription_id, Delivery.rendering_id)
            .join(Subscription, col(Subscription.id) == col(Delivery.subscription_id))
            .join(Edition, col(Edition.id) == col(Delivery.edition_id))
            .where(
                col(Subscription.id).in_(subscription_ids[start : start + CHUNK]),
                col(Delivery.subscriber_id) == col(Subscription.subscriber_id),
                col(Edition.edition_date) >= since,
                col(Delivery.rendering_id).is_not(None),
                col(Delivery.state).not_in(_NOT_HAD),
            )
        )
        for subscription_id, rendering_id in session.exec(statement):
            if rendering_id is not None:
                found.setdefault(subscription_id, set()).add(rendering_id)
    return {id_: frozenset(kept) for id_, kept in found.items()}


def _key(one: frozenset[int]) -> str:
    return hashlib.sha256(",".join(map(str, sorted(one))).encode()).hexdigest()[:32]
