"""RSS, Atom and JSON Feed: a feed's bytes go in, its articles come out, whatever its faults; no address is looked up, no file read."""

import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import feedparser

from digest.config import SourceTable
from digest.errors import NotAFeedError
from digest.sources import entry, jsonfeed, text
from digest.sources.entry import Entry, Head
from digest.sources.http import Http
from digest.sources.registry import address_of, no_keys_left
from digest.values import Fetched, FetchedArticle, SourceCategory, SourceState

_MOST_ITEMS = 2000
_LOOK_FOR_ENTITIES = 64 * 1024
_ITEM = re.compile(rb"<(?:\w+:)?(?:item|entry)[\s>/]", re.IGNORECASE)
_BARE_AMPERSAND = re.compile(
    rb"<!\[CDATA\[.*?\]\]>|&(?!(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,31});)", re.DOTALL
)


@dataclass(frozen=True, slots=True)
class ParsedFeed:
    """What a feed came to, articles in document order."""

    title: str
    language: str
    articles: tuple[FetchedArticle, ...]
    notes: tuple[str, ...] = ()


class Feed:
    """A source of kind `feed`."""

    def __init__(self, table: SourceTable, http: Http) -> None:
        """Read the feed at the table's url. Raises ConfigError for keys of no use here."""
        no_keys_left(table)
        address_of(table)
        self._table = table
        self._http = http

    def fetch(self, state: SourceState) -> Fetched:
        """Return what the feed has now. Raises FetchError, NotAFeedError."""
        table = self._table
        answer = self._http.get(
            table.url,
            headers=table.headers,
            validators=state.validators,
            allow_private=table.allow_private_addresses,
        )
        if answer.unchanged:
            return Fetched(unchanged=True, validators=answer.validators)
        try:
            parsed = parse_feed(answer.body, answer.url, answer.headers.get("content-type", ""))
        except NotAFeedError as error:
            raise NotAFeedError(f"{table.url}: {error.detail}", hint=error.hint) from error
        names = dict.fromkeys(name for one in parsed.articles for name in one.categories)
        return Fetched(
            articles=parsed.articles,
            categories=tuple(SourceCategory(key=name, name=name) for name in names),
            validators=answer.validators,
            title=parsed.title,
            notes=parsed.notes,
        )


def parse_feed(body: bytes, url: str, content_type: str = "") -> ParsedFeed:
    """Read a feed of any format. Raises NotAFeedError when it is none."""
    notes: tuple[str, ...] = ()
    if jsonfeed.is_json(body):
        head, entries = jsonfeed.parse(body)
    else:
        body, notes = _guarded(body)
        head, entries = _parse_xml(body, content_type)
    return ParsedFeed(
        text.line(head.title), head.language, tuple(entry.article(one, head, url) for one in entries), notes
    )


def _guarded(body: bytes) -> tuple[bytes, tuple[str, ...]]:
    """Refuse what only an attack needs, cut what no newsroom needs, mend what the parser would get wrong."""
    if b"<!ENTITY" in body[:_LOOK_FOR_ENTITIES].replace(b"\x00", b"").upper():
        raise NotAFeedError(
            "It declares entities, which no feed needs.", hint="It looks like an attack: ask its publisher."
        )
    starts = [match.start() for match in _ITEM.finditer(body)]
    notes: tuple[str, ...] = ()
    if len(starts) > _MOST_ITEMS:
        end = max(body.rfind(b"</item>") + len(b"</item>"), body.rfind(b"</entry>") + len(b"</entry>"))
        body = body[: starts[_MOST_ITEMS]] + body[max(end, starts[_MOST_ITEMS]) :]
        notes = (f"It has {len(starts):,} items; the first {_MOST_ITEMS:,} were read.",)
    return _BARE_AMPERSAND.sub(lambda match: match[0] if len(match[0]) > 1 else b"&amp;", body), notes


def _parse_xml(body: bytes, content_type: str) -> tuple[Head, list[Entry]]:
    headers = {"content-type": content_type} if content_type else {}
    parsed: Any = feedparser.parse(
        io.BytesIO(body), response_headers=headers, resolve_relative_uris=True, sanitize_html=False
    )
    if not parsed.entries and not parsed.get("version"):
        what = "It is a web page." if re.search(rb"<html[\s>]", body[:4096], re.IGNORECASE) else "It has no entries."
        raise NotAFeedError(what, hint="Name a feed's address in the source's url.")
    feed = parsed.feed
    head = Head(str(feed.get("title", "")), str(feed.get("language", "") or ""), str(feed.get("link", "") or ""))
    atom = str(parsed.get("version", "")).startswith("atom")
    return head, [_entry(one, feed, atom=atom) for one in parsed.entries]


def _entry(one: Mapping[str, Any], feed: Mapping[str, Any], *, atom: bool) -> Entry:
    contents = [str(part.get("value", "")) for part in one.get("content") or ()]
    published = str(one.get("published") or "")
    updated = str(one["updated"] or "") if "updated" in one else ""  # get() would answer with `published`
    if not atom and updated and published:
        published, updated = updated, ""  # in RSS “updated” is dc:date, which wins over pubDate
    summary = str(one.get("summary") or "")
    return Entry(
        guid=str(one.get("id") or ""),
        link=str(one.get("link") or _first_link(one)),
        title=str(one.get("title") or ""),
        summary=summary,
        content=max(contents, key=len, default=""),
        authors=tuple(_authors(one)) or tuple(_authors(feed)),
        categories=tuple(str(tag.get("label") or tag.get("term") or "") for tag in one.get("tags") or ()),
        published=published or str(one.get("created") or ""),
        updated=updated,
        language=str((one.get("title_detail") or {}).get("language") or ""),
        base=str((one.get("title_detail") or {}).get("base") or ""),
        images=tuple(_images(one)),
    )


def _first_link(one: Mapping[str, Any]) -> str:
    return next(
        (str(link["href"]) for link in one.get("links") or () if link.get("href") and link.get("rel") != "enclosure"),
        "",
    )


def _authors(node: Mapping[str, Any]) -> Iterator[str]:
    for author in node.get("authors") or ():
        if author.get("name") or author.get("email"):
            yield str(author.get("name") or author.get("email"))


def _images(one: Mapping[str, Any]) -> Iterator[tuple[str, str, object, object]]:
    """Yield pictures that come beside the text: media (the widest first), thumbnails, enclosures."""
    media = [part for part in one.get("media_content") or () if _is_image(part)]
    for part in sorted(media, key=lambda part: text.number(part.get("width")) or 0, reverse=True):
        yield str(part.get("url", "")), "", part.get("width"), part.get("height")
    for part in one.get("media_thumbnail") or ():
        yield str(part.get("url", "")), "", part.get("width"), part.get("height")
    for part in one.get("enclosures") or ():
        if str(part.get("type", "")).startswith("image/"):
            yield str(part.get("href", "")), "", None, None


def _is_image(part: Mapping[str, Any]) -> bool:
    kind = str(part.get("medium") or part.get("type") or "")
    return kind.startswith("image") or (
        not kind and bool(re.search(r"\.(jpe?g|png|gif|webp)($|\?)", str(part.get("url", ""))))
    )
