"""A page's headline without its site's name: what the page calls itself in several places goes in, what they agree on comes out."""

import re
from collections.abc import Iterator, Sequence
from urllib.parse import urlsplit

from selectolax.lexbor import LexborHTMLParser

from digest.sources import text, urls, webpage
from digest.sources.jsonld import Thing, string
from digest.sources.metas import Metas

_SEPARATOR = re.compile(r"\s+(?:[|–—\-»«·•>/~]|::|\|\||<|←|→)+\s+|\s*(?:\||»|::|›)\s*")
_HEADINGS = (
    "h1[itemprop~='headline'],[itemprop~='headline'],h1.entry-title,h1.post-title,h1.headline,h1.article-title,.entry-title,.post-title,"
    "article h1,main h1,h1,h2.entry-title,h2.headline,.headline"
)
_MOST = 12
_SHORT = 12
_NAME_LEAST = 4


def headline(tree: LexborHTMLParser, metas: Metas, article: Thing, site: str, url: str) -> str:
    """Return the article's headline, empty where the page has no words for it."""
    names = _site_names(site, url) | set(_names_of_parents(tree, url))
    claims = [
        string(article, "headline", "name"),
        metas.first("og:title"),
        metas.first("twitter:title", "sailthru.title", "parsely-title", "dc.title", "title"),
    ]
    whole = _title(tree)
    shown = [*_linking_here(tree, url, whole), *_headings(tree, names)]
    candidates = [_without_site(text.line(one), names, shown) for one in claims if one]
    candidates += shown[:3]
    if whole:
        candidates.append(_without_site(whole, names, [*shown, *candidates]))
    return _agreed([one for one in candidates if one and _folded(one) not in names], shown, whole) or text.line(
        whole or next(iter(shown), "")
    )


def _agreed(candidates: Sequence[str], shown: Sequence[str], whole: str) -> str:
    """Return the candidate that most others repeat or hold; of equals the first."""
    title, seen = _folded(whole), {_folded(one) for one in shown}

    def support(one: str) -> tuple[int, int]:
        folded = _folded(one)
        votes = sum(1 for other in candidates if _folded(other) == folded)
        return votes + (folded in title) + (folded in seen), -candidates.index(one)

    return max(candidates, key=support, default="")


def _linking_here(tree: LexborHTMLParser, url: str, whole: str) -> Iterator[str]:
    """Yield headings that link to this very page, as blogs have them above each of their posts, if its title has them too."""
    for node in tree.css("h1 a[href],h2 a[href],h3 a[href]")[: 4 * _MOST]:
        found = text.line(node.text(separator=" "))
        if _folded(found) in _folded(whole) and urls.key(
            webpage.joined(url, webpage.attribute(node, "href"))
        ) == urls.key(url):
            yield found


def _headings(tree: LexborHTMLParser, names: set[str]) -> Iterator[str]:
    """Yield the headings that may be the article's, marked ones first, none that is the site's own name."""
    for selector in _HEADINGS.split(","):
        for node in tree.css(selector)[:_MOST]:
            found = text.line(node.text(separator=" "))
            if found and _folded(found) not in names:
                yield found


def _title(tree: LexborHTMLParser) -> str:
    node = tree.css_first("head title") or tree.css_first("title")
    return text.line(node.text(separator=" ")) if node is not None else ""


def _without_site(title: str, names: set[str], known: Sequence[str]) -> str:
    """Cut what stands before or after the headline: a part that is the site's name, or all but what another place calls it."""
    folded = {_folded(one) for one in known}
    parts = _parts(title)
    for part in parts:
        if len(part) > _SHORT and _folded(part) in folded and _folded(title) not in folded:
            return part
    start, end = 0, len(parts)
    spans = _spans(title)
    while end - start > 1 and _is_site(parts[end - 1], names):
        end -= 1
    while end - start > 1 and _is_site(parts[start], names):
        start += 1
    if end - start == len(parts) and len(parts) > 1 and _folded(title) not in folded:
        return _longest_cut(title, parts, spans, folded)
    return title[spans[start][0] : spans[end - 1][1]]


def _longest_cut(title: str, parts: Sequence[str], spans: Sequence[tuple[int, int]], known: set[str]) -> str:
    """Return the run of parts that another place has as its headline, else the title as it is."""
    for size in range(len(parts) - 1, 0, -1):
        for start in range(len(parts) - size + 1):
            run = title[spans[start][0] : spans[start + size - 1][1]]
            if _folded(run) in known:
                return run
    return title


def _spans(title: str) -> list[tuple[int, int]]:
    spans, start = [], 0
    for match in _SEPARATOR.finditer(title):
        if match.start() > start:
            spans.append((start, match.start()))
        start = match.end()
    return [*spans, (start, len(title))] if start < len(title) else spans or [(0, len(title))]


def _parts(title: str) -> list[str]:
    return [title[start:end] for start, end in _spans(title)]


def _is_site(part: str, names: set[str]) -> bool:
    folded = _folded(part)
    return folded in names or any(
        len(name) >= _NAME_LEAST and folded.startswith(name) and len(folded) < 2 * len(name) for name in names
    )


def _site_names(site: str, url: str) -> set[str]:
    """Return how a site may name itself: its declared name, its host, its host's own word."""
    host = (urlsplit(url).hostname or "").removeprefix("www.")
    words = host.split(".")
    names = {_folded(site), _folded(host), _folded(words[-2]) if len(words) > 1 else "", _folded(words[0])}
    return {name for name in names if name}


def _names_of_parents(tree: LexborHTMLParser, url: str) -> Iterator[str]:
    """Yield headings that link to a page above this one: a blog heads each of its pages with its own name."""
    for node in tree.css("h1 a[href],h2 a[href],.site-title a[href],[rel~='home'][href]")[:_MOST]:
        target = webpage.joined(url, webpage.attribute(node, "href")).partition("#")[0].rstrip("/")
        found = _folded(node.text(separator=" "))
        if target and found and len(target) < len(url.rstrip("/")) and url.startswith(f"{target}/"):
            yield found


def _folded(title: str) -> str:
    return "".join(letter for letter in title.casefold() if letter.isalnum())
