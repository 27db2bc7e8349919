"""A page's headline without its site's name: what the page calls itself in several places goes in, what they agree on comes out."""

import re
from collections.abc import Iterator, Sequence
from urllib.parse import urlsplit

from selectolax.lexbor import LexborHTMLParser

from digest.sources import text, urls, webpage
from digest.sources.jsonld import Thing, string
from digest.sources.metas import Metas

_SEPARATOR = re.compile(r"\s+(?:[|–—\-»«·•>/~]|::|\|\||<|←|→)+\s+|\s*(?:\||»|::|›)\s*")
_UNMISTAKABLE = re.compile(r"\||»|::|›|←")
_HEADINGS = (
    "h1[itemprop~='headline'],[itemprop~='headline'],h1.entry-title,h1.post-title,h1.headline,h1.article-title,.entry-title,.post-title,"
    "article h1,main h1,h1,h2.entry-title,h2.headline,.headline"
)
_MOST = 12
_SHORT = 12
_NAME_LEAST = 4
_NAME_WORDS = 4


def headline(tree: LexborHTMLParser, metas: Metas, article: Thing, site: str, url: str) -> str:
    """Return the article's headline, empty where the page has no words for it."""
    names = _site_names(site, url) | set(_names_of_parents(tree, url))
    claims = [
        string(article, "headline", "name"),
        metas.first("og:title"),
        metas.first("twitter:title", "sailthru.title", "parsely-title", "dc.title", "title"),
    ]
    whole = _title(tree)
    shown = [*_linking_here(tree, url, whole), *_in_title(tree, names, whole), *_headings(tree, names)]
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
        here = webpage.joined(url, webpage.attribute(node, "href"))
        if _folded(found) in _folded(whole) and urls.key(here) == urls.key(url):
            yield found


def _in_title(tree: LexborHTMLParser, names: set[str], whole: str) -> list[str]:
    """Return headings of any rank that are a part of the title between its separators, the longest first."""
    parts = {_folded(part) for part in _parts(whole)} - names
    found = [text.line(node.text(separator=" ")) for node in tree.css("h1,h2,h3")[: 2 * _MOST]]
    return sorted((one for one in found if _folded(one) in parts), key=len, reverse=True)


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
    spans, parts = _spans(title), _parts(title)
    if len(parts) == 1 or _folded(title) in folded:
        return title
    if (run := _known_run(title, spans, folded - names)) and len(run) > _SHORT:
        return run
    start, end = 0, len(parts)
    while end - start > 1 and _is_site(parts[end - 1], names):
        end -= 1
    while end - start > 1 and _is_site(parts[start], names):
        start += 1
    if end - start == len(parts):
        return run or _likeliest(title, parts)
    return title[spans[start][0] : spans[end - 1][1]]


def _likeliest(title: str, parts: Sequence[str]) -> str:
    """Return the longest part where the separator is one that no headline has, or the part before a short last one."""
    longest = max(parts, key=len)
    if _UNMISTAKABLE.search(title):
        return longest
    short = len(parts[-1].split()) <= _NAME_WORDS and 2 * len(parts[-1]) <= len(longest)
    return title[: title.rindex(parts[-1])].rstrip(" -–—:>/~•·") if short else title


def _known_run(title: str, spans: Sequence[tuple[int, int]], known: set[str]) -> str:
    """Return the longest run of parts that another place has as its headline, empty without one."""
    for size in range(len(spans) - 1, 0, -1):
        for start in range(len(spans) - size + 1):
            run = title[spans[start][0] : spans[start + size - 1][1]]
            if _folded(run) in known:
                return run
    return ""


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
