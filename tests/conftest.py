"""What every test may ask for: a fresh, migrated database of both kinds, a real browser, and no network but loopback."""

import ipaddress
import secrets
import shutil
import signal
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, settings
from playwright.sync_api import Browser, Page, Route, sync_playwright

from digest.store import migrations
from digest.store.base import Store
from tests import browser as chromium
from tests import postgres

_POSTGRES_FOLDER = pytest.StashKey[Path]()
_GETADDRINFO = socket.getaddrinfo

# A busy machine is no failure: no test asserts a time, and neither does a property.
settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True)
settings.load_profile("any machine")


def pytest_configure(config: pytest.Config) -> None:
    """Name the folder of the run's PostgreSQL; the processes of one run share it. And look up no names outside."""
    given: dict[str, Any] = getattr(config, "workerinput", {})
    name = f"digest-tests-{secrets.token_hex(6)}"
    config.stash[_POSTGRES_FOLDER] = Path(given.get("postgres_folder", Path(tempfile.gettempdir()) / name))
    socket.getaddrinfo = _loopback_getaddrinfo
    if not given:
        signal.signal(signal.SIGTERM, signal.default_int_handler)  # a run that is ended tidies up as after Ctrl-C


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tell a worker process of the run's folder."""
    node.workerinput["postgres_folder"] = str(node.config.stash[_POSTGRES_FOLDER])


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop the run's PostgreSQL when the last worker is gone."""
    socket.getaddrinfo = _GETADDRINFO
    if not hasattr(config, "workerinput"):
        postgres.stop(config.stash[_POSTGRES_FOLDER])


def _loopback_getaddrinfo(host: Any, *args: Any, **kwargs: Any) -> Any:
    """Know only this machine, so that a test runs alike with and without a network."""
    name = host.decode() if isinstance(host, bytes) else host
    if name is None or name == "localhost" or name.endswith(".localhost") or _is_address(name):
        return _GETADDRINFO(host, *args, **kwargs)
    raise socket.gaierror(socket.EAI_NONAME, "Name or service not known (tests look up no names)")


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name.partition("%")[0])
    except ValueError:
        return False
    return True


@pytest.fixture(scope="session")
def postgres_server(request: pytest.FixtureRequest) -> Iterator[psycopg.Connection]:
    """Return a connection to the run's PostgreSQL that may create databases. No PostgreSQL is a failure, never a skip."""
    with postgres.connect(postgres.start(request.config.stash[_POSTGRES_FOLDER])) as connection:
        yield connection


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a migrated SQLite file that is copied for each test."""
    file = tmp_path_factory.mktemp("template") / "digest.db"
    migrations.upgrade(f"sqlite:///{file}")
    return file


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """Return the URL of a fresh, migrated SQLite database."""
    file = tmp_path / "database" / "digest.db"
    file.parent.mkdir()
    shutil.copy(sqlite_template, file)
    return f"sqlite:///{file}"


@pytest.fixture
def postgres_url(postgres_server: psycopg.Connection) -> Iterator[str]:
    """Return the URL of a fresh, migrated PostgreSQL database."""
    yield from _postgres_database(postgres_server, postgres.TEMPLATE)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """Return the URL of a fresh, migrated database; the test runs once on SQLite and once on PostgreSQL."""
    return str(request.getfixturevalue("sqlite_url" if request.param == "sqlite" else "postgres_url"))


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Return the URL of a database without any table, for what migrates by itself; once of each kind."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty' / 'digest.db'}"
    else:
        yield from _postgres_database(request.getfixturevalue("postgres_server"), "template0")


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    """Return an open store on a fresh database; the test runs once on SQLite and once on PostgreSQL."""
    opened = Store(database_url)
    yield opened
    opened.close()


def _postgres_database(server: psycopg.Connection, template: str) -> Iterator[str]:
    name = f"test_{secrets.token_hex(8)}"
    server.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
    info = server.info
    yield f"postgresql://{info.user}@/{name}?host={info.host}&port={info.port}"
    server.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Return a running Chromium. One for each file: while Playwright runs, no other test can use asyncio in its thread."""
    with sync_playwright() as playwright:
        path = chromium.find(playwright.chromium)
        if path is None:
            pytest.fail("There is no Chromium on this machine. `make test` installs one.")
        running = chromium.launch(playwright.chromium, path)
        yield running
        running.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """Return a page of a fresh browser profile, which reaches nothing but this machine."""
    context = browser.new_context(locale="en-GB", timezone_id="Europe/Berlin")
    context.route(lambda address: not _is_here(address), _refuse)
    yield context.new_page()
    context.close()


def _is_here(address: str) -> bool:
    return address.startswith(("http://127.0.0.1", "http://localhost", "http://[::1]", "data:", "blob:", "about:"))


def _refuse(route: Route) -> None:
    route.abort()
