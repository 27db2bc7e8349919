"""When each part of the service last showed that it runs."""

from datetime import datetime

from sqlmodel import Session, select

from digest.models import Heartbeat


def beat(session: Session, name: str, now: datetime) -> None:
    """Remember that a part runs."""
    session.merge(Heartbeat(name=name, at=now))


def beats(session: Session) -> dict[str, datetime]:
    """Return when each part was last seen."""
    return {row.name: row.at for row in session.exec(select(Heartbeat))}
