"""Groups of readers: which rendering each group of an edition gets, or why it gets none."""

from sqlmodel import Session, col, select

from digest.models import ReaderGroup


def save(session: Session, edition_id: int, key: str, rendering_id: int | None, reason: str = "") -> None:
    """Remember what a group gets."""
    session.merge(ReaderGroup(edition_id=edition_id, key=key, rendering_id=rendering_id, reason=reason))


def load(session: Session, edition_id: int) -> dict[str, ReaderGroup]:
    """Return the groups of an edition by their keys."""
    return {
        group.key: group for group in session.exec(select(ReaderGroup).where(col(ReaderGroup.edition_id) == edition_id))
    }
