"""The ledger: every change of a delivery is one conditional update, and the books can answer for each candidate."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy
from sqlalchemy import ColumnElement, func, update
from sqlmodel import Session, col, exists, select

from digest.models import Batch, Delivery, Edition, NewsletterState, Subscriber, Subscription, Suppression, Wave
from digest.store import histories, waves
from digest.store.batches import Claim, database_now
from digest.store.rows import table_of
from digest.values import GOING_OUT, OWED, DeliveryState, EditionState, Excluded, Report

_DELIVERY = table_of(
    Delivery
)  # the plain table: an update through the ORM costs three times as much, and these are made by the thousand


@dataclass(frozen=True, slots=True)
class Row:
    """A delivery as operators see it."""

    address: str
    state: str
    reason: str
    attempt: int
    due_at: datetime | None
    reply: str


def gate(session: Session, claim: Claim, delivery_ids: Sequence[int], now: datetime) -> set[int]:
    """Move claimed deliveries in flight if they may still leave; return those that may. The last look before a hand-over.

    In one update it asks that the batch is still ours (attempt, lease), not expired, its edition going out and its newsletter not
    paused, the subscription active and the address not suppressed. The others are excluded with their reason, or queued again.
    """
    allowed = set(
        session.execute(
            update(_DELIVERY)
            .where(
                col(Delivery.id).in_(delivery_ids),
                col(Delivery.state) == DeliveryState.CLAIMED,
                _fence(session, claim, now),
                _going_out(claim.edition_id),
                _consent_stands(),
                ~_suppressed(),
            )
            .values(state=DeliveryState.INFLIGHT, changed_at=now)
            .returning(col(Delivery.id))
        ).scalars()
    )
    refused = [id_ for id_ in delivery_ids if id_ not in allowed]
    if refused:
        _exclude(session, claim, refused, now)
    return allowed


def record(
    session: Session,
    claim: Claim,
    delivery_id: int,
    state: DeliveryState,
    *,
    reply: str = "",
    provider_id: str = "",
    now: datetime,
) -> bool:
    """Write what became of one delivery (accepted, rejected, uncertain); False when it was no longer ours to say.

    An answer that comes after the lease ended still resolves what became uncertain meanwhile, for that is never queued again.
    """
    fenced = col(Delivery.state) == DeliveryState.CLAIMED, exists().where(*_same_attempt(claim))
    unanswered = col(Delivery.state).in_((DeliveryState.INFLIGHT, DeliveryState.UNCERTAIN))
    changed = session.execute(
        update(_DELIVERY)
        .where(
            col(Delivery.id) == delivery_id,
            col(Delivery.batch_id) == claim.batch_id,
            unanswered | (fenced[0] & fenced[1]),
        )
        .values(state=state, reply=reply, provider_id=provider_id, changed_at=now)
        .returning(col(Delivery.subscription_id))
    ).scalar_one_or_none()
    if changed is not None and state is DeliveryState.REJECTED:
        histories.forget(session, [changed])
    return changed is not None


def defer(
    session: Session,
    claim: Claim,
    delivery_id: int,
    *,
    to_batch: int | None,
    due_at: datetime,
    reply: str,
    now: datetime,
) -> int | None:
    """Queue one delivery again, surely not handed over, in a batch with a later `due_at`; return that batch's id.

    `to_batch` is the one that an earlier deferral of this attempt made. None when the fence is lost: someone else owns it now.
    """
    if session.exec(select(Batch.id).where(*_same_attempt(claim))).one_or_none() is None:
        return None
    if to_batch is None:
        later = Batch(
            edition_id=claim.edition_id,
            wave_id=claim.wave_id,
            due_at=due_at,
            expires_at=claim.expires_at,
            deferrals=claim.deferrals + 1,
        )
        session.add(later)
        session.flush()
        to_batch = later.id
    session.execute(
        update(_DELIVERY)
        .where(
            col(Delivery.id) == delivery_id,
            col(Delivery.batch_id) == claim.batch_id,
            col(Delivery.state).in_((DeliveryState.CLAIMED, DeliveryState.INFLIGHT)),
        )
        .values(state=DeliveryState.QUEUED, batch_id=to_batch, reply=reply, changed_at=now)
    )
    return to_batch


def report(session: Session, edition: Edition) -> Report:
    """Return the accounting of an edition."""
    rows = session.exec(
        select(Delivery.state, Delivery.reason, func.count())
        .where(col(Delivery.edition_id) == edition.id)
        .group_by(col(Delivery.state), col(Delivery.reason))
    ).all()
    states = {state: sum(n for s, _, n in rows if s == state) for state in DeliveryState}
    excluded = {
        reason: sum(n for s, r, n in rows if s == DeliveryState.EXCLUDED and r == reason) for reason in Excluded
    }
    return Report(
        newsletter=edition.newsletter,
        edition_date=edition.edition_date,
        state=EditionState(edition.state),
        candidates=sum(n for _, _, n in rows),
        accepted=states[DeliveryState.ACCEPTED],
        rejected=states[DeliveryState.REJECTED],
        uncertain=states[DeliveryState.UNCERTAIN],
        owed=sum(states[state] for state in OWED),
        excluded=excluded,
        started=edition.started_at,
        finished=edition.finished_at,
    )


def finish_editions(session: Session, now: datetime) -> list[int]:
    """Mark editions done whose waves are all planned, skipped or missed and that owe nothing more; return their ids."""
    owed = exists().where(col(Delivery.edition_id) == col(Edition.id), col(Delivery.state).in_(OWED))
    to_come = exists().where(
        col(Wave.edition_id) == col(Edition.id),
        col(Wave.state).in_((EditionState.PLANNED, EditionState.FROZEN))
        | ((col(Wave.state) == EditionState.SENDING) & col(Wave.planned_at).is_(None)),
    )
    done = session.execute(
        update(Edition)
        .where(col(Edition.state) == EditionState.SENDING, ~to_come, ~owed)
        .values(state=EditionState.DONE, finished_at=now)
        .returning(col(Edition.id))
    )
    ids = list(done.scalars())
    for edition_id in ids:
        waves.move_all(session, edition_id or 0, source=[EditionState.SENDING], to=EditionState.DONE, changes={})
    return [id_ for id_ in ids if id_ is not None]


def exclude_queued(session: Session, edition_id: int, reason: Excluded, now: datetime) -> int:
    """Exclude what is still queued of an edition; return how many deliveries that were."""
    gone = session.execute(
        update(_DELIVERY)
        .where(col(Delivery.edition_id) == edition_id, col(Delivery.state) == DeliveryState.QUEUED)
        .values(state=DeliveryState.EXCLUDED, reason=reason, changed_at=now)
        .returning(col(Delivery.subscription_id))
    ).scalars()
    mine = list(gone)
    histories.forget(session, mine)
    return len(mine)


def repoint(session: Session, old: int, new: int | None, now: datetime) -> None:
    """Give the deliveries of a rendering that no worker has yet another one; without one they are excluded."""
    values: dict[str, object] = {"rendering_id": new, "changed_at": now}
    if new is None:
        values = {"state": DeliveryState.EXCLUDED, "reason": Excluded.NO_ARTICLE, "changed_at": now}
    gone = session.execute(
        update(_DELIVERY)
        .where(col(Delivery.rendering_id) == old, col(Delivery.state) == DeliveryState.QUEUED)
        .values(**values)
        .returning(col(Delivery.subscription_id))
    ).scalars()
    histories.forget(session, list(gone))


def none_taken(session: Session, edition_id: int) -> bool:
    """Say whether no delivery of an edition was ever taken by a worker."""
    taken = exists().where(
        col(Delivery.edition_id) == edition_id,
        col(Delivery.state).not_in((DeliveryState.QUEUED, DeliveryState.EXCLUDED)),
    )
    return not session.execute(sqlalchemy.select(taken)).scalar_one()


def take_back(session: Session, edition_id: int) -> None:
    """Forget the deliveries of an edition of which none was taken, with their batches."""
    mine = session.execute(
        sqlalchemy.delete(_DELIVERY)
        .where(col(Delivery.edition_id) == edition_id)
        .returning(col(Delivery.subscription_id))
    ).scalars()
    histories.forget(session, list(mine))
    session.execute(sqlalchemy.delete(Batch).where(col(Batch.edition_id) == edition_id))


def find(session: Session, edition_id: int, address_key: str) -> Delivery | None:
    """Return the delivery of an edition to an address, if there is one."""
    statement = (
        select(Delivery)
        .join(Subscriber, col(Subscriber.id) == col(Delivery.subscriber_id))
        .where(col(Delivery.edition_id) == edition_id, col(Subscriber.address_key) == address_key)
    )
    return session.exec(statement).one_or_none()


def rows(
    session: Session, *, state: DeliveryState | None = None, edition_id: int | None = None, limit: int | None = None
) -> list[Row]:
    """Return deliveries, newest first, narrowed to a state or an edition."""
    statement = (
        sqlalchemy.select(  # SQLModel's own select takes four columns
            col(Subscriber.address),
            col(Delivery.state),
            col(Delivery.reason),
            col(Batch.attempt),
            col(Batch.due_at),
            col(Delivery.reply),
        )
        .join(Subscriber, col(Subscriber.id) == col(Delivery.subscriber_id))
        .outerjoin(Batch, col(Batch.id) == col(Delivery.batch_id))
        .order_by(col(Delivery.id).desc())
    )
    if state is not None:
        statement = statement.where(col(Delivery.state) == state)
    if edition_id is not None:
        statement = statement.where(col(Delivery.edition_id) == edition_id)
    if limit is not None:
        statement = statement.limit(limit)
    return [
        Row(address, s, reason, attempt or 0, at, reply)
        for address, s, reason, attempt, at, reply in session.execute(statement)
    ]


def _exclude(session: Session, claim: Claim, delivery_ids: Sequence[int], now: datetime) -> None:
    """Say why deliveries were refused, the first reason that holds; what only waits (a pause, a hold) stays claimed and is given back."""
    ours = col(Delivery.id).in_(delivery_ids), exists().where(*_same_attempt(claim))
    reasons = (
        (Excluded.EXPIRED, exists().where(*_same_attempt(claim), col(Batch.expires_at) <= now)),
        (
            Excluded.CANCELLED,
            exists().where(col(Edition.id) == claim.edition_id, col(Edition.state) == EditionState.CANCELLED),
        ),
        (Excluded.UNSUBSCRIBED, ~_consent_stands()),
        (Excluded.SUPPRESSED, _suppressed()),
    )
    for reason, holds in reasons:
        gone = session.execute(
            update(Delivery)
            .where(*ours, col(Delivery.state) == DeliveryState.CLAIMED, holds)
            .values(state=DeliveryState.EXCLUDED, reason=reason, changed_at=now)
            .returning(col(Delivery.subscription_id))
        ).scalars()
        histories.forget(session, list(gone))


def _same_attempt(claim: Claim) -> tuple[ColumnElement[bool], ...]:
    return (
        col(Batch.id) == claim.batch_id,
        col(Batch.attempt) == claim.attempt,
        col(Batch.state) == DeliveryState.CLAIMED,
    )


def _fence(session: Session, claim: Claim, now: datetime) -> ColumnElement[bool]:
    live = col(Batch.lease_until) > database_now(session), col(Batch.expires_at) > now
    return exists().where(*_same_attempt(claim), *live)


def _going_out(edition_id: int) -> ColumnElement[bool]:
    paused = exists().where(
        col(NewsletterState.newsletter) == col(Edition.newsletter), col(NewsletterState.paused).is_(True)
    )
    return exists().where(col(Edition.id) == edition_id, col(Edition.state).in_(GOING_OUT), ~paused)


def _consent_stands() -> ColumnElement[bool]:
    return exists().where(col(Subscription.id) == col(Delivery.subscription_id), col(Subscription.state) == "active")


def _suppressed() -> ColumnElement[bool]:
    return exists().where(
        col(Subscriber.id) == col(Delivery.subscriber_id),
        col(Suppression.address_hash) == col(Subscriber.address_hash),
    )
