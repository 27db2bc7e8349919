"""What tests/conftest.py promises every test: no network but loopback, a real database of one's own, a real browser."""

import socket

import pytest
from playwright.sync_api import Error, Page
from pytest_socket import SocketConnectBlockedError
from sqlalchemy import text

from digest.store import migrations
from digest.store.base import Store

_DOCUMENTATION_ADDRESS = "192.0.2.1"  # RFC 5737: nobody's


def test_a_name_outside_this_machine_is_unknown() -> None:
    """With and without a network alike."""
    with pytest.raises(socket.gaierror):
        socket.getaddrinfo("news.example", 80)
    assert socket.getaddrinfo("localhost", 80)


def test_a_connection_beyond_loopback_is_refused() -> None:
    """pytest-socket warns before it raises, and a warning is an error here."""
    with socket.socket() as connection, pytest.raises((SocketConnectBlockedError, UserWarning)):
        connection.connect((_DOCUMENTATION_ADDRESS, 80))


def test_a_connection_to_loopback_is_made() -> None:
    """Given a listener on loopback, when a test connects, then it is heard."""
    with socket.create_server(("127.0.0.1", 0)) as listener, socket.create_connection(listener.getsockname()) as caller:
        heard, _ = listener.accept()
        with heard:
            assert heard.getpeername() == caller.getsockname()


@pytest.mark.parametrize("turn", [1, 2])
def test_each_test_has_a_database_of_its_own(store: Store, turn: int) -> None:
    """Given a table made by one test, when another makes the same, then neither is in the other's way."""
    with store.writing() as session:
        session.execute(text("CREATE TABLE only_here (turn INTEGER)"))
        session.execute(text("INSERT INTO only_here VALUES (:turn)"), {"turn": turn})
    with store.reading() as session:
        assert session.execute(text("SELECT turn FROM only_here")).scalars().all() == [turn]


def test_a_database_is_migrated_unless_it_is_asked_for_empty(database_url: str, empty_database_url: str) -> None:
    """Both kinds, on both databases."""
    assert migrations.current(database_url) == migrations.head()
    assert migrations.current(empty_database_url) is None


def test_postgresql_is_the_real_one(postgres_url: str) -> None:
    """Not something that speaks like it."""
    opened = Store(postgres_url)
    with opened.reading() as session:
        assert str(session.execute(text("SELECT version()")).scalar_one()).startswith("PostgreSQL ")
    opened.close()


def test_the_browser_shows_pages(page: Page) -> None:
    """Script runs and style counts."""
    page.set_content(
        "<style>p { color: rgb(1, 2, 3) }</style><p></p><script>document.querySelector('p').textContent = 6 * 7</script>"
    )
    assert page.locator("p").inner_text() == "42"
    assert page.locator("p").evaluate("p => getComputedStyle(p).color") == "rgb(1, 2, 3)"


def test_the_browser_reaches_nothing_but_this_machine(page: Page) -> None:
    """A page that asks for more is told no."""
    with pytest.raises(Error, match="ERR_FAILED"):
        page.goto(f"http://{_DOCUMENTATION_ADDRESS}/")
