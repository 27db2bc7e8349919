"""procrastinate's own tables: a connection goes in, they are made or brought to the version of the package that is installed.

procrastinate ships its schema whole and as numbered steps, and leaves it to us to remember which were taken.
"""

from collections.abc import Iterator
from pathlib import Path

import psycopg
from procrastinate.schema import SchemaManager

from digest.engines.base import Version
from digest.errors import DatabaseError

_LOCK = 0x64696765  # one upgrade at a time, whoever begins it
_REMEMBER = "CREATE TABLE IF NOT EXISTS digest_job_tables (version text NOT NULL)"


def version(connection: psycopg.Connection) -> Version:
    """Return at which version the tables stand and which the installed package needs."""
    return Version(_found(connection), _steps()[-1].stem)


def upgrade(connection: psycopg.Connection) -> None:
    """Make the tables, or take the steps that are missing, each in one transaction. Raises DatabaseError.

    The connection is in autocommit mode. Tables that we did not make are somebody else's, and left alone.
    """
    connection.execute("SELECT pg_advisory_lock(%s)", (_LOCK,))
    try:
        for script, reached in _missing(connection):
            with connection.transaction():
                connection.execute(script.encode())  # without parameters it may hold many statements
                connection.execute(_REMEMBER)
                connection.execute("DELETE FROM digest_job_tables")
                connection.execute("INSERT INTO digest_job_tables VALUES (%s)", (reached,))
    finally:
        connection.execute("SELECT pg_advisory_unlock(%s)", (_LOCK,))


def _missing(connection: psycopg.Connection) -> Iterator[tuple[str, str]]:
    """Yield scripts with the version that each leads to."""
    found = _found(connection)
    if found is None:
        if _exists(connection, "procrastinate_jobs"):
            what = "The database has tables of procrastinate that are not ours."
            raise DatabaseError(
                what, hint='Give us a database or a schema of our own, or take [engine] kind = "local".'
            )
        yield SchemaManager.get_schema(), _steps()[-1].stem
        return
    for step in _steps():
        if step.stem > found:
            yield step.read_text(encoding="utf-8"), step.stem


def _found(connection: psycopg.Connection) -> str | None:
    if not _exists(connection, "digest_job_tables"):
        return None
    row = connection.execute("SELECT max(version) FROM digest_job_tables").fetchone()
    return row[0] if row else None


def _exists(connection: psycopg.Connection, table: str) -> bool:
    row = connection.execute("SELECT to_regclass(%s)", (table,)).fetchone()
    return row is not None and row[0] is not None


def _steps() -> list[Path]:
    """Return the package's steps in order; their names begin with the version that brought them, in digits of one length."""
    return sorted(Path(SchemaManager.get_migrations_path()).glob("*.sql"))
