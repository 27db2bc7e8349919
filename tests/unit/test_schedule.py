from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.collect import schedule
from digest.config import SourceTable
from digest.errors import FetchError, NotAFeedError

NOW = datetime(2026, 11, 24, 6, tzinfo=UTC)


def source(**changes: object) -> SourceTable:
    return SourceTable.model_validate({"id": "site", "kind": "feed", "url": "https://news.example.org/feed", **changes})


OWN, OTHER = source(), source(third_party=True)


@pytest.mark.parametrize(
    ("table", "wait", "pushed", "minutes"),
    [
        (OWN, None, False, 10),
        (OWN, timedelta(hours=5), False, 10),
        (OWN, None, True, 30),
        (source(every="2 h"), None, True, 120),
        (source(every="1 m"), None, False, 1),
        (OTHER, None, False, 60),
        (OTHER, timedelta(minutes=5), False, 60),
        (OTHER, timedelta(hours=5), False, 300),
        (OTHER, timedelta(days=7), False, 24 * 60),
        (OTHER, None, True, 60),
        (source(third_party=True, every="3 h"), timedelta(hours=2), False, 180),
        (source(third_party=True, every="3 d"), None, False, 24 * 60),
    ],
)
def test_our_own_site_is_asked_often_and_others_as_rarely_as_they_wish(
    table: SourceTable, wait: timedelta | None, pushed: bool, minutes: int
) -> None:
    assert schedule.after_success(table, wait, NOW, pushed=pushed) == NOW + timedelta(minutes=minutes)


@pytest.mark.parametrize(("table", "most"), [(OWN, timedelta(hours=1)), (OTHER, timedelta(hours=24))])
def test_a_source_that_fails_is_asked_ever_later_but_always_again(table: SourceTable, most: timedelta) -> None:
    for failures in range(1, 2000):
        plain = min(timedelta(minutes=5) * 2 ** min(failures - 1, 20), most)
        assert plain * 0.8 <= schedule.back_off(table, failures) <= min(plain * 1.2, most)


def test_sources_that_failed_together_do_not_come_back_together() -> None:
    waits = {schedule.back_off(source(id=f"site-{number}"), 1) for number in range(100)}
    assert len(waits) > 90
    assert max(waits) - min(waits) > timedelta(minutes=1.5)


def test_the_same_failure_has_the_same_wait() -> None:
    assert schedule.back_off(OWN, 3) == schedule.back_off(OWN, 3)


def date(at: datetime) -> str:
    return format_datetime(at, usegmt=True)


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        ("120", 2),
        (" 7200 ", 120),
        ("0", 1),
        ("1", 1),
        ("86400", 360),
        ("9" * 5000, 360),
        (date(NOW + timedelta(minutes=30)), 30),
        (date(NOW - timedelta(days=1)), 1),
        (date(NOW + timedelta(days=30)), 360),
    ],
)
def test_a_server_is_left_alone_as_long_as_it_asks_within_a_minute_and_six_hours(text: str, minutes: int) -> None:
    """Bug 35."""
    until = NOW + timedelta(minutes=minutes)
    assert schedule.after_failure(OWN, 1, FetchError("busy.", retry_after=text, status=503), NOW) == (until, until)


@pytest.mark.parametrize(
    "text", ["", "soon", "-5", "1.5", "٣", "Tue, 99 Nov 2026 06:00:00 GMT", "Tue, 24 Nov 2026 06:00:00 -0000"]
)
def test_what_a_server_says_unclearly_is_not_said(text: str) -> None:
    at, until = schedule.after_failure(OWN, 1, FetchError("busy.", retry_after=text, status=503), NOW)
    assert (at, until) == (NOW + schedule.back_off(OWN, 1), None)


def test_a_fault_that_is_no_servers_backs_off_too() -> None:
    assert schedule.after_failure(OWN, 2, NotAFeedError(), NOW) == (NOW + schedule.back_off(OWN, 2), None)


@given(st.text(max_size=60))
def test_any_text_may_stand_in_the_header(text: str) -> None:
    found = schedule.retry_after(text, NOW)
    assert found is None or isinstance(found, timedelta)
