"""Lanes in the database: what is said of one lane is in the way of no other, what is said of our account is in the way of all."""

from datetime import UTC, datetime

import pytest

from digest.mail.lanes import COOLING, Signal
from digest.store import Store, lanes
from digest.store.lanes import Admission

NOW = datetime(2026, 11, 24, 6, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("signal", "others"),
    [
        (Signal.RATE, Admission()),
        (Signal.QUOTA, Admission(until=NOW + COOLING)),
        (Signal.HALT, Admission(until=NOW + COOLING)),
    ],
)
def test_a_reply_rests_its_own_lane_or_all_of_them(store: Store, signal: Signal, others: Admission) -> None:
    with store.writing() as session:
        lanes.note(session, "smtp", "google", [(signal, "no")], NOW)

        assert lanes.admit(session, "smtp", "google", NOW) == Admission(until=NOW + COOLING)
        assert lanes.admit(session, "smtp", "yahoo", NOW) == others
        assert lanes.admit(session, "postmark", "google", NOW) == Admission()


def test_when_an_own_limit_has_rested_one_message_of_any_lane_asks_for_all(store: Store) -> None:
    with store.writing() as session:
        lanes.note(session, "smtp", "google", [(Signal.QUOTA, "550 5.4.5 limit")], NOW)

        later = NOW + COOLING
        assert lanes.admit(session, "smtp", "yahoo", later).probes
        assert lanes.admit(session, "smtp", "google", later).until is not None
        lanes.note(session, "smtp", "yahoo", [(Signal.ACCEPTED, "250 ok")], later)
        assert lanes.admit(session, "smtp", "google", later) == Admission()
