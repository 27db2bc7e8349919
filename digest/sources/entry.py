"""One entry of any feed as its format gave it, and how it becomes an article: clean text, absolute address, aware times."""

from collections.abc import Sequence
from dataclasses import dataclass

from digest.sources import dates, text, urls
from digest.values import DateQuality, FetchedArticle, Image

_MOST_CATEGORIES = 50
_MOST_AUTHORS = 20
_GUID_MAX = 1024


@dataclass(frozen=True, slots=True)
class Head:
    """What a feed says of itself."""

    title: str = ""
    language: str = ""
    site: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry's raw strings; `images` are (address, alt, width, height) in the order of preference."""

    guid: str = ""
    link: str = ""
    title: str = ""
    summary: str = ""
    content: str = ""
    authors: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    published: str = ""
    updated: str = ""
    language: str = ""
    base: str = ""
    images: tuple[tuple[str, str, object, object], ...] = ()


def article(entry: Entry, head: Head, feed_url: str) -> FetchedArticle:
    """Make an article of an entry; what it lacks is taken from what it has: a title from the text, an address from the guid or site."""
    base = entry.base or head.site or feed_url
    url = _address(entry, base, head, feed_url)
    language = (entry.language or head.language).strip().lower()
    whole = text.read(entry.content or entry.summary, url or base)
    short = text.read(entry.summary, url or base) if entry.summary else whole
    title = text.line(entry.title) or text.cut(short.text, 80) or url
    published = dates.parse(entry.published, language) or dates.parse(entry.updated, language)
    return FetchedArticle(
        url=url,
        title=title,
        guid=text.squeezed(entry.guid)[:_GUID_MAX],
        summary=text.summary(short.paragraphs or whole.paragraphs, language or "en"),
        authors=_names(entry.authors, _MOST_AUTHORS),
        categories=_names(entry.categories, _MOST_CATEGORIES),
        image=_image(entry, whole, short, base),
        published=published,
        updated=dates.parse(entry.updated, language),
        date_quality=DateQuality.SOURCE if published else DateQuality.MISSING,
        language=language,
        direction=text.direction(title),
        minutes=text.minutes(whole.text) if entry.content else None,
    )


def _address(entry: Entry, base: str, head: Head, feed_url: str) -> str:
    """Return where the article stands: its link, else a guid that is an address, else the site."""
    for candidate in (entry.link, entry.guid if entry.guid.startswith(("http://", "https://")) else ""):
        if candidate.strip() and (found := urls.canonical(candidate.strip(), base)):
            return found
    return urls.canonical(head.site, feed_url) if head.site else urls.canonical(feed_url)


def _names(found: Sequence[str], most: int) -> tuple[str, ...]:
    clean = (text.line(one, 200) for one in found)
    return tuple(dict.fromkeys(one for one in clean if one))[:most]


def _image(entry: Entry, whole: text.Markup, short: text.Markup, base: str) -> Image | None:
    for url, alt, width, height in entry.images:
        if found := text.picture(url, base, alt, width, height):
            return found
    return whole.image or short.image
