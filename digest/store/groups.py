"""Groups of readers: which rendering each combination of a wave's readers gets, or why it gets none."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass

from sqlalchemy import delete, update
from sqlmodel import Session, col, select

from digest.models import ReaderGroup, Wave
from digest.store import histories
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


def renderings(session: Session, edition_id: int) -> set[int]:
    """Return the renderings that an edition's groups get as things stand: one that was replaced is none of them."""
    waves = select(Wave.id).where(col(Wave.edition_id) == edition_id)
    statement = select(ReaderGroup.rendering_id).where(col(ReaderGroup.wave_id).in_(waves)).distinct()
    return {id_ for id_ in session.exec(statement) if id_ is not None}


def repoint(session: Session, edition_id: int, old: int, new: int | None, reason: str = "") -> None:
    """Give the groups of an edition another rendering, which is what their readers will have had then; or none for a reason."""
    waves = select(Wave.id).where(col(Wave.edition_id) == edition_id)
    mine = col(ReaderGroup.wave_id).in_(waves), col(ReaderGroup.rendering_id) == old
    before = {id_ for id_ in session.exec(select(ReaderGroup.next_history_id).where(*mine).distinct()) if id_}
    after = {id_: had - {old} | {new} for id_, had in histories.renderings(session, before).items()} if new else {}
    known = histories.ids(session, set(after.values()))
    for id_ in before:
        session.execute(
            update(ReaderGroup)
            .where(*mine, col(ReaderGroup.next_history_id) == id_)
            .values(rendering_id=new, next_history_id=known[after[id_]] if new else None, reason=reason)
        )


def close(session: Session, wave_id: int, reason: str) -> None:
    """Give all groups of a wave nothing, for a reason."""
    session.execute(
        update(ReaderGroup)
        .where(col(ReaderGroup.wave_id) == wave_id)
        .values(rendering_id=None, next_history_id=None, reason=reason)
    )


def drop(session: Session, edition_id: int) -> None:
    """Forget an edition's groups."""
    waves = select(Wave.id).where(col(Wave.edition_id) == edition_id)
    session.execute(delete(ReaderGroup).where(col(ReaderGroup.wave_id).in_(waves)))
