"""A fetched article → the columns of its row: what its source says of it, and when we take it for news. Pure."""

import hashlib
from datetime import datetime
from typing import Any

from digest.collect.clocks import clocks, is_young, later_claim
from digest.config import SourceTable
from digest.models import Article
from digest.values import FetchedArticle

_MOST_REVISIONS = 24  # pages that change on every fetch, while their publisher claims no change, are no news
_QUIET = ("paywalled", "lead_category", "translation_group", "sticky", "breaking", "priority", "direction")
_KNOWN_ONCE = (
    "views",
    "minutes",
    "language",
    "source_revision",
)  # a source that does not say them now takes nothing back


def new_row(one: FetchedArticle, source: SourceTable, now: datetime, *, baseline: bool) -> Article:
    """Return a new article's row. Of a source's first import only what is young or under embargo counts as news."""
    young = baseline and is_young(one, source, now)
    times = clocks(one, source, now, young=young)
    return Article(
        source_id=source.id,
        first_seen_at=now,
        published_at=times.published_at,
        eligible_at=times.eligible_at,
        date_quality=times.quality,
        updated_at=one.updated,
        baseline=baseline and not young and times.published_at <= now,
        **seen(one),
    )


def seen(one: FetchedArticle) -> dict[str, Any]:
    """Return what a source says of an article, but for its times, by column."""
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


def content_hash(one: FetchedArticle) -> str:
    """Return a short hash of what readers see of an article."""
    image = one.image.url if one.image else ""
    return hashlib.sha256("\x1f".join((one.title, one.summary, one.url, image, *one.authors)).encode()).hexdigest()[:32]


def is_stale(row: Article, one: FetchedArticle) -> bool:
    """Say whether a pusher's number says that we have a later revision."""
    return one.revision is not None and row.source_revision is not None and one.revision < row.source_revision


def changes(row: Article, one: FetchedArticle, source: SourceTable, now: datetime) -> dict[str, Any]:
    """Return what a known article's row becomes by what its source says now; empty when nothing changes. It never becomes new again.

    Another source's copy changes nothing, for the first to have it speaks for it, unless that one withdrew it.
    """
    if is_stale(row, one):
        return {}
    if row.source_id != source.id:
        return {**_revised(row, one), "source_id": source.id, "withdrawn_at": None} if row.withdrawn_at else {}
    wanted = seen(one)
    values = {name: wanted[name] for name in _QUIET}
    values |= {name: wanted[name] for name in _KNOWN_ONCE if wanted[name] not in (None, "")}
    values |= {"withdrawn_at": None, **later_claim(row, one, source, now)}
    if row.content_hash != wanted["content_hash"] and (row.revision <= _MOST_REVISIONS or _claims_change(row, one)):
        values |= _revised(row, one)
    return {name: value for name, value in values.items() if getattr(row, name) != value}


def _revised(row: Article, one: FetchedArticle) -> dict[str, Any]:
    found = seen(one)
    kept = {name: getattr(row, name) for name in _KNOWN_ONCE if found[name] in (None, "")}
    if row.image and row.image["url"] == found["image"].get("url"):  # it was looked at, perhaps
        kept["image"] = {**row.image, "alt": found["image"]["alt"]}
    return {**found, **kept, "revision": row.revision + 1, "updated_at": one.updated or row.updated_at}


def _claims_change(row: Article, one: FetchedArticle) -> bool:
    if one.revision is not None and one.revision != row.source_revision:
        return True
    return one.updated is not None and (row.updated_at is None or one.updated > row.updated_at)
