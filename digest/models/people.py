"""People: addresses, subscriptions with what was chosen, consents, bans."""

from datetime import date, datetime

from sqlalchemy import BigInteger, Index, Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from digest.models.columns import json, key, refers


class Subscriber(SQLModel, table=True):
    """A person's address. `address_key` is its form for comparing, `address_hash` its keyed hash, `lane` that of its `domain`."""

    id: int | None = key()
    address: str
    address_key: str = Field(unique=True)
    address_hash: str = Field(index=True)
    name: str = ""
    domain: str = Field(default="", index=True)
    lane: str = ""
    created_at: datetime


class Subscription(SQLModel, table=True):
    """A person's consent to one newsletter, with what they chose; no sections means all of them.

    `clock` is their hour and zone with the change that may be under way (`digest.recurrence.Hours`), empty for the newsletter's own.
    `history_id` names what they had lately; None where it has to be worked out from their deliveries again.
    """

    __table_args__ = (
        UniqueConstraint("newsletter", "subscriber_id"),
        Index("ix_subscription_clock", "newsletter", "state", "clock", "id"),  # a wave's readers, range by range
    )

    id: int | None = key()
    subscriber_id: int = refers("subscriber.id", index=True)
    newsletter: str
    state: str = "pending"
    sections: list[str] = json(list)
    frequency: str = "daily"
    hour: str = ""
    zone: str = ""
    language: str = ""
    length: str = "short"
    text_size: str = "normal"
    section_frequency: dict[str, str] = json(dict)
    clock: str = ""
    paused_at: datetime | None = None
    paused_until: date | None = None
    history_id: int | None = Field(default=None, sa_type=BigInteger)
    created_at: datetime
    confirmed_at: datetime | None = None
    ended_at: datetime | None = None


class Consent(SQLModel, table=True):
    """One step of a person's consent, never changed afterwards."""

    id: int | None = key()
    subscription_id: int = refers("subscription.id", index=True)
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
