"""JSON-LD of a page (schema.org): its tree goes in, its objects and the one that describes the page's article come out."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from html import unescape
from typing import Any

from selectolax.lexbor import LexborHTMLParser

from digest.sources import text, urls, webpage

Thing = Mapping[str, Any]

_MOST_THINGS = 500
_DEEPEST = 6
_LARGEST = 1024 * 1024
_ARTICLE = re.compile(r"(^|[a-z])Article$|^(Blog|LiveBlog|SocialMedia|DiscussionForum)Posting$|^Report$|^Review$")
_PAGE = re.compile(r"^((Medical)?WebPage|ItemPage|CreativeWork|VideoObject|Recipe|PodcastEpisode)$")
_INSIDE = ("@graph", "mainEntity", "mainEntityOfPage", "itemListElement", "item")
_AROUND = re.compile(r"^\s*(//\s*|/\*\s*)?(<!--|<!\[CDATA\[)(\s*\*/)?|(//\s*|/\*\s*)?(-->|\]\]>)(\s*\*/)?\s*;?\s*$")
_COMMENT = re.compile(r'("(?:[^"\\]|\\.)*")|/\*.*?\*/|(?<!:)//[^\n"]*$', re.DOTALL | re.MULTILINE)
_TRAILING_COMMA = re.compile(r'("(?:[^"\\]|\\.)*")|,(?=\s*[}\]])', re.DOTALL)
_DECODER = json.JSONDecoder(strict=False)  # control characters in strings are common, and harmless


class JsonLd:
    """All objects of a page's JSON-LD, flattened out of lists and graphs."""

    def __init__(self, tree: LexborHTMLParser) -> None:
        """Read every script of it; one that cannot be mended is left out."""
        self.things: list[Thing] = []
        for node in tree.css("script[type]"):
            if "ld+json" in webpage.attribute(node, "type").lower():
                self._flatten(_read(node.text()), 0)
        self._by_id = {one["@id"]: one for one in self.things if isinstance(one.get("@id"), str) and len(one) > 1}

    def of_type(self, pattern: re.Pattern[str]) -> Iterator[Thing]:
        """Yield the objects with a type that matches."""
        for one in self.things:
            if any(pattern.search(name) for name in types(one)):
                yield one

    def article(self, addresses: Sequence[str], titles: Sequence[str]) -> Thing:
        """Return the article of the page with these addresses and titles, of several the one that says it is this page.

        Empty where there is none, or where several are all about other pages.
        """
        return self._best(_ARTICLE, addresses, titles)

    def page(self, addresses: Sequence[str], titles: Sequence[str]) -> Thing:
        """Return what describes the page itself, or its one work where that is no article."""
        return self._best(_PAGE, addresses, titles)

    def seen(self, value: object) -> object:
        """Return the object that a bare reference (`{"@id": …}`) means; anything else as it is."""
        if isinstance(value, dict) and set(value) <= {"@id", "@type"} and isinstance(value.get("@id"), str):
            return self._by_id.get(value["@id"], value)
        return value

    def each(self, value: object) -> Iterator[object]:
        """Yield a value's parts, whether it is one or a list of them, references looked up."""
        for one in value if isinstance(value, list) else [value]:
            if one is not None:
                yield self.seen(one)

    def names(self, value: object) -> Iterator[str]:
        """Yield names of people or bodies: strings, or the names of objects."""
        for one in self.each(value):
            found = one.get("name") if isinstance(one, dict) else one
            yield from (name for name in self.each(found) if isinstance(name, str) and name.strip())

    def _best(self, pattern: re.Pattern[str], addresses: Sequence[str], titles: Sequence[str]) -> Thing:
        found = list(self.of_type(pattern))
        keys = {urls.key(one) for one in addresses if one}
        wanted = {_folded(one) for one in titles if one}

        def unfitness(one: Thing) -> tuple[bool, bool, bool]:
            named = _folded(string(one, "headline") or string(one, "name"))
            about = any(urls.key(address) in keys for address in _addresses(one))
            titled = bool(named) and any(named in title or title in named for title in wanted)
            return not (about or titled), not about, not (string(one, "datePublished") or string(one, "headline"))

        best = min(found, key=unfitness, default={})
        strangers = bool(best) and unfitness(best)[0] and len({string(one, "headline", "name") for one in found}) > 1
        return {} if strangers else best

    def _flatten(self, value: object, depth: int) -> None:
        if depth > _DEEPEST or len(self.things) >= _MOST_THINGS:
            return
        if isinstance(value, list):
            for one in value:
                self._flatten(one, depth + 1)
        elif isinstance(value, dict):
            if value.get("@type") or value.get("@id"):
                self.things.append(value)
            for name in _INSIDE:
                self._flatten(value.get(name), depth + 1)


def types(one: Thing) -> list[str]:
    """Return an object's types without their vocabulary."""
    found = one.get("@type")
    return [
        name.rsplit("/", 1)[-1].removeprefix("schema:")
        for name in (found if isinstance(found, list) else [found])
        if isinstance(name, str)
    ]


def string(one: Thing, *names: str) -> str:
    """Return the first of these that is text, on one line."""
    for name in names:
        found = one.get(name)
        found = next((part for part in found if isinstance(part, str)), "") if isinstance(found, list) else found
        if isinstance(found, dict):
            found = found.get("@value")
        if isinstance(found, str) and found.strip():
            return text.squeezed(unescape(found))
    return ""


def _addresses(one: Thing) -> Iterator[str]:
    for name in ("url", "mainEntityOfPage", "@id"):
        found = one.get(name)
        found = found.get("@id") or found.get("url") if isinstance(found, dict) else found
        if isinstance(found, str) and found.startswith("http"):
            yield found


def _folded(title: str) -> str:
    return "".join(letter for letter in title.casefold() if letter.isalnum())


def _read(written: str) -> object:
    """Decode a script; what is wrong with one in a hundred is mended: comments, CDATA marks, escapes, commas too many."""
    if len(written) > _LARGEST:
        return None
    bare = written.strip()
    for mend in (lambda it: it, _mended):
        try:
            return _DECODER.raw_decode(mend(bare))[0]
        except (ValueError, RecursionError):
            continue
    return None


def _mended(written: str) -> str:
    bare = _AROUND.sub("", _AROUND.sub("", written)).strip()
    if re.match(r"[{\[]\s*&quot;", bare):
        bare = unescape(bare)
    bare = _COMMENT.sub(lambda match: match[1] or "", bare)
    return _TRAILING_COMMA.sub(lambda match: match[1] or "", bare).strip().lstrip("﻿")
