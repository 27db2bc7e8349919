"""Opens the database: a URL goes in, a `Store` that hands out reading and writing sessions comes out."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlmodel import Session

from digest.errors import DatabaseBehindError, DatabaseError, DiskFullError
from digest.store import migrations

__all__ = ["Session", "Store", "explain", "translate"]  # a stage that is given a session takes its type from here

_BUSY_TIMEOUT_MS = 30_000
# A server that is cut off is given up after half a minute, not after the quarter of an hour for which TCP keeps trying.
_PATIENCE = {
    "connect_timeout": "10",
    "keepalives_idle": "15",
    "keepalives_interval": "5",
    "keepalives_count": "3",
    "tcp_user_timeout": "30000",
}
_ABSENT = ("42P01", "42883", "42704")  # PostgreSQL's undefined table, function, object
_CACHE_KIB = 16_384  # a connection that plans a million rows reads the same index pages again and again


class Store:
    """The database of one installation. Sessions are short: never held while the network is waited for."""

    def __init__(self, url: str) -> None:
        """Prepare to open `url`; nothing is opened yet."""
        self.url = url
        self.engine = _engine(url)

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """Open a transaction that is committed at the end, or rolled back whole when anything raises.

        On SQLite it takes the write lock at once (BEGIN IMMEDIATE): a deferred one fails when it turns from reading to writing.
        """
        with self._translated(), Session(self.engine, expire_on_commit=False) as session:
            if self.engine.dialect.name == "sqlite":
                session.execute(text("BEGIN IMMEDIATE"))
            yield session
            session.commit()

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """Open one consistent view of the database; nothing that is written in it is kept."""
        with self._translated(), Session(self.engine, expire_on_commit=False) as session:
            if self.engine.dialect.name == "sqlite":
                session.execute(text("BEGIN"))
            yield session
            session.expunge_all()  # what was read stays readable
            session.rollback()

    def check_current(self) -> None:
        """Raise DatabaseBehindError unless every migration of this version was applied."""
        with self._translated():
            found = migrations.current(self.url)
        if found == migrations.head():
            return
        what = (
            "It has no tables yet."
            if found is None
            else f"It stands at {found}, this version needs {migrations.head()}."
        )
        raise DatabaseBehindError(what, hint="Run `digest db upgrade`.")

    def close(self) -> None:
        """Close every connection."""
        self.engine.dispose()

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except OperationalError as error:
            raise translate(error) from error


def translate(error: DBAPIError) -> DatabaseError:
    """Turn an error of SQLAlchemy into one sentence that tells the operator what to do."""
    return explain(error.orig or error)


def explain(cause: BaseException) -> DatabaseError:
    """Turn a driver's error into one sentence that tells the operator what to do: of its own words the first line, others may hold data."""
    said = str(cause).strip()
    if "disk is full" in said or "No space left" in said:
        return DiskFullError(
            "Nothing was lost: what could not be written is still owed.", hint="Free some space and start again."
        )
    if "no such table" in said or getattr(cause, "sqlstate", None) in _ABSENT:
        return DatabaseBehindError(hint="Run `digest db upgrade`.")
    first = said.partition("\n")[0].rstrip(".") or type(cause).__name__
    return DatabaseError(f"{first}.", hint="Check [database] url, and that the database is up.")


def _engine(url: str) -> Engine:
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        return _sqlite(url)
    given = {key: value for key, value in _PATIENCE.items() if key not in parsed.query}
    parsed = parsed.set(drivername="postgresql+psycopg").update_query_dict(given)
    return create_engine(parsed, pool_pre_ping=True, pool_size=10, max_overflow=20)


def _sqlite(url: str) -> Engine:
    file = make_url(url).database
    if file:
        Path(file).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(url, connect_args={"timeout": _BUSY_TIMEOUT_MS / 1000}, pool_size=10, max_overflow=50)
    event.listen(engine, "connect", _prepare_sqlite)
    return engine


def _prepare_sqlite(connection: Any, record: object) -> None:  # noqa: ANN401 -- the driver's own connection
    """Set what SQLite does not keep in the file; FULL, because a lost commit after a hand-over would mail twice."""
    del record
    connection.isolation_level = None  # SQLAlchemy and we say BEGIN ourselves
    for pragma in (
        *("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"),
        *(f"busy_timeout={_BUSY_TIMEOUT_MS}", f"cache_size=-{_CACHE_KIB}"),
    ):
        connection.execute(f"PRAGMA {pragma}")
