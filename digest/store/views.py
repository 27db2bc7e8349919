"""How often articles are read, as their sources count it: whose turn it is to be asked, and the latest counts."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import or_, update
from sqlmodel import Session, col

from digest.models import Article, SourceState
from digest.store import articles, sources
from digest.store.articles import URL, Alias


def claim(session: Session, source_id: str, before: datetime, now: datetime) -> bool:
    """Take it on oneself to ask a source for its counts, unless it was asked after `before`; False when it is not due."""
    sources.row(session, source_id)
    due = or_(col(SourceState.views_at).is_(None), col(SourceState.views_at) <= before)
    done = session.execute(
        update(SourceState)
        .where(col(SourceState.source_id) == source_id, due)
        .values(views_at=now)
        .returning(col(SourceState.source_id))
    )
    return done.one_or_none() is not None


def save(session: Session, counts: Mapping[str, int]) -> int:
    """Set the counts of those articles whose address is known (by `urls.key`); return how many they are."""
    ids = articles.known(session, [Alias("", URL, key) for key in counts])
    rows = [{"id": id_, "views": counts[alias.value]} for alias, id_ in ids.items()]
    if rows:
        session.execute(update(Article), rows)
    return len(rows)
