"""The desk: who may sign in, and the service's heartbeats."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from digest.models.columns import key, refers


class User(SQLModel, table=True):
    """A person who may sign in to the desk."""

    __tablename__ = "desk_user"  # “user” is a reserved word of PostgreSQL

    id: int | None = key()
    address: str = Field(unique=True)
    name: str = ""
    role: str = "editor"
    created_at: datetime


class SignInLink(SQLModel, table=True):
    """A link that signs a user in once."""

    __tablename__ = "sign_in_link"

    id: int | None = key()
    user_id: int = refers("desk_user.id")
    expires_at: datetime
    used_at: datetime | None = None


class DeskSession(SQLModel, table=True):
    """A signed-in browser, known by the hash of its cookie."""

    __tablename__ = "desk_session"

    cookie_hash: str = Field(primary_key=True)
    user_id: int = refers("desk_user.id")
    created_at: datetime
    expires_at: datetime


class Heartbeat(SQLModel, table=True):
    """When a part of the service last showed that it runs."""

    name: str = Field(primary_key=True)
    at: datetime
