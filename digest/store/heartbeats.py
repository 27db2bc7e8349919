"""When each part of the service last showed that it runs."""

from datetime import datetime

from sqlalchemy import update
from sqlmodel import Session, col, select

from digest.models import Heartbeat
from digest.store.rows import insert_new


def beat(session: Session, name: str, now: datetime) -> None:
    """Remember that a part runs; any number of processes may say so at once."""
    if insert_new(session, Heartbeat, {"name": name, "at": now}) != 1:
        session.execute(update(Heartbeat).where(col(Heartbeat.name) == name).values(at=now))


def beats(session: Session) -> dict[str, datetime]:
    """Return when each part was last seen."""
    return {row.name: row.at for row in session.exec(select(Heartbeat))}
