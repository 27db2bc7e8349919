import threading
from datetime import datetime

import pytest
from sqlalchemy import text

from digest.models import Subscription
from digest.store import subscribers
from digest.store.base import Session, Store
from digest.store.subscribers import Person
from digest.values import SubscriptionState
from tests.store.people import MINUTE, NOW, hashed, take


def person(key: str, address: str = "", name: str = "") -> Person:
    return Person(address or key, key, hashed(key), name)


def subscription_id(session: Session, key: str) -> int:
    found = subscribers.subscription(session, key, "daily")
    assert found is not None
    assert found.id is not None
    return found.id


def test_an_address_has_one_subscriber_however_it_is_written(store: Store) -> None:
    with store.writing() as session:
        first = subscribers.ensure(session, [person("ana@example.org", "Ana@Example.org", "Ana")], NOW)
    with store.writing() as session:
        again = subscribers.ensure(session, [person("ana@example.org", "ANA@example.org", "Somebody")] * 2, NOW)

    assert again == first
    with store.reading() as session:
        kept = subscribers.find(session, "ana@example.org")
    assert kept is not None
    assert (kept.address, kept.name, kept.created_at) == ("Ana@Example.org", "Ana", NOW)


def test_thousands_of_people_are_found_again_by_their_keys(store: Store) -> None:
    people = [person(f"reader{one}@example.org") for one in range(1_201)]
    with store.writing() as session:
        ids = subscribers.ensure(session, people, NOW)
    assert len(set(ids.values())) == 1_201
    with store.reading() as session:
        kept = subscribers.find(session, "reader1200@example.org")
    assert kept is not None
    assert kept.id == ids["reader1200@example.org"]


def test_two_imports_of_the_same_people_at_once_both_end_well(store: Store) -> None:
    """Each in its own order: rows that are locked in different orders would wait for each other for ever."""
    people = [person(f"reader{one}@example.org") for one in range(400)]
    found: list[dict[str, int]] = []
    together = threading.Barrier(2)

    def ensure(mine: list[Person]) -> None:
        together.wait()
        with store.writing() as session:
            found.append(subscribers.ensure(session, mine, NOW))

    threads = [threading.Thread(target=ensure, args=(mine,)) for mine in (people, people[::-1])]
    for one in threads:
        one.start()
    for one in threads:
        one.join()

    assert len(found) == 2
    assert found[0] == found[1]


def test_a_state_changes_only_from_where_it_was_expected(store: Store) -> None:
    with store.writing() as session:
        take(session, ["email\n", "ana@example.org\n"])
        id_ = subscription_id(session, "ana@example.org")
        left = subscribers.move(
            session, id_, source=[SubscriptionState.ACTIVE], to=SubscriptionState.UNSUBSCRIBED, ended_at=NOW
        )
        again = subscribers.move(session, id_, source=[SubscriptionState.ACTIVE], to=SubscriptionState.UNSUBSCRIBED)
    assert (left, again) == (True, False)
    with store.reading() as session:
        found = subscribers.by_id(session, id_)
        assert subscribers.by_id(session, id_ + 1) is None
    assert found is not None
    assert (found[0].state, found[0].ended_at, found[1].address) == ("unsubscribed", NOW, "ana@example.org")


def test_everyone_comes_once_in_the_order_of_joining_however_many_pages(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subscribers, "_PAGE", 3)
    lines = ["email,newsletter\n", *(f"r{one}@example.org,{('daily', 'weekly')[one % 2]}\n" for one in range(14))]
    with store.writing() as session:
        take(session, lines)
    with store.reading() as session:
        assert len({one.address for _, one in subscribers.everyone(session)}) == 14
        weekly = [(one.newsletter, who.address) for one, who in subscribers.everyone(session, "weekly")]
        none = list(subscribers.everyone(session, "monthly"))
    assert weekly == [("weekly", f"r{one}@example.org") for one in range(1, 14, 2)]
    assert none == []


def test_states_are_counted_for_each_newsletter(store: Store) -> None:
    lines = ["email,newsletter,state\n", "a@example.org,daily,active\n", "b@example.org,daily,\n"]
    lines += ["c@example.org,daily,pending\n", "d@example.org,weekly,unsubscribed\n"]
    with store.writing() as session:
        take(session, lines)
    with store.reading() as session:
        assert subscribers.counts(session, "daily") == {"active": 2, "pending": 1}
        assert subscribers.counts(session, "weekly") == {"unsubscribed": 1}
        assert subscribers.counts(session, "monthly") == {}


def test_a_ban_knows_the_keyed_hash_alone_and_keeps_its_first_reason(store: Store) -> None:
    with store.writing() as session:
        assert subscribers.suppress(session, hashed("ana@example.org"), "complaint", NOW, "arf")
        assert not subscribers.suppress(session, hashed("ana@example.org"), "hard", NOW + MINUTE)
    with store.reading() as session:
        kept = subscribers.ban(session, hashed("ana@example.org"))
        assert subscribers.ban(session, hashed("ben@example.org")) is None
        assert subscribers.suppressed(session, [hashed("ana@example.org"), hashed("ben@example.org")]) == {
            hashed("ana@example.org")
        }
        assert subscribers.suppressed(session, []) == set()
    assert kept is not None
    assert (kept.reason, kept.origin, kept.at) == ("complaint", "arf", NOW)
    assert "ana" not in repr(kept)


@pytest.mark.parametrize(
    ("reason", "before", "ends"),
    [("hard", NOW + MINUTE, True), ("hard", NOW, False), ("complaint", NOW + MINUTE, False)],
)
def test_a_ban_is_lifted_for_its_reason_and_only_by_what_came_later(
    store: Store, reason: str, before: datetime, *, ends: bool
) -> None:
    with store.writing() as session:
        subscribers.suppress(session, hashed("ana@example.org"), reason, NOW)
        assert subscribers.lift(session, hashed("ana@example.org"), ["hard"], before=before) is ends
    with store.reading() as session:
        assert (subscribers.ban(session, hashed("ana@example.org")) is None) is ends


def test_people_who_are_being_imported_do_not_keep_their_deliveries_waiting(postgres_url: str) -> None:
    """PostgreSQL locks the row that a new row refers to; SQLite has one writer, which is the other answer."""
    store = Store(postgres_url)
    with store.writing() as importing:
        ids = subscribers.ensure(importing, [person("ana@example.org")], NOW)
    with store.writing() as importing, store.writing() as planning:
        subscribers.ensure(importing, [person("ana@example.org")], NOW)
        planning.execute(text("SET LOCAL lock_timeout = '5s'"))
        planning.add(Subscription(subscriber_id=ids["ana@example.org"], newsletter="daily", created_at=NOW))
        planning.flush()
    store.close()
