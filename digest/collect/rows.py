"""A fetched article → the columns of its row: what its source says of it, and when we take it for news. Pure."""

import hashlib
from datetime import datetime
from typing import Any

from digest.collect.clocks import SKEW, clocks, is_young, later_claim
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


def speaks(row: Article, source: SourceTable) -> bool:
    """Say whether what a source says of a known article holds: the first to have it speaks for it, and whoever pushes it from then on."""
    return row.source_id == source.id or source.kind == "push"


def is_stale(row: Article, one: FetchedArticle, source: SourceTable) -> bool:
    """Say whether a pusher's number says that we have a later revision; another source's numbers say nothing of it."""
    if row.source_id != source.id or one.revision is None or row.source_revision is None:
        return False
    return one.revision < row.source_revision


def changes(row: Article, one: FetchedArticle, source: SourceTable, now: datetime) -> dict[str, Any]:
    """Return what a known article's row becomes by what its source says now; empty when nothing changes. It never becomes new again.

    Another source's copy changes nothing while one speaks for the article. What that one withdrew comes back when it lists it again, or
    when another brings what was published or updated since: a copy that is merely old says nothing.
    """
    if is_stale(row, one, source):
        return {}
    if not speaks(row, source):
        back = row.withdrawn_at is not None and _is_later(one, row.withdrawn_at, now)
        return {**_revised(row, one), **_taken_over(one, source), "withdrawn_at": None} if back else {}
    wanted = seen(one)
    values = {name: wanted[name] for name in _QUIET}
    values |= {name: wanted[name] for name in _KNOWN_ONCE if wanted[name] not in (None, "")}
    values |= {"withdrawn_at": None, **later_claim(row, one, source, now)}
    if row.content_hash != wanted["content_hash"] and (row.revision <= _MOST_REVISIONS or _claims_change(row, one)):
        values |= _revised(row, one)
    if row.source_id != source.id:
        values |= _taken_over(one, source)
    return {name: value for name, value in values.items() if getattr(row, name) != value}


def _revised(row: Article, one: FetchedArticle) -> dict[str, Any]:
    found = seen(one)
    kept = {name: getattr(row, name) for name in _KNOWN_ONCE if found[name] in (None, "")}
    if row.image and row.image["url"] == found["image"].get("url"):  # it was looked at, perhaps
        kept["image"] = {**row.image, "alt": found["image"]["alt"]}
    return {**found, **kept, "revision": row.revision + 1, "updated_at": one.updated or row.updated_at}


def _taken_over(one: FetchedArticle, source: SourceTable) -> dict[str, Any]:
    return {"source_id": source.id, "source_revision": one.revision}  # the number of another source means nothing here


def _is_later(one: FetchedArticle, than: datetime, now: datetime) -> bool:
    """Say whether a source claims that it published or updated an article after an instant; a claim of times to come says nothing."""
    return any(at is not None and than < at <= now + SKEW for at in (one.published, one.updated))


def _claims_change(row: Article, one: FetchedArticle) -> bool:
    if one.revision is not None and one.revision != row.source_revision:
        return True
    return one.updated is not None and (row.updated_at is None or one.updated > row.updated_at)
