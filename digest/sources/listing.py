"""A page that lists articles, a front page or a section's: its bytes go in, the addresses that look like articles' come out."""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from selectolax.lexbor import LexborNode

from digest.sources import urls, webpage

_MOST_LINKS = 5_000
_NO_ARTICLE = re.compile(
    r"/(tags?|categor(y|ies|ia)|authors?|autor(es)?|topics?|themen|search|login|signin|register|account|subscribe|abo|privacy|"
    r"datenschutz|impressum|terms|contact|kontakt|about|jobs|careers|advertis\w*|newsletters?|rss|feeds?|wp-(admin|content|json)|"
    r"page/\d+|cart|shop|print|share)(/|$|\.)|\.(jpe?g|png|gif|webp|svg|pdf|mp[34]|zip|css|js|xml|rss|json|ics)$",
    re.IGNORECASE,
)
_DAY = re.compile(r"/\d{4}[/-]\d{1,2}[/-]\d{1,2}(/|-|$)|/\d{8}[/_-]")
_NUMBER = re.compile(r"\d{5,}")
_WORDS = re.compile(r"[-_]")
_LONG_SLUG = 3  # hyphens: “four-words-and-more” is a headline, “about-us” is not
_HEADINGS = {"h1", "h2", "h3", "h4"}
_PARTS = {"article", "main"}
_ASIDES = {"nav", "footer", "aside"}
_NEAR = 12


def article_links(body: bytes, url: str, content_type: str = "", pattern: str = "") -> tuple[str, ...]:
    """Return the canonical addresses of the same site that a page links to and that look like articles, in the page's order.

    With a `pattern`, a regular expression, those whose address it is found in, and no others.
    """
    tree = webpage.document(body, content_type)
    base = webpage.base_of(tree, url)
    wanted = re.compile(pattern) if pattern else None
    found: dict[str, str] = {}
    for node in tree.css("a[href]")[:_MOST_LINKS]:
        address = urls.canonical(webpage.joined(base, webpage.attribute(node, "href")).partition("#")[0])
        if not address or not urls.same_site(address, url) or urls.key(address) == urls.key(url) or is_front(address):
            continue
        if wanted.search(address) if wanted else _looks_like_article(node, address):
            found.setdefault(urls.key(address), address)
    return tuple(found.values())


def is_front(url: str) -> bool:
    """Say whether an address is a site's front page."""
    parts = urlsplit(url)
    return parts.path.strip("/").lower() in {"", "index.html", "index.php", "home"} and not parts.query


def _looks_like_article(node: LexborNode, address: str) -> bool:
    """Judge by the address first: a day, a long number, a slug of many words; else by a heading in the page's main part."""
    path = urlsplit(address).path
    if _NO_ARTICLE.search(path):
        return False
    above = set(_tags_above(node))
    if above & _ASIDES and not above & _HEADINGS:
        return False
    slug = path.rstrip("/").rpartition("/")[2]
    if _DAY.search(path) or len(_WORDS.findall(slug)) >= _LONG_SLUG or _NUMBER.search(slug):
        return True
    headed = bool(above & _HEADINGS) or node.css_first("h1,h2,h3,h4") is not None
    return headed and (bool(above & _PARTS) or path.strip("/").count("/") >= 1)


def _tags_above(node: LexborNode) -> Iterator[str]:
    above = node.parent
    for _ in range(_NEAR):
        if above is None or above.tag is None:
            return
        yield above.tag
        above = above.parent
