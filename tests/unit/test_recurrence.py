from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest import recurrence
from digest.config import Newsletter
from digest.recurrence import APART, Hour, Hours

ZONES = sorted(
    zone for zone in available_timezones() if "/" in zone and not zone.startswith(("Etc/", "posix/", "right/"))
)


def newsletter(**changes: Any) -> Newsletter:
    values = {"id": "daily", "name": "Daily", "from": "a@example.org", "sections": [{"id": "news", "name": "News"}]}
    return Newsletter.model_validate({**values, **changes})


@pytest.mark.parametrize(
    ("zone", "send_at", "day", "instant"),
    [
        ("Europe/Madrid", "02:30", date(2026, 3, 29), "2026-03-29T03:30:00+02:00"),
        ("Europe/Madrid", "02:30", date(2026, 10, 25), "2026-10-25T02:30:00+02:00"),
        ("America/Santiago", "23:30", date(2026, 4, 4), "2026-04-04T23:30:00-03:00"),
        ("America/Santiago", "00:00", date(2026, 9, 6), "2026-09-06T01:00:00-03:00"),
        ("Africa/Casablanca", "02:30", date(2026, 2, 15), "2026-02-15T02:30:00+01:00"),
        ("Australia/Lord_Howe", "01:45", date(2026, 4, 5), "2026-04-05T01:45:00+11:00"),
    ],
)
def test_clock_changes_neither_drop_nor_double_a_slot(zone: str, send_at: str, day: date, instant: str) -> None:
    """T03 to T07; what cron libraries fire twice (T04, T05, T07) or at another time (T03, T06)."""
    found = recurrence.slot(newsletter(zone=zone, send_at=send_at), day)
    assert found == datetime.fromisoformat(instant)


@given(st.sampled_from(ZONES), st.integers(0, 23), st.sampled_from((0, 30, 59)), st.integers(0, 5000))
def test_each_local_date_has_one_slot_later_than_the_day_before(zone: str, hour: int, minute: int, offset: int) -> None:
    first = date(2020, 1, 1) + timedelta(days=offset)
    found = list(
        recurrence.slots(newsletter(zone=zone, send_at=f"{hour:02}:{minute:02}"), first, first + timedelta(days=30))
    )
    assert [day for day, _ in found] == [first + timedelta(days=number) for number in range(31)]
    assert all(earlier < later for (_, earlier), (_, later) in pairwise(found))


def test_a_weekday_is_judged_in_the_newsletters_own_zone() -> None:
    """T10, bug 8."""
    friday_only = newsletter(zone="Pacific/Auckland", days=["fri"])
    [(day, instant)] = recurrence.slots(friday_only, date(2026, 11, 23), date(2026, 11, 29))
    assert day == date(2026, 11, 27)
    assert instant.date() == date(2026, 11, 26)  # it is still Thursday in UTC


def test_an_edition_is_due_from_its_drafting_until_the_look_back_ends() -> None:
    daily = newsletter(zone="UTC", draft_minutes=90)
    back = timedelta(days=1)
    assert recurrence.due_dates(daily, datetime(2026, 11, 24, 5, 59, tzinfo=UTC), back=back) == [date(2026, 11, 23)]
    assert date(2026, 11, 24) in recurrence.due_dates(daily, datetime(2026, 11, 24, 6, 0, tzinfo=UTC), back=back)
    assert recurrence.due_dates(daily, datetime(2026, 11, 24, 7, 31, tzinfo=UTC), back=back) == [date(2026, 11, 24)]


def test_a_holiday_has_no_edition() -> None:
    closed = newsletter(zone="UTC", holidays=["2026-12-25"])
    found = [day for day, _ in recurrence.slots(closed, date(2026, 12, 24), date(2026, 12, 26))]
    assert found == [date(2026, 12, 24), date(2026, 12, 26)]


@pytest.mark.parametrize(
    ("frequency", "dates"),
    [("daily", range(23, 30)), ("weekdays", range(23, 28)), ("weekly", [25])],
)
def test_a_frequency_falls_on_its_own_days(frequency: str, dates: list[int]) -> None:
    week = [date(2026, 11, number) for number in range(23, 30)]
    assert [day.day for day in week if recurrence.falls_on(frequency, day, "wed")] == list(dates)


MADRID, BOGOTA = Hour(time(8), "Europe/Madrid"), Hour(time(8), "America/Bogota")
FREEZE = timedelta(minutes=20)
DAY = date(2026, 11, 24)


def test_who_moves_after_todays_edition_gets_the_next_one_tomorrow_at_the_new_place() -> None:
    """T12."""
    moved = Hours(MADRID).change(BOGOTA, freeze=FREEZE, now=datetime(2026, 11, 24, 9, tzinfo=UTC))
    assert (moved.on(DAY), moved.on(DAY + timedelta(days=1))) == (MADRID, BOGOTA)


def test_who_moves_the_hour_ahead_of_now_still_gets_todays_edition_once() -> None:
    """T13."""
    early = Hour(time(6), "Europe/Madrid")
    changed = Hours(MADRID).change(early, freeze=FREEZE, now=datetime(2026, 11, 24, 6, tzinfo=UTC))
    assert (changed.on(DAY), changed.on(DAY + timedelta(days=1))) == (MADRID, early)


def test_who_moves_the_hour_back_in_time_gets_todays_edition_later_today() -> None:
    late = Hour(time(10), "Europe/Madrid")
    changed = Hours(MADRID).change(late, freeze=FREEZE, now=datetime(2026, 11, 24, 6, tzinfo=UTC))
    assert changed.on(DAY) == late


def test_a_date_between_two_hours_that_are_too_close_is_left_out() -> None:
    honolulu, auckland = Hour(time(8), "Pacific/Honolulu"), Hour(time(8), "Pacific/Auckland")
    moved = Hours(honolulu).change(auckland, freeze=FREEZE, now=datetime(2026, 11, 24, 18, 30, tzinfo=UTC))
    assert [moved.on(DAY + timedelta(days=number)) for number in range(3)] == [honolulu, None, auckland]


hours_of_a_day = st.builds(
    Hour, st.times().map(lambda moment: moment.replace(minute=0, second=0, microsecond=0)), st.sampled_from(ZONES)
)


@given(hours_of_a_day, st.lists(st.tuples(st.integers(1, 120), hours_of_a_day), max_size=6))
def test_however_a_reader_changes_hour_and_zone_editions_come_once_a_date_and_hours_apart(
    first: Hour, changes: list[tuple[int, Hour]]
) -> None:
    start = datetime(2026, 10, 20, tzinfo=UTC)
    got: list[tuple[date, datetime]] = []
    hours, since = Hours(first), start
    for wait, hour in [*changes, (240, first)]:
        until = since + timedelta(hours=wait)
        for number in range(-3, 60):
            day = start.date() + timedelta(days=number)
            mine = hours.on(day)
            owed = day not in dict(got)  # the ledger has one delivery for each edition and reader
            if owed and mine is not None and since <= mine.on(day) - FREEZE < until:
                got.append((day, mine.on(day)))
        hours, since = hours.change(hour, freeze=FREEZE, now=until), until
    assert all(earlier < later for (earlier, _), (later, _) in pairwise(got)), "each date once, in order"
    assert all(later - earlier >= APART for (_, earlier), (_, later) in pairwise(got))
    assert all(later - earlier <= timedelta(days=3) for (_, earlier), (_, later) in pairwise(got)), (
        "nobody is forgotten"
    )


@pytest.mark.parametrize("zone", ZONES)
def test_every_zone_has_one_rising_slot_a_date_through_all_its_clock_changes(zone: str) -> None:
    """T08: every zone of the tz database from 2020 to 2035; the hours around each change of its clock."""
    days = [date(2020, 1, 1) + timedelta(days=number) for number in range(16 * 366)]
    noons = [Hour(time(12), zone).on(day) for day in days]
    gaps = [later - earlier for earlier, later in pairwise(noons)]
    changed = {
        near for number, gap in enumerate(gaps) if gap != timedelta(days=1) for near in range(number - 2, number + 4)
    }
    for at in (time(hour, minute) for hour in range(24) for minute in (0, 30)):
        hour = Hour(at, zone)
        found = [(number, hour.on(days[number])) for number in sorted(changed) if 0 <= number < len(days)]
        assert all(one < other for (_, one), (_, other) in pairwise(found))
        assert all(
            timedelta(hours=20) <= other - one <= timedelta(hours=28)
            for (a, one), (b, other) in pairwise(found)
            if b == a + 1
        )


@given(
    st.sampled_from(ZONES),
    st.sampled_from(("daily", "weekdays", "weekly")),
    st.integers(0, 15 * 365 * 24 * 60),
)
def test_the_next_three_that_a_reader_is_told_of_are_those_that_are_sent(
    place: str, frequency: str, minutes: int
) -> None:
    """Known bug 16: the next time that is shown is computed by what sends."""
    daily, at = newsletter(zone="Europe/Madrid"), datetime(2020, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    clock = recurrence.clock_of("06:10", place)
    told = recurrence.next_slots(daily, clock, frequency, at)
    around = (at.date() + timedelta(days=number) for number in range(-2, 30))
    sent = [
        (day, Hour(time(6, 10), place).on(day))
        for day in around
        if recurrence.falls_on(frequency, day) and Hour(time(6, 10), place).on(day) > at
    ]
    assert told == sent[:3]
