"""Signed pushes: each is taken once, and what a source pushed before is found by its own ids."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete
from sqlmodel import Session, col

from digest.models import Article, PushSeen
from digest.store import articles, sources
from digest.store.articles import Alias
from digest.store.rows import insert_new

_BELIEVED = timedelta(minutes=10)  # five before our clock to five after it


@dataclass(frozen=True, slots=True)
class Pushed:
    """An article that a source knows by an id of its own, and the categories that it put it in."""

    article: Article
    categories: frozenset[str]


def begin(session: Session, source_id: str, signature: str, now: datetime) -> bool:
    """Hold the source and remember a push; False when it was taken before. Those too old to be believed again are forgotten.

    Who takes articles waits for the others first and for the source then, as in a poll, so that neither waits for the other.
    """
    articles.one_at_a_time(session)
    sources.row(session, source_id)
    forget(session, now)
    return insert_new(session, PushSeen, {"source_id": source_id, "signature": signature, "at": now}) == 1


def forget(session: Session, now: datetime) -> None:
    """Drop what was remembered of pushes too old to be believed again."""
    session.execute(delete(PushSeen).where(col(PushSeen.at) < now - _BELIEVED))


def known(session: Session, source_id: str, external_ids: Collection[str]) -> dict[str, Pushed]:
    """Return what is kept of a source's articles, by its ids."""
    ids = articles.known(session, [Alias(source_id, "id", one) for one in external_ids])
    rows = articles.by_ids(session, set(ids.values()))
    categories = articles.categories_of(session, source_id, rows)
    return {
        alias.value: Pushed(rows[id_], frozenset(categories.get(id_, ()))) for alias, id_ in ids.items() if id_ in rows
    }
