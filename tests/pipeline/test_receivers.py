"""Receivers' lanes from a sign-up to a batch: known by name at once, looked up in turn, and one batch is for one lane."""

from datetime import UTC, datetime, timedelta

from sqlmodel import select

from digest.models import Receiver, Subscriber
from digest.store import Store, receivers, subscribers
from digest.store.subscribers import Person

NOW = datetime(2026, 11, 24, 6, 30, tzinfo=UTC)


def join(store: Store, *addresses: str) -> None:
    with store.writing() as session:
        subscribers.ensure(session, [Person(one, one, f"hash of {one}") for one in addresses], NOW)


def lanes(store: Store) -> dict[str, str]:
    with store.reading() as session:
        return {one.address: one.lane for one in session.exec(select(Subscriber))}


def test_a_reader_has_the_lane_of_their_domain_by_its_name_until_it_is_looked_up(store: Store) -> None:
    join(store, "ana@gmail.com", "ben@paper.example", "cleo@paper.example")
    assert lanes(store) == {"ana@gmail.com": "google", "ben@paper.example": "", "cleo@paper.example": ""}

    with store.writing() as session:
        receivers.learn(session, "paper.example", "google", NOW)
    join(store, "dan@paper.example")

    assert set(lanes(store).values()) == {"google"}


def test_domains_are_due_once_a_day_and_no_answer_keeps_what_was_known(store: Store) -> None:
    join(store, "ana@gmail.com", "ben@paper.example")
    with store.writing() as session:
        assert receivers.due(session, NOW, 10) == ["gmail.com", "paper.example"]
        receivers.learn(session, "gmail.com", None, NOW)
        assert receivers.due(session, NOW, 10) == ["paper.example"]
        assert receivers.due(session, NOW + timedelta(hours=25), 10) == ["paper.example", "gmail.com"]
        assert session.get_one(Receiver, "gmail.com").lane == "google"
