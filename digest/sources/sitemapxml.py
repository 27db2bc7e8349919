"""One sitemap file (sitemaps.org, and Google's news and image extensions): its bytes go in, its addresses come out, however large it is.

Parsed as a stream: no entity is resolved, nothing is looked up, a packed file is unpacked piece by piece and never beyond a bound.
"""

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from lxml import etree

from digest.errors import FetchError, SourceError
from digest.sources import dates, text, unpack, urls
from digest.sources.http import MIB

LIMIT = 50 * MIB
_GZIP = b"\x1f\x8b"
_PIECE = 64 * 1024
_LONGEST = 2_000
_ENTITIES = re.compile(rb"<!ENTITY", re.IGNORECASE)
_LOOK_FOR_ENTITIES = 64 * 1024
_LISTED = {"url", "sitemap"}
_ROOTS = {"urlset", "sitemapindex"}


@dataclass(frozen=True, slots=True)
class Listed:
    """One address of a sitemap, with what the file says of it; `published` and `title` come with news only."""

    url: str
    modified: datetime | None = None
    published: datetime | None = None
    title: str = ""
    language: str = ""
    keywords: tuple[str, ...] = ()
    image: str = ""

    @property
    def newest(self) -> datetime | None:
        """The time to sort by: that of publication, else of the last change."""
        return self.published or self.modified


@dataclass(slots=True)
class SitemapFile:
    """What a file came to: addresses of pages, or of more sitemaps; `cut` says that it was longer than we read."""

    pages: list[Listed] = field(default_factory=list)
    sitemaps: list[Listed] = field(default_factory=list)
    cut: bool = False


def parse_sitemap(body: bytes, url: str, most: int) -> SitemapFile:
    """Read at most `most` addresses of a sitemap, plain or packed, XML or a text file of addresses.

    Raises SourceError for what is none, and for one that declares entities.
    """
    try:
        plain = _Plain(body, url)
        head = plain.read(_LOOK_FOR_ENTITIES)
        if re.match(rb"(\xef\xbb\xbf)?\s*https?://", head):
            return _text_file(head + plain.read(LIMIT), most)
        if _ENTITIES.search(head.replace(b"\x00", b"")):
            raise SourceError(f"{url} declares entities, which no sitemap needs.", hint="It looks like an attack.")
        plain.give_back(head)
        found, root = _xml(plain, url, most)
    except (etree.LxmlError, ValueError) as error:
        raise SourceError(f"{url} is no sitemap.", hint="Open it in a browser.") from error
    if root not in _ROOTS and not (found.pages or found.sitemaps):
        raise SourceError(f"{url} is no sitemap.", hint="A feed is a source of kind “feed”, a page one of kind “page”.")
    return found


class _Plain(io.RawIOBase):
    """The bytes of a file, unpacked while they are read; it ends at the bound and remembers that it did."""

    def __init__(self, body: bytes, url: str) -> None:
        view = memoryview(body)
        raw = (bytes(view[at : at + _PIECE]) for at in range(0, len(body), _PIECE))
        self._pieces = unpack.unpacked(raw, "gzip", url) if body.startswith(_GZIP) else raw
        self._held = b""
        self._given = 0
        self.cut = False

    def read(self, size: int = -1, /) -> bytes:
        """Return up to `size` bytes, empty at the end. Raises FetchError for a bomb."""
        while size < 0 or len(self._held) < size:
            piece = next(self._pieces, b"")
            if not piece:
                break
            self._given += len(piece)
            if self._given > LIMIT:
                self.cut = True
                break
            self._held += piece
        size = len(self._held) if size < 0 else size
        out, self._held = self._held[:size], self._held[size:]
        return out

    def give_back(self, piece: bytes) -> None:
        """Let a piece be read again."""
        self._held = piece + self._held


def _xml(plain: _Plain, url: str, most: int) -> tuple[SitemapFile, str]:
    found, root = SitemapFile(), ""
    events = etree.iterparse(
        plain, events=("start", "end"), resolve_entities=False, no_network=True, huge_tree=False, recover=True, load_dtd=False,
        remove_comments=True, remove_pis=True,
    )  # fmt: skip
    try:
        for event, node in events:
            name = _local(node)
            root = root or name
            if event == "end" and name in _LISTED and node.getparent() is not None:
                if len(found.pages) + len(found.sitemaps) >= most:
                    found.cut = True
                    break
                if one := _listed(node, url):
                    (found.pages if name == "url" else found.sitemaps).append(one)
                _forget(node)
    except (FetchError, etree.XMLSyntaxError):
        if not (found.pages or found.sitemaps):
            raise
        found.cut = True  # it breaks off: what came before is good
    found.cut |= plain.cut
    return found, root


def _forget(node: "etree._Element") -> None:
    """Free what was read, or a large file would stand in memory whole."""
    node.clear()
    while (before := node.getprevious()) is not None:
        before.getparent().remove(before)


def _local(node: "etree._Element") -> str:
    return etree.QName(node).localname.lower() if isinstance(node.tag, str) else ""


def _listed(node: "etree._Element", url: str) -> Listed | None:
    values: dict[str, str] = {}
    image = ""
    for part in node.iter():
        name, written = _local(part), text.squeezed((part.text or "")[:_LONGEST])
        parent = part.getparent()
        if name == "loc" and parent is not node and parent is not None and _local(parent) == "image":
            image = image or written
        elif written and (name != "loc" or parent is node):
            values.setdefault(name, written)
    address = urls.canonical(values.get("loc", ""), url) if values.get("loc") else ""
    if not address:
        return None
    return Listed(
        url=address,
        modified=dates.parse(values.get("lastmod", "")),
        published=dates.parse(values.get("publication_date", "")),
        title=text.line(values.get("title", "")) if "publication_date" in values else "",
        language=values.get("language", "").lower() if "publication_date" in values else "",
        keywords=tuple(word for one in values.get("keywords", "").split(",") if (word := text.line(one, 200)))[:50],
        image=image,
    )


def _text_file(body: bytes, most: int) -> SitemapFile:
    lines: Iterator[str] = (line.strip() for line in body.decode("utf-8", "replace").splitlines())
    found = [Listed(address) for line in lines if line and (address := urls.canonical(line.lstrip("﻿")))]
    return SitemapFile(pages=found[:most], cut=len(found) > most)
