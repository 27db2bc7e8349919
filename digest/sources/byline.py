"""Who wrote a page's article: its claims and its bylines go in, names of people come out, never an address, never the site."""

import re
from collections.abc import Iterator

from selectolax.lexbor import LexborHTMLParser

from digest.sources import text
from digest.sources.jsonld import JsonLd, Thing
from digest.sources.metas import Metas

_MOST = 20
_LONGEST = 80
_METAS = (
    "article:author", "author", "parsely-author", "sailthru.author", "byl", "dc.creator", "dcterms.creator", "citation_author",
    "article:author_name", "article.author", "cxenseparse:author", "twitter:data1",
)  # fmt: skip
_BYLINES = (
    "[itemprop~='author'] [itemprop~='name'],[rel~='author'],[itemprop~='author'],.author.vcard .fn,.byline .author,.byline-name,"
    ".author-name,.article-author,.post-author,.entry-author,.byline,.author"
)
_BESIDE = re.compile(r"comment|related|sidebar|widget|footer|bio", re.IGNORECASE)
_BEFORE = re.compile(
    r"^(?:posted|written|published|reported|words?|story|text)?\s*(?:by|von|por|par|di|door|av|af)\s*:?\s+(?=\S)"
    r"|^(?:author|autor(?:in|a)?|auteur|autore|text|words)\s*:\s*",
    re.IGNORECASE,
)
_AFTER = re.compile(
    r"\s*(?:[|•·/]|\s[-–—]\s|,\s*(?:staff|reporter|correspondent|editor)\b|\bon\s+\w+\s+\d|\bupdated\b|\d{1,2}[:./]\d\d|,?\s+(?:mon|tues|wednes|thurs|fri|satur|sun)day\b|\s\w+\.?\s\d{1,2},?\s\d{4}).*$",
    re.IGNORECASE,
)
_BETWEEN = re.compile(r"\s*(?:;|,\s+and\s+|\s+and\s+|\s+und\s+|\s+y\s+|\s+et\s+|\s+&\s+|,\s+(?=\w+\s+\w))\s*")
_ADDRESS = re.compile(r"(https?:)?//|www\.|[\w-]+(\.[\w-]+)*\.[a-z]{2,6}(/|$)", re.IGNORECASE)
_NO_NAME = re.compile(r"https?:|www\.|@|\.(com|org|net)\b|[<>{}\[\]=]|^\W*$|^\d+$", re.IGNORECASE)
_NOBODY = {
    "admin",
    "administrator",
    "editor",
    "author",
    "webmaster",
    "staff",
    "unknown",
    "null",
    "none",
    "undefined",
    "guest",
    "redaktion",
}


def authors(tree: LexborHTMLParser, metas: Metas, json_ld: JsonLd, article: Thing, site: str) -> tuple[str, ...]:
    """Return the names in the order of the page: by JSON-LD, else by metas, else by what is marked as a byline."""
    sites = {site.casefold(), *(name.casefold() for name in json_ld.names(article.get("publisher")))}
    for found in (
        json_ld.names(article.get("author") or article.get("creator")),
        *(metas.each(name) for name in _METAS),
        _bylines(tree),
    ):
        names = tuple(name for name in _names(found) if name.casefold() not in sites)
        if names:
            return names[:_MOST]
    return ()


def _names(found: Iterator[str]) -> tuple[str, ...]:
    names: dict[str, None] = {}
    for written in found:
        if _ADDRESS.match(written.strip()):
            continue
        bare = _AFTER.sub("", _BEFORE.sub("", text.line(written, 300)))
        for name in _BETWEEN.split(bare):
            clean = _BEFORE.sub("", name).strip(" ,.;:|-–—")
            if clean and len(clean) <= _LONGEST and not _NO_NAME.search(clean) and clean.casefold() not in _NOBODY:
                names.setdefault(clean)
    return tuple(names)


def _bylines(tree: LexborHTMLParser) -> Iterator[str]:
    """Yield the texts of the first kind of byline that the page has, outside of comments and side matter."""
    for selector in _BYLINES.split(","):
        shown = []
        for node in tree.css(selector)[:_MOST]:
            above = node.parent
            around = " ".join(
                f"{one.attributes.get('class') or ''} {one.attributes.get('id') or ''}"
                for one in (node, above, above.parent if above else None)
                if one is not None
            )
            written = text.squeezed(node.text(separator=" "))
            if written and len(written) <= 2 * _LONGEST and not _BESIDE.search(around):
                shown.append(written)
        if shown:
            yield from shown[:3]
            return
