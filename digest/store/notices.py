"""Notices on the same road as deliveries: made once for each key, claimed by lease, gated, recorded; fenced by `attempt`."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import CursorResult, update
from sqlmodel import Session, col, exists, select

from digest.models import Notice, Subscriber, Suppression
from digest.store.batches import database_now
from digest.store.rows import insert_new
from digest.values import DeliveryState, Excluded, NoticeKind

_ASKED_FOR = (NoticeKind.SIGN_IN, NoticeKind.TEST)  # an editor asked for these: a ban on the address does not stop them


def create(
    session: Session,
    kind: NoticeKind,
    key: str,
    address: str,
    *,
    data: Mapping[str, Any],
    due_at: datetime,
    expires_at: datetime,
    now: datetime,
    name: str = "",
) -> bool:
    """Queue a notice; False when there is one of this kind and key."""
    values = {
        "kind": kind,
        "key": key,
        "address": address,
        "name": name,
        "data": dict(data),
        "state": DeliveryState.QUEUED,
        "reason": "",
        "attempt": 0,
        "due_at": due_at,
        "expires_at": expires_at,
        "provider_id": "",
        "reply": "",
        "created_at": now,
    }
    return insert_new(session, Notice, values) == 1


def find(session: Session, kind: NoticeKind, key: str) -> Notice | None:
    """Return a notice by its key."""
    return session.exec(select(Notice).where(col(Notice.kind) == kind, col(Notice.key) == key)).one_or_none()


def claim_due(session: Session, now: datetime, limit: int, lease_until: datetime) -> list[Notice]:
    """Take due notices for one worker, oldest first."""
    due = (
        select(Notice.id)
        .where(col(Notice.state) == DeliveryState.QUEUED, col(Notice.due_at) <= now)
        .order_by(col(Notice.due_at), col(Notice.id))
        .limit(limit)
    )
    if session.get_bind().dialect.name == "postgresql":
        due = due.with_for_update(skip_locked=True)
    ids = [id_ for id_ in session.exec(due) if id_ is not None]
    taken = session.execute(
        update(Notice)
        .where(col(Notice.id).in_(ids), col(Notice.state) == DeliveryState.QUEUED)
        .values(state=DeliveryState.CLAIMED, attempt=Notice.attempt + 1, lease_until=lease_until)
        .returning(col(Notice.id))
    )
    mine = list(taken.scalars())
    return list(session.exec(select(Notice).where(col(Notice.id).in_(mine)).order_by(col(Notice.id))))


def gate(session: Session, notice_id: int, attempt: int, now: datetime) -> bool:
    """Move a claimed notice in flight if it may still leave: not out of date, its address under no ban."""
    banned = exists().where(
        col(Subscriber.address) == col(Notice.address), col(Suppression.address_hash) == col(Subscriber.address_hash)
    )
    claimed = (
        col(Notice.id) == notice_id,
        col(Notice.attempt) == attempt,
        col(Notice.state) == DeliveryState.CLAIMED,
    )
    passed = session.execute(
        update(Notice)
        .where(*claimed, col(Notice.expires_at) > now, col(Notice.kind).in_(_ASKED_FOR) | ~banned)
        .values(state=DeliveryState.INFLIGHT)
        .returning(col(Notice.id))
    )
    if passed.one_or_none() is not None:
        return True
    session.execute(
        update(Notice).where(*claimed, banned).values(state=DeliveryState.EXCLUDED, reason=Excluded.SUPPRESSED)
    )
    session.execute(
        update(Notice)
        .where(*claimed, col(Notice.expires_at) <= now)
        .values(state=DeliveryState.EXCLUDED, reason=Excluded.EXPIRED)
    )
    return False


def record(
    session: Session,
    notice_id: int,
    attempt: int,
    state: DeliveryState,
    *,
    reply: str = "",
    provider_id: str = "",
    due_at: datetime | None = None,
) -> bool:
    """Write what became of a notice; with `due_at` it is queued again for then. False when it is no longer ours to say."""
    changes: dict[str, Any] = {"state": state, "reply": reply, "provider_id": provider_id}
    if due_at is not None:
        changes["due_at"] = due_at
    changed = session.execute(
        update(Notice)
        .where(
            col(Notice.id) == notice_id,
            col(Notice.attempt) == attempt,
            col(Notice.state).in_((DeliveryState.CLAIMED, DeliveryState.INFLIGHT, DeliveryState.UNCERTAIN)),
        )
        .values(**changes)
        .returning(col(Notice.id))
    )
    return changed.one_or_none() is not None


def give_back(session: Session, notice_id: int, attempt: int, due_at: datetime) -> None:
    """Queue a notice again that the provider did not come to."""
    session.execute(
        update(Notice)
        .where(col(Notice.id) == notice_id, col(Notice.attempt) == attempt, col(Notice.state) == DeliveryState.CLAIMED)
        .values(state=DeliveryState.QUEUED, due_at=due_at)
    )


def release_stale(session: Session) -> int:
    """Free the notices of workers that are gone: claimed is queued again, in flight is uncertain. Return how many."""
    ended = col(Notice.lease_until) < database_now(session)
    freed = 0
    for before, after in (
        (DeliveryState.CLAIMED, DeliveryState.QUEUED),
        (DeliveryState.INFLIGHT, DeliveryState.UNCERTAIN),
    ):
        result = session.execute(update(Notice).where(col(Notice.state) == before, ended).values(state=after))
        freed += result.rowcount if isinstance(result, CursorResult) else 0
    return freed


def expire(session: Session, now: datetime) -> None:
    """Exclude queued notices whose time is over."""
    session.execute(
        update(Notice)
        .where(col(Notice.state) == DeliveryState.QUEUED, col(Notice.expires_at) <= now)
        .values(state=DeliveryState.EXCLUDED, reason=Excluded.EXPIRED)
    )
