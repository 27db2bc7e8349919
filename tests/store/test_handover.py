"""Last looks and results of many at once leave the same books as one at a time, on both databases."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from digest.store import Store, handover, subscribers
from digest.store.batches import Claim, Owed
from digest.store.handover import Outcome
from digest.values import DeliveryState, SubscriptionState
from tests.store.test_ledger import Morning

NOW = datetime(2026, 11, 24, 6, 30, tzinfo=UTC)
READERS = 24
STATES = (DeliveryState.ACCEPTED, DeliveryState.REJECTED, DeliveryState.UNCERTAIN, DeliveryState.QUEUED)

Books = list[tuple[str, str, str, str, bool, bool]]


@pytest.fixture
def morning(store: Store) -> Morning:
    return Morning(store, READERS)


def readers(claim: Claim) -> list[Owed]:
    return sorted(claim.owed, key=lambda owed: owed.subscription_id)


def outcomes(claim: Claim) -> list[Outcome]:
    return [
        Outcome(owed.delivery_id, STATES[at % 4], f"25{at} “fine” \\ 'so' ünd", f"id-{at}")
        for at, owed in enumerate(readers(claim))
    ]


def hand_over(morning: Morning, size: int) -> Books:
    """Take a batch's way in groups of `size`, some readers gone before, some never asked about; return the books."""
    claim = morning.claim()
    with morning.store.writing() as session:
        for at in (1, 7, 8):
            subscribers.move(
                session,
                readers(claim)[at].subscription_id,
                source=[SubscriptionState.ACTIVE],
                to=SubscriptionState.UNSUBSCRIBED,
            )
        subscribers.suppress(session, "hash13", "complaint", NOW)
    told, later = outcomes(claim), None
    ids = [owed.delivery_id for owed in readers(claim)]
    for start in range(0, READERS, size):
        with morning.store.writing() as session:
            handover.gate(
                session, claim, [id_ for at, id_ in enumerate(ids) if start <= at < start + size and at % 5], NOW
            )
    for start in range(0, READERS, size):
        group = told[start : start + size]
        with morning.store.writing() as session:
            handover.record(session, claim, [one for one in group if one.state is not DeliveryState.QUEUED], NOW)
            deferred = [one for one in group if one.state is DeliveryState.QUEUED]
            if deferred:
                due_at = NOW + timedelta(minutes=7)
                later = handover.defer(session, claim, deferred, to_batch=later, due_at=due_at, now=NOW)
    return books(morning.store)


def books(store: Store) -> Books:
    with store.reading() as session:
        rows = session.execute(
            text(
                "SELECT d.state, d.reason, d.reply, d.provider_id, b.deferrals > 0, s.history_id IS NULL FROM delivery d"
                " JOIN batch b ON b.id = d.batch_id JOIN subscription s ON s.id = d.subscription_id ORDER BY s.id"
            )
        )
        return [(str(a), str(b), str(c), str(d), bool(e), bool(f)) for a, b, c, d, e, f in rows]


@pytest.mark.parametrize("size", [2, 7, READERS])
def test_many_at_once_leave_the_books_of_one_at_a_time(morning: Morning, size: int) -> None:
    with morning.store.reading() as session:
        before = session.execute(text("SELECT id, state, history_id FROM subscription")).mappings().all()
    together = hand_over(morning, size)
    with morning.store.writing() as session:
        session.execute(text("DELETE FROM suppression"))
        session.execute(text("DELETE FROM delivery"))
        session.execute(text("DELETE FROM batch"))
        session.execute(text("UPDATE wave SET planned_through = 0"))
        for row in before:
            session.execute(
                text("UPDATE subscription SET state = :state, history_id = :history_id WHERE id = :id"), dict(row)
            )
    morning.plan()
    assert hand_over(morning, 1) == together


def test_a_gate_lets_nothing_of_another_batch_pass(morning: Morning) -> None:
    claim = morning.claim()
    other = Claim(claim.batch_id + 1, claim.edition_id, claim.wave_id, 1, 0, claim.expires_at, claim.owed)
    with morning.store.writing() as session:
        assert handover.gate(session, other, [owed.delivery_id for owed in claim.owed], NOW) == set()
        assert (
            handover.record(session, other, [Outcome(claim.owed[0].delivery_id, DeliveryState.ACCEPTED)], NOW) == set()
        )
