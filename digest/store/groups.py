"""Groups of readers: which rendering each combination of a wave's readers gets, or why it gets none."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass

from sqlalchemy import delete, update
from sqlmodel import Session, col, select

from digest.models import ReaderGroup, Wave
from digest.store.audience import Combination
from digest.store.rows import insert_new


@dataclass(frozen=True, slots=True)
class GroupShare:
    """What a combination gets: a rendering and the history that its readers have afterwards, or the reason for nothing."""

    combination: Combination
    rendering_id: int | None
    next_history_id: int | None
    reason: str = ""


def save(session: Session, wave_id: int, shares: Iterable[GroupShare]) -> None:
    """Remember what each combination of a wave gets; what is there already stays."""
    rows = [
        {
            "wave_id": wave_id,
            **asdict(one.combination),
            "rendering_id": one.rendering_id,
            "next_history_id": one.next_history_id,
            "reason": one.reason,
        }
        for one in shares
    ]
    if rows:
        insert_new(session, ReaderGroup, rows)


def of(session: Session, wave_id: int) -> list[ReaderGroup]:
    """Return a wave's groups."""
    return list(
        session.exec(select(ReaderGroup).where(col(ReaderGroup.wave_id) == wave_id).order_by(col(ReaderGroup.id)))
    )


def repoint(session: Session, edition_id: int, old: int, new: int | None, reason: str = "") -> None:
    """Give the groups of an edition another rendering, or none for a reason."""
    waves = select(Wave.id).where(col(Wave.edition_id) == edition_id)
    session.execute(
        update(ReaderGroup)
        .where(col(ReaderGroup.wave_id).in_(waves), col(ReaderGroup.rendering_id) == old)
        .values(rendering_id=new, reason=reason)
    )


def drop(session: Session, edition_id: int) -> None:
    """Forget an edition's groups."""
    waves = select(Wave.id).where(col(Wave.edition_id) == edition_id)
    session.execute(delete(ReaderGroup).where(col(ReaderGroup.wave_id).in_(waves)))
