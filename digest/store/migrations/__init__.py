"""Brings a database to the tables of this version: a URL goes in, Alembic's migrations are applied in order."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine
from sqlalchemy.engine import URL, make_url
from sqlalchemy.pool import NullPool


def upgrade(url: str) -> None:
    """Apply every migration that the database lacks; a second run changes nothing. Makes the folder of a SQLite file."""
    target = _with_driver(url)
    if target.get_backend_name() == "sqlite" and target.database:
        Path(target.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(target, poolclass=NullPool)
    with engine.begin() as connection:
        command.upgrade(_config(connection), "head")


def current(url: str) -> str | None:
    """Return the revision at which the database stands, None when it has no tables of ours."""
    target = _with_driver(url)
    if target.get_backend_name() == "sqlite" and target.database and not Path(target.database).exists():
        return None
    engine = create_engine(target, poolclass=NullPool)
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def head() -> str:
    """Return the newest revision that this version of the software knows."""
    revision = ScriptDirectory.from_config(_config()).get_current_head()
    assert revision is not None  # noqa: S101 -- the package always carries migrations
    return revision


def _config(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.attributes["connection"] = connection
    return config


def _with_driver(url: str) -> URL:
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        return parsed
    return parsed.set(drivername="postgresql+psycopg")
