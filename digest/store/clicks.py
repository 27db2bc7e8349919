"""How often articles are opened from mails: one number for each article and day, and nobody's name."""

from datetime import date

from sqlalchemy import func, update
from sqlmodel import Session, col, select

from digest.models import Article, Click
from digest.store import articles
from digest.store.rows import insert_new


def target(session: Session, article_id: int) -> tuple[int, str] | None:
    """Return the article that a link of ours leads to, or what it was merged into, and its address; None for one that is gone."""
    name = articles.former(article_id)
    id_ = articles.known(session, [name]).get(name, article_id)
    url = session.exec(select(Article.url).where(col(Article.id) == id_)).one_or_none()
    return None if url is None else (id_, url)


def count(session: Session, article_id: int, day: date) -> None:
    """Count one, on a UTC day."""
    if insert_new(session, Click, {"article_id": article_id, "day": day, "count": 1}) != 1:
        this = (col(Click.article_id) == article_id, col(Click.day) == day)
        session.execute(update(Click).where(*this).values(count=col(Click.count) + 1))


def counts(session: Session, since: date) -> dict[int, int]:
    """Return how often each article was opened from that day on."""
    found = select(Click.article_id, func.sum(col(Click.count))).where(col(Click.day) >= since)
    return {id_: int(total) for id_, total in session.exec(found.group_by(col(Click.article_id)))}
