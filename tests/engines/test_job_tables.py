"""The postgres engine's own tables: made, upgraded and told of, and never somebody else's."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from procrastinate.schema import SchemaManager

from digest import config
from digest.clock import system_clock
from digest.engines.local import Local
from digest.engines.postgres import Postgres
from digest.engines.registry import build
from digest.errors import ConfigError, DatabaseBehindError, DatabaseError
from digest.runtime import Runtime
from digest.store import Store, migrations
from tests.acceptance.house import House

FIRST = "00.00.00_01_initial"


@pytest.fixture
def bare(postgres_server: psycopg.Connection) -> Iterator[str]:
    """Return the URL of a PostgreSQL database without any table."""
    from tests.conftest import _postgres_database

    yield from _postgres_database(postgres_server, "template0")


def schema(url: str) -> list[tuple[str, ...]]:
    """Return what there is of procrastinate: columns, indices, triggers and functions."""
    queries = (
        """SELECT 'column', table_name, column_name, data_type, coalesce(column_default, ''), is_nullable
           FROM information_schema.columns WHERE table_name LIKE 'procrastinate%'""",
        "SELECT 'index', regexp_replace(indexdef, 'INDEX \\S+ ', '') FROM pg_indexes WHERE tablename LIKE 'procrastinate%'",
        "SELECT 'trigger', tgname FROM pg_trigger WHERE NOT tgisinternal",
        "SELECT 'function', proname, pg_get_function_arguments(oid) FROM pg_proc WHERE proname LIKE 'procrastinate%'",
    )
    with psycopg.connect(url) as connection:
        return sorted(row for query in queries for row in connection.execute(query))


def engine(store: Store) -> Postgres:
    return Postgres(store, system_clock)


def test_tables_of_the_oldest_version_are_brought_to_those_of_the_newest(bare: str, postgres_url: str) -> None:
    with psycopg.connect(bare, autocommit=True) as connection:
        steps = Path(SchemaManager.get_migrations_path())
        connection.execute((steps / f"{FIRST}.sql").read_bytes())
        connection.execute("CREATE TABLE digest_job_tables (version text NOT NULL)")
        connection.execute("INSERT INTO digest_job_tables VALUES (%s)", (FIRST,))
    with closing(Store(bare)) as store:
        assert engine(store).version().found == FIRST
        assert engine(store).version().is_behind
        engine(store).upgrade()
        assert not engine(store).version().is_behind
    assert schema(bare) == schema(postgres_url)


def test_upgrading_twice_or_side_by_side_changes_nothing_more(bare: str, postgres_url: str) -> None:
    with closing(Store(bare)) as store, ThreadPoolExecutor(4) as pool:
        assert engine(store).version().found is None
        list(pool.map(lambda _: engine(store).upgrade(), range(4)))
    assert schema(bare) == schema(postgres_url)


def test_tables_of_procrastinate_that_are_not_ours_are_left_alone(bare: str) -> None:
    with psycopg.connect(bare) as connection:
        connection.execute("CREATE TABLE procrastinate_jobs (id int)")
    with closing(Store(bare)) as store, pytest.raises(DatabaseError, match="not ours.*of our own"):
        engine(store).upgrade()


def test_an_engine_without_its_tables_says_what_to_do(bare: str, tmp_path: Path) -> None:
    migrations.upgrade(bare)
    settings = config.parse({"database": {"url": bare}, "secrets": {"root": "r" * 32}}, tmp_path / "config.toml")
    with pytest.raises(DatabaseBehindError, match=r"engine's tables stand at nothing.*digest db upgrade"):
        Runtime.from_settings(settings)


def test_the_engine_suits_the_database_unless_it_is_named(sqlite_url: str, postgres_url: str) -> None:
    with closing(Store(sqlite_url)) as lite, closing(Store(postgres_url)) as large:
        built = [
            type(build(config.EngineTable(kind=kind), store, system_clock))
            for store, kind in ((lite, "auto"), (large, "auto"), (large, "local"), (large, "postgres"))
        ]
        assert built == [Local, Postgres, Local, Postgres]
        with pytest.raises(ConfigError, match="“pigeon” is unknown.*auto, local, postgres"):
            build(config.EngineTable(kind="pigeon"), large, system_clock)
        with pytest.raises(ConfigError, match="needs PostgreSQL"):
            build(config.EngineTable(kind="postgres"), lite, system_clock)


def test_the_commands_make_the_tables_and_tell_of_them(bare: str, tmp_path: Path) -> None:
    house = House(tmp_path)
    (tmp_path / "config.toml").write_text(f'[database]\nurl = "{bare}"\n', encoding="utf-8")
    before = house.json("db", "current")
    assert (before["current"], before["engine"]["found"]) == (None, None)
    assert before["engine"]["needed"] in house.run("db", "current")
    house.run("db", "upgrade")
    after = house.json("db", "current")
    assert after["current"] == after["head"]
    assert after["engine"]["found"] == after["engine"]["needed"]
