"""What SQLite and PostgreSQL both offer but say through their own dialects: inserting what is not there yet."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import CursorResult, Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, SQLModel

CHUNK = 500  # parameters in one IN (...): both databases take that many


def insert_new(session: Session, table: type[SQLModel], values: Mapping[str, Any] | Sequence[Mapping[str, Any]]) -> int:
    """Insert rows unless one with their unique key is there; return how many were new (of several rows, -1 where unknown)."""
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    statement = dialect.insert(table_of(table)).on_conflict_do_nothing()
    statement = statement.execution_options(preserve_rowcount=True)  # else PostgreSQL's count is thrown away
    result = session.execute(statement, values)
    return result.rowcount if isinstance(result, CursorResult) else -1


def table_of(model: type[SQLModel]) -> Table:
    """Return the plain table behind a model."""
    table: Table = model.metadata.tables[str(model.__tablename__)]
    return table
