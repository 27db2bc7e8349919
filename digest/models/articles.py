"""Articles as we know them: their names, texts, near-duplicates, and the graves of those that are gone."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Text
from sqlmodel import Field, SQLModel

from digest.models.columns import ID, json, key, refers


class Article(SQLModel, table=True):
    """One story as we know it, however many addresses and feeds it has."""

    __table_args__ = (Index("ix_article_published_at", "published_at"),)

    id: int | None = key()
    source_id: str
    url: str = Field(sa_type=Text)
    title: str = Field(sa_type=Text)
    summary: str = Field(default="", sa_type=Text)
    authors: list[str] = json(list)
    image: dict[str, Any] = json(dict)
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
        sa_column=Column(ID, ForeignKey("article.id", ondelete="CASCADE"), primary_key=True, autoincrement=False)
    )
    text: str = Field(sa_type=Text)


class ArticleAlias(SQLModel, table=True):
    """One name under which a source knows an article; a name belongs to one article only."""

    __tablename__ = "article_alias"

    source_id: str = Field(primary_key=True)
    kind: str = Field(primary_key=True)
    value: str = Field(primary_key=True)
    article_id: int = refers("article.id", index=True)


class ArticleCategory(SQLModel, table=True):
    """An article in a category of a source."""

    __tablename__ = "article_category"

    article_id: int = Field(
        sa_column=Column(ID, ForeignKey("article.id", ondelete="CASCADE"), primary_key=True, autoincrement=False)
    )
    source_id: str = Field(primary_key=True)
    category: str = Field(primary_key=True)


class ArticleSketch(SQLModel, table=True):
    """A few hashes of an article's title and words, kept for some weeks: articles that share one may be near-duplicates."""

    __tablename__ = "article_sketch"

    value: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    article_id: int = Field(
        sa_column=Column(
            ID, ForeignKey("article.id", ondelete="CASCADE"), primary_key=True, autoincrement=False, index=True
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
        sa_column=Column(ID, ForeignKey("article.id", ondelete="CASCADE"), primary_key=True, autoincrement=False)
    )
    other_id: int = Field(
        sa_column=Column(
            ID, ForeignKey("article.id", ondelete="CASCADE"), primary_key=True, autoincrement=False, index=True
        )
    )
    likeness: float
    state: str = "suggested"
    at: datetime


class Click(SQLModel, table=True):
    """How often an article's link was followed on one UTC day, whoever did it."""

    article_id: int = Field(
        sa_column=Column(ID, ForeignKey("article.id", ondelete="CASCADE"), primary_key=True, autoincrement=False)
    )
    day: date = Field(primary_key=True)
    count: int = 0
