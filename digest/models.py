"""The tables. Plain columns, no relationships: what belongs together is joined in `store`, and the schema keeps the promises."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, Column, ForeignKey, Index, Integer, Text, UniqueConstraint
from sqlmodel import Field, SQLModel

_ID = BigInteger().with_variant(Integer(), "sqlite")  # SQLite numbers only INTEGER primary keys by itself


def _key() -> Any:  # noqa: ANN401 -- Field() is typed Any by SQLModel
    return Field(default=None, sa_column=Column(_ID, primary_key=True, autoincrement=True))


def _refers(target: str, *, nullable: bool = False, index: bool = False) -> Any:  # noqa: ANN401 -- as above
    column = Column(_ID, ForeignKey(target, ondelete="CASCADE"), nullable=nullable, index=index)
    return Field(default=None, sa_column=column)


def _json(default: Any) -> Any:  # noqa: ANN401 -- as above
    return Field(default_factory=default, sa_column=Column(JSON, nullable=False))


# --- articles ------------------------------------------------------------------------------------------------------


class Article(SQLModel, table=True):
    """One story as we know it, however many addresses and feeds it has."""

    __table_args__ = (Index("ix_article_published_at", "published_at"),)

    id: int | None = _key()
    source_id: str
    url: str = Field(sa_type=Text)
    title: str = Field(sa_type=Text)
    summary: str = Field(default="", sa_type=Text)
    authors: list[str] = _json(list)
    image: dict[str, Any] = _json(dict)
    language: str = ""
    direction: str = "ltr"
    minutes: int | None = None
    views: int | None = None
    published_at: datetime
    updated_at: datetime | None = None
    first_seen_at: datetime
    eligible_at: datetime
    date_quality: str = "source"
    content_hash: str = ""
    revision: int = 1
    withdrawn_at: datetime | None = None
    hidden: bool = False
    baseline: bool = False
    paywalled: bool = False
    breaking: bool = False
    sticky: bool = False
    priority: int = 0
    lead_category: str = ""
    translation_group: str = ""
    source_revision: int | None = Field(default=None, sa_type=BigInteger)
    correction: str = Field(default="", sa_type=Text)
    corrected_at: datetime | None = None


class ArticleText(SQLModel, table=True):
    """An article's plain text, kept for some weeks: what near-duplicates are found by."""

    __tablename__ = "article_text"

    article_id: int = Field(
        sa_column=Column(_ID, ForeignKey("article.id", ondelete="CASCADE"), primary_key=True, autoincrement=False)
    )
    text: str = Field(sa_type=Text)


class ArticleAlias(SQLModel, table=True):
    """One name under which a source knows an article; a name belongs to one article only."""

    __tablename__ = "article_alias"

    source_id: str = Field(primary_key=True)
    kind: str = Field(primary_key=True)
    value: str = Field(primary_key=True)
    article_id: int = _refers("article.id", index=True)


class ArticleCategory(SQLModel, table=True):
    """An article in a category of a source."""

    __tablename__ = "article_category"

    article_id: int = Field(
        sa_column=Column(_ID, ForeignKey("article.id", ondelete="CASCADE"), primary_key=True, autoincrement=False)
    )
    source_id: str = Field(primary_key=True)
    category: str = Field(primary_key=True)


class ArticleSketch(SQLModel, table=True):
    """A few hashes of an article's title and words, kept for some weeks: articles that share one may be near-duplicates."""

    __tablename__ = "article_sketch"

    value: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    article_id: int = Field(
        sa_column=Column(
            _ID, ForeignKey("article.id", ondelete="CASCADE"), primary_key=True, autoincrement=False, index=True
        )
    )


class Tombstone(SQLModel, table=True):
    """A name of an article that was purged: whoever brings it again brings nothing new. Also a name that several articles shared."""

    source_id: str = Field(primary_key=True)
    kind: str = Field(primary_key=True)
    value: str = Field(primary_key=True)
    title: str = Field(default="", sa_type=Text)
    published_at: datetime
    at: datetime = Field(index=True)


class NearDuplicate(SQLModel, table=True):
    """Two articles of different sources that tell one story in nearly the same words; editors confirm or refuse it."""

    __tablename__ = "near_duplicate"

    article_id: int = Field(
        sa_column=Column(_ID, ForeignKey("article.id", ondelete="CASCADE"), primary_key=True, autoincrement=False)
    )
    other_id: int = Field(
        sa_column=Column(
            _ID, ForeignKey("article.id", ondelete="CASCADE"), primary_key=True, autoincrement=False, index=True
        )
    )
    likeness: float
    state: str = "suggested"
    at: datetime


class Click(SQLModel, table=True):
    """How often an article's link was followed on one UTC day, whoever did it."""

    article_id: int = Field(
        sa_column=Column(_ID, ForeignKey("article.id", ondelete="CASCADE"), primary_key=True, autoincrement=False)
    )
    day: date = Field(primary_key=True)
    count: int = 0


class SourceCategory(SQLModel, table=True):
    """A category as its source names it."""

    __tablename__ = "source_category"

    source_id: str = Field(primary_key=True)
    key: str = Field(primary_key=True)
    name: str
    slug: str = ""
    parent: str | None = None


class SourceState(SQLModel, table=True):
    """What we remember of a source between two fetches."""

    __tablename__ = "source_state"

    source_id: str = Field(primary_key=True)
    url: str = Field(default="", sa_type=Text)
    etag: str = ""
    last_modified: str = ""
    baseline_at: datetime | None = None
    last_ok_at: datetime | None = None
    last_attempt_at: datetime | None = None
    next_check_at: datetime | None = None
    failures: int = 0
    error: str = Field(default="", sa_type=Text)
    counts: dict[str, int] = _json(dict)
    memory: dict[str, Any] = _json(dict)
    notes: list[str] = _json(list)
    latency_ms: int | None = None
    retry_at: datetime | None = None
    configured_url: str = Field(default="", sa_type=Text)
    unchanged_in_a_row: int = 0
    validated_at: datetime | None = None
    moved_url: str = Field(default="", sa_type=Text)
    moving_to: str = Field(default="", sa_type=Text)
    moving_count: int = 0
    moving_since: datetime | None = None
    gone_count: int = 0
    gone_since: datetime | None = None
    future_dated: bool = False
    views_at: datetime | None = None


class Alarm(SQLModel, table=True):
    """Something that editors or operators should look at, kept until it is over. One row for each kind and subject."""

    kind: str = Field(primary_key=True)
    subject: str = Field(primary_key=True)
    text: str = Field(sa_type=Text)
    since: datetime
    last_at: datetime
    over_at: datetime | None = None


class WebSub(SQLModel, table=True):
    """A source's subscription at a hub (W3C WebSub): the callback's secret name, the key of its signatures, and until when it holds."""

    __tablename__ = "websub"

    source_id: str = Field(primary_key=True)
    hub: str = Field(sa_type=Text)
    topic: str = Field(sa_type=Text)
    token: str = Field(unique=True)
    secret: str
    state: str = "asked"
    asked_at: datetime | None = None
    lease_until: datetime | None = None
    pushed_at: datetime | None = None
    misses: int = 0


class PushSeen(SQLModel, table=True):
    """A signed push that was taken, kept as long as its time stamp would be believed: a replay changes nothing."""

    __tablename__ = "push_seen"

    source_id: str = Field(primary_key=True)
    signature: str = Field(primary_key=True)
    at: datetime = Field(index=True)


# --- editions ------------------------------------------------------------------------------------------------------


class NewsletterState(SQLModel, table=True):
    """What changes about a newsletter while it runs: its last number, and whether an operator paused it."""

    __tablename__ = "newsletter_state"

    newsletter: str = Field(primary_key=True)
    last_number: int = 0
    paused: bool = False


class Edition(SQLModel, table=True):
    """A newsletter's content for one local date; alert 0 is the digest."""

    __table_args__ = (UniqueConstraint("newsletter", "edition_date", "alert"),)

    id: int | None = _key()
    newsletter: str
    edition_date: date
    alert: int = 0
    number: int | None = None
    state: str = "planned"
    reason: str = ""
    slot_at: datetime
    freeze_at: datetime
    drafted_at: datetime | None = None
    frozen_at: datetime | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None
    subject: str = ""
    preheader: str = ""
    note: str = Field(default="", sa_type=Text)
    home_rendering_id: int | None = Field(default=None, sa_type=BigInteger)
    approved_at: datetime | None = None
    approved_by: str = ""
    held_at: datetime | None = None
    catches_up: bool = False


class Wave(SQLModel, table=True):
    """The readers of an edition with the same send instant; the home wave is the newsletter's own hour."""

    __table_args__ = (UniqueConstraint("edition_id", "due_at"),)

    id: int | None = _key()
    edition_id: int = _refers("edition.id")
    due_at: datetime
    freeze_at: datetime
    home: bool = False
    state: str = "planned"
    reason: str = ""
    frozen_at: datetime | None = None
    started_at: datetime | None = None
    planned_through: int = Field(default=0, sa_type=BigInteger)
    planned_at: datetime | None = None


class Pin(SQLModel, table=True):
    """An editor's word on an article in one edition: the lead, a place, or dropped."""

    edition_id: int = Field(
        sa_column=Column(_ID, ForeignKey("edition.id", ondelete="CASCADE"), primary_key=True, autoincrement=False)
    )
    article_id: int = Field(
        sa_column=Column(_ID, ForeignKey("article.id", ondelete="CASCADE"), primary_key=True, autoincrement=False)
    )
    kind: str
    section_id: str = ""
    position: int = 0
    repeat_ok: bool = False
    by: str = ""
    at: datetime


class Pick(SQLModel, table=True):
    """An article placed in an edition, in a section, at a position; `snapshot` keeps it as it was printed."""

    __table_args__ = (UniqueConstraint("edition_id", "article_id"),)

    id: int | None = _key()
    edition_id: int = _refers("edition.id")
    article_id: int = _refers("article.id", index=True)
    section_id: str
    position: int
    kind: str
    snapshot: dict[str, Any] = _json(dict)


class LeftOut(SQLModel, table=True):
    """An article that the edition's home rendering left out, and why."""

    __tablename__ = "left_out"

    edition_id: int = Field(
        sa_column=Column(_ID, ForeignKey("edition.id", ondelete="CASCADE"), primary_key=True, autoincrement=False)
    )
    article_id: int = Field(
        sa_column=Column(
            _ID, ForeignKey("article.id", ondelete="CASCADE"), primary_key=True, autoincrement=False, index=True
        )
    )
    reason: str
    detail: str = ""


class Block(SQLModel, table=True):
    """A frozen piece of an edition in one look."""

    edition_id: int = Field(
        sa_column=Column(_ID, ForeignKey("edition.id", ondelete="CASCADE"), primary_key=True, autoincrement=False)
    )
    look: str = Field(primary_key=True)
    name: str = Field(primary_key=True)
    html: str = Field(sa_type=Text)
    text: str = Field(sa_type=Text)


class Rendering(SQLModel, table=True):
    """What one group of readers gets of an edition: a recipe of blocks."""

    __table_args__ = (UniqueConstraint("edition_id", "key"),)

    id: int | None = _key()
    edition_id: int = _refers("edition.id")
    key: str
    sections: list[str] = _json(list)
    look: str
    subject: str
    preheader: str
    recipe: dict[str, Any] = _json(dict)


class RenderingPick(SQLModel, table=True):
    """A pick as one rendering prints it."""

    __tablename__ = "rendering_pick"

    rendering_id: int = Field(
        sa_column=Column(_ID, ForeignKey("rendering.id", ondelete="CASCADE"), primary_key=True, autoincrement=False)
    )
    pick_id: int = Field(
        sa_column=Column(_ID, ForeignKey("pick.id", ondelete="CASCADE"), primary_key=True, autoincrement=False)
    )
    section_id: str
    kind: str
    form: str
    position: int


class ReaderGroup(SQLModel, table=True):
    """Readers of a wave who get the same: one row for each combination of choices and history; `reason` says why they get nothing.

    `sections` and `section_frequency` are the very text of the subscriptions' columns, so that deliveries are planned by one join.
    `histories` names what they had, of this newsletter and of those it shares its history with; `next_history_id` what they had then.
    """

    __tablename__ = "reader_group"
    __table_args__ = (
        UniqueConstraint(
            "wave_id",
            "sections",
            "section_frequency",
            "frequency",
            "language",
            "length",
            "text_size",
            "histories",
            "is_new",
            name="uq_reader_group",
        ),
    )

    id: int | None = _key()
    wave_id: int = _refers("wave.id")
    sections: str = Field(sa_type=Text)
    section_frequency: str = Field(sa_type=Text)
    frequency: str
    language: str
    length: str
    text_size: str
    histories: str
    is_new: bool
    rendering_id: int | None = _refers("rendering.id", nullable=True)
    next_history_id: int | None = Field(default=None, sa_type=BigInteger)
    reason: str = ""


class History(SQLModel, table=True):
    """The renderings that some readers had lately: a set, known by the hash of its members, shared by all who had the same."""

    id: int | None = _key()
    key: str = Field(unique=True)
    renderings: list[int] = _json(list)


# --- people --------------------------------------------------------------------------------------------------------


class Subscriber(SQLModel, table=True):
    """A person's address. `address_key` is its form for comparing, `address_hash` its keyed hash."""

    id: int | None = _key()
    address: str
    address_key: str = Field(unique=True)
    address_hash: str = Field(index=True)
    name: str = ""
    created_at: datetime


class Subscription(SQLModel, table=True):
    """A person's consent to one newsletter, with what they chose; no sections means all of them.

    `clock` is their hour and zone with the change that may be under way (`digest.recurrence.Hours`), empty for the newsletter's own.
    `history_id` names what they had lately; None where it has to be worked out from their deliveries again.
    """

    __table_args__ = (
        UniqueConstraint("newsletter", "subscriber_id"),
        Index("ix_subscription_clock", "newsletter", "state", "clock"),
    )

    id: int | None = _key()
    subscriber_id: int = _refers("subscriber.id", index=True)
    newsletter: str
    state: str = "pending"
    sections: list[str] = _json(list)
    frequency: str = "daily"
    hour: str = ""
    zone: str = ""
    language: str = ""
    length: str = "short"
    text_size: str = "normal"
    section_frequency: dict[str, str] = _json(dict)
    clock: str = ""
    paused_at: datetime | None = None
    paused_until: date | None = None
    history_id: int | None = Field(default=None, sa_type=BigInteger)
    created_at: datetime
    confirmed_at: datetime | None = None
    ended_at: datetime | None = None


class Consent(SQLModel, table=True):
    """One step of a person's consent, never changed afterwards."""

    id: int | None = _key()
    subscription_id: int = _refers("subscription.id", index=True)
    kind: str
    at: datetime
    evidence: str = Field(default="", sa_type=Text)
    origin: str = ""


class Suppression(SQLModel, table=True):
    """A lasting ban on an address, known by its keyed hash only."""

    address_hash: str = Field(primary_key=True)
    reason: str
    origin: str = ""
    at: datetime


# --- the ledger ----------------------------------------------------------------------------------------------------


class Batch(SQLModel, table=True):
    """Some hundred deliveries of one edition that one worker takes at once; `attempt` is the fence."""

    __table_args__ = (Index("ix_batch_state_due_at", "state", "due_at"),)

    id: int | None = _key()
    edition_id: int = _refers("edition.id", index=True)
    wave_id: int | None = Field(default=None, sa_type=BigInteger)
    state: str = "queued"
    due_at: datetime
    expires_at: datetime
    attempt: int = 0
    deferrals: int = 0
    lease_owner: str = ""
    lease_until: datetime | None = None


class Delivery(SQLModel, table=True):
    """One edition owed to one subscriber."""

    __table_args__ = (
        UniqueConstraint("edition_id", "subscriber_id"),
        Index("ix_delivery_edition_state", "edition_id", "state"),
    )

    id: int | None = _key()
    edition_id: int = _refers("edition.id")
    subscriber_id: int = _refers("subscriber.id", index=True)
    subscription_id: int = _refers("subscription.id")
    rendering_id: int | None = _refers("rendering.id", nullable=True)
    batch_id: int | None = _refers("batch.id", nullable=True, index=True)
    state: str = "queued"
    reason: str = ""
    provider_id: str = ""
    reply: str = Field(default="", sa_type=Text)
    changed_at: datetime


class Notice(SQLModel, table=True):
    """A mail that is no edition; the same states and the same road as a delivery."""

    __table_args__ = (UniqueConstraint("kind", "key"), Index("ix_notice_state_due_at", "state", "due_at"))

    id: int | None = _key()
    kind: str
    key: str
    address: str
    name: str = ""
    data: dict[str, Any] = _json(dict)
    state: str = "queued"
    reason: str = ""
    attempt: int = 0
    due_at: datetime
    expires_at: datetime
    lease_until: datetime | None = None
    provider_id: str = ""
    reply: str = Field(default="", sa_type=Text)
    created_at: datetime


# --- the desk ------------------------------------------------------------------------------------------------------


class User(SQLModel, table=True):
    """A person who may sign in to the desk."""

    __tablename__ = "desk_user"  # “user” is a reserved word of PostgreSQL

    id: int | None = _key()
    address: str = Field(unique=True)
    name: str = ""
    role: str = "editor"
    created_at: datetime


class SignInLink(SQLModel, table=True):
    """A link that signs a user in once."""

    __tablename__ = "sign_in_link"

    id: int | None = _key()
    user_id: int = _refers("desk_user.id")
    expires_at: datetime
    used_at: datetime | None = None


class DeskSession(SQLModel, table=True):
    """A signed-in browser, known by the hash of its cookie."""

    __tablename__ = "desk_session"

    cookie_hash: str = Field(primary_key=True)
    user_id: int = _refers("desk_user.id")
    created_at: datetime
    expires_at: datetime


class Heartbeat(SQLModel, table=True):
    """When a part of the service last showed that it runs."""

    name: str = Field(primary_key=True)
    at: datetime
