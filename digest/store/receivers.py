"""Receiving domains and their lanes: known by name at once, looked up in turn, and remembered beside each reader."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from sqlalchemy import update
from sqlmodel import Session, col, select

from digest.mail import mx
from digest.models import Receiver, Subscriber
from digest.store.rows import CHUNK, insert_new, table_of

_NEVER = datetime(1970, 1, 1, tzinfo=UTC)
_GOOD_FOR = timedelta(hours=24)


def lanes(session: Session, domains: Iterable[str]) -> dict[str, str]:
    """Return the lane of each domain; those that are new are known by name for now and are to be looked up."""
    names = sorted(set(domains))
    fresh = [{"domain": one, "lane": mx.by_name(one), "looked_up_at": _NEVER} for one in names]
    found: dict[str, str] = {}
    for start in range(0, len(names), CHUNK):
        insert_new(session, Receiver, fresh[start : start + CHUNK])
        statement = select(Receiver.domain, Receiver.lane).where(col(Receiver.domain).in_(names[start : start + CHUNK]))
        found.update(dict(session.exec(statement).all()))
    return found


def due(session: Session, now: datetime, limit: int) -> list[str]:
    """Return domains that were not looked up for a day, the longest ago first."""
    statement = (
        select(Receiver.domain)
        .where(col(Receiver.looked_up_at) < now - _GOOD_FOR)
        .order_by(col(Receiver.looked_up_at), col(Receiver.domain))
        .limit(limit)
    )
    return list(session.exec(statement))


def learn(session: Session, domain: str, lane: str | None, now: datetime) -> None:
    """Keep what a look-up found; None, no answer, keeps what was known and asks again in a day."""
    values = {"looked_up_at": now} if lane is None else {"looked_up_at": now, "lane": lane}
    session.execute(update(table_of(Receiver)).where(col(Receiver.domain) == domain).values(**values))
    if lane is not None:
        changed = update(table_of(Subscriber)).where(col(Subscriber.domain) == domain, col(Subscriber.lane) != lane)
        session.execute(changed.values(lane=lane))
