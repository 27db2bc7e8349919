"""Editions: waves, pins, picks, frozen blocks and renderings, and the groups of readers that get them."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, Column, ForeignKey, Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from digest.models.columns import ID, json, key, refers


class NewsletterState(SQLModel, table=True):
    """What changes about a newsletter while it runs: its last number, and whether an operator paused it."""

    __tablename__ = "newsletter_state"

    newsletter: str = Field(primary_key=True)
    last_number: int = 0
    paused: bool = False


class Edition(SQLModel, table=True):
    """A newsletter's content for one local date; alert 0 is the digest. `since` is how far back an editor wants it to reach."""

    __table_args__ = (UniqueConstraint("newsletter", "edition_date", "alert"),)

    id: int | None = key()
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
    since: datetime | None = None


class Wave(SQLModel, table=True):
    """The readers of an edition with the same send instant; the home wave is the newsletter's own hour.

    `token_key` is the number of the key under which its mails' tokens are minted, at every try.
    """

    __table_args__ = (UniqueConstraint("edition_id", "due_at"),)

    id: int | None = key()
    edition_id: int = refers("edition.id")
    due_at: datetime
    freeze_at: datetime
    home: bool = False
    state: str = "planned"
    reason: str = ""
    frozen_at: datetime | None = None
    started_at: datetime | None = None
    planned_through: int = Field(default=0, sa_type=BigInteger)
    planned_at: datetime | None = None
    token_key: int | None = None


class Pin(SQLModel, table=True):
    """An editor's word on an article in one edition: the lead, a place, or dropped."""

    edition_id: int = Field(
        sa_column=Column(ID, ForeignKey("edition.id", ondelete="CASCADE"), primary_key=True, autoincrement=False)
    )
    article_id: int = Field(
        sa_column=Column(ID, ForeignKey("article.id", ondelete="CASCADE"), primary_key=True, autoincrement=False)
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

    id: int | None = key()
    edition_id: int = refers("edition.id")
    article_id: int = refers("article.id", index=True)
    section_id: str
    position: int
    kind: str
    snapshot: dict[str, Any] = json(dict)


class LeftOut(SQLModel, table=True):
    """An article that the edition's home rendering left out, and why."""

    __tablename__ = "left_out"

    edition_id: int = Field(
        sa_column=Column(ID, ForeignKey("edition.id", ondelete="CASCADE"), primary_key=True, autoincrement=False)
    )
    article_id: int = Field(
        sa_column=Column(
            ID, ForeignKey("article.id", ondelete="CASCADE"), primary_key=True, autoincrement=False, index=True
        )
    )
    reason: str
    detail: str = ""


class Block(SQLModel, table=True):
    """A frozen piece of an edition in one look."""

    edition_id: int = Field(
        sa_column=Column(ID, ForeignKey("edition.id", ondelete="CASCADE"), primary_key=True, autoincrement=False)
    )
    look: str = Field(primary_key=True)
    name: str = Field(primary_key=True)
    html: str = Field(sa_type=Text)
    text: str = Field(sa_type=Text)


class Rendering(SQLModel, table=True):
    """What one group of readers gets of an edition: a recipe of blocks."""

    __table_args__ = (UniqueConstraint("edition_id", "key"),)

    id: int | None = key()
    edition_id: int = refers("edition.id")
    key: str
    sections: list[str] = json(list)
    look: str
    subject: str
    preheader: str
    recipe: dict[str, Any] = json(dict)


class RenderingPick(SQLModel, table=True):
    """A pick as one rendering prints it."""

    __tablename__ = "rendering_pick"

    rendering_id: int = Field(
        sa_column=Column(ID, ForeignKey("rendering.id", ondelete="CASCADE"), primary_key=True, autoincrement=False)
    )
    pick_id: int = Field(
        sa_column=Column(ID, ForeignKey("pick.id", ondelete="CASCADE"), primary_key=True, autoincrement=False)
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

    id: int | None = key()
    wave_id: int = refers("wave.id")
    sections: str = Field(sa_type=Text)
    section_frequency: str = Field(sa_type=Text)
    frequency: str
    language: str
    length: str
    text_size: str
    histories: str
    is_new: bool
    rendering_id: int | None = refers("rendering.id", nullable=True)
    next_history_id: int | None = Field(default=None, sa_type=BigInteger)
    reason: str = ""


class History(SQLModel, table=True):
    """The renderings that some readers had lately: a set, known by the hash of its members, shared by all who had the same."""

    id: int | None = key()
    key: str = Field(unique=True)
    renderings: list[int] = json(list)
