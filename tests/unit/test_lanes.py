"""Lanes: how many connections a group of receivers gets, and how it recovers when it is told to slow down."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.mail.lanes import COOLING, Concurrency, LaneState, Phase, Signal, most_connections, signal_of
from digest.mail.reply import judge

NOW = datetime(2026, 11, 24, 6, 30, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def after(*signals: Signal, every: timedelta = SECOND) -> LaneState:
    state = LaneState()
    for number, signal in enumerate(signals):
        state = state.after(signal, NOW + number * every)
    return state


def test_a_lane_begins_small_and_gets_one_connection_more_after_a_full_window_of_acceptances() -> None:
    lane = Concurrency(start=2, ceiling=4)

    limits = []
    for _ in range(12):
        lane.accepted()
        limits.append(lane.limit)

    assert limits == [2, 3, 3, 3, 4, 4, 4, 4, 4, 4, 4, 4]


def test_a_deferral_takes_one_connection_and_a_word_about_the_rate_takes_half() -> None:
    lane = Concurrency(start=16, ceiling=20)

    lane.deferred()
    assert lane.limit == 15
    lane.rate_limited()
    assert lane.limit == 7


@given(st.lists(st.sampled_from(["accepted", "deferred", "rate_limited"])), st.integers(-1, 30), st.integers(-1, 30))
def test_whatever_happens_a_lane_has_a_connection_and_never_more_than_its_ceiling(
    events: list[str], start: int, ceiling: int
) -> None:
    lane = Concurrency(start, ceiling)
    for event in events:
        getattr(lane, event)()
        assert 1 <= lane.limit <= max(1, ceiling)


def test_microsoft_gets_no_more_than_it_allows() -> None:
    assert most_connections("microsoft", 1000) == 500
    assert most_connections("google", 40) == 40


def test_told_to_slow_down_a_lane_rests_ten_minutes_then_tries_one_message_then_opens() -> None:
    state = after(Signal.ACCEPTED, Signal.RATE)

    assert (state.phase, state.until) == (Phase.COOLING, NOW + SECOND + COOLING)
    assert not state.may_go
    assert not state.at(NOW + COOLING).may_go
    probing = state.at(NOW + SECOND + COOLING)
    assert (probing.phase, probing.may_go) == (Phase.PROBE, True)
    assert probing.after(Signal.ACCEPTED, NOW + 2 * COOLING) == LaneState()


@pytest.mark.parametrize("signal", [Signal.RATE, Signal.DEFERRED, Signal.FAULT])
def test_a_probe_that_is_not_taken_has_the_lane_rest_again(signal: Signal) -> None:
    later = NOW + 2 * COOLING

    state = after(Signal.RATE).after(signal, later)

    assert (state.phase, state.until) == (Phase.COOLING, later + COOLING)


def test_replies_to_what_was_under_way_do_not_prolong_a_rest() -> None:
    assert after(Signal.RATE, Signal.RATE, Signal.ACCEPTED, Signal.FAULT).until == NOW + COOLING


def test_five_faults_within_a_minute_open_the_breaker_and_five_in_an_hour_do_not() -> None:
    assert after(*[Signal.FAULT] * 4).phase is Phase.OPEN
    assert after(*[Signal.FAULT] * 5).phase is Phase.COOLING
    assert after(*[Signal.FAULT] * 5, every=timedelta(minutes=12)).phase is Phase.OPEN


def test_a_fifth_of_fifty_attempts_that_fail_opens_the_breaker_and_a_few_of_few_do_not() -> None:
    fifth = [Signal.DEFERRED, *[Signal.ACCEPTED] * 4]

    assert after(*fifth * 9).phase is Phase.OPEN
    assert after(*fifth * 10, Signal.DEFERRED).phase is Phase.COOLING
    assert after(*[Signal.ACCEPTED] * 45, *[Signal.DEFERRED] * 9).phase is Phase.OPEN


def test_replies_about_addresses_open_no_breaker() -> None:
    assert after(*[Signal.OTHER] * 200).phase is Phase.OPEN


def test_what_trying_again_cannot_help_stays_until_a_person_looks() -> None:
    state = after(Signal.HALT, Signal.ACCEPTED, Signal.RATE)

    assert state.phase is Phase.HALTED
    assert not state.at(NOW + timedelta(days=9)).may_go


@pytest.mark.parametrize(
    ("lane", "reply", "signal"),
    [
        ("google", "550 5.7.26 Unauthenticated email is not accepted", Signal.HALT),
        ("microsoft", "550 5.7.515 Access denied", Signal.HALT),
        ("google", "421 4.7.28 unusual rate", Signal.RATE),
        ("google", "550 5.4.5 Daily user sending limit exceeded", Signal.QUOTA),
        ("yahoo", "421 4.7.0 [TSS04] temporarily deferred", Signal.RATE),
        ("", "550 5.7.20 No passing DKIM signature found", Signal.HALT),
        ("", "550 5.7.1 No passing DKIM signature found", Signal.FAULT),
        ("", "450 4.7.1 Client host rejected: cannot find your hostname", Signal.FAULT),
        ("", "550 5.7.1 blocked", Signal.FAULT),
        ("", "501 5.5.4 no", Signal.FAULT),
        ("", "451 4.3.0 no", Signal.DEFERRED),
        ("", "452 4.2.2 mailbox full", Signal.DEFERRED),
        ("", "550 5.1.1 user unknown", Signal.OTHER),
        ("", "552 5.3.4 message too big", Signal.OTHER),
    ],
)
def test_a_reply_says_what_it_means_for_its_lane(lane: str, reply: str, signal: Signal) -> None:
    """One odd server of many does not stop the mail to all others by its own words."""
    assert signal_of(judge(reply, lane=lane), deferred=reply.startswith("4")) is signal


@given(st.lists(st.tuples(st.sampled_from(list(Signal)), st.integers(0, 3600)), max_size=60))
def test_a_lane_that_is_not_halted_may_go_again_at_last(events: list[tuple[Signal, int]]) -> None:
    state, now = LaneState(), NOW
    for signal, seconds in events:
        now += timedelta(seconds=seconds)
        state = state.after(signal, now)
        assert len(state.faults) <= 5

    assert state.phase is Phase.HALTED or state.at(now + COOLING).may_go
