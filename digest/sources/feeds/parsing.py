"""XML to feedparser's dictionaries: mended text goes in, the feed's and its entries' elements come out, as they were written.

feedparser knows the elements of all formats. What it does with their values is done here, later and better: dates are kept apart and
unparsed, addresses unresolved but for xml:base, markup as it is; what does not parse is repaired by libxml2 before it is guessed at.
"""

import contextlib
import io
import re
from collections.abc import Callable
from typing import Any, TypeAlias
from xml.sax.expatreader import ExpatParser
from xml.sax.handler import feature_external_ges, feature_namespaces
from xml.sax.xmlreader import InputSource

from feedparser.api import LooseFeedParser, StrictFeedParser
from lxml import etree

_ITEM = re.compile(r"<(?:\w+:)?(?:item|entry)[\s>/]", re.IGNORECASE)
Node: TypeAlias = dict[str, Any]  # values by the names that feedparser has for elements
Parsed: TypeAlias = tuple[Node, list[Node], str]


def parse(text: str) -> Parsed:
    """Return the feed's own elements, its entries in document order, and its format (“atom10”, “rss20” …; empty if it is none)."""
    whole = _strictly(text.encode())
    if whole is not None:
        return whole
    repaired = _strictly(_repaired(text))
    if repaired is not None and len(repaired[1]) >= len(_ITEM.findall(text)):
        return repaired
    guessed = _loosely(text)
    return repaired if repaired is not None and len(repaired[1]) >= len(guessed[1]) else guessed


class _Elements:
    """What we read otherwise than feedparser; mixed into both of its parsers, which find the methods by the elements' names."""

    push: Callable[..., None]
    pop: Callable[[str], str | None]
    inentry: int
    inimage: int
    guidislink: bool
    baseuri: str
    lang: str | None
    resolve_relative_uris = False
    sanitize_html = False

    def _start_item(self, attributes: dict[str, str]) -> None:
        super()._start_item(attributes)  # type: ignore[misc]
        context = self._get_context()  # type: ignore[attr-defined]
        context["base"] = self.baseuri
        context["lang"] = self.lang or ""

    _start_entry = _start_item

    def _start_link(self, attributes: dict[str, str]) -> None:
        attributes.pop("uri", None)  # other protocols put their own address there
        super()._start_link(attributes)  # type: ignore[misc]

    def _end_guid(self) -> None:
        self.pop("id")
        self._save("guidislink", bool(self.guidislink))  # type: ignore[attr-defined]

    _end_id = _end_guid

    def _end_author(self) -> None:
        written = self.pop("author")
        self.inauthor = 0
        authors = self._get_context().get("authors")  # type: ignore[attr-defined]
        if written and authors and not authors[-1]:
            authors[-1]["name"] = written

    _end_managingeditor = _end_author

    def _sync_author_detail(self, key: str = "author") -> None:
        """Leave persons as they are written."""

    def _end_image(self) -> None:
        written = self.pop("image")
        self.inimage = 0
        if self.inentry and written:
            self._save("picture", written)  # type: ignore[attr-defined]

    def _end_url(self) -> None:
        if self.inentry and self.inimage:
            self._save("picture", self.pop("href"))  # type: ignore[attr-defined]
        else:
            super()._end_url()  # type: ignore[misc]


def _kept(element: str, name: str) -> None:
    """Have an element's text kept under a name of its own, and nothing else done with it."""

    def start(self: "_Elements", attributes: dict[str, str]) -> None:
        del attributes
        self.push(name, 1)

    def end(self: "_Elements") -> None:
        self.pop(name)

    setattr(_Elements, f"_start_{element}", start)
    setattr(_Elements, f"_end_{element}", end)


for _element, _name in {
    **{name: name for name in ("dc_date", "media_description", "itunes_summary", "itunes_subtitle")},
    **dict.fromkeys(("published", "issued", "pubdate"), "published"),
    **dict.fromkeys(("updated", "modified", "lastbuilddate"), "updated"),
    "created": "created",
}.items():
    _kept(_element, _name)


class _Strict(_Elements, StrictFeedParser):  # type: ignore[misc]
    """feedparser's reader of well-formed XML."""


class _Loose(_Elements, LooseFeedParser):  # type: ignore[misc]
    """feedparser's reader of anything."""


def _strictly(document: bytes) -> Parsed | None:
    """Read well-formed XML; None where it is not."""
    handler = _Strict("", None, "utf-8")
    reader = ExpatParser()
    reader.setFeature(feature_namespaces, 1)
    reader.setFeature(feature_external_ges, 0)
    reader.setContentHandler(handler)
    reader.setErrorHandler(handler)
    source = InputSource()
    source.setByteStream(io.BytesIO(document))
    source.setEncoding("utf-8")
    try:
        reader.parse(source)
    except Exception:  # noqa: BLE001 -- feedparser answers hostile input with errors of any kind
        return None
    return _plainly(handler)


def _plainly(handler: _Strict | _Loose) -> Parsed:
    """Return what was read in plain dictionaries; feedparser's own answer to one name with the value of another."""
    return dict(handler.feeddata), [dict(one) for one in handler.entries], str(handler.version)


def _repaired(text: str) -> bytes:
    """Have libxml2 close what is open and drop what cannot be read; it looks nothing up and expands nothing."""
    parser = etree.XMLParser(recover=True, resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        tree = etree.fromstring(text.encode(), parser)
    except etree.XMLSyntaxError:
        return b""
    return bytes(etree.tostring(tree, encoding="utf-8")) if tree is not None else b""


def _loosely(text: str) -> Parsed:
    handler = _Loose("", None, "utf-8", {})
    with contextlib.suppress(Exception):  # as above; what was read so far is kept
        handler.feed(text)
    return _plainly(handler)
