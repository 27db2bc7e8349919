"""One post as the REST API gives it goes in, an article comes out (developer.wordpress.org/rest-api/reference/posts).

Only the `_gmt` times are read: the others are in the site's zone and do not say so.
"""

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from digest.sources import text, urls
from digest.sources.wordpress.lead import lead_category
from digest.sources.wordpress.media import featured
from digest.sources.wordpress.shapes import embedded, ids, instant, items, mapping, rendered
from digest.values import DateQuality, FetchedArticle

_AUTHORS = 20
_CATEGORIES = 50
_NAME = 200
_TEXT = 500_000
_VIEWS = ("views", "post_views_count", "post_views", "pageviews")
_ENDS = (".", "!", "?", "。", "”", "»", '"', "’", ")")
_CUT = ("…", "...", "[…]", "[...]", "→")


def parse_post(post: Mapping[str, Any], site: str) -> FetchedArticle:
    """Make an article of one post. Whatever a site or its plugins leave out or write wrongly is empty in it."""
    url = urls.canonical(str(post.get("link") or ""), site)
    base = url or site
    content = text.read(rendered(post, "content")[:_TEXT], base)
    title = text.line(rendered(post, "title"))
    language = post.get("lang") if isinstance(post.get("lang"), str) else ""
    published = instant(post.get("date_gmt"))
    return FetchedArticle(
        url=url,
        title=title,
        external_id=str(post.get("id") or ""),
        guid=text.line(rendered(post, "guid"), 1024),
        summary=text.summary(_telling(post, content.paragraphs, base), language or "en"),
        authors=tuple(dict.fromkeys(_authors(post)))[:_AUTHORS],
        categories=tuple(str(one) for one in ids(post.get("categories")))[:_CATEGORIES],
        lead_category=lead_category(post),
        image=featured(post, base) or content.image,
        published=published,
        updated=instant(post.get("modified_gmt")),
        date_quality=DateQuality.SOURCE if published else DateQuality.MISSING,
        language=language or "",
        direction=text.direction(title),
        minutes=text.minutes(content.text),
        views=_views(post),
        text=content.text,
        translation_group=_translations(post, site),
        sticky=post.get("sticky") is True,
    )


def is_protected(post: Mapping[str, Any]) -> bool:
    """Say whether readers need a password: text and excerpt are then empty."""
    return any(bool(mapping(post.get(name)).get("protected")) for name in ("content", "excerpt"))


def _telling(post: Mapping[str, Any], content: tuple[str, ...], base: str) -> tuple[str, ...]:
    """Return the paragraphs to summarise: the editors' excerpt, or the text where WordPress cut the excerpt out of its first words."""
    markup = rendered(post, "excerpt")
    excerpt = text.read(markup, base).paragraphs
    if not excerpt or not content:
        return excerpt or content
    is_opening = _words(content)[: len(_words(excerpt))] == _words(excerpt)
    is_cut = text.line(markup, _TEXT).endswith(_CUT) or (is_opening and not excerpt[-1].endswith(_ENDS))
    return content if is_cut else excerpt


def _words(paragraphs: tuple[str, ...]) -> list[str]:
    return " ".join(paragraphs).split()


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
