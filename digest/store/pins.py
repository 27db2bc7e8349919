"""Editors' words on the articles of an edition: the lead, a place, or dropped; one word for each article."""

from datetime import datetime

from sqlalchemy import delete
from sqlmodel import Session, col, select

from digest.models import Pin
from digest.values import PinKind, Pinned


def of(session: Session, edition_id: int) -> list[Pinned]:
    """Return an edition's pins."""
    rows = session.exec(select(Pin).where(col(Pin.edition_id) == edition_id).order_by(col(Pin.article_id)))
    return [
        Pinned(row.article_id, PinKind(row.kind), row.section_id, row.position, row.repeat_ok, row.by) for row in rows
    ]


def put(session: Session, edition_id: int, pin: Pinned, now: datetime) -> None:
    """Keep an editor's word in place of an earlier one on the same article."""
    session.merge(
        Pin(
            edition_id=edition_id,
            article_id=pin.article_id,
            kind=pin.kind,
            section_id=pin.section_id,
            position=pin.position,
            repeat_ok=pin.repeat_ok,
            by=pin.by,
            at=now,
        )
    )


def take_away(session: Session, edition_id: int, article_id: int) -> None:
    """Forget an editor's word on an article."""
    session.execute(delete(Pin).where(col(Pin.edition_id) == edition_id, col(Pin.article_id) == article_id))
