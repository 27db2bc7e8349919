"""Older pages of a WordPress feed, read when articles may have been missed: a feed's address goes in, what is on them comes out."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode, urlsplit

from digest.errors import SourceError
from digest.sources.feeds import memory
from digest.sources.feeds.reading import ParsedFeed
from digest.values import FetchedArticle

_LAST_PAGE = 10


@dataclass(frozen=True, slots=True)
class Older:
    """What the older pages gave; `closed` when they reached an item that was known, so that nothing is missing."""

    articles: tuple[FetchedArticle, ...]
    closed: bool
    notes: tuple[str, ...]


def older(read: Callable[[str], ParsedFeed], url: str, known: Collection[str]) -> Older:
    """Read the pages 2 to 10 of a feed until a known item appears; a page that cannot be read ends it, as one beyond the last does."""
    articles: list[FetchedArticle] = []
    for number in range(2, _LAST_PAGE + 1):
        try:
            found = read(page(url, number)).articles
        except SourceError:
            break
        articles += found
        if not found or memory.knows(found, known):
            return Older(tuple(articles), bool(found), (f"Its older pages were read back to page {number}.",))
    return Older(tuple(articles), closed=False, notes=("Articles may have been missed between two fetches.",))


def joined(first: Sequence[FetchedArticle], second: Sequence[FetchedArticle]) -> tuple[FetchedArticle, ...]:
    """Return both without what is on two pages because new articles pushed it down."""
    seen = {(one.guid, one.url) for one in first}
    return (*first, *dict.fromkeys(one for one in second if (one.guid, one.url) not in seen))


def page(url: str, number: int) -> str:
    """Return the address of a page of a WordPress feed."""
    parts = urlsplit(url)
    query = [pair for pair in parse_qsl(parts.query, keep_blank_values=True) if pair[0] != "paged"]
    return parts._replace(query=urlencode([*query, ("paged", str(number))])).geturl()
