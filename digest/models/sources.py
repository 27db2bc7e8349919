"""Sources between two fetches: their health, categories, hubs and pushes, and what to tell of them."""

from datetime import datetime
from typing import Any

from sqlalchemy import Text
from sqlmodel import Field, SQLModel

from digest.models.columns import json


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
    counts: dict[str, int] = json(dict)
    memory: dict[str, Any] = json(dict)
    notes: list[str] = json(list)
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
