"""WordPress by its REST API: a site's address goes in, its newest posts with authors, categories and pictures come out.

No cursor: each fetch looks at a whole window of days, for scheduled and back-dated posts slip past any. Only the `_gmt` times are read;
categories are mapped here, never filtered by the server, which leaves out children.
"""

import json
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from digest.config import SourceTable
from digest.errors import FetchError, NotAFeedError, SourceError
from digest.sources import dates, text, urls
from digest.sources.http import Answer, Http
from digest.sources.registry import address_of, no_keys_left
from digest.values import DateQuality, Fetched, FetchedArticle, Image, SourceCategory, SourceState, Validators

_WINDOW = timedelta(hours=72)
_FIRST_WINDOW = timedelta(days=7)
_PAGE = 100
_MOST_PAGES = 20
_BAD_REQUEST = 400
_FIELDS = (
    "id,guid,date_gmt,modified_gmt,link,title,excerpt,content,author,categories,featured_media,sticky,format,views,lang,"
    "_links,_embedded"
)
_BEST_WIDTH = (600, 1200)


class WordPress:
    """A source of kind `wordpress`."""

    def __init__(self, table: SourceTable, http: Http) -> None:
        """Read the site at the table's url. Raises ConfigError for keys of no use here."""
        no_keys_left(table)
        address_of(table)
        self._table = table
        self._http = http

    def fetch(self, state: SourceState) -> Fetched:
        """Return the posts of the last three days (seven at first). Raises FetchError, NotAFeedError."""
        root = self._discover()
        since = state.now - (_WINDOW if state.last_ok_at else _FIRST_WINDOW)
        asked = {
            "after": since.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "orderby": "date",
            "order": "desc",
            "status": "publish",
            "_embed": "author,wp:featuredmedia,wp:term",
            "_fields": _FIELDS,
        }
        posts = {int(post["id"]): post for post in self._pages(root, "posts", asked) if "id" in post}
        categories = list(self._pages(root, "categories", {"hide_empty": "false", "_fields": "id,name,slug,parent"}))
        articles = (_article(post, self._table.url) for post in posts.values() if not _protected(post))
        return Fetched(
            articles=tuple(one for one in articles if one.url and one.title),
            categories=tuple(_category(one) for one in categories if "id" in one),
            validators=Validators(),
        )

    def _discover(self) -> str:
        """Find the API: as the site's Link header says, else at /wp-json/, else behind ?rest_route=."""
        base = self._table.url.rstrip("/")
        if re.search(r"/wp-json$|[?&]rest_route=", base):
            return base
        for candidate in (f"{base}/wp-json", f"{base}/?rest_route="):
            if self._is_api(candidate):
                return candidate
        linked = re.search(r'<([^>]+)>;\s*rel="https://api\.w\.org/"', self._get(base + "/").headers.get("link", ""))
        if linked and self._is_api(linked[1].rstrip("/")):
            return linked[1].rstrip("/")
        raise NotAFeedError(f"{base} offers no WordPress REST API.", hint="Use kind = “feed” with its feed's address.")

    def _is_api(self, root: str) -> bool:
        try:
            found = _json(self._get(f"{root}/"))
        except SourceError as error:
            if isinstance(error, FetchError) and "answered with" not in error.detail:
                raise
            return False
        return isinstance(found, dict) and "wp/v2" in found.get("namespaces", ())

    def _pages(self, root: str, kind: str, asked: Mapping[str, str]) -> Iterator[Mapping[str, Any]]:
        """Yield what all pages of a collection hold; a page past the end, since posts may vanish meanwhile, is the end."""
        page = pages = 1
        while page <= min(pages, _MOST_PAGES):
            query = urlencode({**asked, "per_page": _PAGE, "page": page}, safe=",:")
            joint = "&" if "?" in root else "?"
            answer = self._get(f"{root}/wp/v2/{kind}{joint}{query}", accept=(_BAD_REQUEST,))
            found = _json(answer)
            if answer.status == _BAD_REQUEST or not isinstance(found, list):
                if page > 1:
                    return
                raise NotAFeedError(
                    f"{root}/wp/v2/{kind} answered: {_message(found)}.", hint="Its API may be restricted."
                )
            pages = text.number(answer.headers.get("x-wp-totalpages")) or 1
            yield from (one for one in found if isinstance(one, dict))
            page += 1

    def _get(self, url: str, accept: tuple[int, ...] = ()) -> Answer:
        table = self._table
        return self._http.get(url, headers=table.headers, allow_private=table.allow_private_addresses, accept=accept)


def parse_post(post: Mapping[str, Any], site: str) -> FetchedArticle:
    """Make an article of one post as the REST API gives it (developer.wordpress.org/rest-api/reference/posts)."""
    return _article(post, site)


def _article(post: Mapping[str, Any], site: str) -> FetchedArticle:
    url = urls.canonical(str(post.get("link") or ""), site)
    content = text.read(_rendered(post, "content"), url or site)
    excerpt = text.read(_rendered(post, "excerpt"), url or site)
    title = text.line(_rendered(post, "title"))
    language = str(post.get("lang") or "")
    published = _gmt(post.get("date_gmt"))
    return FetchedArticle(
        url=url,
        title=title,
        external_id=str(post.get("id") or ""),
        guid=_rendered(post, "guid"),
        summary=text.summary(excerpt.paragraphs or content.paragraphs, language or "en"),
        authors=tuple(_names(post, "author")),
        categories=tuple(str(one) for one in post.get("categories") or ()),
        image=_featured(post, url or site) or content.image,
        published=published,
        updated=_gmt(post.get("modified_gmt")),
        date_quality=DateQuality.SOURCE if published else DateQuality.MISSING,
        language=language,
        direction=text.direction(title),
        minutes=text.minutes(content.text),
        views=text.number(post.get("views")),
    )


def _rendered(post: Mapping[str, Any], field: str) -> str:
    value = post.get(field)
    inner = value.get("rendered") if isinstance(value, dict) else value
    return inner if isinstance(inner, str) else ""


def _protected(post: Mapping[str, Any]) -> bool:
    return any(
        isinstance(post.get(field), dict) and bool(post[field].get("protected")) for field in ("content", "excerpt")
    )


def _gmt(value: object) -> datetime | None:
    """Read a `_gmt` time, which WordPress writes without its Z."""
    found = dates.parse(str(value)) if value else None
    return found.astimezone(UTC) if found else None


def _embedded(post: Mapping[str, Any], kind: str) -> list[Mapping[str, Any]]:
    """Return embedded objects of a kind; those that the site would not show (an error with a code) are left out."""
    embedded = post.get("_embedded")
    found = embedded.get(kind) if isinstance(embedded, dict) else None
    flat = [one for item in found or () for one in (item if isinstance(item, list) else [item])]
    return [one for one in flat if isinstance(one, dict) and "code" not in one]


def _names(post: Mapping[str, Any], kind: str) -> Iterator[str]:
    for one in _embedded(post, kind):
        if name := text.line(str(one.get("name") or ""), 200):
            yield name


def _featured(post: Mapping[str, Any], base: str) -> Image | None:
    """Return the featured picture in the size nearest to what a mail shows, JPEG or PNG before newer formats."""
    for media in _embedded(post, "wp:featuredmedia"):
        details = media.get("media_details")
        sizes = details.get("sizes") if isinstance(details, dict) else None
        found = [one for one in (sizes or {}).values() if isinstance(one, dict) and one.get("source_url")]
        best = min(found, key=_unfitness, default=None) or {"source_url": media.get("source_url"), **_size(details)}
        image = text.picture(
            str(best.get("source_url") or ""),
            base,
            str(media.get("alt_text") or ""),
            best.get("width"),
            best.get("height"),
        )
        if image is not None:
            return image
    return None


def _size(details: object) -> dict[str, Any]:
    return {key: details.get(key) for key in ("width", "height")} if isinstance(details, dict) else {}


def _unfitness(size: Mapping[str, Any]) -> tuple[bool, int]:
    least, most = _BEST_WIDTH
    width = text.number(size.get("width")) or 0
    modern = bool(re.search(r"\.(webp|avif)($|\?)", str(size.get("source_url"))))
    return modern, max(least - width, width - most, 0) * 10_000 - width


def _category(one: Mapping[str, Any]) -> SourceCategory:
    parent = one.get("parent") or 0
    return SourceCategory(
        key=str(one["id"]),
        name=text.line(str(one.get("name") or "")),
        slug=str(one.get("slug") or ""),
        parent=str(parent) if parent else None,
    )


def _json(answer: Answer) -> Any:  # noqa: ANN401 -- whatever the server says
    try:
        return json.loads(answer.body)
    except (ValueError, RecursionError) as error:
        raise NotAFeedError(
            f"{answer.url} answered with something that is no JSON.", hint="Is it a WordPress site?"
        ) from error


def _message(found: object) -> str:
    return (
        str(found.get("message") or found.get("code") or "an error").rstrip(".")
        if isinstance(found, dict)
        else "an error"
    )
