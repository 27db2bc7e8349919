"""Pictures of articles that nobody has looked at: which they are, and what looking at them came to."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import update
from sqlmodel import Session, col, select

from digest.models import Article

_OLDEST = timedelta(days=30)  # publication: what is older is printed by hand alone


@dataclass(frozen=True, slots=True)
class Unseen:
    """An article's picture that is still to be looked at, as its row describes it: url, alt, width, height, and perhaps tries."""

    article_id: int
    source_id: str
    image: Mapping[str, Any]


def unseen(session: Session, since: datetime, most: int) -> list[Unseen]:
    """Return the newest pictures, of articles first seen since an instant that may be mailed."""
    statement = (
        select(Article)
        .where(
            col(Article.published_at) > since - _OLDEST,
            col(Article.first_seen_at) >= since,
            ~col(Article.baseline),
            col(Article.withdrawn_at).is_(None),
            col(Article.image)["url"].as_string().is_not(None),
            col(Article.image)["seen"].as_string().is_(None),
        )
        .order_by(col(Article.id).desc())
        .limit(most)
    )
    return [Unseen(row.id or 0, row.source_id, row.image) for row in session.exec(statement)]


def save(session: Session, article_id: int, url: str, image: Mapping[str, Any]) -> None:
    """Keep what a picture came to, none where the mapping is empty, unless the article has another by now."""
    same = (col(Article.id) == article_id, col(Article.image)["url"].as_string() == url)
    session.execute(update(Article).where(*same).values(image=dict(image)))
