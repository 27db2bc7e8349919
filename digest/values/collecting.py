"""What sources give: articles, categories, validators, and what a fetch came to."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from digest.values.states import DateQuality

_NEVER = datetime.min.replace(tzinfo=UTC)


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
    `categories` are keys of `SourceCategory`, `lead_category` the one that its publisher put first; `text` is the whole text where the
    source gives it; `minutes` is the reading time, `views` how often it was read, where known. `revision` is the pusher's own number.
    `updated` and `published` are as the source claims them: `collect` decides what to believe.
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
    text: str = ""
    lead_category: str = ""
    translation_group: str = ""
    sticky: bool = False
    breaking: bool = False
    priority: int = 0
    settles: bool = True
    revision: int | None = None


@dataclass(frozen=True, slots=True)
class Validators:
    """What an HTTP server wants back in a conditional request (RFC 9110, section 13.1), verbatim, for one exact address."""

    url: str = ""
    etag: str = ""
    last_modified: str = ""


@dataclass(frozen=True, slots=True)
class SourceState:
    """What we remember of a source between two fetches, and the instant of this one.

    `url` is where it moved for good, empty as long as the configured address holds. `validators` are empty when the server must not
    answer “unchanged” (before a freeze, and now and then). `memory` is the source's own, as its last answer left it.
    """

    validators: Validators = field(default_factory=Validators)
    last_ok_at: datetime | None = None
    failures: int = 0
    unconditional: bool = False
    url: str = ""
    memory: Mapping[str, Any] = field(default_factory=dict)
    now: datetime = _NEVER


@dataclass(frozen=True, slots=True)
class Hub:
    """Where a feed says that it is pushed from (W3C WebSub, section 4): the hub's address and the topic's."""

    url: str
    topic: str


@dataclass(frozen=True, slots=True)
class Fetched:
    """One answer of a source. `unchanged` means that nothing was parsed.

    `gone` are external ids that were withdrawn. `memory` replaces the source's memory where it is not None, in the transaction that takes
    the articles; JSON values only. `moved_to` is set when every redirect on the way was permanent. `wait` is how long the publisher asks
    to be left alone (ttl, Cache-Control, Expires). `gap` says that articles may have been missed between this fetch and the last.
    """

    articles: tuple[FetchedArticle, ...] = ()
    categories: tuple[SourceCategory, ...] = ()
    validators: Validators = field(default_factory=Validators)
    unchanged: bool = False
    gone: tuple[str, ...] = ()
    title: str = ""
    notes: tuple[str, ...] = ()
    memory: Mapping[str, Any] | None = None
    moved_to: str = ""
    wait: timedelta | None = None
    gap: bool = False
    hub: Hub | None = None


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
