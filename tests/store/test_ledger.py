from datetime import UTC, date, datetime, timedelta

import pytest

from digest.models import Edition
from digest.store import Store, allotment, audience, batches, deliveries, editions, groups, handover, subscribers, waves
from digest.store.allotment import Range
from digest.store.audience import Audience
from digest.store.batches import Claim
from digest.store.groups import GroupShare
from digest.store.handover import Outcome
from digest.store.subscribers import Person
from digest.values import DeliveryState, EditionState, SubscriptionState

NOW = datetime(2026, 11, 24, 6, 30, tzinfo=UTC)
DAY = date(2026, 11, 24)


class Morning:
    """An edition that is going out, and its readers."""

    def __init__(self, store: Store, readers: int = 3) -> None:
        self.store = store
        people = [Person(f"r{n}@example.org", f"r{n}@example.org", f"hash{n}") for n in range(readers)]
        with store.writing() as session:
            ids = subscribers.ensure(session, people, NOW)
            rows = [
                {
                    "subscriber_id": id_,
                    "newsletter": "daily",
                    "state": SubscriptionState.ACTIVE,
                    "sections": [],
                    "frequency": "daily",
                    "hour": "",
                    "zone": "",
                    "language": "",
                    "created_at": NOW,
                }
                for id_ in ids.values()
            ]
            subscribers.add_subscriptions(session, rows)
            edition = editions.find_or_create(session, "daily", DAY, slot_at=NOW, freeze_at=NOW)
            self.edition_id = edition.id or 0
            editions.move(session, self.edition_id, source=[EditionState.PLANNED], to=EditionState.SENDING)
            [wave] = waves.ensure(session, self.edition_id, [NOW], home=NOW, freeze=timedelta(0))
            sending = {"to": EditionState.SENDING, "planned_at": NOW}
            waves.move(session, wave.id or 0, source=[EditionState.PLANNED], **sending)  # type: ignore[arg-type]  # by name
            self.wave = waves.get(session, wave.id or 0)
        self.plan()

    def plan(self) -> list[int]:
        mine = Audience("daily", DAY, ("",), (), new_since=NOW - timedelta(days=1))
        with self.store.writing() as session:
            shares = [GroupShare(one, None, None) for one in audience.combinations(session, mine)]
            groups.save(session, self.wave.id or 0, shares)
            through, _ = audience.next_range(session, mine, 0, 100)
            expires = NOW + timedelta(hours=20)
            everyone = Range(self.wave, mine, 0, through)
            return allotment.allot(session, everyone, due_at=NOW, expires_at=expires, size=500, now=NOW)

    def claim(self, now: datetime = NOW) -> Claim:
        with self.store.writing() as session:
            [batch_id] = batches.due(session, now)
            claim = batches.claim(session, batch_id, owner="me", now=now)
        assert claim is not None
        return claim

    def gate(self, claim: Claim, now: datetime = NOW) -> set[int]:
        with self.store.writing() as session:
            return handover.gate(session, claim, [owed.delivery_id for owed in claim.owed], now)

    def edition(self) -> Edition:
        with self.store.reading() as session:
            return editions.get(session, self.edition_id)

    def states(self) -> list[str]:
        with self.store.reading() as session:
            return sorted(f"{row.state}:{row.reason}".rstrip(":") for row in deliveries.rows(session))


@pytest.fixture
def morning(store: Store) -> Morning:
    return Morning(store)


def test_planning_twice_gives_each_candidate_one_row(morning: Morning) -> None:
    assert morning.plan() == []
    assert morning.states() == ["queued"] * 3


def test_a_batch_is_claimed_by_one_worker_only(morning: Morning) -> None:
    claim = morning.claim()
    assert len(claim.owed) == 3
    with morning.store.writing() as session:
        assert batches.due(session, NOW) == []
        assert batches.claim(session, claim.batch_id, owner="other", now=NOW) is None


def test_who_unsubscribes_between_claim_and_last_look_is_excluded(morning: Morning) -> None:
    claim = morning.claim()
    with morning.store.writing() as session:
        gone = claim.owed[0].subscription_id
        subscribers.move(session, gone, source=[SubscriptionState.ACTIVE], to=SubscriptionState.UNSUBSCRIBED)
    assert morning.gate(claim) == {owed.delivery_id for owed in claim.owed[1:]}
    assert morning.states() == ["excluded:unsubscribed", "inflight", "inflight"]


def test_a_ban_between_claim_and_last_look_holds(morning: Morning) -> None:
    claim = morning.claim()
    with morning.store.writing() as session:
        subscribers.suppress(session, "hash1", "complaint", NOW)
    assert len(morning.gate(claim)) == 2
    assert "excluded:suppressed" in morning.states()


def test_a_cancelled_edition_lets_nothing_more_out(morning: Morning) -> None:
    claim = morning.claim()
    with morning.store.writing() as session:
        editions.move(session, morning.edition_id, source=[EditionState.SENDING], to=EditionState.CANCELLED)
    assert morning.gate(claim) == set()
    assert morning.states() == ["excluded:cancelled"] * 3


def test_what_is_too_late_is_excluded_as_expired(morning: Morning) -> None:
    late = NOW + timedelta(hours=21)
    with morning.store.writing() as session:
        [batch_id] = batches.due(session, late)
        assert batches.claim(session, batch_id, owner="me", now=late) is None
    assert morning.states() == ["excluded:expired"] * 3


def test_a_worker_that_lost_its_lease_lets_nothing_out(morning: Morning) -> None:
    """Bug 19."""
    stale = morning.claim()
    end_lease(morning, stale)
    with morning.store.writing() as session:
        assert batches.release_stale(session, NOW) == 1
    fresh = morning.claim()
    assert fresh.attempt > stale.attempt
    assert morning.gate(stale) == set()
    assert len(morning.gate(fresh)) == 3


def test_after_a_crash_claimed_is_owed_again_and_in_flight_is_uncertain(morning: Morning) -> None:
    claim = morning.claim()
    with morning.store.writing() as session:
        handover.gate(session, claim, [claim.owed[0].delivery_id], NOW)
    end_lease(morning, claim)
    with morning.store.writing() as session:
        batches.release_stale(session, NOW)
    assert morning.states() == ["queued", "queued", "uncertain"]


def test_a_late_answer_resolves_what_became_uncertain(morning: Morning) -> None:
    claim = morning.claim()
    morning.gate(claim)
    end_lease(morning, claim)
    with morning.store.writing() as session:
        batches.release_stale(session, NOW)
        first = claim.owed[0].delivery_id
        assert handover.record(session, claim, [Outcome(first, DeliveryState.ACCEPTED)], NOW) == {first}
        assert not handover.record(session, claim, [Outcome(first, DeliveryState.REJECTED)], NOW)
    assert morning.states() == ["accepted", "uncertain", "uncertain"]


def test_deferrals_of_one_attempt_share_a_later_batch(morning: Morning) -> None:
    claim = morning.claim()
    morning.gate(claim)
    later = NOW + timedelta(minutes=7)
    with morning.store.writing() as session:
        to = None
        for owed in claim.owed[:2]:
            put_off = [Outcome(owed.delivery_id, DeliveryState.QUEUED, "451")]
            to = handover.defer(session, claim, put_off, to_batch=to, due_at=later, now=NOW)
        handover.record(session, claim, [Outcome(claim.owed[2].delivery_id, DeliveryState.ACCEPTED)], NOW)
        batches.give_back(session, claim, due_at=NOW, now=NOW)
        assert batches.due(session, NOW) == []
    again = morning.claim(later)
    assert (len(again.owed), again.deferrals) == (2, 1)


def test_what_a_provider_never_came_to_is_given_back(morning: Morning) -> None:
    claim = morning.claim()
    with morning.store.writing() as session:
        assert batches.give_back(session, claim, due_at=NOW, now=NOW) == 3
    assert len(morning.claim().owed) == 3


def test_the_books_balance_and_an_edition_is_done_when_nothing_is_owed(morning: Morning) -> None:
    claim = morning.claim()
    morning.gate(claim)
    with morning.store.writing() as session:
        assert deliveries.finish_editions(session, NOW) == []
        states = (DeliveryState.ACCEPTED, DeliveryState.REJECTED, DeliveryState.UNCERTAIN)
        told = [Outcome(owed.delivery_id, state) for owed, state in zip(claim.owed, states, strict=True)]
        handover.record(session, claim, told, NOW)
        assert deliveries.finish_editions(session, NOW) == [morning.edition_id]
        books = deliveries.report(session, editions.get(session, morning.edition_id))
    assert (books.candidates, books.accepted, books.rejected, books.uncertain, books.owed) == (3, 1, 1, 1, 0)
    assert books.balances
    assert morning.edition().state == EditionState.DONE


def end_lease(morning: Morning, claim: Claim) -> None:
    """Let a batch's lease have ended a minute ago."""
    from sqlalchemy import update
    from sqlmodel import col

    from digest.models import Batch

    with morning.store.writing() as session:
        ended = batches.database_now(session) - timedelta(minutes=1)
        session.execute(update(Batch).where(col(Batch.id) == claim.batch_id).values(lease_until=ended))
