"""What feedparser found becomes a feed's head and entries: its dictionaries go in, our values come out, whatever the format."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import urljoin, urlsplit

from digest.sources import entry, text
from digest.sources.entry import Entry, Head
from digest.sources.feeds.parsing import Node
from digest.sources.pictures import Candidate

_PICTURE_NAME = re.compile(r"\.(jpe?g|png|gif|webp|avif)($|\?)", re.IGNORECASE)
_ADDRESS = r"[^\s@()<>,;:\"]+@[^\s@()<>,;:\"]+"
_MAIL_FIRST = re.compile(rf"^\W*(?:mailto:)?{_ADDRESS}\W*\((?P<name>[^()]*(?:\([^()]*\)[^()]*)*)\)\W*$")
_MAIL_WITHIN = re.compile(rf"[\s(<\[]*(?:mailto:)?{_ADDRESS}[)>\]]*", re.IGNORECASE)
_SUMMARIES = ("summary", "itunes_summary", "media_description", "itunes_subtitle")
_PERIODS_MINUTES = {"hourly": 60, "daily": 1440, "weekly": 10_080, "monthly": 43_200, "yearly": 525_600}
_WEB = re.compile(r"https?://", re.IGNORECASE)
_NOT_THE_ARTICLE = {"self", "edit", "replies", "enclosure", "hub", "next", "first", "last", "previous", "license"}


def head_of(feed: Node) -> Head:
    """Read what a feed says of itself."""
    links = {str(link.get("rel")): str(link.get("href") or "") for link in feed.get("links") or ()}
    return Head(
        title=_said(feed, "title"),
        language=_said(feed, "language") or _said(feed, "dc_language"),
        site=_said(feed, "link"),
        generator=" ".join((_said(feed, "generator"), *map(str, (feed.get("generator_detail") or {}).values()))),
        minutes=_pause(feed),
        hub=links.get("hub", ""),
        topic=links.get("self", ""),
    )


def entry_of(one: Node, feed: Node, site: str, feed_url: str, *, atom: bool) -> Entry:
    """Read one entry; `site` is the site's absolute address, where the feed names it."""
    links = [link for link in _links(one, atom=atom) if link]
    published = [str(one[name]) for name in ("dc_date", "published", "created") if _said(one, name)]
    contents = [str(part.get("value") or "") for part in one.get("content") or ()]
    return Entry(
        guid=_said(one, "id"),
        link=links[0] if links else "",
        links=tuple(links[1:]),
        title=_said(one, "title"),
        summary=next((found for name in _SUMMARIES if (found := _said(one, name))), ""),
        content=max(contents, key=len, default=""),
        authors=_first_authors(one, one.get("source") or {}, feed),
        categories=tuple(str(tag.get("label") or tag.get("term") or "") for tag in one.get("tags") or ()),
        published=published[0] if published else "",
        dates=tuple(published[1:]),
        updated=_said(one, "updated") or _said(one, "dc_date"),
        language=_said(one, "language") or _said(one, "dc_language") or _said(one, "lang"),
        base=_joined(_stands_in(site, feed_url, atom=atom), _said(one, "base")),
        images=tuple(_images(one)),
    )


def _stands_in(site: str, feed_url: str, *, atom: bool) -> str:
    """Return where relative addresses stand: in Atom in the feed (RFC 4287, section 2), unless another host serves it for the site."""
    own = atom and urlsplit(site).hostname == urlsplit(feed_url).hostname
    return feed_url if own or not site else site


def person(written: str) -> tuple[str, str]:
    """Return a byline without the mail address in it, and that address: `mail (Name)`, `Name <mail>` and the like (RSS 2.0, author)."""
    plain = entry.headline(written)
    found = re.search(_ADDRESS, plain)
    if found is None:
        return plain, ""
    turned = _MAIL_FIRST.match(plain)
    name = turned["name"] if turned else _MAIL_WITHIN.sub(" ", plain)
    return name.strip(" ,;"), found[0].removeprefix("mailto:")


def _first_authors(*nodes: Node) -> tuple[str, ...]:
    """Return the authors of the first that names some: the entry, the feed it was taken from (RFC 4287, section 4.2.1), the feed."""
    for node in nodes:
        people = [
            person(str(author.get("name") or author.get("email") or ""))
            for author in node.get("authors") or ()
            if author
        ]
        named = [name for name, _ in people if name]
        if found := tuple(named or [mail for _, mail in people if mail]):
            return found
    return ()


def _links(one: Node, *, atom: bool) -> Iterator[str]:
    """Yield addresses that may be the article's, the best first."""
    yield from (_said(one, name) for name in ("feedburner_origlink", "pheedo_origlink", "link"))
    links = [(str(link.get("rel", "")), str(link.get("href") or "")) for link in one.get("links") or ()]
    yield from (href for rel, href in links if rel == "alternate")
    guid = _said(one, "id")
    if one.get("guidislink", True) and (_WEB.match(guid) or (not atom and guid.startswith("/"))):
        yield guid
    yield from (href for rel, href in links if rel not in _NOT_THE_ARTICLE)
    yield from (href for rel, href in links if rel == "enclosure")


def _images(one: Node) -> Iterator[Candidate]:
    """Yield pictures that come beside the text: media (the widest first), thumbnails, an entry's own image, enclosures."""
    media = [part for part in one.get("media_content") or () if _is_image(part)]
    for part in sorted(media, key=lambda part: text.number(part.get("width")) or 0, reverse=True):
        yield _sized(part)
    yield from (_sized(part) for part in one.get("media_thumbnail") or ())
    image = one.get("image") or {}
    yield from (Candidate(url) for url in (str(image.get("href") or ""), _said(one, "picture")) if url)
    for link in one.get("links") or ():
        if link.get("rel") == "enclosure" and _is_image({"url": link.get("href"), "type": link.get("type")}):
            yield Candidate(str(link.get("href")), kind=str(link.get("type") or ""))


def _sized(part: Mapping[str, Any]) -> Candidate:
    address = str(part.get("url") or part.get("href") or "")
    return Candidate(
        address,
        width=text.number(part.get("width")),
        height=text.number(part.get("height")),
        kind=str(part.get("type") or ""),
    )


def _is_image(part: Mapping[str, Any]) -> bool:
    kind = str(part.get("medium") or part.get("type") or "")
    return kind.startswith("image") or (not kind and bool(_PICTURE_NAME.search(str(part.get("url", "")))))


def _pause(feed: Node) -> int | None:
    """Return for how many minutes the publisher asks to be left alone (RSS 2.0, ttl; the syndication module of RSS 1.0)."""
    period = _PERIODS_MINUTES.get(_said(feed, "sy_updateperiod").lower(), 0)
    often = text.number(_said(feed, "sy_updatefrequency")) or 1
    asked: Iterable[int] = (text.number(_said(feed, "ttl")) or 0, period // often)
    return max(asked) or None


def _joined(base: str, address: str) -> str:
    try:
        return urljoin(base, address)
    except ValueError:
        return base


def _said(node: Node, name: str) -> str:
    value = node.get(name)
    return value.strip() if isinstance(value, str) else ""
