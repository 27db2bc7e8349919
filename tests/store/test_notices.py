import threading
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlmodel import update

from digest import subscribe
from digest.models import Notice
from digest.store import notices, subscribers
from digest.store.base import Session, Store
from digest.values import DeliveryState, NoticeKind
from tests.store.people import DAILY, MINUTE, NOW, SETTINGS, hashed, take

LEASE = NOW + timedelta(days=3650)  # a lease runs by the database's own clock
OVER = NOW - timedelta(days=3650)


def create(session: Session, key: str, *, kind: NoticeKind = NoticeKind.TEST, **more: Any) -> bool:
    values: dict[str, Any] = {
        "data": {"n": 1},
        "due_at": NOW,
        "expires_at": NOW + timedelta(hours=1),
        "now": NOW,
        **more,
    }
    return notices.create(session, kind, key, "ana@example.org", **values)


def claim(store: Store, now: datetime = NOW, limit: int = 10, lease: datetime = LEASE) -> dict[str, Notice]:
    with store.writing() as session:
        return {one.key: one for one in notices.claim_due(session, now, limit, lease)}


def one_claimed(store: Store, kind: NoticeKind = NoticeKind.TEST) -> tuple[int, int]:
    """Return the id and attempt of a new notice that a worker holds."""
    with store.writing() as session:
        create(session, "held", kind=kind)
    held = claim(store)["held"]
    assert held.id is not None
    return held.id, held.attempt


def ask(store: Store, now: datetime = NOW) -> tuple[int, int]:
    """Let Ana ask for the daily; return the id and attempt of her confirmation, which a worker holds."""
    with store.writing() as session:
        assert subscribe.request(session, SETTINGS, DAILY, "ana@example.org", now=now).confirmation
    (held,) = claim(store, now).values()
    assert held.id is not None
    return held.id, held.attempt


def standing(store: Store, notice_id: int) -> tuple[str, str, str]:
    with store.reading() as session:
        kept = session.get(Notice, notice_id)
    assert kept is not None
    return kept.state, kept.reason, kept.reply


def pass_gate(store: Store, held: tuple[int, int], now: datetime = NOW) -> bool:
    with store.writing() as session:
        return notices.gate(session, *held, now)


def record(store: Store, held: tuple[int, int], state: DeliveryState, **more: Any) -> bool:
    with store.writing() as session:
        return notices.record(session, *held, state, **more)


def release(store: Store) -> int:
    with store.writing() as session:
        return notices.release_stale(session)


def let_the_lease_end(store: Store, notice_id: int) -> None:
    with store.writing() as session:
        session.exec(update(Notice).where(Notice.id == notice_id).values(lease_until=OVER))  # type: ignore[arg-type]


def test_a_notice_is_queued_once_for_each_kind_and_key(store: Store) -> None:
    with store.writing() as session:
        assert create(session, "a")
        assert not create(session, "a", name="again")
        assert create(session, "a", kind=NoticeKind.SIGN_IN)
    with store.reading() as session:
        kept = notices.find(session, NoticeKind.TEST, "a")
        assert notices.find(session, NoticeKind.TEST, "b") is None
    assert kept is not None
    assert (kept.state, kept.name, kept.data, kept.created_at) == ("queued", "", {"n": 1}, NOW)


def test_due_notices_are_taken_oldest_first_and_each_by_one_worker(store: Store) -> None:
    with store.writing() as session:
        for key, minutes in (("late", 3), ("later", 1), ("now", 0), ("soon", -1)):
            create(session, key, due_at=NOW - minutes * MINUTE)
    assert list(claim(store, limit=2)) == ["late", "later"]
    assert list(claim(store)) == ["now"]
    assert list(claim(store)) == []
    (soon,) = claim(store, NOW + MINUTE).values()
    assert (soon.state, soon.attempt, soon.lease_until) == ("claimed", 1, LEASE)


def test_four_workers_that_ask_at_once_share_the_notices(store: Store) -> None:
    with store.writing() as session:
        for number in range(40):
            create(session, str(number))
    taken: list[str] = []
    together = threading.Barrier(4)

    def work() -> None:
        together.wait()
        while mine := claim(store, limit=3):
            taken.extend(mine)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert sorted(taken, key=int) == [str(number) for number in range(40)]


def test_a_notice_goes_in_flight_once_and_only_for_whom_it_was_claimed_by(store: Store) -> None:
    held = one_claimed(store)
    assert not pass_gate(store, (held[0], held[1] + 1))
    assert not pass_gate(store, (held[0] + 1, held[1]))
    assert pass_gate(store, held)
    assert not pass_gate(store, held)
    assert standing(store, held[0])[0] == "inflight"


def test_a_notice_out_of_date_is_excluded_at_the_last_look(store: Store) -> None:
    held = one_claimed(store)
    assert not pass_gate(store, held, NOW + timedelta(hours=1))
    assert standing(store, held[0])[:2] == ("excluded", "expired")


def test_a_queued_notice_out_of_date_is_never_taken(store: Store) -> None:
    with store.writing() as session:
        create(session, "old")
        create(session, "young", expires_at=NOW + timedelta(hours=2))
    with store.writing() as session:
        notices.expire(session, NOW + timedelta(hours=1))
    assert list(claim(store, NOW + timedelta(hours=1))) == ["young"]


@pytest.mark.parametrize("kind", [NoticeKind.TEST, NoticeKind.SIGN_IN])
def test_what_an_editor_asked_for_leaves_in_spite_of_a_ban(store: Store, kind: NoticeKind) -> None:
    with store.writing() as session:
        take(session, ["email\n", "ana@example.org\n"])
        subscribers.suppress(session, hashed("ana@example.org"), "complaint", NOW)
    assert pass_gate(store, one_claimed(store, kind))


@pytest.mark.parametrize(
    ("reason", "at", "leaves"),
    [
        ("complaint", NOW - MINUTE, False),
        ("manual", NOW + MINUTE, False),
        ("hard", NOW + MINUTE, False),
        ("hard", NOW - MINUTE, True),
    ],
)
def test_a_ban_stops_a_confirmation_unless_it_is_what_the_confirmation_would_lift(
    store: Store, reason: str, at: datetime, *, leaves: bool
) -> None:
    held = ask(store)
    with store.writing() as session:
        subscribers.suppress(session, hashed("ana@example.org"), reason, at)
    assert pass_gate(store, held) is leaves
    assert standing(store, held[0])[:2] == (("inflight", "") if leaves else ("excluded", "suppressed"))


def test_a_ban_is_found_however_the_address_was_typed(store: Store) -> None:
    with store.writing() as session:
        take(session, ["email,state\n", "ana@example.org,pending\n"])
        subscribe.request(session, SETTINGS, DAILY, "ANA@Example.ORG", now=NOW + timedelta(hours=1))
    (held,) = claim(store, NOW + timedelta(hours=1)).values()
    assert held.id is not None
    assert held.address.startswith("ANA@")
    with store.writing() as session:
        subscribers.suppress(session, hashed("ana@example.org"), "complaint", NOW)
    assert not pass_gate(store, (held.id, held.attempt), NOW + timedelta(hours=1))


def test_who_left_meanwhile_is_not_asked_to_confirm(store: Store) -> None:
    held = ask(store)
    with store.writing() as session:
        subscribe.unsubscribe(session, subscription(session), how="page", now=NOW)
    assert not pass_gate(store, held)
    assert standing(store, held[0])[:2] == ("excluded", "unsubscribed")


def test_who_confirmed_meanwhile_is_not_asked_again(store: Store) -> None:
    held = ask(store)
    with store.writing() as session:
        subscribe.confirm(session, subscription(session), now=NOW)
    assert not pass_gate(store, held)
    assert standing(store, held[0])[:2] == ("excluded", "cancelled")


def subscription(session: Session) -> int:
    found = subscribers.subscription(session, "ana@example.org", "daily")
    assert found is not None
    assert found.id is not None
    return found.id


def test_an_outcome_is_kept_for_the_attempt_that_had_it(store: Store) -> None:
    held = one_claimed(store)
    pass_gate(store, held)
    assert not record(store, (held[0], held[1] + 1), DeliveryState.REJECTED)
    assert record(store, held, DeliveryState.ACCEPTED, provider_id="q1", reply="250 ok")
    assert not record(store, held, DeliveryState.REJECTED)
    assert standing(store, held[0]) == ("accepted", "", "250 ok")


def test_a_late_answer_settles_what_was_uncertain(store: Store) -> None:
    held = one_claimed(store)
    pass_gate(store, held)
    assert record(store, held, DeliveryState.UNCERTAIN, reply="no answer")
    assert record(store, held, DeliveryState.ACCEPTED, reply="250 ok")
    assert standing(store, held[0])[0] == "accepted"


def test_a_deferred_notice_waits_and_is_taken_again(store: Store) -> None:
    held = one_claimed(store)
    pass_gate(store, held)
    record(store, held, DeliveryState.QUEUED, reply="451 later", due_at=NOW + 5 * MINUTE)
    assert claim(store, NOW + 4 * MINUTE) == {}
    again = claim(store, NOW + 5 * MINUTE)["held"]
    assert (again.attempt, again.reply) == (2, "451 later")
    assert not record(store, held, DeliveryState.ACCEPTED)


def test_what_the_provider_never_came_to_is_given_back(store: Store) -> None:
    held = one_claimed(store)
    with store.writing() as session:
        notices.give_back(session, *held, NOW + MINUTE)
    assert claim(store) == {}
    assert list(claim(store, NOW + MINUTE)) == ["held"]
    with store.writing() as session:
        notices.give_back(session, *held, NOW)  # the attempt before: no longer its to say
    assert standing(store, held[0])[0] == "claimed"


def test_a_claim_that_outlived_its_worker_is_queued_again(store: Store) -> None:
    held = one_claimed(store)
    assert release(store) == 0
    let_the_lease_end(store, held[0])
    assert release(store) == 1
    assert claim(store)["held"].attempt == 2
    assert not pass_gate(store, held)


def test_what_was_in_flight_when_its_worker_ended_is_uncertain(store: Store) -> None:
    held = one_claimed(store)
    pass_gate(store, held)
    let_the_lease_end(store, held[0])
    assert release(store) == 1
    assert standing(store, held[0])[0] == "uncertain"
    assert claim(store) == {}


def test_an_uncertain_confirmation_is_handed_over_once_more_and_never_a_third_time(store: Store) -> None:
    """Transactional mail is sent again once, after a minute: a person waits for it."""
    held = ask(store)
    pass_gate(store, held)
    record(store, held, DeliveryState.UNCERTAIN, due_at=NOW + MINUTE)
    assert claim(store) == {}

    (again,) = claim(store, NOW + MINUTE).values()
    assert (again.id, again.attempt) == (held[0], 2)
    assert pass_gate(store, (held[0], 2), NOW + MINUTE)
    record(store, (held[0], 2), DeliveryState.UNCERTAIN, due_at=NOW + 2 * MINUTE)

    assert claim(store, NOW + timedelta(hours=1)) == {}
    assert standing(store, held[0])[0] == "uncertain"


def test_a_confirmation_that_was_in_flight_when_its_worker_ended_is_handed_over_once_more(store: Store) -> None:
    held = ask(store)
    pass_gate(store, held)
    let_the_lease_end(store, held[0])
    release(store)
    (again,) = claim(store, NOW + MINUTE).values()
    assert (again.id, again.state, again.attempt) == (held[0], "claimed", 2)


def test_an_uncertain_confirmation_out_of_date_stays_uncertain(store: Store) -> None:
    held = ask(store)
    pass_gate(store, held)
    record(store, held, DeliveryState.UNCERTAIN, due_at=NOW + MINUTE)
    assert claim(store, NOW + timedelta(days=8)) == {}
    assert standing(store, held[0])[0] == "uncertain"
