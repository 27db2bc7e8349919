"""The ledger: batches, deliveries and notices."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Index, Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from digest.models.columns import json, key, names_row, refers


class Batch(SQLModel, table=True):
    """Some hundred deliveries of one wave and one lane that one worker takes at once; `attempt` is the fence."""

    __table_args__ = (Index("ix_batch_state_due_at", "state", "due_at"),)

    id: int | None = key()
    edition_id: int = refers("edition.id", index=True)
    wave_id: int | None = Field(default=None, sa_type=BigInteger)
    lane: str = ""
    state: str = "queued"
    due_at: datetime
    expires_at: datetime
    attempt: int = 0
    deferrals: int = 0
    lease_owner: str = ""
    lease_until: datetime | None = None


class Delivery(SQLModel, table=True):
    """One edition owed to one subscriber. The books outlive what they are about: only its subscriber takes it along."""

    __table_args__ = (
        UniqueConstraint("edition_id", "subscriber_id"),
        Index("ix_delivery_edition_state", "edition_id", "state"),
    )

    id: int | None = key()
    edition_id: int = names_row()
    subscriber_id: int = refers("subscriber.id", index=True)
    subscription_id: int = names_row()
    rendering_id: int | None = names_row(nullable=True)
    batch_id: int | None = names_row(nullable=True, index=True)
    state: str = "queued"
    reason: str = ""
    provider_id: str = ""
    reply: str = Field(default="", sa_type=Text)
    changed_at: datetime


class Notice(SQLModel, table=True):
    """A mail that is no edition; the same states and the same road as a delivery."""

    __table_args__ = (UniqueConstraint("kind", "key"), Index("ix_notice_state_due_at", "state", "due_at"))

    id: int | None = key()
    kind: str
    key: str
    address: str
    name: str = ""
    data: dict[str, Any] = json(dict)
    state: str = "queued"
    reason: str = ""
    attempt: int = 0
    due_at: datetime
    expires_at: datetime
    lease_until: datetime | None = None
    provider_id: str = ""
    reply: str = Field(default="", sa_type=Text)
    created_at: datetime
