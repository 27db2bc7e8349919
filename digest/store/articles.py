"""Articles with their aliases and categories: looked up by any name a source knows them by, written many at a time."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import delete, update
from sqlmodel import Session, col, or_, select

from digest.models import Article, ArticleAlias, ArticleCategory, LeftOut, Pick
from digest.store.rows import CHUNK, insert_new

URL = "url"


class Alias(NamedTuple):
    """One name of an article; a url is the same name for every source."""

    source_id: str
    kind: str
    value: str


@dataclass(frozen=True, slots=True)
class StoredArticle:
    """An article's row, the categories it is in, and the sources that have it."""

    article: Article
    categories: tuple[tuple[str, str], ...]
    sources: tuple[str, ...]


def known(session: Session, aliases: Collection[Alias]) -> dict[Alias, int]:
    """Return the article ids of those names that are known."""
    found: dict[Alias, int] = {}
    by_kind: dict[tuple[str, str], list[str]] = {}
    for alias in aliases:
        by_kind.setdefault((alias.source_id, alias.kind), []).append(alias.value)
    for (source_id, kind), values in by_kind.items():
        for start in range(0, len(values), CHUNK):
            statement = select(ArticleAlias.value, ArticleAlias.article_id).where(
                col(ArticleAlias.source_id) == source_id,
                col(ArticleAlias.kind) == kind,
                col(ArticleAlias.value).in_(values[start : start + CHUNK]),
            )
            found.update({Alias(source_id, kind, value): id_ for value, id_ in session.exec(statement)})
    return found


def by_ids(session: Session, ids: Collection[int]) -> dict[int, Article]:
    """Return articles by their ids."""
    ordered = sorted(ids)
    found: dict[int, Article] = {}
    for start in range(0, len(ordered), CHUNK):
        rows = session.exec(select(Article).where(col(Article.id).in_(ordered[start : start + CHUNK])))
        found.update({row.id: row for row in rows if row.id is not None})
    return found


def add(session: Session, rows: Sequence[Article]) -> list[int]:
    """Write new articles; return their ids in the same order."""
    session.add_all(rows)
    session.flush()
    return [row.id for row in rows if row.id is not None]


def change(session: Session, article_id: int, values: Mapping[str, Any]) -> None:
    """Change some columns of an article."""
    session.execute(update(Article).where(col(Article.id) == article_id).values(**values))


def name(session: Session, aliases: Iterable[tuple[Alias, int]]) -> None:
    """Remember names; a name that belongs to an article already stays with it."""
    rows = [{**alias._asdict(), "article_id": article_id} for alias, article_id in aliases]
    if rows:
        insert_new(session, ArticleAlias, rows)


def put_into(session: Session, source_id: str, categories: Iterable[tuple[int, str]]) -> None:
    """Put articles into a source's categories, beside those they are in."""
    rows = [
        {"article_id": article_id, "source_id": source_id, "category": category} for article_id, category in categories
    ]
    if rows:
        insert_new(session, ArticleCategory, rows)


def take_out(session: Session, source_id: str, article_ids: Sequence[int]) -> None:
    """Take articles out of all categories of a source: it says anew where they are."""
    for start in range(0, len(article_ids), CHUNK):
        session.execute(
            delete(ArticleCategory).where(
                col(ArticleCategory.source_id) == source_id,
                col(ArticleCategory.article_id).in_(article_ids[start : start + CHUNK]),
            )
        )


def merge(session: Session, older: int, newer: int) -> None:
    """Make one article of two: names, categories and picks of the newer become the older's, where it has none of the like."""
    session.execute(update(ArticleAlias).where(col(ArticleAlias.article_id) == newer).values(article_id=older))
    mine = set(session.exec(select(Pick.edition_id).where(col(Pick.article_id) == older)))
    session.execute(
        update(Pick).where(col(Pick.article_id) == newer, col(Pick.edition_id).not_in(mine)).values(article_id=older)
    )
    categories = session.exec(select(ArticleCategory).where(col(ArticleCategory.article_id) == newer)).all()
    for source_id in {row.source_id for row in categories}:
        put_into(session, source_id, [(older, row.category) for row in categories if row.source_id == source_id])
    session.execute(delete(LeftOut).where(col(LeftOut.article_id) == newer))
    still_printed = session.exec(select(Pick.id).where(col(Pick.article_id) == newer).limit(1)).one_or_none()
    if still_printed is None:
        session.execute(delete(ArticleCategory).where(col(ArticleCategory.article_id) == newer))
        session.execute(delete(Article).where(col(Article.id) == newer))
    else:
        change(session, newer, {"hidden": True})


def recent(session: Session, since: datetime) -> list[StoredArticle]:
    """Return all articles that were published, or became eligible, at `since` or later."""
    span = or_(col(Article.published_at) >= since, col(Article.eligible_at) >= since)
    rows = session.exec(select(Article).where(span).order_by(col(Article.id))).all()
    categories: dict[int, list[tuple[str, str]]] = {}
    in_span = select(Article.id).where(span)
    for row in session.exec(select(ArticleCategory).where(col(ArticleCategory.article_id).in_(in_span))):
        categories.setdefault(row.article_id, []).append((row.source_id, row.category))
    sources: dict[int, set[str]] = {}
    statement = select(ArticleAlias.article_id, ArticleAlias.source_id).where(
        col(ArticleAlias.kind) != URL, col(ArticleAlias.article_id).in_(in_span)
    )
    for article_id, source_id in session.exec(statement.distinct()):
        sources.setdefault(article_id, set()).add(source_id)
    return [
        StoredArticle(
            row,
            tuple(sorted(categories.get(row.id or 0, ()))),
            tuple(sorted({row.source_id, *sources.get(row.id or 0, ())})),
        )
        for row in rows
    ]
