"""What editors and operators should look at: raised again and again, it is one row for each kind and subject, until it is over."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import CursorResult, case, delete, update
from sqlmodel import Session, col, select

from digest.models import Alarm
from digest.store.rows import insert_new


def raise_(session: Session, kind: str, subject: str, text: str, now: datetime) -> bool:
    """Raise an alarm, or keep one standing with what is to be said of it now; True when it did not stand before."""
    values = {"kind": kind, "subject": subject, "text": text, "since": now, "last_at": now, "over_at": None}
    if insert_new(session, Alarm, values) == 1:
        return True
    this = (col(Alarm.kind) == kind) & (col(Alarm.subject) == subject)
    stood = session.exec(select(Alarm.over_at).where(this)).one() is None
    since = case((col(Alarm.over_at).is_(None), col(Alarm.since)), else_=now)
    session.execute(update(Alarm).where(this).values(text=text, last_at=now, since=since, over_at=None))
    return not stood


def over(session: Session, kind: str | Collection[str], subject: str, now: datetime) -> bool:
    """End an alarm, or those of several kinds; True when one stood."""
    kinds = [kind] if isinstance(kind, str) else list(kind)
    standing = col(Alarm.kind).in_(kinds) & (col(Alarm.subject) == subject) & col(Alarm.over_at).is_(None)
    result = session.execute(update(Alarm).where(standing).values(over_at=now))
    return isinstance(result, CursorResult) and result.rowcount > 0


def forget(session: Session, before: datetime) -> None:
    """Drop the alarms that were over before an instant."""
    session.execute(delete(Alarm).where(col(Alarm.over_at) < before))


def standing(session: Session) -> list[Alarm]:
    """Return the alarms that stand, those that stand longest first."""
    found = select(Alarm).where(col(Alarm.over_at).is_(None))
    return list(session.exec(found.order_by(col(Alarm.since), col(Alarm.kind), col(Alarm.subject))))


def find(session: Session, kind: str, subject: str) -> Alarm | None:
    """Return an alarm that stands."""
    found = session.get(Alarm, (kind, subject))
    return found if found and found.over_at is None else None
