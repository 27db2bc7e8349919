"""Article pages opened one by one: an address goes in, the page's article comes out, if it is one and its site lets us look."""

from datetime import UTC, datetime

from digest.config import SourceTable
from digest.errors import FetchError
from digest.sources import text, urls
from digest.sources.http import MIB, Http
from digest.sources.listing import is_front
from digest.sources.metadata import ParsedPage, parse_page
from digest.sources.robots import Robots
from digest.values import DateQuality, FetchedArticle

PAGE_LIMIT = 3 * MIB
_MOST_SILENCES = 3


class Opener:
    """Opens pages for one fetch of one source."""

    def __init__(self, table: SourceTable, http: Http, robots: Robots, now: datetime) -> None:
        """Fetch with the table's headers; third parties' robots.txt is honoured."""
        self._table = table
        self._http = http
        self._robots = robots
        self._now = now
        self._silences = 0

    @property
    def gives_up(self) -> bool:
        """Whether the site was silent so often that the pages left had better wait for the next fetch: each silence costs half a minute."""
        return self._silences >= _MOST_SILENCES

    def allowed(self, url: str) -> bool:
        """Say whether the site lets us fetch an address; our own newsroom's pages are ours to fetch. Raises FetchError."""
        return not self._table.third_party or self._robots.allows(url)

    def article(self, url: str) -> FetchedArticle | None:
        """Return the article at an address, or None where the page is none or may not be fetched. Raises FetchError."""
        if not self.allowed(url):
            return None
        table = self._table
        try:
            answer = self._http.get(
                url, headers=table.headers, allow_private=table.allow_private_addresses, limit=PAGE_LIMIT
            )
        except FetchError as error:
            self._silences += error.status is None
            raise
        page = parse_page(answer.body, answer.url, self._now, answer.headers.get("content-type", ""))
        if not page.article or not page.title or is_front(page.url) or not urls.same_site(page.url, url):
            return None
        return article_of(page, self._now)


def article_of(page: ParsedPage, now: datetime) -> FetchedArticle:
    """Make an article of a page; its key is its id, for a page has no other. A day that is known alone never lies ahead."""
    published = page.published.astimezone(UTC) if page.published else None
    if published and page.date_quality is DateQuality.INFERRED:
        published = min(published, now)
    return FetchedArticle(
        url=page.url,
        title=page.title,
        external_id=urls.key(page.url),
        summary=page.summary,
        authors=page.authors,
        categories=(page.section,) if page.section else (),
        lead_category=page.section,
        image=page.image,
        published=published,
        updated=page.updated.astimezone(UTC) if page.updated else None,
        date_quality=page.date_quality,
        language=page.language,
        direction=text.direction(page.title, page.language),
        minutes=None if page.paywalled else text.minutes(page.text),
        paywalled=page.paywalled,
        text=page.text,
    )
