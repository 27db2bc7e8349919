"""The last look before a hand-over and what came of it: keys and outcomes of many deliveries go in, one statement for all of them runs."""

import json
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple

import sqlalchemy
from sqlalchemy import (
    JSON,
    BigInteger,
    ColumnElement,
    FromClause,
    Select,
    String,
    Update,
    bindparam,
    cast,
    column,
    func,
)
from sqlalchemy import update as update_
from sqlmodel import Session, exists

from digest.models import Batch, Delivery, Edition, NewsletterState, Subscriber, Subscription, Suppression
from digest.store import histories
from digest.store.batches import Claim, database_now
from digest.store.rows import table_of
from digest.values import GOING_OUT, DeliveryState, EditionState, Excluded

# The plain tables: through the ORM a statement costs three times as much, and these are made for every few messages.
_DELIVERY, _BATCH, _EDITION, _NEWSLETTER = (table_of(one) for one in (Delivery, Batch, Edition, NewsletterState))
_SUBSCRIBER, _SUBSCRIPTION, _SUPPRESSION = (table_of(one) for one in (Subscriber, Subscription, Suppression))
_UNANSWERED = (DeliveryState.INFLIGHT, DeliveryState.UNCERTAIN)
_UNDECIDED = (DeliveryState.CLAIMED, DeliveryState.INFLIGHT)


class Outcome(NamedTuple):
    """What became of one delivery (accepted, rejected, uncertain), or that it is put off (queued)."""

    delivery_id: int
    state: DeliveryState
    reply: str = ""
    provider_id: str = ""


def gate(session: Session, claim: Claim, delivery_ids: Sequence[int], now: datetime) -> set[int]:
    """Move claimed deliveries in flight if they may still leave; return those that may. The last look before a hand-over.

    In one update it asks that the batch is still ours (attempt, lease), not expired, its edition going out and its newsletter not
    paused, the subscription active and the address not suppressed. The others are excluded with their reason, or queued again.
    """
    given = {"ids": json.dumps(list(delivery_ids)), "now": now, "this_edition": claim.edition_id} | _fence_of(claim)
    given["live_at"] = database_now(session)
    allowed = set(session.connection().execute(_gate(_dialect(session)), given).scalars())
    refused = [id_ for id_ in delivery_ids if id_ not in allowed]
    if refused:
        _exclude(session, claim, refused, now)
    return allowed


def record(session: Session, claim: Claim, outcomes: Sequence[Outcome], now: datetime) -> set[int]:
    """Write what became of deliveries; return the ids of those that were still ours to say.

    An answer that comes after the lease ended still resolves what became uncertain meanwhile, for that is never queued again.
    """
    if not outcomes:
        return set()
    given = {"rows": _rows(outcomes), "now": now} | _fence_of(claim)
    changed = session.connection().execute(_record(_dialect(session)), given).all()
    rejected = [subscription_id for _, subscription_id, state in changed if state == DeliveryState.REJECTED]
    if rejected:
        histories.forget(session, rejected)
    return {id_ for id_, _, _ in changed}


def defer(
    session: Session,
    claim: Claim,
    outcomes: Sequence[Outcome],
    *,
    to_batch: int | None,
    due_at: datetime,
    now: datetime,
) -> int | None:
    """Queue deliveries again, surely not handed over, in a batch with a later `due_at`; return that batch's id.

    `to_batch` is the one that earlier deferrals of this attempt went to. None when the fence is lost: someone else owns them now.
    """
    if session.execute(sqlalchemy.select(_BATCH.c.id).where(*_same_attempt(claim))).one_or_none() is None:
        return None
    if to_batch is None:
        later = Batch(
            edition_id=claim.edition_id,
            wave_id=claim.wave_id,
            lane=claim.lane,
            due_at=due_at,
            expires_at=claim.expires_at,
            deferrals=claim.deferrals + 1,
        )
        session.add(later)
        session.flush()
        to_batch = later.id
    given = {"rows": _rows(outcomes), "now": now, "this_batch": claim.batch_id, "to_batch": to_batch}
    session.connection().execute(_defer(_dialect(session)), given)
    return to_batch


@lru_cache
def _gate(dialect: str) -> Update:
    batch = exists().where(
        *_same_attempt(None), _BATCH.c.lease_until > bindparam("live_at"), _BATCH.c.expires_at > bindparam("now")
    )
    paused = exists().where(_NEWSLETTER.c.newsletter == _EDITION.c.newsletter, _NEWSLETTER.c.paused.is_(True))
    going_out = exists().where(_EDITION.c.id == bindparam("this_edition"), _EDITION.c.state.in_(GOING_OUT), ~paused)
    return (
        update_(_DELIVERY)
        .where(
            _DELIVERY.c.id.in_(_ids(dialect)),
            _of_this_batch(),
            _DELIVERY.c.state == DeliveryState.CLAIMED,
            batch,
            going_out,
            _consent_stands(),
            ~_suppressed(),
        )
        .values(state=DeliveryState.INFLIGHT, changed_at=bindparam("now"))
        .returning(_DELIVERY.c.id)
    )


@lru_cache
def _record(dialect: str) -> Update:
    told = _told(dialect)
    still_claimed = (_DELIVERY.c.state == DeliveryState.CLAIMED) & exists().where(*_same_attempt(None))
    return (
        update_(_DELIVERY)
        .where(
            _DELIVERY.c.id == told.c.id,
            _of_this_batch(),
            _DELIVERY.c.state.in_(_UNANSWERED) | still_claimed,
        )
        .values(state=told.c.state, reply=told.c.reply, provider_id=told.c.provider_id, changed_at=bindparam("now"))
        .returning(_DELIVERY.c.id, _DELIVERY.c.subscription_id, _DELIVERY.c.state)
    )


@lru_cache
def _defer(dialect: str) -> Update:
    told = _told(dialect)
    return (
        update_(_DELIVERY)
        .where(
            _DELIVERY.c.id == told.c.id,
            _of_this_batch(),
            _DELIVERY.c.state.in_(_UNDECIDED),
        )
        .values(
            state=told.c.state,
            batch_id=bindparam("to_batch"),
            reply=told.c.reply,
            changed_at=bindparam("now"),
        )
    )


def _ids(dialect: str) -> Select[tuple[int]]:
    """Return the ids of the JSON parameter `ids`: one statement, and one parameter, for any number of them."""
    if dialect == "sqlite":
        each = func.json_each(bindparam("ids", type_=String)).table_valued("value")
        return sqlalchemy.select(each.c.value)
    text = func.json_array_elements_text(cast(bindparam("ids", type_=String), JSON)).table_valued("value")
    return sqlalchemy.select(cast(text.c.value, BigInteger))


def _told(dialect: str) -> FromClause:
    """Return the outcomes of the JSON parameter `rows` as a table."""
    rows = bindparam("rows", type_=String)
    names = ("id", "state", "reply", "provider_id")
    if dialect == "sqlite":
        value = func.json_each(rows).table_valued("value").c.value
        return sqlalchemy.select(*(func.json_extract(value, f"$.{name}").label(name) for name in names)).subquery(
            "told"
        )
    columns = (column(name, BigInteger if name == "id" else String) for name in names)
    return func.json_to_recordset(cast(rows, JSON)).table_valued(*columns, name="told").render_derived(with_types=True)


def _rows(outcomes: Sequence[Outcome]) -> str:
    return json.dumps(
        [
            {"id": one.delivery_id, "state": one.state, "reply": one.reply, "provider_id": one.provider_id}
            for one in outcomes
        ]
    )


def _exclude(session: Session, claim: Claim, delivery_ids: Sequence[int], now: datetime) -> None:
    """Say why deliveries were refused, the first reason that holds; what only waits (a pause, a hold) stays claimed and is given back."""
    ours = _DELIVERY.c.id.in_(delivery_ids), exists().where(*_same_attempt(claim))
    cancelled = exists().where(_EDITION.c.id == claim.edition_id, _EDITION.c.state == EditionState.CANCELLED)
    reasons = (
        (Excluded.EXPIRED, exists().where(*_same_attempt(claim), _BATCH.c.expires_at <= now)),
        (Excluded.CANCELLED, cancelled),
        (Excluded.UNSUBSCRIBED, ~_consent_stands()),
        (Excluded.SUPPRESSED, _suppressed()),
    )
    for reason, holds in reasons:
        gone = session.execute(
            update_(_DELIVERY)
            .where(*ours, _DELIVERY.c.state == DeliveryState.CLAIMED, holds)
            .values(state=DeliveryState.EXCLUDED, reason=reason, changed_at=now)
            .returning(_DELIVERY.c.subscription_id)
        ).scalars()
        histories.forget(session, list(gone))


def _fence_of(claim: Claim) -> dict[str, object]:
    return {"this_batch": claim.batch_id, "this_attempt": claim.attempt}


def _same_attempt(claim: Claim | None) -> tuple[ColumnElement[bool], ...]:
    """Return the fence of a claim, or of the parameters of `_fence_of`."""
    return (
        _BATCH.c.id == (bindparam("this_batch") if claim is None else claim.batch_id),
        _BATCH.c.attempt == (bindparam("this_attempt") if claim is None else claim.attempt),
        _BATCH.c.state == DeliveryState.CLAIMED,
    )


def _of_this_batch() -> ColumnElement[bool]:
    """Ask for the batch in words that no index answers: rows are found by their ids, not by reading the whole batch each time."""
    return func.coalesce(_DELIVERY.c.batch_id, 0) == bindparam("this_batch")


def _consent_stands() -> ColumnElement[bool]:
    return exists().where(_SUBSCRIPTION.c.id == _DELIVERY.c.subscription_id, _SUBSCRIPTION.c.state == "active")


def _suppressed() -> ColumnElement[bool]:
    return exists().where(
        _SUBSCRIBER.c.id == _DELIVERY.c.subscriber_id,
        _SUPPRESSION.c.address_hash == _SUBSCRIBER.c.address_hash,
    )


def _dialect(session: Session) -> str:
    return session.get_bind().dialect.name
