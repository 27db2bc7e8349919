import threading
from datetime import timedelta

import pytest

from digest.models import DeskSession, SignInLink
from digest.store import users
from digest.store.base import Session, Store
from tests.store.people import MINUTE, NOW

SOON = NOW + timedelta(minutes=30)


@pytest.fixture
def ana(store: Store) -> int:
    """Return the id of a user."""
    with store.writing() as session:
        return add(session, "ana@example.org")


def add(session: Session, address: str) -> int:
    assert users.add(session, address, "", "editor", NOW)
    user = users.find(session, address)
    assert user is not None
    assert user.id is not None
    return user.id


def test_an_address_has_one_account(store: Store, ana: int) -> None:
    with store.writing() as session:
        assert not users.add(session, "ana@example.org", "Somebody else", "operator", NOW)
        add(session, "aba@example.org")
    with store.reading() as session:
        kept = users.find(session, "ana@example.org")
        assert [one.address for one in users.everyone(session)] == ["aba@example.org", "ana@example.org"]
        assert users.find(session, "nobody@example.org") is None
    assert kept is not None
    assert (kept.id, kept.name, kept.role, kept.created_at) == (ana, "", "editor", NOW)


def test_a_link_signs_in_once(store: Store, ana: int) -> None:
    with store.writing() as session:
        link = users.create_link(session, ana, SOON)
    with store.writing() as session:
        assert users.use_link(session, link, NOW + MINUTE) == ana
    with store.writing() as session:
        assert users.use_link(session, link, NOW + MINUTE) is None
        assert users.use_link(session, link + 1, NOW) is None


def test_a_link_that_two_browsers_use_at_once_signs_in_one_of_them(store: Store, ana: int) -> None:
    with store.writing() as session:
        link = users.create_link(session, ana, SOON)
    answers: list[int | None] = []
    together = threading.Barrier(4)

    def use() -> None:
        together.wait()
        with store.writing() as session:
            answers.append(users.use_link(session, link, NOW))

    threads = [threading.Thread(target=use) for _ in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert sorted(answers, key=str) == sorted([ana, None, None, None], key=str)


def test_a_link_is_of_no_use_after_its_time(store: Store, ana: int) -> None:
    with store.writing() as session:
        link = users.create_link(session, ana, SOON)
        assert users.use_link(session, link, SOON) is None


def test_a_session_names_its_user_until_it_ends(store: Store, ana: int) -> None:
    with store.writing() as session:
        users.open_session(session, "one", ana, NOW, SOON)
        users.open_session(session, "other", ana, NOW, SOON)
    with store.writing() as session:
        signed_in = users.of_session(session, "one", SOON - MINUTE)
        assert signed_in is not None
        assert signed_in.address == "ana@example.org"
        assert users.of_session(session, "one", SOON) is None
        assert users.of_session(session, "unknown", NOW) is None
        users.close_session(session, "one")
    with store.reading() as session:
        assert users.of_session(session, "one", NOW) is None
        assert users.of_session(session, "other", NOW) is not None


def test_who_is_removed_is_signed_out_and_their_links_are_dead(store: Store, ana: int) -> None:
    with store.writing() as session:
        other = add(session, "ben@example.org")
        link = users.create_link(session, ana, SOON)
        users.open_session(session, "ana's", ana, NOW, SOON)
        users.open_session(session, "ben's", other, NOW, SOON)
    with store.writing() as session:
        assert users.remove(session, "ana@example.org")
        assert not users.remove(session, "ana@example.org")
    with store.writing() as session:
        assert users.use_link(session, link, NOW) is None
        assert users.of_session(session, "ana's", NOW) is None
        assert users.of_session(session, "ben's", NOW) is not None
        assert session.get(SignInLink, link) is None
        assert session.get(DeskSession, "ana's") is None
