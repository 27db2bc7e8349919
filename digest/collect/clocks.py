"""An article's times: what its source claims goes in, the times that we go by come out. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from digest.config import SourceTable
from digest.models import Article
from digest.values import DateQuality, FetchedArticle

SKEW = timedelta(minutes=15)
FAR = timedelta(days=30)
_FAR_BY_RULE = timedelta(days=366)  # where an editor said that dates ahead are embargoes, and to move one that stands
_EARLIEST = datetime(1995, 1, 1, tzinfo=UTC)
_FEW = 4  # articles that prove nothing about a source


@dataclass(frozen=True, slots=True)
class Clocks:
    """An article's times by our rules, all UTC."""

    published_at: datetime
    eligible_at: datetime
    quality: DateQuality


def clocks(one: FetchedArticle, source: SourceTable, now: datetime, *, young: bool = False) -> Clocks:
    """Decide the times of an article that is first seen `now` (a `young` one of a first import waits for nothing).

    A time that is missing or absurd is ours; up to 15 minutes ahead is a wrong clock; further ahead is an embargo, unless the source's
    `future_dates` says that its times ahead are none.
    """
    settle = timedelta(0) if young else _settle(one, source)
    claim = one.published
    if claim is None:
        return Clocks(now, now + settle, DateQuality.MISSING)
    if not _plausible(claim, source, now):
        return Clocks(now, now + settle, DateQuality.IMPLAUSIBLE)
    claim = claim.astimezone(UTC)
    if claim <= now + SKEW:
        return Clocks(min(claim, now), now + settle, one.date_quality)
    if source.future_dates == "first_seen":
        return Clocks(now, now + settle, DateQuality.IMPLAUSIBLE)
    return Clocks(claim, claim + settle, one.date_quality)


def is_young(one: FetchedArticle, source: SourceTable, now: datetime) -> bool:
    """Say whether an article of a first import is recent enough to be news; never where `first_import` is 0."""
    if not source.first_import or one.published is None:
        return False
    return now - source.first_import < one.published <= now + SKEW


def mostly_ahead(found: Sequence[FetchedArticle], now: datetime) -> bool:
    """Say whether more than half of a source's articles are dated ahead, as in a calendar of events; a few prove nothing."""
    return len(found) >= _FEW and 2 * ahead(found, now) > len(found)


def ahead(found: Sequence[FetchedArticle], now: datetime) -> int:
    """Count the articles that are dated ahead, more than a wrong clock explains."""
    return sum(one.published is not None and one.published > now + SKEW for one in found)


def later_claim(row: Article, one: FetchedArticle, source: SourceTable, now: datetime) -> dict[str, Any]:
    """Decide what a known article's new claim changes of its times.

    While it is under embargo its publisher may move that either way, up to 366 days ahead. Else a time never moves later; that an article
    may be chosen at once can be said any time. `moves_earlier` is the rest.
    """
    claim = one.published
    if row.published_at > now:
        if claim is None or claim == row.published_at or not _EARLIEST <= claim <= now + _FAR_BY_RULE:
            return {}
        claim = claim.astimezone(UTC)
        eligible = max(claim, row.first_seen_at) + _settle(one, source)
        return {"published_at": claim, "eligible_at": eligible, "date_quality": one.date_quality}
    if row.eligible_at > now and not _settle(one, source):
        return {"eligible_at": max(row.first_seen_at, row.published_at)}
    return {}


def moves_earlier(row: Article, one: FetchedArticle, source: SourceTable, now: datetime) -> datetime | None:
    """Return the earlier time that a source claims now, if it did not move this article's before; only unprinted ones may take it."""
    claim = one.published
    if claim is None or row.published_at > now or row.date_quality == DateQuality.CORRECTED:
        return None
    return claim.astimezone(UTC) if claim < row.published_at and _plausible(claim, source, now) else None


def _settle(one: FetchedArticle, source: SourceTable) -> timedelta:
    return timedelta(0) if one.breaking or not one.settles else source.settle


def _plausible(claim: datetime, source: SourceTable, now: datetime) -> bool:
    return _EARLIEST <= claim <= now + (_FAR_BY_RULE if source.future_dates == "embargo" else FAR)
