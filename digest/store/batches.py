"""Batches of deliveries: claimed by one worker at a time, fenced by `attempt`, freed when a lease ends."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy
from sqlalchemy import func, update
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from digest.clock import system_clock
from digest.models import Batch, Delivery, Edition, NewsletterState, Subscriber, Subscription
from digest.store import histories
from digest.store.rows import table_of
from digest.values import GOING_OUT, DeliveryState, Excluded

LEASE = timedelta(minutes=15)
_BATCH = table_of(Batch)


@dataclass(frozen=True, slots=True)
class Owed:
    """A claimed delivery with what its message needs."""

    delivery_id: int
    rendering_id: int
    subscription_id: int
    address: str
    name: str
    subscribed_at: datetime


@dataclass(frozen=True, slots=True)
class Claim:
    """A batch in the hands of one worker; `attempt` is the fence for everything it writes."""

    batch_id: int
    edition_id: int
    wave_id: int | None
    attempt: int
    deferrals: int
    expires_at: datetime
    owed: tuple[Owed, ...]
    lane: str = ""


def database_now(session: Session) -> datetime:
    """Return the time by which leases run: the database's own where it is a server, else this machine's."""
    if session.get_bind().dialect.name == "sqlite":
        return system_clock()
    moment: datetime = session.exec(select(func.clock_timestamp())).one()
    return moment


def waiting(now: datetime) -> SelectOfScalar[int] | SelectOfScalar[None]:
    """Select ids of queued batches that are due, oldest first, leaving out newsletters that are paused and editions that stand still."""
    return (
        select(Batch.id)
        .join(Edition, col(Edition.id) == col(Batch.edition_id))
        .outerjoin(NewsletterState, col(NewsletterState.newsletter) == col(Edition.newsletter))
        .where(
            col(Batch.state) == DeliveryState.QUEUED,
            col(Batch.due_at) <= now,
            col(Edition.state).in_(GOING_OUT),
            col(NewsletterState.paused).is_not(True),
        )
        .order_by(col(Batch.due_at), col(Batch.id))
    )


def due(session: Session, now: datetime, limit: int = 100) -> list[int]:
    """Return ids of batches that may be handed out, oldest first."""
    return [id_ for id_ in session.exec(waiting(now).limit(limit)) if id_ is not None]


def is_due(session: Session, batch_id: int, now: datetime) -> bool:
    """Say whether a batch may be handed out."""
    return session.exec(waiting(now).where(col(Batch.id) == batch_id)).one_or_none() is not None


def claim(session: Session, batch_id: int, *, owner: str, now: datetime) -> Claim | None:
    """Take a due batch for one worker; None when another has it, it is not due, or nothing of it is owed any more.

    A batch whose time is over is closed here: its deliveries are excluded as expired.
    """
    taken = session.execute(
        update(Batch)
        .where(col(Batch.id) == batch_id, col(Batch.state) == DeliveryState.QUEUED, col(Batch.due_at) <= now)
        .values(
            state=DeliveryState.CLAIMED,
            attempt=Batch.attempt + 1,
            lease_owner=owner,
            lease_until=database_now(session) + LEASE,
        )
        .returning(
            col(Batch.edition_id),
            col(Batch.wave_id),
            col(Batch.attempt),
            col(Batch.deferrals),
            col(Batch.expires_at),
            col(Batch.lane),
        )
    ).one_or_none()
    if taken is None:
        return None
    edition_id, wave_id, attempt, deferrals, expires_at, lane = taken
    queued = (col(Delivery.batch_id) == batch_id, col(Delivery.state) == DeliveryState.QUEUED)
    if expires_at <= now:
        expired = {"state": DeliveryState.EXCLUDED, "reason": Excluded.EXPIRED, "changed_at": now}
        gone = session.execute(
            update(Delivery).where(*queued).values(**expired).returning(col(Delivery.subscription_id))
        ).scalars()
        histories.forget(session, list(gone))
        finish(session, batch_id, attempt)
        return None
    session.execute(update(Delivery).where(*queued).values(state=DeliveryState.CLAIMED, changed_at=now))
    owed = _owed(session, batch_id)
    return Claim(batch_id, edition_id, wave_id, attempt, deferrals, expires_at, owed, lane)


def lane_of(session: Session, batch_id: int) -> str:
    """Return a batch's lane, the others' where there is no such batch."""
    return session.exec(select(Batch.lane).where(col(Batch.id) == batch_id)).one_or_none() or ""


def put_off(session: Session, batch_id: int, due_at: datetime) -> None:
    """Have a queued batch wait."""
    session.execute(
        update(_BATCH)
        .where(col(Batch.id) == batch_id, col(Batch.state) == DeliveryState.QUEUED, col(Batch.due_at) < due_at)
        .values(due_at=due_at)
    )


def finish(session: Session, batch_id: int, attempt: int) -> bool:
    """Close a batch whose deliveries are all dealt with. False when the fence is lost."""
    closed = session.execute(
        update(Batch)
        .where(col(Batch.id) == batch_id, col(Batch.attempt) == attempt, col(Batch.state) == DeliveryState.CLAIMED)
        .values(state="done", lease_until=None)
        .returning(col(Batch.id))
    )
    return closed.one_or_none() is not None


def give_back(session: Session, claim_: Claim, *, due_at: datetime, now: datetime) -> int:
    """Queue what is still claimed again, surely not handed over, in this batch at `due_at`; return how many deliveries that were."""
    fence = (
        col(Batch.id) == claim_.batch_id,
        col(Batch.attempt) == claim_.attempt,
        col(Batch.state) == DeliveryState.CLAIMED,
    )
    if session.exec(select(Batch.id).where(*fence)).one_or_none() is None:
        return 0
    back = session.execute(
        update(Delivery)
        .where(col(Delivery.batch_id) == claim_.batch_id, col(Delivery.state) == DeliveryState.CLAIMED)
        .values(state=DeliveryState.QUEUED, changed_at=now)
        .returning(col(Delivery.id))
    ).all()
    if back:
        session.execute(update(Batch).where(*fence).values(state=DeliveryState.QUEUED, due_at=due_at, lease_until=None))
    else:
        finish(session, claim_.batch_id, claim_.attempt)
    return len(back)


def release_stale(session: Session, now: datetime) -> int:
    """Free the batches of workers that are gone: claimed is queued again, in flight is uncertain. Return how many batches."""
    ended = session.exec(
        select(Batch.id).where(
            col(Batch.state) == DeliveryState.CLAIMED, col(Batch.lease_until) < database_now(session)
        )
    ).all()
    for batch_id in ended:
        mine = col(Delivery.batch_id) == batch_id
        session.execute(
            update(Delivery)
            .where(mine, col(Delivery.state) == DeliveryState.INFLIGHT)
            .values(state=DeliveryState.UNCERTAIN, reply="The worker stopped before the answer came.", changed_at=now)
        )
        session.execute(
            update(Delivery)
            .where(mine, col(Delivery.state) == DeliveryState.CLAIMED)
            .values(state=DeliveryState.QUEUED, changed_at=now)
        )
        session.execute(
            update(Batch)
            .where(col(Batch.id) == batch_id)
            .values(state=DeliveryState.QUEUED, attempt=Batch.attempt + 1, lease_until=None)
        )
    return len(ended)


def renew(session: Session, claim_: Claim) -> None:
    """Push the lease of a batch that is being worked on."""
    session.execute(
        update(_BATCH)
        .where(col(Batch.id) == claim_.batch_id, col(Batch.attempt) == claim_.attempt)
        .values(lease_until=database_now(session) + LEASE)
    )


def _owed(session: Session, batch_id: int) -> tuple[Owed, ...]:
    rows = session.execute(
        sqlalchemy.select(  # SQLModel's own select takes four columns
            col(Delivery.id),
            col(Delivery.rendering_id),
            col(Delivery.subscription_id),
            col(Subscriber.address),
            col(Subscriber.name),
            func.coalesce(Subscription.confirmed_at, Subscription.created_at),
        )
        .join(Subscriber, col(Subscriber.id) == col(Delivery.subscriber_id))
        .join(Subscription, col(Subscription.id) == col(Delivery.subscription_id))
        .where(col(Delivery.batch_id) == batch_id, col(Delivery.state) == DeliveryState.CLAIMED)
        .order_by(col(Delivery.id))
    ).all()
    return tuple(Owed(id_ or 0, rendering or 0, *rest) for id_, rendering, *rest in rows)
