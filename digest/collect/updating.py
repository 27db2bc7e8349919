"""Known stories → their rows brought up to date; a change is a revision and never news."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from digest.collect.adding import keep_words, wording
from digest.collect.clocks import moves_earlier
from digest.collect.identity import Story, speaker
from digest.collect.rows import changes, is_stale, speaks
from digest.config import SourceTable
from digest.models import Article
from digest.sources import urls
from digest.store import articles, tombstones
from digest.store.articles import Alias
from digest.store.base import Session
from digest.values import FetchedArticle
from digest.values.states import DateQuality


def update(session: Session, source: SourceTable, known: Sequence[Story], now: datetime) -> tuple[list[Story], int]:
    """Bring known articles up to date. Return the stories that are no older than what we have, and how many readers see changed."""
    rows = articles.by_ids(session, {story.id for story in known if story.id is not None})
    said = {story.id: speaker(story, _key(story, rows)) for story in known if story.id is not None}
    current = {id_: one for id_, one in said.items() if not is_stale(rows[id_], one, source)}
    earlier = _earlier(session, source, rows, current, now)
    revised = {}
    for id_, one in current.items():
        values: dict[str, Any] = {**changes(rows[id_], one, source, now), **earlier.get(id_, {})}
        for name, value in values.items():
            setattr(rows[id_], name, value)
        if "revision" in values:
            revised[id_] = (one, wording(id_, rows[id_], one))
    keep_words(session, revised)
    return [story for story in known if story.id in current], len(revised)


def withdraw(session: Session, source: SourceTable, gone: Sequence[str], now: datetime) -> int:
    """Withdraw articles by the source's ids; return how many.

    One that the source has under another id too stays, and so does one that another source speaks for. The word of the source that
    speaks for an article holds whoever else has it; `rows.changes` says what brings it back.
    """
    names = {Alias(source.id, "id", one) for one in gone}
    known = articles.known(session, names)
    ids = set(known.values())
    rows = articles.by_ids(session, ids)
    left = {id_: found - set(gone) for id_, found in articles.names(session, ids, source.id, "id").items()}
    withdrawn = 0
    for id_, row in rows.items():
        if left.get(id_):
            mine = [alias for alias, owner in known.items() if owner == id_]
            tombstones.bury_names(session, row, mine, now)
        elif row.source_id != source.id:
            tombstones.bury_names(session, row, articles.names_by(session, id_, source.id), now)
        elif row.withdrawn_at is None:
            row.withdrawn_at = now
            withdrawn += 1
    return withdrawn


def _earlier(
    session: Session,
    source: SourceTable,
    rows: Mapping[int, Article],
    said: Mapping[int, FetchedArticle],
    now: datetime,
) -> dict[int, dict[str, Any]]:
    """Return the earlier times that this source claims of its articles now, if no edition has printed them."""
    moved = {
        id_: claim
        for id_, one in said.items()
        if speaks(rows[id_], source) and (claim := moves_earlier(rows[id_], one, source, now)) is not None
    }
    printed = articles.printed(session, moved.keys()) if moved else set()
    return {
        id_: {"published_at": claim, "date_quality": DateQuality.CORRECTED}
        for id_, claim in moved.items()
        if id_ not in printed
    }


def _key(story: Story, rows: Mapping[int, Article]) -> str:
    """Return the address that we know a story's article at, where its items need to be told apart."""
    return urls.key(rows[story.id].url) if story.id is not None and len(story.items) > 1 else ""
