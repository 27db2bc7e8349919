"""What sources give: articles, categories, validators, and what a fetch came to."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from digest.values.states import DateQuality


@dataclass(frozen=True, slots=True)
class Image:
    """A picture by its absolute address; width and height in pixels where the source says them."""

    url: str
    alt: str = ""
    width: int | None = None
    height: int | None = None


@dataclass(frozen=True, slots=True)
class SourceCategory:
    """A category as its source names it: `key` is stable (WordPress id, feed term), `parent` is another key."""

    key: str
    name: str
    slug: str = ""
    parent: str | None = None


@dataclass(frozen=True, slots=True)
class FetchedArticle:
    """One article as a source gave it: text is plain and clean, addresses absolute and canonical, times aware.

    `external_id` is the source's own id (empty when it has none), `guid` the feed's, empty when it must not identify;
    `categories` are keys of `SourceCategory`; `minutes` is the reading time, `views` how often it was read, where known.
    """

    url: str
    title: str
    external_id: str = ""
    guid: str = ""
    summary: str = ""
    authors: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    image: Image | None = None
    published: datetime | None = None
    updated: datetime | None = None
    date_quality: DateQuality = DateQuality.SOURCE
    language: str = ""
    direction: Literal["ltr", "rtl"] = "ltr"
    minutes: int | None = None
    views: int | None = None
    paywalled: bool = False


@dataclass(frozen=True, slots=True)
class Validators:
    """What an HTTP server wants back in a conditional request (RFC 9110, section 13.1), verbatim, for one exact address."""

    url: str = ""
    etag: str = ""
    last_modified: str = ""


@dataclass(frozen=True, slots=True)
class SourceState:
    """What we remember of a source between two fetches. `unconditional` asks for no validators (before a freeze)."""

    validators: Validators = field(default_factory=Validators)
    last_ok_at: datetime | None = None
    failures: int = 0
    unconditional: bool = False


@dataclass(frozen=True, slots=True)
class Fetched:
    """One answer of a source. `unchanged` means that nothing was parsed; `gone` are external ids that were withdrawn."""

    articles: tuple[FetchedArticle, ...] = ()
    categories: tuple[SourceCategory, ...] = ()
    validators: Validators = field(default_factory=Validators)
    unchanged: bool = False
    gone: tuple[str, ...] = ()
    title: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Collected:
    """What one fetch of one source came to; `error` is a whole sentence, empty when all went well."""

    source: str
    new: int = 0
    changed: int = 0
    withdrawn: int = 0
    unchanged: int = 0
    error: str = ""
    notes: tuple[str, ...] = ()
