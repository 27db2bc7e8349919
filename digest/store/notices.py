"""Notices on the same road as deliveries: made once for each key, claimed by lease, gated, recorded; fenced by `attempt`."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import CursorResult, and_, case, or_, update
from sqlmodel import Session, col, select

from digest.models import Notice, Subscriber, Subscription, Suppression
from digest.store.batches import database_now
from digest.store.rows import insert_new
from digest.store.subscribers import LIFTED_BY_OPT_IN
from digest.values import DeliveryState, Excluded, NoticeKind, SubscriptionState

_HANDED_OVER_ONCE_MORE = (NoticeKind.CONFIRM, NoticeKind.SIGN_IN)  # a person waits for these
_ONCE_MORE = "once_more"  # stands in `reason` of a notice that was uncertain and was taken again


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
    """Take due notices for one worker, oldest first.

    A confirmation or sign-in link that is uncertain is taken once more when its `due_at` comes: two such mails are better than none.
    """
    once_more = and_(
        col(Notice.state) == DeliveryState.UNCERTAIN,
        col(Notice.kind).in_(_HANDED_OVER_ONCE_MORE),
        col(Notice.reason) == "",
        col(Notice.expires_at) > now,
    )
    waiting = or_(col(Notice.state) == DeliveryState.QUEUED, once_more)
    due = (
        select(Notice.id)
        .where(waiting, col(Notice.due_at) <= now)
        .order_by(col(Notice.due_at), col(Notice.id))
        .limit(limit)
    )
    if session.get_bind().dialect.name == "postgresql":
        due = due.with_for_update(skip_locked=True)
    ids = [id_ for id_ in session.exec(due) if id_ is not None]
    reason = case((col(Notice.state) == DeliveryState.UNCERTAIN, _ONCE_MORE), else_=col(Notice.reason))
    taken = session.execute(
        update(Notice)
        .where(col(Notice.id).in_(ids), waiting)
        .values(state=DeliveryState.CLAIMED, attempt=Notice.attempt + 1, lease_until=lease_until, reason=reason)
        .returning(col(Notice.id))
    )
    mine = list(taken.scalars())
    return list(
        session.exec(select(Notice).where(col(Notice.id).in_(mine)).order_by(col(Notice.due_at), col(Notice.id)))
    )


def gate(session: Session, notice_id: int, attempt: int, now: datetime) -> bool:
    """Move a claimed notice in flight if it may still leave, else exclude it with the reason; False too when it is no longer ours.

    It must not be out of date, and a confirmation must still have something to confirm at an address that may be mailed.
    """
    claimed = (
        col(Notice.id) == notice_id,
        col(Notice.attempt) == attempt,
        col(Notice.state) == DeliveryState.CLAIMED,
    )
    found = session.exec(select(Notice.kind, Notice.data, Notice.created_at, Notice.expires_at).where(*claimed)).first()
    if found is None:
        return False
    kind, data, created_at, expires_at = found
    reason = Excluded.EXPIRED if expires_at <= now else None
    if reason is None and kind == NoticeKind.CONFIRM:
        reason = _nothing_to_confirm(session, int(data["subscription_id"]), created_at)
    changes = (
        {"state": DeliveryState.EXCLUDED, "reason": reason} if reason is not None else {"state": DeliveryState.INFLIGHT}
    )
    changed = session.execute(update(Notice).where(*claimed).values(**changes).returning(col(Notice.id)))
    return changed.one_or_none() is not None and reason is None


def _nothing_to_confirm(session: Session, subscription_id: int, asked_at: datetime) -> Excluded | None:
    """Return why a confirmation asked for at this time stays here: the person left, or did it already, or is banned since."""
    found = session.exec(
        select(Subscription.state, Suppression.reason, Suppression.at)
        .join(Subscriber, col(Subscriber.id) == col(Subscription.subscriber_id))
        .outerjoin(Suppression, col(Suppression.address_hash) == col(Subscriber.address_hash))
        .where(col(Subscription.id) == subscription_id)
    ).first()
    if found is None:
        return Excluded.CANCELLED
    state, ban, banned_at = found
    if ban is not None and (ban not in LIFTED_BY_OPT_IN or banned_at >= asked_at):
        return Excluded.SUPPRESSED
    if state == SubscriptionState.UNSUBSCRIBED:
        return Excluded.UNSUBSCRIBED
    return Excluded.CANCELLED if state == SubscriptionState.ACTIVE and ban is None else None


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
    """Write what became of a notice; `due_at` says when it is to be taken again. False when it is no longer ours to say."""
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
