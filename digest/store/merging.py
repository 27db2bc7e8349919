"""Two articles that turn out to be one → the older: names, picks, readers' history and all that belongs to the newer become its own."""

from typing import Any

import sqlalchemy
from sqlalchemy import delete, update
from sqlmodel import Session, SQLModel, col, or_, select

from digest.models import (
    Article,
    ArticleAlias,
    ArticleCategory,
    ArticleSketch,
    ArticleText,
    Block,
    Click,
    Edition,
    LeftOut,
    NearDuplicate,
    Pick,
    Pin,
    RenderingPick,
)
from digest.store import articles
from digest.store.rows import insert_new
from digest.values import EditionState
from digest.values.states import DateQuality, Verdict

_STILL_RENDERED = (EditionState.FROZEN, EditionState.SENDING)
_OURS = (DateQuality.MISSING, DateQuality.IMPLAUSIBLE)
_STRONGER = (Verdict.SUGGESTED, Verdict.REFUSED, Verdict.CONFIRMED)


def merge(session: Session, older: int, newer: int) -> None:
    """Make one article of two and drop the newer's row.

    No reader is given the story again: whoever had the one had the other. An edition that printed both keeps one pick of it.
    """
    session.flush()
    session.execute(update(ArticleAlias).where(col(ArticleAlias.article_id) == newer).values(article_id=older))
    articles.name(session, [(articles.former(newer), older)])
    _picks(session, older, newer)
    _pairs(session, older, newer)
    _clicks(session, older, newer)
    for table in (ArticleCategory, ArticleText, ArticleSketch, LeftOut, Pin):
        _hand_over(session, table, older, newer)
    printed = select(Pick.edition_id).where(col(Pick.article_id) == older)
    session.execute(delete(LeftOut).where(col(LeftOut.article_id) == older, col(LeftOut.edition_id).in_(printed)))
    _combine(session.get_one(Article, older), session.get_one(Article, newer))
    session.flush()
    session.execute(delete(Article).where(col(Article.id) == newer))


def _hand_over(session: Session, table: type[SQLModel], older: int, newer: int) -> None:
    """Give the older article the newer's rows, but for those of which it has the like; the rest goes with the newer."""
    columns = table.metadata.tables[str(table.__tablename__)].columns
    rows = session.execute(sqlalchemy.select(*columns).where(columns.article_id == newer)).mappings()
    mine = [{**row, "article_id": older} for row in rows]
    if mine:
        insert_new(session, table, mine)


def _picks(session: Session, older: int, newer: int) -> None:
    mine = dict(session.exec(select(Pick.edition_id, Pick.id).where(col(Pick.article_id) == older)).all())
    for edition_id, pick_id in session.exec(
        select(Pick.edition_id, Pick.id).where(col(Pick.article_id) == newer)
    ).all():
        kept = mine.get(edition_id)
        if kept is None:
            session.execute(update(Pick).where(col(Pick.id) == pick_id).values(article_id=older))
            _copy_blocks(session, edition_id, older, newer)
        else:
            _one_pick_of_two(session, kept, pick_id)


def _one_pick_of_two(session: Session, kept: int | None, other: int | None) -> None:
    """Let the renderings that print only the other pick print the kept one: what their readers had is the story."""
    with_kept = select(RenderingPick.rendering_id).where(col(RenderingPick.pick_id) == kept)
    session.execute(
        update(RenderingPick)
        .where(col(RenderingPick.pick_id) == other, col(RenderingPick.rendering_id).not_in(with_kept))
        .values(pick_id=kept)
        .execution_options(synchronize_session=False)
    )
    session.execute(delete(Pick).where(col(Pick.id) == other))


def _copy_blocks(session: Session, edition_id: int, older: int, newer: int) -> None:
    """Keep the newer's frozen blocks under the older's name too: a reader who joins late is served from them by the picks.

    `digest.render.names.article` gives the blocks their names.
    """
    if session.get_one(Edition, edition_id).state not in _STILL_RENDERED:
        return
    prefix = f"a{newer}-"
    blocks = session.exec(select(Block).where(col(Block.edition_id) == edition_id, col(Block.name).startswith(prefix)))
    copies = [{**one.model_dump(), "name": f"a{older}-{one.name.removeprefix(prefix)}"} for one in blocks]
    if copies:
        insert_new(session, Block, copies)


def _pairs(session: Session, older: int, newer: int) -> None:
    """Re-point what was found alike; of two findings on one pair the editors' answer stands."""
    both = or_(col(NearDuplicate.article_id) == newer, col(NearDuplicate.other_id) == newer)
    for pair in session.exec(select(NearDuplicate).where(both)).all():
        session.delete(pair)
        session.flush()
        other = pair.other_id if pair.article_id == newer else pair.article_id
        if other == older:
            continue
        first, second = sorted((older, other))
        known = session.get(NearDuplicate, (first, second))
        if known is None:
            values = pair.model_dump() | {"article_id": first, "other_id": second}
            session.add(NearDuplicate(**values))
        elif _STRONGER.index(Verdict(pair.state)) > _STRONGER.index(Verdict(known.state)):
            known.state, known.at = pair.state, pair.at
    session.flush()


def _clicks(session: Session, older: int, newer: int) -> None:
    for click in session.exec(select(Click).where(col(Click.article_id) == newer)).all():
        known = session.get(Click, (older, click.day))
        if known is None:
            session.add(Click(article_id=older, day=click.day, count=click.count))
        else:
            known.count += click.count


def _combine(older: Article, newer: Article) -> None:
    """Combine what both rows say. The older speaks for the story and says whether it is news; what an editor did to either holds.

    Where it was withdrawn the story stands at the newer alone. An embargo ends with the earlier time that one of them claims.
    """
    older.first_seen_at = min(older.first_seen_at, newer.first_seen_at)
    if newer.published_at < older.published_at and newer.date_quality not in _OURS:
        older.published_at, older.date_quality = newer.published_at, newer.date_quality
        older.eligible_at = min(older.eligible_at, newer.eligible_at)
    if older.withdrawn_at is not None and newer.withdrawn_at is None:
        older.source_id, older.url = newer.source_id, newer.url
    older.hidden = older.hidden or newer.hidden
    older.withdrawn_at = None if newer.withdrawn_at is None else older.withdrawn_at
    if not older.correction:
        older.correction, older.corrected_at = newer.correction, newer.corrected_at
    older.revision = max(older.revision, newer.revision)
    older.views = _most(older.views, newer.views)
    for field in ("minutes", "summary", "image", "language", "translation_group", "lead_category"):
        setattr(older, field, getattr(older, field) or getattr(newer, field))


def _most(one: int | None, other: int | None) -> int | None:
    known: list[Any] = [count for count in (one, other) if count is not None]
    return max(known, default=None)
