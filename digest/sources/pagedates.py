"""When a page's article was published and changed: what the page claims goes in, the best claim comes out with how far it can be trusted.

A claim keeps the offset that its publisher wrote, so that its day is the publisher's day.
"""

import itertools
import math
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, timezone
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

import lxml.etree
import lxml.html
from selectolax.lexbor import LexborHTMLParser

from digest.sources import dates, visibledates
from digest.sources.jsonld import Thing, string
from digest.sources.metas import Metas
from digest.values import DateQuality

_FIRST_YEAR = 1995
_AHEAD = timedelta(days=30)
_REPUBLISHED = timedelta(
    days=30
)  # later than its address says by more: the site was moved, the article is as old as it was
_HOUR = timedelta(hours=1)
_SAME = timedelta(minutes=1)
_MOST_MARKED = 5
_LARGEST_OFFSET = timedelta(hours=14)
_LARGEST_SEARCHED = 512 * 1024
_PUBLISHED_METAS = (
    "og:published_time", "og:article:published_time", "article.published", "article:published", "datepublished", "publication_date",
    "publish-date", "publishdate", "publish_date", "published_at", "pubdate", "date.published", "article_date_original",
    "originalpublicationdate", "cxenseparse:recs:publishtime", "cxenseparse:publishtime", "parsely-pub-date", "sailthru.date",
    "dc.date.issued", "dcterms.issued", "dc.date.created", "dcterms.created", "dcterms.date", "dcterms:created", "dc.date", "dc:date",
    "dc:created", "citation_publication_date", "citation_date", "bt:pubdate", "shareaholic:article_published_time", "rnews:datepublished",
    "article:post_date", "article:create_at", "article.created", "created", "datecreated", "date", "timestamp",
)  # fmt: skip
_UPDATED_METAS = (
    "article:modified_time", "og:updated_time", "og:modified_time", "article:updated_time", "article.updated", "datemodified",
    "lastmod", "dc.date.modified", "dcterms.modified", "article:modified", "revision_date", "last-modified",
)  # fmt: skip
_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_PATH_DAYS = (  # /2026/11/24/, /2026/nov/24/, /2026/politics/11/24/, /20261124-
    re.compile(rf"/(\d{{4}})[/-](0?[1-9]|1[0-2]|{'|'.join(_MONTHS)})[/-](\d\d?)(?![\da-z])", re.IGNORECASE),
    re.compile(r"/(\d{4})/[a-z_]+/(\d\d?)/(\d\d?)/", re.IGNORECASE),
    re.compile(r"[/_-](\d{4})(\d\d)(\d\d)(?!\d)"),
)
_NO_OFFSET = re.compile(r"(?<=\d)\s?[+-](1[5-9]|[2-9]\d):?\d\d$")  # such a place is not on Earth


@dataclass(frozen=True, slots=True)
class Dated:
    """A time and how far it can be trusted: `page` as the page says it, `inferred` a day only, `missing` none."""

    moment: datetime | None = None
    quality: DateQuality = DateQuality.MISSING


@dataclass(frozen=True, slots=True)
class Dateable:
    """What times are read from: a page in all its forms."""

    tree: LexborHTMLParser
    url: str
    metas: Metas
    article: Thing
    page: Thing
    headline: str
    language: str
    now: datetime


def published(page: Dateable) -> Dated:
    """Return when the article was published: metas and JSON-LD, its marked-up times, its address, its visible text, then a search."""
    claims = list(_moments(_claimed(page), page))
    marked = list(itertools.islice(_moments(visibledates.marked(page.tree), page), _MOST_MARKED))
    day = _day_in(page.url, page)
    if claims or marked:
        first = _on_publishers_clock(_fullest([*claims, *marked]), day)
        if day is None or first - day < _REPUBLISHED:
            return Dated(first, DateQuality.PAGE)
    found = day or _near_headline(page) or _searched(page)
    return Dated(found, DateQuality.INFERRED) if found else Dated()


def updated(page: Dateable) -> datetime | None:
    """Return when the article was last changed, by the page's own claims only."""
    texts = (*page.metas.each(*_UPDATED_METAS), string(page.article, "dateModified"), string(page.page, "dateModified"))
    return next((_aware(moment) for moment in _moments(texts, page)), None)


def _read(text: str, page: Dateable) -> datetime | None:
    """Read a time with its own offset; it stays naive where it has none. None for what no article can have."""
    clean = " ".join(text.split())[:100]
    if not any(letter.isdigit() for letter in clean):
        return None
    found = _strictly(clean)
    if found is None and (local := dates.parse_local(clean, page.language, page.now)):
        found = local if local.utcoffset() else local.replace(tzinfo=None)
    return found if found is not None and _possible(found, page) else None


def _claimed(page: Dateable) -> Iterator[str]:
    yield from page.metas.each("article:published_time")
    yield string(page.article, "datePublished")
    yield string(page.article, "dateCreated", "uploadDate")
    yield from page.metas.each(*_PUBLISHED_METAS)
    yield string(page.page, "datePublished", "uploadDate", "dateCreated")


def _moments(texts: Iterable[str], page: Dateable) -> Iterator[datetime]:
    return (moment for one in texts if (moment := _read(one, page)))


def _strictly(text: str) -> datetime | None:
    """Read ISO 8601, or the form of RFC 5322, keeping the offset; one that no place on Earth has is none."""
    for read in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            found = read(_NO_OFFSET.sub("", text))
        except (ValueError, TypeError, IndexError, OverflowError):
            continue
        offset = found.utcoffset()
        return found if offset is None or abs(offset) <= _LARGEST_OFFSET else found.replace(tzinfo=None)
    return None


def _possible(moment: datetime, page: Dateable) -> bool:
    try:
        return moment.year >= _FIRST_YEAR and _utc(moment) <= page.now + _AHEAD
    except OverflowError:
        return False


def _fullest(claims: Sequence[datetime]) -> datetime:
    """Return the first claim, or the later one that says the same and more: its offset, or its time of day."""
    first = claims[0]
    if first.utcoffset():
        return first
    zoned = [one for one in claims if one.utcoffset()]
    if first.time() == time():
        said = [one for one in claims if one.time() != time()]
        same = [one for one in said if first.date() in {one.date(), _utc(one).date()}]
    else:
        same = [one for one in zoned if abs(_utc(one) - _utc(first)) < _SAME]
        same += [one for one in zoned if first.tzinfo is None and abs(one.replace(tzinfo=None) - first) < _SAME]
    return same[0] if same else first


def _on_publishers_clock(moment: datetime, day: datetime | None) -> datetime:
    """Write a UTC time on the nearest clock that shows the day in the article's address, for that is the publisher's day."""
    if moment.tzinfo is None or moment.utcoffset() or day is None:
        return _aware(moment)
    behind = moment - day - timedelta(days=1)
    hours = math.ceil((day - moment) / _HOUR) if moment < day else -math.floor(behind / _HOUR) - 1
    if moment.date() == day.date() or abs(hours) * _HOUR > _LARGEST_OFFSET:
        return moment
    return moment.astimezone(timezone(hours * _HOUR))


def _aware(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _utc(moment: datetime) -> datetime:
    return _aware(moment).astimezone(UTC)


def _day_in(url: str, page: Dateable) -> datetime | None:
    """Return the day in an address's path, at midnight UTC."""
    path = urlsplit(url).path
    for match in (match for pattern in _PATH_DAYS for match in pattern.finditer(path)):
        month = match[2].lower()
        try:
            number = _MONTHS.index(month) + 1 if month in _MONTHS else int(month)
            found = datetime(int(match[1]), number, int(match[3]), tzinfo=UTC)
        except ValueError:
            continue
        if _possible(found, page):
            return found
    return None


def _near_headline(page: Dateable) -> datetime | None:
    shown = visibledates.near_headline(page.tree, page.headline)
    return next((_aware(moment) for moment in _moments(shown, page)), None)


def _searched(page: Dateable) -> datetime | None:
    """Ask htmldate for a day, the last of all means: right nine times in ten, but it takes the time of day from nowhere."""
    text = page.tree.html or ""
    if not text.strip() or len(text) > _LARGEST_SEARCHED:
        return None
    from htmldate import find_date  # noqa: PLC0415 -- half a second to load, needed for pages that say nothing of themselves

    try:
        tree = lxml.html.document_fromstring(text, parser=lxml.html.HTMLParser(no_network=True, huge_tree=False))
        found = find_date(
            tree,
            original_date=True,
            extensive_search=True,
            url=page.url,
            min_date=f"{_FIRST_YEAR}-01-01",
            max_date=page.now.strftime("%Y-%m-%d"),
        )
    except (lxml.etree.LxmlError, ValueError, TypeError, AttributeError, OverflowError, RecursionError):
        return None
    if not found or found.endswith("-01-01"):  # a bare year, of a copyright line mostly: it would make news old
        return None
    return datetime.fromisoformat(found).replace(tzinfo=UTC)
