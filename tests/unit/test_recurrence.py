from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest import recurrence
from digest.config import Newsletter

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
    ],
)
def test_clock_changes_neither_drop_nor_double_a_slot(zone: str, send_at: str, day: date, instant: str) -> None:
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
