"""Fetched articles → articles: names decide what is known, pure rules decide what changed, one transaction keeps it all."""

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

from digest.config import SourceTable
from digest.errors import FetchError, SourceError
from digest.models import Article, SourceState
from digest.sources import urls
from digest.store import articles, sources
from digest.store.articles import URL, Alias
from digest.store.base import Session
from digest.values import Collected, DateQuality, Fetched, FetchedArticle

_SKEW = timedelta(minutes=15)
_FAR = timedelta(days=30)
_EARLIEST = datetime(1995, 1, 1, tzinfo=UTC)
_MOST_REVISIONS = 24  # pages that change on every fetch are no news
_FIRST_WAIT = timedelta(minutes=5)
_LONGEST_WAIT = timedelta(hours=1)
_RETRY_AFTER = (timedelta(minutes=1), timedelta(hours=6))


@dataclass(frozen=True, slots=True)
class Clocks:
    """An article's times by our rules, all UTC."""

    published_at: datetime
    eligible_at: datetime
    quality: DateQuality


@dataclass(frozen=True, slots=True)
class Named:
    """A fetched article with the names that identify it here, the most reliable first."""

    fetched: FetchedArticle
    aliases: tuple[Alias, ...]


def take(session: Session, source: SourceTable, fetched: Fetched, now: datetime) -> Collected:
    """Keep what a source gave: new and changed articles, their names and categories, and the source's validators."""
    row = sources.row(session, source.id)
    baseline = row.baseline_at is None
    result = (
        Collected(source.id, notes=fetched.notes)
        if fetched.unchanged
        else _take(session, source, fetched, now, baseline=baseline)
    )
    row.baseline_at = row.baseline_at or now
    row.last_ok_at = row.last_attempt_at = now
    row.next_check_at = now + source.every
    row.failures, row.error = 0, ""
    row.url, row.etag, row.last_modified = source.url, fetched.validators.etag, fetched.validators.last_modified
    row.counts = {"new": result.new, "changed": result.changed, "unchanged": result.unchanged}
    session.add(row)
    return result


def failed(session: Session, source: SourceTable, error: SourceError, now: datetime) -> Collected:
    """Keep that a source could not be read. It is asked again, later each time but at least hourly, or when it said."""
    row = sources.row(session, source.id)
    row.failures += 1
    row.error = str(error)
    row.last_attempt_at = now
    row.next_check_at = now + _wait(row, error, now)
    session.add(row)
    return Collected(source.id, error=str(error))


def due(session: Session, tables: Sequence[SourceTable], now: datetime) -> list[SourceTable]:
    """Return the sources whose next time has come."""
    rows = sources.rows(session)
    return [
        table
        for table in tables
        if (row := rows.get(table.id)) is None or row.next_check_at is None or row.next_check_at <= now
    ]


def clocks(one: FetchedArticle, source: SourceTable, now: datetime, *, young: bool = False) -> Clocks:
    """Decide an article's times (a `young` one of a first import waits for nothing).

    A time that is missing or absurd is ours; up to 15 minutes ahead is a wrong clock; further ahead is an embargo.
    """
    settle = timedelta(0) if young else source.settle
    published = one.published
    if published is None:
        return Clocks(now, now + settle, DateQuality.MISSING)
    if published < _EARLIEST or published > now + _FAR:
        return Clocks(now, now + settle, DateQuality.IMPLAUSIBLE)
    if published > now + _SKEW:
        return Clocks(published, published + settle, one.date_quality)
    return Clocks(min(published, now), now + settle, one.date_quality)


def named(source_id: str, found: Sequence[FetchedArticle]) -> list[Named]:
    """Name each article: the source's id, its guid, its address, its title and day. What several share names none of them."""
    guids = Counter(one.guid for one in found)
    keys = Counter(urls.key(one.url) for one in found)
    return [Named(one, tuple(_aliases(source_id, one, guids, keys))) for one in found]


def content_hash(one: FetchedArticle) -> str:
    """Return a short hash of what readers see of an article."""
    image = one.image.url if one.image else ""
    return hashlib.sha256("\x1f".join((one.title, one.summary, one.url, image, *one.authors)).encode()).hexdigest()[:32]


def _aliases(source_id: str, one: FetchedArticle, guids: Counter[str], keys: Counter[str]) -> list[Alias]:
    found = []
    if one.external_id:
        found.append(Alias(source_id, "id", one.external_id))
    if one.guid and guids[one.guid] == 1:
        found.append(Alias(source_id, "guid", one.guid))
    key = urls.key(one.url)
    if keys[key] == 1:
        found.append(Alias("", URL, key))
    if not found or (not one.external_id and keys[key] > 1 and guids[one.guid] > 1):
        day = one.published.date().isoformat() if one.published else ""
        found.append(Alias(source_id, "title", f"{' '.join(one.title.casefold().split())}|{day}"))
    return found


def _take(session: Session, source: SourceTable, fetched: Fetched, now: datetime, *, baseline: bool) -> Collected:
    usable = [one for one in fetched.articles if one.url and one.title]
    everyone = named(source.id, usable)
    known = articles.known(session, {alias for one in everyone for alias in one.aliases})
    ids = _identify(session, everyone, known)
    rows = articles.by_ids(session, {id_ for id_ in ids if id_ is not None})
    fresh = _first_of_each([one for one, id_ in zip(everyone, ids, strict=True) if id_ is None])
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


def _identify(session: Session, everyone: Sequence[Named], known: Mapping[Alias, int]) -> list[int | None]:
    """Return each article's id where a name of it is known; two articles that turn out to be one become one, the older."""
    merged: dict[int, int] = {}

    def current(id_: int) -> int:
        while id_ in merged:
            id_ = merged[id_]
        return id_

    found: list[int | None] = []
    for one in everyone:
        ids = sorted({current(known[alias]) for alias in one.aliases if alias in known})
        for newer in ids[1:]:
            articles.merge(session, ids[0], newer)
            merged[newer] = ids[0]
        found.append(ids[0] if ids else None)
    return [None if id_ is None else current(id_) for id_ in found]


def _first_of_each(fresh: Sequence[Named]) -> list[Named]:
    """Leave out an article that comes twice under one name in the same answer."""
    seen: set[Alias] = set()
    kept = []
    for one in fresh:
        if seen.isdisjoint(one.aliases):
            kept.append(one)
        seen.update(one.aliases)
    return kept


def _row(one: FetchedArticle, source: SourceTable, now: datetime, *, baseline: bool) -> Article:
    """Return a new article's row. On a source's first import only what is young counts as news; the rest is the baseline."""
    young = baseline and one.published is not None and now - source.first_import < one.published <= now + _SKEW
    embargoed = one.published is not None and now + _SKEW < one.published <= now + _FAR
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


def _wait(row: SourceState, error: SourceError, now: datetime) -> timedelta:
    asked = _retry_after(error.retry_after, now) if isinstance(error, FetchError) else None
    if asked is not None:
        least, most = _RETRY_AFTER
        return min(max(asked, least), most)
    doubled: timedelta = _FIRST_WAIT * 2 ** min(row.failures - 1, 10)
    return min(doubled, _LONGEST_WAIT)


def _retry_after(text: str, now: datetime) -> timedelta | None:
    """Read seconds or a date (RFC 9110, section 10.2.3)."""
    if text.strip().isdecimal():
        return timedelta(seconds=min(int(text), 10**7))
    try:
        return parsedate_to_datetime(text) - now if text else None
    except (ValueError, TypeError):
        return None
