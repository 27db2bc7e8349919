"""One entry of any feed as its format gave it, and how it becomes an article: clean text, absolute address, aware times."""

import html
import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urljoin

from digest.sources import dates, pictures, text, urls
from digest.sources.pictures import Candidate
from digest.values import DateQuality, FetchedArticle

_MOST_CATEGORIES = 50
_MOST_AUTHORS = 20
_MOST_IMAGES = 20
_GUID_MAX = 1024
_BODY_MAX = 500_000
_TITLE_FROM_TEXT = 80
_TITLE_MARKUP_MAX = 20_000
_SLASHES_OF_A_HOST = 3
_HOST = re.compile(r"https?://([^/?#]+)", re.IGNORECASE)
_TAGS = (
    "a|abbr|acronym|address|article|aside|audio|b|base|bdi|bdo|big|blink|blockquote|body|br|button|canvas|center|cite|code|col|data|dd|del"
    "|details|dfn|dir|div|dl|dt|em|embed|fieldset|figcaption|figure|font|footer|form|frame|h[1-6]|head|header|hr|html|i|iframe|img|input"
    "|ins|kbd|label|legend|li|link|main|map|mark|marquee|math|menu|meta|nav|nobr|noscript|object|ol|option|p|param|picture|pre|q|rp|rt"
    "|ruby|s|samp|script|section|select|small|source|span|strike|strong|style|sub|summary|sup|svg|table|tbody|td|template|textarea|tfoot"
    r"|th|thead|time|title|tr|tt|u|ul|var|video|wbr|[a-z][a-z0-9]*:[a-z][\w.-]*"
)
_TAG = re.compile(rf"</?(?:{_TAGS})(?:[\s/][^<>]*)?>|<!--.*?(?:-->|\Z)|<!DOCTYPE[^<>]*>", re.IGNORECASE | re.DOTALL)
_UNREADABLE = re.compile(r"<(script|style|iframe|template|svg)\b[^>]*>.*?(?:</\1\s*>|\Z)", re.IGNORECASE | re.DOTALL)
_BREAK = re.compile(r"<(?:br|p|div|li|h[1-6]|td)\b|</(?:p|div|li|h[1-6]|td)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Head:
    """What a feed says of itself; `minutes` is how long it asks to be left alone, `hub` and `topic` where it is pushed from."""

    title: str = ""
    language: str = ""
    site: str = ""
    generator: str = ""
    minutes: int | None = None
    hub: str = ""
    topic: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry's raw strings, as markup; `plain` is its content as plain text, escaped, where the source gives that too.

    `links` are addresses to take where `link` is of no use, `dates` the same for `published`; `base` is where relative addresses
    stand; `images` come in the order of preference.
    """

    guid: str = ""
    link: str = ""
    links: tuple[str, ...] = ()
    title: str = ""
    summary: str = ""
    content: str = ""
    plain: str = ""
    authors: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    published: str = ""
    dates: tuple[str, ...] = ()
    updated: str = ""
    language: str = ""
    base: str = ""
    images: tuple[Candidate, ...] = ()


def article(entry: Entry, head: Head, feed_url: str, now: datetime | None = None) -> FetchedArticle:
    """Make an article of an entry; what it lacks is taken from what it has: a title from the text, an address from the site.

    `now` tells the year of dates that lack it.
    """
    base = urljoin(feed_url, entry.base or head.site)
    url = _address(entry, base, head, feed_url)
    whole = text.read((entry.content or entry.summary)[:_BODY_MAX], url or base)
    short = text.read(entry.summary[:_BODY_MAX], url or base) if entry.summary and entry.content else text.Markup(())
    language = text.language(entry.language, head.language, text=whole.text)
    own_title = headline(entry.title)
    title = own_title or text.cut(short.text or headline(entry.plain) or whole.text, _TITLE_FROM_TEXT) or url
    published = _first_date((entry.published, *entry.dates, entry.updated), language, now)
    return FetchedArticle(
        url=url,
        title=title,
        guid=text.squeezed(entry.guid)[:_GUID_MAX],
        summary=text.excerpt(short, whole, language or "en", title=own_title),
        authors=_names(entry.authors, _MOST_AUTHORS),
        categories=_names(entry.categories, _MOST_CATEGORIES),
        image=pictures.best(_pictures(entry, whole, short), base),
        published=published,
        updated=_first_date((entry.updated,), language, now),
        date_quality=DateQuality.SOURCE if published else DateQuality.MISSING,
        language=language,
        direction=text.direction(title, language),
        minutes=text.minutes(whole.text) if entry.content else None,
        text=whole.text if entry.content else "",
    )


def headline(markup: str) -> str:
    """Return a title as plain text on one line.

    Tags of HTML go, and what no reader should read with them; other angle brackets are what the title is about (`5 < 8`, `</example>`).
    Entities are unescaped once: feeds write titles as markup, whatever they declare.
    """
    markup = markup[:_TITLE_MARKUP_MAX]
    if "<" in markup:
        markup = _TAG.sub("", _BREAK.sub(r" \g<0>", _UNREADABLE.sub("", markup)))
    plain = html.unescape(markup) if "&" in markup else markup
    if "<" in plain:
        plain = _UNREADABLE.sub("", plain)
    return text.squeezed(plain)[: text.TITLE_MAX].strip()


def _address(entry: Entry, base: str, head: Head, feed_url: str) -> str:
    """Return where the article stands: the first of its addresses that is one of the web, else the site."""
    hosts = {found[1] for one in (feed_url, head.site) if (found := _HOST.match(one))}
    for candidate in (entry.link, *entry.links):
        if candidate and (shown := _shown(candidate, base, hosts)):
            return shown
    return (_shown(head.site, feed_url, hosts) if head.site else "") or _shown(feed_url, "", hosts)


def _shown(written: str, base: str, hosts: Collection[str]) -> str:
    """Return the address to show; a bare host stays bare, as its publisher wrote it."""
    found = urls.canonical(written, base, hosts)
    bare = found.endswith("/") and found.count("/") == _SLASHES_OF_A_HOST and not written.rstrip().endswith("/")
    return found[:-1] if bare and "//" in written else found


def _first_date(written: Sequence[str], language: str, now: datetime | None) -> datetime | None:
    return next((found for one in written if one and (found := dates.parse(one, language, now))), None)


def _names(found: Sequence[str], most: int) -> tuple[str, ...]:
    clean = (headline(one)[:200].strip() for one in found)
    return tuple(dict.fromkeys(one for one in clean if one))[:most]


def _pictures(entry: Entry, whole: text.Markup, short: text.Markup) -> Iterator[Candidate]:
    """Yield what may stand beside the article: what came with it, then what stands in its text."""
    yield from entry.images[:_MOST_IMAGES]
    yield from (Candidate.of(one) for one in (whole.image, short.image) if one)
