"""States and reasons: the enums whose members stand in tables, answers and code alike."""

from enum import StrEnum


class DateQuality(StrEnum):
    """Where an article's publication time comes from."""

    SOURCE = "source"
    PAGE = "page"
    INFERRED = "inferred"
    MISSING = "missing"
    IMPLAUSIBLE = "implausible"
    CORRECTED = "corrected"  # the source moved it earlier; it may do so once


class Verdict(StrEnum):
    """What editors say of two articles that look like one: nothing yet, that they are, or that they are not."""

    SUGGESTED = "suggested"
    CONFIRMED = "confirmed"
    REFUSED = "refused"


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


GOING_OUT = (
    EditionState.PLANNED,
    EditionState.DRAFT,
    EditionState.FROZEN,
    EditionState.SENDING,
)  # a wave may leave early


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


class PinKind(StrEnum):
    """An editor's word on an article of one edition."""

    LEAD = "lead"
    PLACE = "place"
    DROP = "drop"


class PickKind(StrEnum):
    """What an article is in an edition; a fallback is older news of a section that would stay empty."""

    LEAD = "lead"
    ITEM = "item"
    FALLBACK = "fallback"
    CORRECTION = "correction"
    MOST_READ = "most_read"
    ALSO_LIKE = "also_like"


class Form(StrEnum):
    """The forms in which an article can stand in a mail."""

    LEAD = "lead"
    FEATURE = "feature"
    COMPACT = "compact"
    CORRECTION = "correction"
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
    DROPPED = "dropped"
    PAYWALLED = "paywalled"
    LANGUAGE = "language"
    SAME_STORY = "same_story"
    QUIET_DAY = "quiet_day"
