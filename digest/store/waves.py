"""Waves: the readers of an edition with the same send instant; made once each, moved from state to state by conditional updates."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, exists, update
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from digest.models import Batch, Wave
from digest.store.rows import insert_new
from digest.values import EditionState


def ensure(
    session: Session, edition_id: int, instants: Collection[datetime], *, home: datetime, freeze: timedelta
) -> list[Wave]:
    """Make the waves of these instants that are not there yet; return all of the edition's, the earliest first."""
    rows = [
        {
            "edition_id": edition_id,
            "due_at": due_at,
            "freeze_at": due_at - freeze,
            "home": due_at == home,
            "state": EditionState.PLANNED,
            "reason": "",
            "planned_through": 0,
        }
        for due_at in sorted(instants)
    ]
    known = {one.due_at for one in of(session, edition_id)}
    fresh = [row for row in rows if row["due_at"] not in known]
    if fresh:
        insert_new(session, Wave, fresh)
    return of(session, edition_id)


def drop_planned(session: Session, edition_id: int) -> None:
    """Forget the waves of an edition that nothing was done for; none of the others is its home wave any more."""
    mine = col(Wave.edition_id) == edition_id
    session.execute(delete(Wave).where(mine, col(Wave.state) == EditionState.PLANNED))
    session.execute(update(Wave).where(mine).values(home=False))


def of(session: Session, edition_id: int) -> list[Wave]:
    """Return an edition's waves as the database has them now, the earliest first."""
    statement = select(Wave).where(col(Wave.edition_id) == edition_id).order_by(col(Wave.due_at))
    return list(session.exec(statement.execution_options(populate_existing=True)))


def get(session: Session, wave_id: int) -> Wave:
    """Return a wave as the database has it now."""
    return session.exec(select(Wave).where(col(Wave.id) == wave_id).execution_options(populate_existing=True)).one()


def move(
    session: Session,
    wave_id: int,
    *,
    source: Collection[EditionState],
    to: EditionState,
    **changes: Any,  # noqa: ANN401 -- columns of many types
) -> bool:
    """Move a wave to a state if it is in one of `source`, with other columns in the same update; False when it is not."""
    moved = session.execute(
        update(Wave)
        .where(col(Wave.id) == wave_id, col(Wave.state).in_(source))
        .values(state=to, **changes)
        .returning(col(Wave.id))
    )
    return moved.one_or_none() is not None


def move_all(
    session: Session, edition_id: int, *, source: Collection[EditionState], to: EditionState, changes: Mapping[str, Any]
) -> int:
    """Move all of an edition's waves that are in one of `source`; return how many."""
    moved = session.execute(
        update(Wave)
        .where(col(Wave.edition_id) == edition_id, col(Wave.state).in_(source))
        .values(state=to, **changes)
        .returning(col(Wave.id))
    )
    return len(moved.all())


def unwritten(session: Session, over: Collection[EditionState]) -> list[Wave]:
    """Return the waves that ended in one of these states before all of their readers had rows, though their edition went out to others."""
    other = aliased(Wave)
    begun = col(other.started_at).is_not(None) | col(other.state).in_((EditionState.SENDING, EditionState.DONE))
    went_out = exists().where(col(other.edition_id) == col(Wave.edition_id), begun)
    statement = select(Wave).where(col(Wave.state).in_(over), col(Wave.planned_at).is_(None), went_out)
    return list(session.exec(statement.order_by(col(Wave.id))))


@dataclass(frozen=True, slots=True)
class Seal:
    """What a wave's mails carry, the same at every try: their date, and the number of the key that their tokens are minted with."""

    moment: datetime
    token_key: int | None = None


def seal(session: Session, wave_id: int) -> Seal:
    """Return what a wave's mails carry; their date is its instant, or its freeze where that came later."""
    wave = get(session, wave_id)
    return Seal(max(wave.due_at, wave.frozen_at or wave.due_at), wave.token_key)


def of_batch(session: Session, batch_id: int) -> int | None:
    """Return the wave of a batch."""
    return session.exec(select(Batch.wave_id).where(col(Batch.id) == batch_id)).one_or_none()


def lock(session: Session, wave_id: int) -> Wave:
    """Return a wave that no other transaction changes until this one ends."""
    statement = select(Wave).where(col(Wave.id) == wave_id).with_for_update()
    return session.exec(statement.execution_options(populate_existing=True)).one()
