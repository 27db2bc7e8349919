"""The pictures of a page: a tree goes in, each picture's fittest file comes out, in order, whatever lazy loaders made of it."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from selectolax.lexbor import LexborHTMLParser, LexborNode

from digest.sources.pictures import Candidate, fittest
from digest.sources.plain import number

# Where lazy loaders keep the real address: what stands in src and srcset then is a placeholder.
_LAZY_SETS = ("data-srcset", "data-lazy-srcset", "data-original-set")
_LAZY = (
    "data-src",
    "data-lazy-src",
    "data-lazy",
    "data-original",
    "data-original-src",
    "data-hi-res-src",
    "data-echo",
    "data-url",
    "data-full-url",
)
_FILES = ("data-large-file", "data-orig-file", "data-medium-file")  # Jetpack's: real, beside a src that is as real
_NO_STORY = re.compile(
    r"(?:^|[\s_-])(?:avatar|author|byline|profile|headshot|emoji|smiley|wp-smiley|icons?|share|sharing|social|sharedaddy|feedflare|advert\w*|ads?"
    r"|sponsor\w*|promo|related\w*|jp-relatedposts|newsletter|tracking|pixel)(?=$|[\s_-])",
    re.IGNORECASE,
)
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_LEVELS = 3
_STEP = re.compile(r"[\s,]*(\S+)")
_DESCRIPTOR = re.compile(r"((?:[^,(]|\([^)]*\))*)(?:,|$)")
_WIDTH = re.compile(r"(\d{1,6})w(?:\s+\d+h)?")
_DENSITY = re.compile(r"(\d{1,2}(?:\.\d+)?)x")


def pictures_in(tree: LexborHTMLParser, base: str = "") -> Iterator[Candidate]:
    """Yield a tree's pictures as they come; those of authors, buttons, advertisements and other stories are left out."""
    for node in tree.css("img, amp-img, video[poster]"):
        if _is_of_the_story(node) and (found := fittest(_sizes(node), base)):
            yield found


def srcset(value: str) -> list[tuple[str, str]]:
    """Return the addresses and descriptors of a srcset; addresses may have commas in them (HTML, section 4.8.4.2.2)."""
    found: list[tuple[str, str]] = []
    at = 0
    while match := _STEP.match(value, at):
        url, at = match[1], match.end()
        descriptor = ""
        if url.endswith(","):
            url = url.rstrip(",")
        elif told := _DESCRIPTOR.match(value, at):
            descriptor, at = told[1].strip(), told.end()
        if url:
            found.append((url, descriptor))
    return found


def _sizes(node: LexborNode) -> Iterator[Candidate]:
    """Yield the files of one picture: behind a lazy loader, else of the `<picture>` around it, its own srcset and src."""
    attributes = node.attributes
    alt = attributes.get("alt") or ""
    width, height = number(attributes.get("width")), number(attributes.get("height"))
    shown = Candidate("", alt, width, height)
    for kind, value in _sets(node):
        for url, descriptor in srcset(value):
            yield _described(url, descriptor, replace(shown, kind=kind))
    for address in _values(node, _LAZY) or _values(node, ("src", "poster")):
        yield replace(shown, url=address)
    for name in _FILES:
        if file := attributes.get(name):
            yield Candidate(file, alt)


def _sets(node: LexborNode) -> list[tuple[str, str]]:
    """Return the media types and srcsets of a picture, the lazy ones alone where there are any."""
    around = node.parent
    sources = around.css("source") if around is not None and around.tag == "picture" else []
    nodes = [*sources, node]
    for names in (_LAZY_SETS, ("srcset",)):
        found = [
            ((one.attributes.get("type") or "") if one.tag == "source" else "", value)
            for one in nodes
            for name in names
            if (value := one.attributes.get(name)) and not value.lstrip().startswith("data:")
        ]
        if found or (names is _LAZY_SETS and any(node.attributes.get(name) for name in _LAZY)):
            return found
    return []


def _values(node: LexborNode, names: Iterable[str]) -> list[str]:
    return [value for name in names if (value := node.attributes.get(name))]


def _described(url: str, descriptor: str, shown: Candidate) -> Candidate:
    """Return a srcset's file with its size: the width it says, or as many times the size it is shown at."""
    told, times = _WIDTH.fullmatch(descriptor), _DENSITY.fullmatch(descriptor)
    width, height = shown.width, shown.height
    if told and (own := number(told[1])):
        width, height = own, round(own * height / width) if width and height else None
    elif times and width:
        factor = float(times[1])
        width, height = round(width * factor), round(height * factor) if height else None
    return replace(shown, url=url, width=width, height=height)


def _is_of_the_story(node: LexborNode) -> bool:
    attributes = node.attributes
    if "hidden" in attributes or _HIDDEN.search(attributes.get("style") or ""):
        return False
    around: LexborNode | None = node
    for _ in range(_LEVELS):
        if around is None or around.tag in {"body", "html"}:
            return True
        if _NO_STORY.search(around.attributes.get("class") or ""):
            return False
        around = around.parent
    return True
