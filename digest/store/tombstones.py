"""Old articles → tombstones: what no edition printed is dropped, its names stay, so that who brings it again brings nothing new."""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

from sqlalchemy import delete
from sqlmodel import Session, col, exists, select

from digest.models import Article, ArticleAlias, ArticleSketch, ArticleText, Pick, Tombstone
from digest.store.articles import Alias
from digest.store.rows import CHUNK, insert_new

WORDS_KEPT = timedelta(days=30)  # texts and sketches
_KEPT = timedelta(days=400)
_REFRESHED = timedelta(days=30)  # a name that is still seen stays, without a write at each fetch
MOST = 5_000  # articles in one transaction: others wait for it
_SHARED = "shared "  # before the kind of a name that several articles shared


def purge(session: Session, before: datetime, now: datetime) -> int:
    """Drop up to 5,000 articles older than `before` that no edition printed; return how many. Old words and tombstones go too."""
    ids = session.exec(
        select(Article.id)
        .where(
            col(Article.published_at) < before,
            col(Article.first_seen_at) < before,
            col(Article.eligible_at) < before,
            ~exists().where(col(Pick.article_id) == col(Article.id)),
        )
        .order_by(col(Article.id))
        .limit(MOST)
    ).all()
    for start in range(0, len(ids), CHUNK):
        _bury(session, [id_ for id_ in ids[start : start + CHUNK] if id_ is not None], now)
    old = select(Article.id).where(
        col(Article.first_seen_at) < now - WORDS_KEPT, col(Article.published_at) < now - WORDS_KEPT
    )
    for table in (ArticleText, ArticleSketch):
        session.execute(delete(table).where(col(table.article_id).in_(old)))
    session.execute(delete(Tombstone).where(col(Tombstone.at) < now - _KEPT))
    return len(ids)


def buried(session: Session, aliases: Collection[Alias]) -> dict[Alias, Tombstone]:
    """Return the tombstones of those names that have one."""
    found: dict[Alias, Tombstone] = {}
    by_kind: dict[tuple[str, str], list[str]] = {}
    for alias in aliases:
        by_kind.setdefault((alias.source_id, alias.kind), []).append(alias.value)
    for (source_id, kind), values in by_kind.items():
        for start in range(0, len(values), CHUNK):
            rows = session.exec(
                select(Tombstone).where(
                    col(Tombstone.source_id) == source_id,
                    col(Tombstone.kind) == kind,
                    col(Tombstone.value).in_(values[start : start + CHUNK]),
                )
            )
            found.update({Alias(row.source_id, row.kind, row.value): row for row in rows})
    return found


def bury(session: Session, found: Iterable[tuple[Tombstone, Iterable[Alias]]], now: datetime) -> None:
    """Give purged articles the names by which they were seen again, and keep what is still seen from being forgotten."""
    rows = []
    for like, aliases in found:
        rows += [
            {**alias._asdict(), "title": like.title, "published_at": like.published_at, "at": now} for alias in aliases
        ]
        if like.at < now - _REFRESHED:
            like.at = now
            session.add(like)
    if rows:
        insert_new(session, Tombstone, rows)


def bury_names(session: Session, article: Article, names: Collection[Alias], now: datetime) -> None:
    """Take names from an article that lives on under others; who brings them again brings nothing new."""
    like = Tombstone(source_id="", kind="", value="", title=article.title, published_at=article.published_at, at=now)
    bury(session, [(like, names)], now)
    for alias in names:
        session.execute(
            delete(ArticleAlias).where(
                col(ArticleAlias.source_id) == alias.source_id,
                col(ArticleAlias.kind) == alias.kind,
                col(ArticleAlias.value) == alias.value,
            )
        )


def dig_up(session: Session, aliases: Iterable[Alias]) -> None:
    """Forget tombstones: their names are used again, for other articles."""
    for alias in aliases:
        session.execute(
            delete(Tombstone).where(
                col(Tombstone.source_id) == alias.source_id,
                col(Tombstone.kind) == alias.kind,
                col(Tombstone.value) == alias.value,
            )
        )


def shared(session: Session, source_id: str, aliases: Collection[Alias]) -> set[Alias]:
    """Return those names that several articles of one answer of this source once had in common: they name none of them."""
    marks = {Alias(source_id, _SHARED + alias.kind, alias.value): alias for alias in aliases}
    return {marks[mark] for mark in buried(session, marks)}


def share(session: Session, source_id: str, aliases: Iterable[Alias], now: datetime) -> None:
    """Remember that these names name no single article of this source."""
    rows = [
        {"source_id": source_id, "kind": _SHARED + alias.kind, "value": alias.value, "title": "", "published_at": now}
        | {"at": now}
        for alias in aliases
    ]
    if rows:
        insert_new(session, Tombstone, rows)


def _bury(session: Session, ids: Collection[int], now: datetime) -> None:
    statement = (
        select(ArticleAlias, Article.title, Article.published_at)
        .join(Article, col(Article.id) == col(ArticleAlias.article_id))
        .where(col(ArticleAlias.article_id).in_(ids))
    )
    rows = [
        {"source_id": alias.source_id, "kind": alias.kind, "value": alias.value}
        | {"title": title, "published_at": published_at, "at": now}
        for alias, title, published_at in session.exec(statement)
    ]
    if rows:
        insert_new(session, Tombstone, rows)
    session.execute(delete(Article).where(col(Article.id).in_(ids)))
