"""How fast mail may leave: what a provider took lately, how its lanes recover, which group a receiver belongs to."""

from datetime import datetime
from typing import Any

from sqlmodel import Field, SQLModel

from digest.models.columns import json


class Rate(SQLModel, table=True):
    """What one provider took lately. `next_at` is when the next message may leave; `slots` counts by window and slot of it."""

    provider: str = Field(primary_key=True)
    next_at: float = 0
    slots: dict[str, Any] = json(dict)


class Lane(SQLModel, table=True):
    """A lane that is not simply open: its recovery as `digest.mail.lanes.LaneState` has it. The lane “” is the whole provider."""

    provider: str = Field(primary_key=True)
    lane: str = Field(primary_key=True)
    phase: str
    until: datetime | None = None
    reason: str = ""
    state: dict[str, Any] = json(dict)
    changed_at: datetime


class Receiver(SQLModel, table=True):
    """The lane of a receiving domain, as its mail exchangers say it."""

    domain: str = Field(primary_key=True)
    lane: str
    looked_up_at: datetime
