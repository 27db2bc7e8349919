"""The ledger: every change of a delivery is one conditional update, and the books can answer for each candidate."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy
from sqlalchemy import func, update
from sqlmodel import Session, col, exists, select

from digest.models import Batch, Delivery, Edition, Subscriber, Wave
from digest.store import histories, waves
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
    """Mark editions done of which a wave went out, whose others ended and that owe nothing more; return their ids.

    That may be before the home wave, where only an early one had anything new, and while an edition is held that nobody released.
    """
    owed = exists().where(col(Delivery.edition_id) == col(Edition.id), col(Delivery.state).in_(OWED))
    to_come = exists().where(
        col(Wave.edition_id) == col(Edition.id),
        col(Wave.state).in_((EditionState.PLANNED, EditionState.FROZEN)) | col(Wave.planned_at).is_(None),
    )
    begun = (EditionState.SENDING, EditionState.DONE)
    went_out = exists().where(col(Wave.edition_id) == col(Edition.id), col(Wave.state).in_(begun))
    done = session.execute(
        update(Edition)
        .where(col(Edition.state).in_((*GOING_OUT, EditionState.HELD)), went_out, ~to_come, ~owed)
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


def take_back(session: Session, edition_id: int) -> bool:
    """Forget the deliveries of an edition, with their batches; False, and the caller must undo it, when a worker took one of them."""
    untaken = (DeliveryState.QUEUED, DeliveryState.EXCLUDED)
    mine = session.execute(
        sqlalchemy.delete(_DELIVERY)
        .where(col(Delivery.edition_id) == edition_id, col(Delivery.state).in_(untaken))
        .returning(col(Delivery.subscription_id))
    ).scalars()
    histories.forget(session, list(mine))
    taken = exists().where(col(Delivery.edition_id) == edition_id)
    if session.execute(sqlalchemy.select(taken)).scalar_one():
        return False
    session.execute(sqlalchemy.delete(Batch).where(col(Batch.edition_id) == edition_id))
    return True


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
