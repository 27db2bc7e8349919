"""What near-duplicates are found by (texts, sketches), and pairs of them with the editors' answers."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy
from sqlalchemy import delete, func, insert
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from digest.models import Article, ArticleSketch, ArticleText, NearDuplicate
from digest.store.rows import CHUNK, insert_new
from digest.values.states import Verdict

_MOST_SHOWN = 100
LARGEST_GROUP = 4  # more articles than these that are alike are a series, not one story


@dataclass(frozen=True, slots=True)
class Words:
    """What an article says, for comparing: `text` is empty where its source gave none."""

    id: int
    source_id: str
    title: str
    summary: str
    text: str
    language: str
    published_at: datetime


@dataclass(frozen=True, slots=True)
class Group:
    """Articles that tell one story; `confirmed` are those of which an editor said so."""

    ids: tuple[int, ...]
    confirmed: frozenset[int]


def keep(session: Session, texts: Mapping[int, str], sketches: Mapping[int, Collection[int]]) -> None:
    """Keep articles' texts and sketches in place of those that were kept before."""
    ids = sorted(sketches)
    for start in range(0, len(ids), CHUNK):
        chunk = ids[start : start + CHUNK]
        session.execute(delete(ArticleText).where(col(ArticleText.article_id).in_(chunk)))
        session.execute(delete(ArticleSketch).where(col(ArticleSketch.article_id).in_(chunk)))
    rows = [{"article_id": id_, "text": text} for id_, text in texts.items() if text]
    if rows:
        session.execute(insert(ArticleText), rows)
    values = [{"article_id": id_, "value": value} for id_, sketch in sketches.items() for value in sketch]
    if values:
        session.execute(insert(ArticleSketch), values)


def sharing(session: Session, values: Collection[int], since: datetime, until: datetime) -> dict[int, list[int]]:
    """Return value → ids of the articles published from `since` to `until` whose sketches have it."""
    ordered = sorted(values)
    found: dict[int, list[int]] = {}
    for start in range(0, len(ordered), CHUNK):
        statement = (
            select(ArticleSketch.value, ArticleSketch.article_id)
            .join(Article, col(Article.id) == col(ArticleSketch.article_id))
            .where(
                col(ArticleSketch.value).in_(ordered[start : start + CHUNK]),
                col(Article.published_at).between(since, until),
            )
        )
        for value, article_id in session.exec(statement):
            found.setdefault(value, []).append(article_id)
    return found


def words(session: Session, ids: Collection[int]) -> list[Words]:
    """Return what articles say."""
    ordered = sorted(ids)
    found: list[Words] = []
    for start in range(0, len(ordered), CHUNK):
        statement = (
            sqlalchemy.select(
                col(Article.id),
                col(Article.source_id),
                col(Article.title),
                col(Article.summary),
                func.coalesce(col(ArticleText.text), ""),
                col(Article.language),
                col(Article.published_at),
            )
            .outerjoin(ArticleText, col(ArticleText.article_id) == col(Article.id))
            .where(col(Article.id).in_(ordered[start : start + CHUNK]))
        )
        found += [Words(id_ or 0, *rest) for id_, *rest in session.execute(statement)]
    return found


def lengths(session: Session, ids: Collection[int]) -> dict[int, int]:
    """Return how long the texts of articles are, in characters; an article without one is missing."""
    statement = select(ArticleText.article_id, func.length(ArticleText.text)).where(
        col(ArticleText.article_id).in_(sorted(ids))
    )
    return dict(session.exec(statement).all())


def suggest(session: Session, pairs: Iterable[tuple[int, int, float]], now: datetime) -> None:
    """Ask the editors about pairs of articles with their likeness; a pair they were asked about before stays as it is."""
    rows = [
        {"article_id": min(one, other), "other_id": max(one, other), "likeness": likeness}
        | {"state": Verdict.SUGGESTED, "at": now}
        for one, other, likeness in pairs
        if one != other
    ]
    if rows:
        insert_new(session, NearDuplicate, rows)


def confirm(session: Session, one: int, other: int, now: datetime) -> bool:
    """Keep that an editor takes two articles for one story; False where nobody was asked about them."""
    return _answer(session, one, other, Verdict.CONFIRMED, now)


def refuse(session: Session, one: int, other: int, now: datetime) -> bool:
    """Keep that an editor takes two articles for two stories; False where nobody was asked about them."""
    return _answer(session, one, other, Verdict.REFUSED, now)


def standing(session: Session) -> list[tuple[NearDuplicate, Article, Article]]:
    """Return the newest 100 pairs that editors did not answer yet, the newest first, each with its two articles."""
    second = aliased(Article)
    statement = (
        select(NearDuplicate, Article, second)
        .join(Article, col(Article.id) == col(NearDuplicate.article_id))
        .join(second, col(second.id) == col(NearDuplicate.other_id))
        .where(col(NearDuplicate.state) == Verdict.SUGGESTED)
        .order_by(col(NearDuplicate.at).desc(), col(NearDuplicate.article_id).desc(), col(NearDuplicate.other_id))
        .limit(_MOST_SHOWN)
    )
    return list(session.exec(statement).all())


def groups(session: Session, ids: Collection[int]) -> list[Group]:
    """Return which of these articles tell one story, by the lowest id.

    What is only suggested joins no more than four articles: more that are alike are a series. What an editor confirmed stands.
    """
    wanted = set(ids)
    confirmed = _linked(session, wanted, Verdict.CONFIRMED)
    certain = {id_ for pair in confirmed for id_ in pair}
    sure = _joined(wanted, confirmed)
    found = []
    for group in _joined(wanted, [*confirmed, *_linked(session, wanted, Verdict.SUGGESTED)]):
        parts = [group] if len(group) <= LARGEST_GROUP else [one for one in sure if set(one) <= set(group)]
        found += [Group(part, frozenset(part) & certain) for part in parts]
    return found


def _linked(session: Session, wanted: set[int], state: Verdict) -> list[tuple[int, int]]:
    ordered = sorted(wanted)
    found: list[tuple[int, int]] = []
    for start in range(0, len(ordered), CHUNK):
        statement = select(NearDuplicate.article_id, NearDuplicate.other_id).where(
            col(NearDuplicate.state) == state, col(NearDuplicate.article_id).in_(ordered[start : start + CHUNK])
        )
        found += [(one, other) for one, other in session.exec(statement) if other in wanted]
    return found


def _joined(ids: Collection[int], pairs: Iterable[tuple[int, int]]) -> list[tuple[int, ...]]:
    """Return the sets of two or more that pairs make."""
    group = {id_: [id_] for id_ in ids}
    for one, other in pairs:
        if group[one] is not group[other]:
            group[one] += group[other]
            for id_ in group[other]:
                group[id_] = group[one]
    return sorted({tuple(sorted(members)) for members in group.values() if len(members) > 1})


def _answer(session: Session, one: int, other: int, verdict: Verdict, now: datetime) -> bool:
    row = session.get(NearDuplicate, (min(one, other), max(one, other)))
    if row is None:
        return False
    row.state, row.at = verdict, now
    session.add(row)
    session.flush()
    return True
