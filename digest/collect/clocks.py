"""An article's times: what its source claims goes in, the times that we go by come out."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from digest.config import SourceTable
from digest.values import DateQuality, FetchedArticle

SKEW = timedelta(minutes=15)
FAR = timedelta(days=30)
_EARLIEST = datetime(1995, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Clocks:
    """An article's times by our rules, all UTC."""

    published_at: datetime
    eligible_at: datetime
    quality: DateQuality


def clocks(one: FetchedArticle, source: SourceTable, now: datetime, *, young: bool = False) -> Clocks:
    """Decide an article's times (a `young` one of a first import waits for nothing).

    A time that is missing or absurd is ours; up to 15 minutes ahead is a wrong clock; further ahead is an embargo.
    """
    settle = timedelta(0) if young else source.settle
    published = one.published
    if published is None:
        return Clocks(now, now + settle, DateQuality.MISSING)
    if published < _EARLIEST or published > now + FAR:
        return Clocks(now, now + settle, DateQuality.IMPLAUSIBLE)
    if published > now + SKEW:
        return Clocks(published, published + settle, one.date_quality)
    return Clocks(min(published, now), now + settle, one.date_quality)
