"""Articles with their aliases and categories: looked up by any name a source knows them by, written many at a time."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import delete, func, update
from sqlmodel import Session, col, or_, select

from digest.models import Article, ArticleAlias, ArticleCategory, Edition, Pick, Tombstone
from digest.store.rows import CHUNK, insert_new

URL = "url"
_FORMER = "former"
_OWN = ("id", "guid")  # names that a source makes up itself: another site may have the same for other stories
_DOUBTED = "doubted "  # before the kind of such a name
_TAKING = 0x617274  # any number that nothing else locks


class Alias(NamedTuple):
    """One name of an article; a url is the same name for every source, as is a number that it had before it was merged."""

    source_id: str
    kind: str
    value: str


@dataclass(frozen=True, slots=True)
class StoredArticle:
    """An article's row, the categories it is in, and the sources that have it."""

    article: Article
    categories: tuple[tuple[str, str], ...]
    sources: tuple[str, ...]


def former(article_id: int) -> Alias:
    """Return the name that keeps the number of an article which became part of another: links in mails hold it."""
    return Alias("", _FORMER, str(article_id))


def doubted(alias: Alias) -> Alias | None:
    """Return what a name that a source made up is called once it is doubted; None for names of other kinds."""
    return alias._replace(kind=_DOUBTED + alias.kind) if alias.kind in _OWN else None


def doubt(session: Session, source_id: str) -> None:
    """Doubt all names that a source made up so far: it is another site now. None of them names its article by itself any more."""
    for kind in _OWN:
        mine = (col(ArticleAlias.source_id) == source_id) & (col(ArticleAlias.kind) == kind)
        before = (col(ArticleAlias.source_id) == source_id) & (col(ArticleAlias.kind) == _DOUBTED + kind)
        again = select(ArticleAlias.value).where(mine)
        session.execute(
            delete(ArticleAlias)
            .where(before, col(ArticleAlias.value).in_(again))
            .execution_options(synchronize_session=False)
        )
        session.execute(
            update(ArticleAlias).where(mine).values(kind=_DOUBTED + kind).execution_options(synchronize_session=False)
        )
    session.execute(delete(Tombstone).where(col(Tombstone.source_id) == source_id, col(Tombstone.kind).in_(_OWN)))


def one_at_a_time(session: Session) -> None:
    """Wait until no other transaction takes articles, so that two that bring the same one do not both find it new.

    PostgreSQL needs to be told; SQLite has one writer anyway.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(select(func.pg_advisory_xact_lock(_TAKING)))


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
        statement = select(Article).where(col(Article.id).in_(ordered[start : start + CHUNK]))
        rows = session.exec(statement.execution_options(populate_existing=True))  # a merge may have changed one
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


def rename(session: Session, aliases: Mapping[Alias, int]) -> None:
    """Give names to other articles than those that had them."""
    for alias, article_id in aliases.items():
        session.execute(
            update(ArticleAlias)
            .where(
                col(ArticleAlias.source_id) == alias.source_id,
                col(ArticleAlias.kind) == alias.kind,
                col(ArticleAlias.value) == alias.value,
            )
            .values(article_id=article_id)
        )


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


def sources_of(session: Session, ids: Collection[int]) -> dict[int, set[str]]:
    """Return the sources that have each article: those that know it by a name of their own."""
    ordered = sorted(ids)
    found: dict[int, set[str]] = {}
    for start in range(0, len(ordered), CHUNK):
        statement = select(ArticleAlias.article_id, ArticleAlias.source_id).where(
            col(ArticleAlias.source_id) != "", col(ArticleAlias.article_id).in_(ordered[start : start + CHUNK])
        )
        for article_id, source_id in session.exec(statement.distinct()):
            found.setdefault(article_id, set()).add(source_id)
    return found


def names(session: Session, ids: Collection[int], source_id: str, kind: str) -> dict[int, set[str]]:
    """Return the names of one kind under which a source (or every source, where a name belongs to none) knows articles."""
    ordered = sorted(ids)
    found: dict[int, set[str]] = {}
    for start in range(0, len(ordered), CHUNK):
        statement = select(ArticleAlias.article_id, ArticleAlias.value).where(
            col(ArticleAlias.source_id) == source_id,
            col(ArticleAlias.kind) == kind,
            col(ArticleAlias.article_id).in_(ordered[start : start + CHUNK]),
        )
        for article_id, value in session.exec(statement):
            found.setdefault(article_id, set()).add(value)
    return found


def names_by(session: Session, article_id: int, source_id: str) -> list[Alias]:
    """Return the names that one source has for an article."""
    statement = select(ArticleAlias).where(
        col(ArticleAlias.article_id) == article_id, col(ArticleAlias.source_id) == source_id
    )
    return [Alias(row.source_id, row.kind, row.value) for row in session.exec(statement)]


def printed(session: Session, ids: Collection[int]) -> set[int]:
    """Return those articles that an edition prints for good: one that is frozen, or later."""
    ordered = sorted(ids)
    found: set[int] = set()
    for start in range(0, len(ordered), CHUNK):
        found.update(
            session.exec(
                select(Pick.article_id)
                .join(Edition, col(Edition.id) == col(Pick.edition_id))
                .where(col(Edition.frozen_at).is_not(None), col(Pick.article_id).in_(ordered[start : start + CHUNK]))
            )
        )
    return found


def categories_of(session: Session, source_id: str, ids: Collection[int]) -> dict[int, set[str]]:
    """Return the categories of a source that articles are in."""
    ordered = sorted(ids)
    found: dict[int, set[str]] = {}
    for start in range(0, len(ordered), CHUNK):
        statement = select(ArticleCategory.article_id, ArticleCategory.category).where(
            col(ArticleCategory.source_id) == source_id,
            col(ArticleCategory.article_id).in_(ordered[start : start + CHUNK]),
        )
        for article_id, category in session.exec(statement):
            found.setdefault(article_id, set()).add(category)
    return found


def newest(session: Session, source_id: str, limit: int) -> list[Article]:
    """Return the articles that a source gave last, by the time they were first seen."""
    statement = select(Article).where(col(Article.source_id) == source_id)
    return list(
        session.exec(
            statement.order_by(col(Article.first_seen_at).desc(), col(Article.published_at).desc()).limit(limit)
        )
    )


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
        col(ArticleAlias.source_id) != "", col(ArticleAlias.article_id).in_(in_span)
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
