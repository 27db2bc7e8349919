from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.collect.clocks import Clocks, clocks, is_young, later_claim, mostly_ahead, moves_earlier
from digest.collect.rows import changes, new_row
from digest.config import SourceTable
from digest.values import DateQuality, FetchedArticle

NOW = datetime(2026, 11, 24, 6, tzinfo=UTC)
SOURCE = SourceTable(id="site", kind="feed", url="https://news.example.org/feed")
SETTLE = timedelta(minutes=10)

zones = st.integers(-12 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
instants = st.datetimes(timezones=zones)
nows = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 -- the zone is given


def said(published: datetime | None, **changes_: object) -> FetchedArticle:
    values = {"url": "https://news.example.org/1/", "title": "One", "published": published, **changes_}
    return FetchedArticle(**values)  # type: ignore[arg-type]  # fields by name


@pytest.mark.parametrize(
    ("claim", "published", "eligible", "quality"),
    [
        pytest.param(None, NOW, NOW, DateQuality.MISSING, id="none"),
        pytest.param(datetime(1, 1, 1, tzinfo=UTC), NOW, NOW, DateQuality.IMPLAUSIBLE, id="the year 1"),
        pytest.param(datetime(1970, 1, 1, tzinfo=UTC), NOW, NOW, DateQuality.IMPLAUSIBLE, id="1970"),
        pytest.param(datetime(2041, 1, 1, tzinfo=UTC), NOW, NOW, DateQuality.IMPLAUSIBLE, id="2041"),
        pytest.param(NOW + timedelta(minutes=15), NOW, NOW, DateQuality.SOURCE, id="a clock that is wrong"),
        pytest.param(
            NOW + timedelta(minutes=16),
            NOW + timedelta(minutes=16),
            NOW + timedelta(minutes=16),
            DateQuality.SOURCE,
            id="an embargo",
        ),
        pytest.param(
            NOW + timedelta(days=30),
            NOW + timedelta(days=30),
            NOW + timedelta(days=30),
            DateQuality.SOURCE,
            id="the longest embargo",
        ),
        pytest.param(NOW + timedelta(days=31), NOW, NOW, DateQuality.IMPLAUSIBLE, id="31 days ahead"),
        pytest.param(NOW - timedelta(days=3), NOW - timedelta(days=3), NOW, DateQuality.SOURCE, id="a late import"),
    ],
)
def test_every_claimed_time_becomes_a_plausible_one(
    claim: datetime | None, published: datetime, eligible: datetime, quality: DateQuality
) -> None:
    """T15–T19: what counts besides the claim is when we first saw the article."""
    assert clocks(said(claim), SOURCE, NOW) == Clocks(published, eligible + SETTLE, quality)


@given(st.none() | instants, nows, st.booleans(), st.booleans(), st.booleans())
def test_whatever_is_claimed_an_article_is_neither_published_nor_chosen_before_its_time(
    claim: datetime | None, now: datetime, young: bool, breaking: bool, settles: bool
) -> None:
    one = said(claim, breaking=breaking, settles=settles)
    times = clocks(one, SOURCE, now, young=young)
    assert times == clocks(one, SOURCE, now, young=young)
    assert times.published_at.tzinfo is times.eligible_at.tzinfo is UTC
    embargoed = times.published_at > now
    assert times.eligible_at >= max(now, times.published_at)
    assert not embargoed or (times.published_at == claim and claim > now + timedelta(minutes=15))
    assert times.eligible_at - max(now, times.published_at) == (
        timedelta(0) if young or breaking or not settles else SETTLE
    )


@given(st.none() | instants, st.none() | instants, st.integers(0, 40 * 24 * 60))
def test_an_update_never_moves_a_time_later_unless_it_was_an_embargo(
    first: datetime | None, second: datetime | None, minutes: int
) -> None:
    row = new_row(said(first), SOURCE, NOW, baseline=False)
    later = NOW + timedelta(minutes=minutes)
    values = changes(row, said(second), SOURCE, later)
    published, eligible = values.get("published_at", row.published_at), values.get("eligible_at", row.eligible_at)
    assert published <= row.published_at or row.published_at > later
    assert eligible >= row.first_seen_at
    assert eligible >= published
    moved = moves_earlier(row, said(second), SOURCE, later)
    assert moved is None or moved < row.published_at


@pytest.mark.parametrize("changes_", [{"breaking": True}, {"settles": False}])
def test_what_is_urgent_or_was_pushed_as_finished_waits_for_nothing(changes_: dict[str, object]) -> None:
    assert clocks(said(NOW, **changes_), SOURCE, NOW).eligible_at == NOW


def test_an_article_that_becomes_urgent_while_it_settles_is_there_at_once() -> None:
    row = new_row(said(NOW), SOURCE, NOW, baseline=False)
    assert later_claim(row, said(NOW, breaking=True), SOURCE, NOW + timedelta(minutes=1)) == {"eligible_at": NOW}


def test_an_embargo_moves_with_its_publisher_and_is_never_lifted_by_nonsense() -> None:
    row = new_row(said(NOW + timedelta(hours=2)), SOURCE, NOW, baseline=False)
    for hours in (1, 3):
        moved = later_claim(row, said(NOW + timedelta(hours=hours)), SOURCE, NOW)
        assert moved["eligible_at"] == NOW + timedelta(hours=hours) + SETTLE
    for nonsense in (None, datetime(2041, 1, 1, tzinfo=UTC), datetime(1970, 1, 1, tzinfo=UTC)):
        assert later_claim(row, said(nonsense), SOURCE, NOW) == {}


def test_an_embargo_that_ends_within_the_skew_is_kept_to_the_minute() -> None:
    row = new_row(said(NOW + timedelta(hours=2)), SOURCE, NOW, baseline=False)
    ten_to = NOW + timedelta(hours=1, minutes=50)
    assert later_claim(row, said(NOW + timedelta(hours=2)), SOURCE, ten_to) == {}


@pytest.mark.parametrize(
    ("first_import", "claim", "young"),
    [
        (timedelta(hours=24), NOW - timedelta(hours=23), True),
        (timedelta(hours=24), NOW - timedelta(hours=24), False),
        (timedelta(hours=24), NOW + timedelta(minutes=5), True),
        (timedelta(hours=24), NOW + timedelta(hours=1), False),
        (timedelta(hours=24), None, False),
        (timedelta(0), NOW + timedelta(minutes=5), False),
    ],
)
def test_of_a_first_import_only_what_is_dated_within_its_span_is_young(
    first_import: timedelta, claim: datetime | None, young: bool
) -> None:
    source = SOURCE.model_copy(update={"first_import": first_import})
    assert is_young(said(claim), source, NOW) is young


@pytest.mark.parametrize(
    ("rule", "published", "quality"),
    [
        ("first_seen", NOW, DateQuality.IMPLAUSIBLE),
        ("embargo", NOW + timedelta(days=60), DateQuality.SOURCE),
        ("ask", NOW, DateQuality.IMPLAUSIBLE),
    ],
)
def test_an_editor_says_what_a_calendars_dates_mean(rule: str, published: datetime, quality: DateQuality) -> None:
    source = SOURCE.model_copy(update={"future_dates": rule})
    times = clocks(said(NOW + timedelta(days=60)), source, NOW)
    assert (times.published_at, times.quality) == (published, quality)


@pytest.mark.parametrize(("ahead", "of", "mostly"), [(3, 3, False), (2, 4, False), (3, 4, True), (500, 1000, False)])
def test_a_source_is_a_calendar_when_more_than_half_of_some_articles_lie_ahead(
    ahead: int, of: int, mostly: bool
) -> None:
    found = [said(NOW + timedelta(days=1))] * ahead + [said(NOW)] * (of - ahead)
    assert mostly_ahead(found, NOW) is mostly
