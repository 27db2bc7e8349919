"""Feeds that a web page tells of: its bytes go in, the addresses of its feeds come out, the best first."""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from selectolax.lexbor import LexborHTMLParser, LexborNode

from digest.sources import webpage

_MOST = 100
_MOST_LINKS = 5_000
_FEED_TYPE = re.compile(r"^(application/(rss|atom|rdf|feed)\+(xml|json)|(application|text)/(rss|atom|rdf|xml))$")
_FEED_REL = {"alternate", "feed"}
_FEED_PATH = re.compile(
    r"(^|/)(feed|feeds|rss|rss2|atom|rdf)/?$|\.(rss|atom|rdf)$|(^|/)[\w.-]*(feed|rss|atom|index)[\w.-]*\.(xml|json)$|"
    r"/feeds?/(posts|rss|atom)\b|/rss/[\w./-]+\.xml$"
)
_FEED_QUERY = re.compile(r"(^|&)(feed|format|type|output)=(rss|rss2|atom|rdf|feed|xml)\b|(^|&)(feed|rss)(=|&|$)")
_FEED_WORD = re.compile(r"\b(rss|atom|feed)\b", re.IGNORECASE)
_COMMENTS = re.compile(r"/comments?/|comments?[./_-]?(feed|rss|default|atom)|[?&]feed=comments", re.IGNORECASE)
_COMMENT_WORD = re.compile(
    r"\b(comments?|comentarios?|commentaires?|kommentar\w*|comentários?|commenti|reacties)\b", re.IGNORECASE
)
_SHARED = re.compile(r"=https?(%3a|:)", re.IGNORECASE)  # a button that passes this page on to another site
_NO_FEED = re.compile(r"oembed|opensearch|wlwmanifest|sitemap|/xmlrpc|/wp-json/", re.IGNORECASE)


def feed_addresses(body: bytes, url: str, content_type: str = "") -> tuple[str, ...]:
    """Return the absolute addresses of a page’s feeds, those of comments last; links in its text count only where it has no other."""
    return addresses_in(webpage.document(body, content_type), url)


def addresses_in(tree: LexborHTMLParser, url: str) -> tuple[str, ...]:
    """Return the same of a page that is parsed already."""
    base = webpage.base_of(tree, url)
    found = list(_declared(tree, base)) or list(_linked(tree, base))
    found.sort(key=lambda one: one[1])  # stable: the page's order within articles, and within comments
    return tuple(dict.fromkeys(address for address, _ in found))[:_MOST]


def _declared(tree: LexborHTMLParser, base: str) -> Iterator[tuple[str, bool]]:
    """Yield what `<link rel=alternate>` declares (RSS autodiscovery; HTML, section 4.6.7.1), and whether it is of comments."""
    for node in tree.css("link[href]")[:_MOST_LINKS]:
        if not _FEED_REL & set(webpage.attribute(node, "rel").lower().split()):
            continue
        address = _address(node, base)
        title = webpage.attribute(node, "title")
        if address and _is_feed(webpage.attribute(node, "type"), address, title):
            yield address, _of_comments(address, title)


def _linked(tree: LexborHTMLParser, base: str) -> Iterator[tuple[str, bool]]:
    """Yield links whose address looks like a feed's."""
    for node in tree.css("a[href]")[:_MOST_LINKS]:
        written = webpage.attribute(node, "href")
        address = _address(node, base)
        if address and (written.lower().startswith("feed:") or _looks_like_feed(address)):
            yield address, _of_comments(address, webpage.attribute(node, "title"))


def _address(node: LexborNode, base: str) -> str:
    """Return where a link leads; `feed:` stands before a whole address or in place of its scheme."""
    written = webpage.attribute(node, "href")
    if written.lower().startswith("feed:"):
        rest = written[len("feed:") :]
        written = f"http:{rest}" if rest.startswith("//") else rest
    return webpage.joined(base, written).partition("#")[0] if written else ""


def _is_feed(kind: str, address: str, title: str) -> bool:
    mime = kind.partition(";")[0].strip().lower()
    if _NO_FEED.search(address):
        return False
    if mime == "application/json":
        return _looks_like_feed(address) or bool(_FEED_WORD.search(title))
    if mime:
        return bool(_FEED_TYPE.match(mime))
    return _looks_like_feed(address) or bool(_FEED_WORD.search(title))


def _looks_like_feed(address: str) -> bool:
    parts = urlsplit(address)
    if _NO_FEED.search(address) or _SHARED.search(parts.query):
        return False
    return bool(_FEED_PATH.search(parts.path.lower()) or _FEED_QUERY.search(parts.query.lower()))


def _of_comments(address: str, title: str) -> bool:
    return bool(_COMMENTS.search(address) or _COMMENT_WORD.search(title))
