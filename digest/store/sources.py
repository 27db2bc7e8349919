"""What is remembered of sources: validators and health, written in the transaction that takes their articles, and their categories."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import delete, insert
from sqlmodel import Session, col, select

from digest import models, values
from digest.store.rows import insert_new


def find(session: Session, source_id: str) -> models.SourceState | None:
    """Return a source's row, if it was ever fetched."""
    return session.get(models.SourceState, source_id)


def row(session: Session, source_id: str) -> models.SourceState:
    """Return a source's row, made now if it is new, held until the transaction ends: what is polled and what is pushed wait for another."""
    found = session.get(models.SourceState, source_id, with_for_update=True)
    if found is None:
        insert_new(session, models.SourceState, _new(source_id))
        found = session.get_one(models.SourceState, source_id, with_for_update=True)
    return found


def timed(session: Session, source_id: str, latency_ms: int) -> None:
    """Keep how long a source took to answer."""
    found = session.get(models.SourceState, source_id)
    if found is not None:
        found.latency_ms = latency_ms


def rows(session: Session) -> dict[str, models.SourceState]:
    """Return the rows of all sources that were ever fetched."""
    return {one.source_id: one for one in session.exec(select(models.SourceState))}


def save_categories(session: Session, source_id: str, found: Iterable[values.SourceCategory], *, whole: bool) -> None:
    """Keep a source's categories: all of them where it names all, else beside those it named before."""
    unique = {one.key: one for one in found}
    if not unique:
        return
    mine = col(models.SourceCategory.source_id) == source_id
    gone = mine if whole else mine & col(models.SourceCategory.key).in_(list(unique))
    session.execute(delete(models.SourceCategory).where(gone))
    fresh = [
        {"source_id": source_id, "key": one.key, "name": one.name, "slug": one.slug, "parent": one.parent}
        for one in unique.values()
    ]
    session.execute(insert(models.SourceCategory), fresh)


def categories(session: Session) -> list[tuple[str, values.SourceCategory]]:
    """Return every category with the source that has it."""
    return [
        (one.source_id, values.SourceCategory(one.key, one.name, one.slug, one.parent))
        for one in session.exec(select(models.SourceCategory))
    ]


def _new(source_id: str) -> dict[str, Any]:
    return {
        "source_id": source_id,
        "url": "",
        "etag": "",
        "last_modified": "",
        "failures": 0,
        "error": "",
        "counts": {},
        "memory": {},
        "notes": [],
        "configured_url": "",
        "unchanged_in_a_row": 0,
        "moved_url": "",
        "moving_to": "",
        "moving_count": 0,
        "gone_count": 0,
        "future_dated": False,
    }
