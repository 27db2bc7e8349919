"""Columns that tables share: keys, references, JSON."""

from typing import Any

from sqlalchemy import JSON, BigInteger, Column, ForeignKey, Integer
from sqlmodel import Field

ID = BigInteger().with_variant(Integer(), "sqlite")  # SQLite numbers only INTEGER primary keys by itself


def key() -> Any:  # noqa: ANN401 -- Field() is typed Any by SQLModel
    """Return a primary key that the database numbers."""
    return Field(default=None, sa_column=Column(ID, primary_key=True, autoincrement=True))


def refers(target: str, *, nullable: bool = False, index: bool = False) -> Any:  # noqa: ANN401 -- as above
    """Return a reference to another table's key, gone with what it refers to."""
    column = Column(ID, ForeignKey(target, ondelete="CASCADE"), nullable=nullable, index=index)
    return Field(default=None, sa_column=column)


def names_row(*, nullable: bool = False, index: bool = False) -> Any:  # noqa: ANN401 -- as above
    """Return a column with another table's key that the database does not check: for rows that are made by the million.

    The statement that writes them takes the key from the row itself, and nothing deletes that row while they are there.
    """
    return Field(default=None, sa_column=Column(ID, nullable=nullable, index=index))


def json(default: Any) -> Any:  # noqa: ANN401 -- as above
    """Return a JSON column; `default` makes the value of a new row."""
    return Field(default_factory=default, sa_column=Column(JSON, nullable=False))
