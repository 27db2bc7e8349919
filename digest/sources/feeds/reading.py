"""RSS, Atom and JSON Feed: a feed's bytes go in, its articles come out, whatever its faults; no address is looked up, no file read."""

import re
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import urljoin

from digest.errors import NotAFeedError
from digest.sources import dates, entry, urls
from digest.sources.entry import Entry, Head
from digest.sources.feeds import decoding, entries, jsonfeed, parsing
from digest.values import FetchedArticle

MOST_ITEMS = 2000
_ITEM = re.compile(r"<(?:\w+:)?(?:item|entry)[\s>/]", re.IGNORECASE)
_ITEM_END = re.compile(r"</(?:\w+:)?(?:item|entry)\s*>", re.IGNORECASE)
_ITEM_DATE = re.compile(r"<(?:\w+:)?(?:pubDate|date|published|issued|updated)\s*>([^<]{4,80})<", re.IGNORECASE)
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_W3C_NAMES = re.compile(
    r"<!ENTITY\s+%\s+[\w.-]+\s+PUBLIC\s+\"-//W3C//[^\"<>]*\"\s+\"[^\"<>]*\"\s*>"
)  # old RSS 1.0 names HTML's characters
_ROOT = re.compile(r"<(?:[\w.-]+:)?([A-Za-z_][\w.-]*)")


@dataclass(frozen=True, slots=True)
class ParsedFeed:
    """What a feed came to, articles in document order.

    `site` is the site's absolute address, `generator` what the feed was made with, `minutes` how long it asks to be left alone,
    `hub` and `topic` where it is pushed from (W3C WebSub, section 4).
    """

    title: str
    language: str
    articles: tuple[FetchedArticle, ...]
    notes: tuple[str, ...] = ()
    site: str = ""
    generator: str = ""
    minutes: int | None = None
    hub: str = ""
    topic: str = ""


def read(body: bytes, url: str, content_type: str = "", now: datetime | None = None) -> ParsedFeed:
    """Read a feed of any format; `now` tells the year of dates that lack it. Raises NotAFeedError when it is none."""
    document = decoding.text_of(body, content_type)
    notes: tuple[str, ...] = ()
    if jsonfeed.is_json(document):
        head, found = jsonfeed.parse(document)
    else:
        _guard(document)
        document, notes = _newest(decoding.mended(document))
        head, found = _parse_xml(document, url)
    if len(found) > MOST_ITEMS:
        found, notes = found[:MOST_ITEMS], (_cut_note(len(found), "first"),)
    site = urls.canonical(head.site, url) if head.site else ""
    head = replace(head, title=entry.headline(head.title) or site or url, site=site)
    return ParsedFeed(
        title=head.title,
        language=head.language.strip(),
        articles=tuple(entry.article(one, head, url, now) for one in found),
        notes=notes,
        site=site,
        generator=head.generator,
        minutes=head.minutes,
        hub=_joined(url, head.hub),
        topic=_joined(url, head.topic),
    )


def _joined(base: str, address: str) -> str:
    """Return an address as it is written, made absolute; empty where it is none of the web."""
    try:
        found = urljoin(base, address) if address else ""
    except ValueError:
        return ""
    return found if found.startswith(("http://", "https://")) else ""


def _guard(document: str) -> None:
    """Refuse what only an attack needs, and a web page, before any parser sees it."""
    bare = _COMMENT.sub("", document[: 1024 * 1024])
    root = _ROOT.search(bare)
    prolog = bare[: root.start()] if root else bare
    if "<!ENTITY" in _W3C_NAMES.sub("", prolog).upper():
        raise NotAFeedError(
            "It declares entities, which no feed needs.", hint="It looks like an attack: ask its publisher."
        )
    if root and root[1].lower() == "html":
        raise NotAFeedError("It is a web page.", hint="Name a feed's address in the source's url.")


def _newest(document: str) -> tuple[str, tuple[str, ...]]:
    """Cut what no newsroom needs: of more than 2,000 items the newest stay, the first ones or, in a feed that grows downwards, the last."""
    starts = [match.start() for match in _ITEM.finditer(document)]
    if len(starts) <= MOST_ITEMS:
        return document, ()
    first, last = _day(document, starts[0], starts[1]), _day(document, starts[-1], len(document))
    if first and last and first < last:
        return document[: starts[0]] + document[starts[-MOST_ITEMS] :], (_cut_note(len(starts), "last"),)
    end = max((match.end() for match in _ITEM_END.finditer(document, starts[-1])), default=len(document))
    return document[: starts[MOST_ITEMS]] + document[end:], (_cut_note(len(starts), "first"),)


def _day(document: str, start: int, end: int) -> datetime | None:
    written = _ITEM_DATE.search(document, start, end)
    return dates.parse(written[1]) if written else None


def _cut_note(found: int, which: str) -> str:
    return f"It has {found:,} items; the {which} {MOST_ITEMS:,} were read."


def _parse_xml(document: str, url: str) -> tuple[Head, list[Entry]]:
    feed, found, version = parsing.parse(document)
    if not found and not version:
        raise NotAFeedError("It has no entries.", hint="Name a feed's address in the source's url.")
    head = entries.head_of(feed)
    site = urls.canonical(head.site, url) if head.site else ""
    atom = version.startswith("atom")
    return head, [entries.entry_of(one, feed, site, url, atom=atom) for one in found[: MOST_ITEMS + 1]]
