"""What crosses layers: frozen values that one stage hands to the next, and the enums that name states and reasons."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Literal, NamedTuple


class DateQuality(StrEnum):
    """Where an article's publication time comes from."""

    SOURCE = "source"
    PAGE = "page"
    INFERRED = "inferred"
    MISSING = "missing"
    IMPLAUSIBLE = "implausible"


class EditionState(StrEnum):
    """The life of an edition; every change is one conditional update."""

    PLANNED = "planned"
    DRAFT = "draft"
    HELD = "held"
    FROZEN = "frozen"
    SENDING = "sending"
    DONE = "done"
    SKIPPED = "skipped"
    MISSED = "missed"
    CANCELLED = "cancelled"


class DeliveryState(StrEnum):
    """Where a delivery (or a notice) stands; accepted means that the provider took responsibility, nothing more."""

    QUEUED = "queued"
    CLAIMED = "claimed"
    INFLIGHT = "inflight"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    UNCERTAIN = "uncertain"
    EXCLUDED = "excluded"


OWED = (DeliveryState.QUEUED, DeliveryState.CLAIMED, DeliveryState.INFLIGHT)


class Excluded(StrEnum):
    """Why a candidate gets no mail of an edition."""

    UNSUBSCRIBED = "unsubscribed"
    SUPPRESSED = "suppressed"
    PAUSED = "paused"
    NO_ARTICLE = "no_article"
    ALREADY_HAD = "already_had"
    EXPIRED = "expired"
    CANCELLED = "cancelled"


class SubscriptionState(StrEnum):
    """Where a person's consent to one newsletter stands."""

    PENDING = "pending"
    ACTIVE = "active"
    UNSUBSCRIBED = "unsubscribed"


class NoticeKind(StrEnum):
    """The mails that are no edition."""

    CONFIRM = "confirm"
    SIGN_IN = "sign_in"
    TEST = "test"


class PickKind(StrEnum):
    """What an article is in an edition."""

    LEAD = "lead"
    ITEM = "item"
    MOST_READ = "most_read"
    ALSO_LIKE = "also_like"


class Form(StrEnum):
    """The forms in which an article can stand in a mail."""

    LEAD = "lead"
    FEATURE = "feature"
    COMPACT = "compact"
    RANKED = "ranked"
    CARD = "card"


class LeftOutReason(StrEnum):
    """Why an article of a newsletter's sources is not in an edition."""

    ALREADY_HAD = "already_had"
    TOO_OLD = "too_old"
    BASELINE = "baseline"
    NOT_YET = "not_yet"
    NO_SECTION = "no_section"
    SECTION_FULL = "section_full"
    EDITION_FULL = "edition_full"
    AUTHOR_FULL = "author_full"
    SOURCE_FULL = "source_full"
    BELOW_MINIMUM = "below_minimum"
    WITHDRAWN = "withdrawn"
    HIDDEN = "hidden"
    QUIET_DAY = "quiet_day"


# --- collecting ----------------------------------------------------------------------------------------------------


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


# --- composing -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Candidate:
    """An article that a newsletter's sections could take; `sections` are ids of the newsletter, deepest first, in its order.

    `sections` holds every section whose categories match, and the parents of those.
    """

    article_id: int
    source_id: str
    url: str
    title: str
    published_at: datetime
    first_seen_at: datetime
    eligible_at: datetime
    sections: tuple[str, ...]
    summary: str = ""
    authors: tuple[str, ...] = ()
    image: Image | None = None
    language: str = ""
    direction: Literal["ltr", "rtl"] = "ltr"
    minutes: int | None = None
    views: int | None = None
    baseline: bool = False
    withdrawn: bool = False
    hidden: bool = False
    paywalled: bool = False


@dataclass(frozen=True, slots=True)
class Placed:
    """An article's place in one choice: its section, its position from 0, and the reader's other sections it also belongs to."""

    article_id: int
    section_id: str
    position: int
    kind: PickKind
    also_in: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LeftOut:
    """An article that is not in a choice, and why; `detail` completes the reason for people (“48 h”, “5 of 5”)."""

    article_id: int
    reason: LeftOutReason
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Choice:
    """What one group of readers gets: lead and items (in print order), the two closing blocks, and what was left out."""

    lead: Placed | None = None
    items: tuple[Placed, ...] = ()
    most_read: tuple[Placed, ...] = ()
    also_like: tuple[Placed, ...] = ()
    left_out: tuple[LeftOut, ...] = ()

    @property
    def placed(self) -> tuple[Placed, ...]:
        """Everything that is printed, top to bottom."""
        return ((self.lead,) if self.lead else ()) + self.items + self.most_read + self.also_like

    @property
    def count(self) -> int:
        """How many articles the dateline counts: lead and items, not the closing blocks."""
        return len(self.items) + (1 if self.lead else 0)


# --- rendering -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Look:
    """What decides how an edition is drawn: template folder, language tag, text size."""

    template: str = "daily"
    language: str = "en"
    text_size: Literal["normal", "large"] = "normal"

    def __str__(self) -> str:
        """Return the name under which the look's blocks are kept, such as `daily/en/normal`."""
        return f"{self.template}/{self.language}/{self.text_size}"


@dataclass(frozen=True, slots=True)
class Masthead:
    """What an edition says of itself, the same for every reader."""

    newsletter_id: str
    name: str
    tagline: str
    number: int | None
    edition_date: date
    zone: str
    send_at: str
    site_url: str
    about: str = ""
    note: str = ""
    subject: str = ""
    preheader: str = ""
    contact: str = ""
    postal_address: str = ""
    accent: str = "#a8281e"
    accent_dark: str = "#f2998a"


@dataclass(frozen=True, slots=True)
class SectionHead:
    """A section as the mail prints it: its name and, where known, the page that has more of it."""

    id: str
    name: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class EditionContent:
    """All that any reader of an edition may get: what `render` makes blocks of, once for each look."""

    masthead: Masthead
    sections: tuple[SectionHead, ...]
    articles: Mapping[int, Candidate]


@dataclass(frozen=True, slots=True)
class Block:
    """A frozen piece of an edition in one look: HTML (inlined) and text, with tokens such as `%%unsubscribe_url%%`."""

    name: str
    html: str
    text: str


@dataclass(frozen=True, slots=True)
class Recipe:
    """A rendering without its blocks: what one section-set gets, some hundred bytes.

    `html` and `text` are block names in order; `forms` says for each placed article in which form it stands.
    """

    key: str
    sections: tuple[str, ...]
    look: str
    subject: str
    preheader: str
    html: tuple[str, ...]
    text: tuple[str, ...]
    placed: tuple[Placed, ...]
    forms: Mapping[int, Form]
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Page:
    """A rendering put together: the pieces of its HTML and of its text in order, tokens still unfilled."""

    subject: str
    preheader: str
    html: tuple[str, ...]
    text: tuple[str, ...]
    values: Mapping[str, str] = field(default_factory=dict)


# --- sending -------------------------------------------------------------------------------------------------------


class MessageKey(NamedTuple):
    """What a message is for: the row id of a delivery or of a notice."""

    kind: Literal["delivery", "notice"]
    id: int


@dataclass(frozen=True, slots=True)
class Mailbox:
    """A name and an address, the domain already ASCII (A-labels)."""

    address: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Message:
    """The personalised mail: shared pieces and one reader's token values. A value that is never stored.

    `html` and `text` are the pieces of the two parts in order, tokens unfilled; `tokens` maps token name → plain value;
    `headers` holds what is not From, To, Reply-To, Subject, Date, Message-ID, MIME-Version or Content-*.
    """

    key: MessageKey
    sender: Mailbox
    recipient: Mailbox
    subject: str
    date: datetime
    message_id: str
    html: tuple[str, ...]
    text: tuple[str, ...]
    tokens: Mapping[str, str]
    headers: tuple[tuple[str, str], ...] = ()
    reply_to: str = ""
    envelope_sender: str = ""


class Permanence(StrEnum):
    """How lasting a refusal is, said of the address."""

    HARD = "hard"
    SOFT = "soft"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Accepted:
    """The provider took responsibility for the message."""

    provider_id: str = ""
    reply: str = ""


@dataclass(frozen=True, slots=True)
class Rejected:
    """The provider refused the message for good."""

    category: str
    permanence: Permanence
    reply: str = ""


@dataclass(frozen=True, slots=True)
class Deferred:
    """The message was surely not handed over; it may be tried again. `halt` means that a person must look first."""

    reply: str = ""
    retry_after: timedelta | None = None
    halt: bool = False


@dataclass(frozen=True, slots=True)
class Uncertain:
    """We may or may not have handed the message over: it is shown, never guessed."""

    reason: str


@dataclass(frozen=True, slots=True)
class Refused:
    """Last look did not allow the message: nothing was handed over, and the ledger already says why."""


SendResult = Accepted | Rejected | Deferred | Uncertain | Refused


@dataclass(frozen=True, slots=True)
class Handover:
    """What last look allows: the keys that are now in flight, in order, and the key under which a provider may know them."""

    allowed: frozenset[MessageKey]
    idempotency_key: str = ""


LastLook = Callable[[Sequence[MessageKey]], Handover]


# --- the books -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Report:
    """The accounting of one edition: candidates = accepted + rejected + uncertain + owed + the sum of excluded."""

    newsletter: str
    edition_date: date
    state: EditionState
    candidates: int
    accepted: int
    rejected: int
    uncertain: int
    owed: int
    excluded: Mapping[Excluded, int]
    started: datetime | None = None
    finished: datetime | None = None

    @property
    def balances(self) -> bool:
        """Whether every candidate is accounted for."""
        return self.candidates == self.accepted + self.rejected + self.uncertain + self.owed + sum(
            self.excluded.values()
        )
