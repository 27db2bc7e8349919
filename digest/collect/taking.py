"""Fetched articles → articles: names decide what is known, pure rules decide what changed, one transaction keeps it all."""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from digest.collect.clocks import FAR, SKEW, clocks
from digest.collect.health import succeeded
from digest.collect.identity import Named, first_of_each, identify, named
from digest.config import SourceTable
from digest.models import Article
from digest.store import articles, sources
from digest.store.base import Session
from digest.values import Collected, Fetched, FetchedArticle

_MOST_REVISIONS = 24  # pages that change on every fetch are no news


def take(session: Session, source: SourceTable, fetched: Fetched, now: datetime) -> Collected:
    """Keep what a source gave: new and changed articles, their names and categories, and the source's validators."""
    row = sources.row(session, source.id)
    baseline = row.baseline_at is None
    result = (
        Collected(source.id, notes=fetched.notes)
        if fetched.unchanged
        else _take(session, source, fetched, now, baseline=baseline)
    )
    succeeded(session, row, source, fetched, result, now)
    session.add(row)
    return result


def content_hash(one: FetchedArticle) -> str:
    """Return a short hash of what readers see of an article."""
    image = one.image.url if one.image else ""
    return hashlib.sha256("\x1f".join((one.title, one.summary, one.url, image, *one.authors)).encode()).hexdigest()[:32]


def _take(session: Session, source: SourceTable, fetched: Fetched, now: datetime, *, baseline: bool) -> Collected:
    usable = [one for one in fetched.articles if one.url and one.title]
    everyone = named(source.id, usable)
    known = articles.known(session, {alias for one in everyone for alias in one.aliases})
    ids = identify(session, everyone, known)
    rows = articles.by_ids(session, {id_ for id_ in ids if id_ is not None})
    fresh = first_of_each([one for one, id_ in zip(everyone, ids, strict=True) if id_ is None])
    new_ids = articles.add(session, [_row(one.fetched, source, now, baseline=baseline) for one in fresh])
    changed = [
        _update(session, rows[id_], one.fetched, source, now)
        for one, id_ in zip(everyone, ids, strict=True)
        if id_ is not None
    ]
    pairs = [(one, id_) for one, id_ in zip(everyone, ids, strict=True) if id_ is not None]
    pairs += list(zip(fresh, new_ids, strict=True))
    articles.name(session, ((alias, id_) for one, id_ in pairs for alias in one.aliases))
    _categorise(session, source.id, fetched, pairs)
    left = len(fetched.articles) - len(usable)
    notes = (*fetched.notes, *((f"{left} entries have no address or title.",) if left else ()))
    return Collected(source.id, len(new_ids), sum(changed), 0, len(changed) - sum(changed), notes=notes)


def _row(one: FetchedArticle, source: SourceTable, now: datetime, *, baseline: bool) -> Article:
    """Return a new article's row. On a source's first import only what is young counts as news; the rest is the baseline."""
    young = baseline and one.published is not None and now - source.first_import < one.published <= now + SKEW
    embargoed = one.published is not None and now + SKEW < one.published <= now + FAR
    times = clocks(one, source, now, young=young)
    return Article(
        source_id=source.id,
        first_seen_at=now,
        published_at=times.published_at,
        eligible_at=times.eligible_at,
        date_quality=times.quality,
        updated_at=one.updated,
        baseline=baseline and not young and not embargoed,
        **_seen(one),
    )


def _seen(one: FetchedArticle) -> dict[str, Any]:
    image = one.image
    return {
        "url": one.url,
        "title": one.title,
        "summary": one.summary,
        "authors": list(one.authors),
        "image": {"url": image.url, "alt": image.alt, "width": image.width, "height": image.height} if image else {},
        "language": one.language,
        "direction": one.direction,
        "minutes": one.minutes,
        "views": one.views,
        "paywalled": one.paywalled,
        "lead_category": one.lead_category,
        "translation_group": one.translation_group,
        "sticky": one.sticky,
        "breaking": one.breaking,
        "priority": one.priority,
        "source_revision": one.revision,
        "content_hash": content_hash(one),
    }


def _update(session: Session, row: Article, one: FetchedArticle, source: SourceTable, now: datetime) -> bool:
    """Bring a known article up to date; say whether readers would see a difference. It never becomes new again.

    Another source's copy changes nothing: the first to have it speaks for it.
    """
    assert row.id is not None  # noqa: S101 -- it came from the database
    if row.source_id != source.id:
        return False
    values: dict[str, Any] = {}
    if one.views is not None and one.views != row.views:
        values["views"] = one.views
    if row.withdrawn_at is not None:
        values["withdrawn_at"] = None
    changed = row.content_hash != content_hash(one) and row.revision <= _MOST_REVISIONS
    if changed:
        values |= {**_seen(one), "revision": row.revision + 1, "updated_at": one.updated}
    if row.eligible_at > now and one.published is not None:  # still under embargo: its publisher may move it
        times = clocks(one, source, row.first_seen_at)
        values |= {"published_at": times.published_at, "eligible_at": times.eligible_at}
    if values:
        articles.change(session, row.id, values)
    return changed


def _categorise(session: Session, source_id: str, fetched: Fetched, pairs: Sequence[tuple[Named, int]]) -> None:
    sources.save_categories(session, source_id, fetched.categories, whole=any(one.slug for one in fetched.categories))
    said = [(id_, one.fetched) for one, id_ in pairs if one.fetched.categories]
    if any(one.external_id for _, one in said):  # the source names an article's categories anew each time
        articles.take_out(session, source_id, [id_ for id_, _ in said])
    articles.put_into(session, source_id, {(id_, category) for id_, one in said for category in one.categories})
