"""An edition's picks: the articles it prints, each once, with a snapshot of how they were printed; and what it left out."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import delete, insert
from sqlmodel import Session, col, select

from digest.models import Article, LeftOut, Pick, RenderingPick
from digest.values import Candidate, Choice, Placed


def save_draft(session: Session, edition_id: int, choice: Choice, articles: Mapping[int, Candidate]) -> None:
    """Keep a draft's picks and what it left out, in place of an earlier draft's; what a wave printed stays."""
    drop_drafted(session, edition_id)
    add_picks(session, edition_id, choice.placed, articles)
    session.execute(delete(LeftOut).where(col(LeftOut.edition_id) == edition_id))
    left = [
        {"edition_id": edition_id, "article_id": one.article_id, "reason": one.reason, "detail": one.detail}
        for one in choice.left_out
    ]
    if left:
        session.execute(insert(LeftOut), left)


def drop_drafted(session: Session, edition_id: int) -> None:
    """Forget the picks of an edition that no rendering prints: those that were only drafted."""
    printed = select(RenderingPick.pick_id).join(Pick, col(Pick.id) == col(RenderingPick.pick_id))
    mine = printed.where(col(Pick.edition_id) == edition_id)
    session.execute(delete(Pick).where(col(Pick.edition_id) == edition_id, col(Pick.id).not_in(mine)))


def revision(session: Session, edition_id: int) -> str:
    """Return a short hash of an edition's picks as editors see them: which articles, where, and how they are told."""
    rows = [
        (one.article_id, one.section_id, one.position, one.kind, one.snapshot["title"], one.snapshot["summary"])
        for one in picks(session, edition_id)
    ]
    return hashlib.sha256(json.dumps(rows).encode()).hexdigest()[:16]


def printed(session: Session, edition_id: int) -> frozenset[int]:
    """Return the articles that some rendering of an edition prints."""
    statement = (
        select(Pick.article_id)
        .join(RenderingPick, col(RenderingPick.pick_id) == col(Pick.id))
        .where(col(Pick.edition_id) == edition_id)
        .distinct()
    )
    return frozenset(session.exec(statement))


def add_picks(
    session: Session, edition_id: int, placed: Iterable[Placed], articles: Mapping[int, Candidate]
) -> dict[int, int]:
    """Keep these places as picks beside those that the edition has; return all pick ids by article."""
    known = ids(session, edition_id)
    fresh: dict[int, Placed] = {}
    for one in placed:
        if one.article_id not in known:
            fresh.setdefault(one.article_id, one)
    if fresh:
        session.execute(insert(Pick), [_row(edition_id, one, articles[one.article_id]) for one in fresh.values()])
    return ids(session, edition_id)


def ids(session: Session, edition_id: int) -> dict[int, int]:
    """Return an edition's pick ids by article."""
    rows = session.exec(select(Pick.article_id, Pick.id).where(col(Pick.edition_id) == edition_id))
    return {article_id: id_ for article_id, id_ in rows if id_ is not None}


def picks(session: Session, edition_id: int) -> list[Pick]:
    """Return an edition's picks in the order of printing."""
    return list(session.exec(select(Pick).where(col(Pick.edition_id) == edition_id).order_by(col(Pick.id))))


def left_out(session: Session, edition_id: int) -> list[tuple[LeftOut, Article]]:
    """Return what an edition left out, newest first."""
    statement = (
        select(LeftOut, Article)
        .join(Article, col(Article.id) == col(LeftOut.article_id))
        .where(col(LeftOut.edition_id) == edition_id)
        .order_by(col(Article.published_at).desc(), col(Article.id).desc())
    )
    return list(session.exec(statement))


def _row(edition_id: int, place: Placed, one: Candidate) -> dict[str, Any]:
    return {
        "edition_id": edition_id,
        "article_id": place.article_id,
        "section_id": place.section_id,
        "position": place.position,
        "kind": place.kind,
        "snapshot": {**_snapshot(one), "also_in": list(place.also_in)},
    }


def _snapshot(one: Candidate) -> dict[str, Any]:
    """Return an article as it is printed, for keeping: later changes to the article do not alter it."""
    return {
        "title": one.title,
        "url": one.url,
        "summary": one.summary,
        "image": {"url": one.image.url, "alt": one.image.alt} if one.image else None,
        "authors": list(one.authors),
        "minutes": one.minutes,
        "views": one.views,
        "published_at": one.published_at.isoformat(),
        "language": one.language,
        "direction": one.direction,
    }
