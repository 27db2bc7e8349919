"""One sitemap file (sitemaps.org, and Google's news and image extensions): its bytes go in, its addresses come out, however large it is.

Parsed as a stream: no entity is resolved, nothing is looked up, a packed file is unpacked piece by piece and never beyond a bound.
"""

import io
import itertools
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import BinaryIO

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
_PLAIN_ADDRESS = re.compile(r"https?://[a-z0-9.-]+(:\d{1,5})?/[\w./%?=&;~+,:@!*()-]*", re.ASCII)
_AMPERSAND = re.compile(rb"&(?!(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z]\w{0,30});)")
_LONGEST_ENTITY = 32
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


def parse_sitemap(file: BinaryIO, url: str, most: int) -> SitemapFile:
    """Read at most `most` addresses of a sitemap from where the file stands: plain or packed, XML or a text of addresses.

    Raises SourceError for what is none, and for one that declares entities.
    """
    try:
        plain = _Plain(file, url)
        head = plain.read(_LOOK_FOR_ENTITIES)
        if re.match(rb"(\xef\xbb\xbf)?\s*https?://", head):
            plain.give_back(head)
            return _text_file(plain, most)
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

    def __init__(self, file: BinaryIO, url: str) -> None:
        first = file.read(_PIECE)
        raw = itertools.chain([first], iter(lambda: file.read(_PIECE), b""))
        pieces = unpack.unpacked(raw, "gzip", url) if first.startswith(_GZIP) else raw
        self._pieces = _with_ampersands(pieces)
        self._held = b""
        self._given = 0
        self.cut = False

    def read(self, size: int = -1, /) -> bytes:
        """Return up to `size` bytes, empty at the end. Raises FetchError for a bomb."""
        while (size < 0 or len(self._held) < size) and not self.cut:
            piece = next(self._pieces, b"")
            if not piece:
                break
            self._given += len(piece)
            self.cut = self._given > LIMIT
            self._held += piece
        size = len(self._held) if size < 0 else size
        out, self._held = self._held[:size], self._held[size:]
        return out

    def give_back(self, piece: bytes) -> None:
        """Let a piece be read again."""
        self._held = piece + self._held


def _with_ampersands(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Write a bare ampersand, common in addresses, as XML wants it; one near a piece's end waits for the next piece."""
    held = b""
    for piece in pieces:
        whole = held + piece
        at = whole.rfind(b"&", max(0, len(whole) - _LONGEST_ENTITY))
        whole, held = (whole[:at], whole[at:]) if at >= 0 else (whole, b"")
        if whole:
            yield _AMPERSAND.sub(b"&amp;", whole)
    if held:
        yield _AMPERSAND.sub(b"&amp;", held)


def _xml(plain: _Plain, url: str, most: int) -> tuple[SitemapFile, str]:
    found = SitemapFile()
    events = etree.iterparse(
        plain, events=("end",), tag=("{*}url", "{*}sitemap"), resolve_entities=False, no_network=True, huge_tree=False, recover=True,
        load_dtd=False, remove_comments=True, remove_pis=True,
    )  # fmt: skip
    try:
        for _, node in events:
            if len(found.pages) + len(found.sitemaps) >= most:
                found.cut = True
                break
            if one := _listed(node, url):
                (found.pages if _local(node) == "url" else found.sitemaps).append(one)
            _forget(node)
    except (FetchError, etree.XMLSyntaxError):
        if not (found.pages or found.sitemaps):
            raise
        found.cut = True  # it breaks off: what came before is good
    found.cut |= plain.cut
    root = getattr(events, "root", None)
    return found, _local(root) if root is not None else ""


def _forget(node: "etree._Element") -> None:
    """Free what was read, or a large file would stand in memory whole."""
    node.clear()
    while (before := node.getprevious()) is not None:
        before.getparent().remove(before)


def _local(node: "etree._Element") -> str:
    return str(node.tag).rpartition("}")[2].lower()


def _listed(node: "etree._Element", url: str) -> Listed | None:
    values: dict[str, str] = {}
    for part in node:
        name = _local(part)
        if len(part):
            for inner in part.iter():
                values.setdefault(f"{name}.{_local(inner)}", (inner.text or "")[:_LONGEST])
        else:
            values.setdefault(name, (part.text or "")[:_LONGEST])
    address = _address(values.get("loc", ""), url)
    if not address:
        return None
    modified = dates.parse(values.get("lastmod", ""))
    if "news.publication_date" not in values:
        return Listed(address, modified, image=text.squeezed(values.get("image.loc", "")))
    return Listed(
        url=address,
        modified=modified,
        published=dates.parse(values["news.publication_date"]),
        title=text.line(values.get("news.title", "")),
        language=text.squeezed(values.get("news.language", "")).lower(),
        keywords=tuple(word for one in values.get("news.keywords", "").split(",") if (word := text.line(one, 200))),
        image=text.squeezed(values.get("image.loc", "")),
    )


def _address(written: str, url: str) -> str:
    """Return an address as it stands where it is absolute and plain, as nearly all are; a file may hold fifty thousand."""
    bare = written.strip().replace("&amp;", "&")  # within CDATA nobody has undone it
    return bare if _PLAIN_ADDRESS.fullmatch(bare) else urls.canonical(bare, url) if bare else ""


def _text_file(plain: _Plain, most: int) -> SitemapFile:
    found = SitemapFile()
    for line in _lines(plain):
        if address := urls.canonical(line.decode("utf-8", "replace").strip().lstrip("\ufeff").replace("&amp;", "&")):
            if len(found.pages) == most:
                return SitemapFile(found.pages, cut=True)
            found.pages.append(Listed(address))
    found.cut = plain.cut
    return found


def _lines(plain: _Plain) -> Iterator[bytes]:
    """Yield a text's lines that are not empty; one that never ends is held no longer than any address is."""
    held = b""
    while piece := plain.read(_PIECE):
        *lines, held = (held + piece).split(b"\n")
        held = held[:_PIECE]
        yield from filter(None, map(bytes.strip, lines))
    if held.strip():
        yield held
