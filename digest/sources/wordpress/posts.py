"""One post as the REST API gives it goes in, an article comes out (developer.wordpress.org/rest-api/reference/posts).

Only the `_gmt` times are read: the others are in the site's zone and do not say so.
"""

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from digest.sources import pictures, text, urls
from digest.sources.pictures import Candidate
from digest.sources.wordpress.lead import lead_category
from digest.sources.wordpress.media import featured
from digest.sources.wordpress.shapes import embedded, ids, instant, items, mapping, rendered
from digest.values import DateQuality, FetchedArticle

_AUTHORS = 20
_CATEGORIES = 50
_NAME = 200
_TEXT = 500_000
_VIEWS = ("views", "post_views_count", "post_views", "pageviews")


def parse_post(post: Mapping[str, Any], site: str) -> FetchedArticle:
    """Make an article of one post. Whatever a site or its plugins leave out or write wrongly is empty in it."""
    url = urls.canonical(str(post.get("link") or ""), site)
    base = url or site
    content = text.read(rendered(post, "content")[:_TEXT], base)
    title = text.line(rendered(post, "title"))
    language = text.language(str(post.get("lang") or ""), text=content.text)
    published = instant(post.get("date_gmt"))
    return FetchedArticle(
        url=url,
        title=title,
        external_id=str(post.get("id") or ""),
        guid=text.line(rendered(post, "guid"), 1024),
        summary=text.excerpt(
            text.read(rendered(post, "excerpt")[:_TEXT], base), content, language or "en", title=title
        ),
        authors=tuple(dict.fromkeys(_authors(post)))[:_AUTHORS],
        categories=tuple(str(one) for one in ids(post.get("categories")))[:_CATEGORIES],
        lead_category=lead_category(post),
        image=pictures.best(_pictures(post, content, base), base),
        published=published,
        updated=instant(post.get("modified_gmt")),
        date_quality=DateQuality.SOURCE if published else DateQuality.MISSING,
        language=language,
        direction=text.direction(title, language),
        minutes=text.minutes(content.text),
        views=_views(post),
        text=content.text,
        translation_group=_translations(post, site),
        sticky=post.get("sticky") is True,
    )


def is_protected(post: Mapping[str, Any]) -> bool:
    """Say whether readers need a password: text and excerpt are then empty."""
    return any(bool(mapping(post.get(name)).get("protected")) for name in ("content", "excerpt"))


def _pictures(post: Mapping[str, Any], content: text.Markup, base: str) -> Iterator[Candidate]:
    yield from featured(post, base)
    if content.image:
        yield Candidate.of(content.image)


def _authors(post: Mapping[str, Any]) -> Iterator[str]:
    """Yield the names of authors: those of a plugin for several where it shows them whole, else the embedded one."""
    several = [name for field in ("coauthors", "authors") for name in _names(post.get(field))]
    yield from several or _names(list(embedded(post, "author")))


def _names(found: object) -> Iterator[str]:
    for one in map(mapping, items(found)):
        if name := text.line(str(one.get("display_name") or one.get("name") or ""), _NAME):
            yield name


def _views(post: Mapping[str, Any]) -> int | None:
    """Return how often a post was read, where a plugin counts it and shows a plain number."""
    for shown in (post, mapping(post.get("meta"))):
        for name in _VIEWS:
            value = shown.get(name)
            if isinstance(value, int | str) and not isinstance(value, bool):
                found = text.number(value)
                if found is not None:
                    return found
    return None


def _translations(post: Mapping[str, Any], site: str) -> str:
    """Return one name for all translations of a post (Polylang: {"es": 7, "en": 9}), empty without any."""
    all_of_it = sorted(ids(list(mapping(post.get("translations")).values())))
    return f"{urlsplit(site).netloc.lower()}:{all_of_it[0]}" if len(all_of_it) > 1 else ""
