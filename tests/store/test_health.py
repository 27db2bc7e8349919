"""A source's health on a real database: what each fetch leaves behind, when the next is due, what the editors are told."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from digest import collect
from digest.collect import SourceHealth
from digest.config import SourceTable
from digest.errors import FetchError, NotAFeedError, SourceError
from digest.models import SourceState
from digest.store import Store, alarms, sources
from digest.values import Fetched, FetchedArticle, Validators
from digest.values import SourceState as State

NOW = datetime(2026, 11, 24, 6, tzinfo=UTC)
URL = "https://news.example.org/feed"
MOVED = "https://www.example.org/rss"
DATE = "Tue, 24 Nov 2026 05:00:00 GMT"
SOURCE = SourceTable(id="site", kind="feed", url=URL)
DOWN = FetchError(f"{URL} answered with status 500.", hint="It is tried again by itself.", status=500)


def hours(number: float) -> datetime:
    return NOW + timedelta(hours=number)


def ok(store: Store, at: datetime = NOW, source: SourceTable = SOURCE, **values: Any) -> None:
    fetched = {"validators": Validators(source.url, '"a"', DATE), **values}
    with store.writing() as session:
        collect.take(session, source, Fetched(**fetched), at)


def unchanged(store: Store, at: datetime = NOW, validators: Validators | None = None, **values: Any) -> None:
    ok(store, at, unchanged=True, validators=validators or Validators(URL), **values)


def fails(
    store: Store, error: SourceError = DOWN, at: datetime = NOW, source: SourceTable = SOURCE, *, freezing: bool = False
) -> None:
    with store.writing() as session:
        collect.failed(session, source, error, at, freezing=freezing)


def row(store: Store) -> SourceState:
    with store.reading() as session:
        found = sources.find(session, "site")
        assert found is not None
        return found


def state(store: Store, at: datetime = NOW, source: SourceTable = SOURCE, *, unconditional: bool = False) -> State:
    with store.reading() as session:
        return collect.state(session, source, at, unconditional=unconditional)


def health(store: Store, at: datetime = NOW, source: SourceTable = SOURCE) -> SourceHealth:
    with store.reading() as session:
        [found] = collect.overview(session, [source], at)
        return found


def told(store: Store) -> Mapping[str, str]:
    return {one.kind: one.text for one in health(store).alarms}


def is_due(store: Store, at: datetime, source: SourceTable = SOURCE) -> bool:
    with store.reading() as session:
        return collect.due(session, [source], at) == [source]


# --- validators ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("etag", ['"a"', 'W/"a"', "a"])
def test_validators_are_kept_as_they_came_from_the_first_fetch_on(store: Store, etag: str) -> None:
    """Bug 31."""
    ok(store, validators=Validators(URL, etag, DATE))
    assert state(store).validators == Validators(URL, etag, DATE)


def test_an_answer_without_validators_leaves_none(store: Store) -> None:
    """Bug 32."""
    ok(store)
    ok(store, validators=Validators(URL))
    assert state(store).validators == Validators(URL)


def test_a_304_replaces_what_it_brings_and_keeps_the_rest(store: Store) -> None:
    """Bug 31."""
    ok(store)
    unchanged(store, validators=Validators(URL))
    assert state(store).validators == Validators(URL, '"a"', DATE)
    unchanged(store, validators=Validators(URL, '"b"'))
    assert state(store).validators == Validators(URL, '"b"', DATE)


def test_what_could_not_be_read_changes_no_validators(store: Store) -> None:
    ok(store)
    fails(store, NotAFeedError("It is a web page."))
    assert state(store).validators == Validators(URL, '"a"', DATE)


def test_what_was_pushed_changes_no_validators(store: Store) -> None:
    ok(store)
    ok(store, hours(1), validators=Validators(), articles=(FetchedArticle(url=f"{URL}/1", title="One"),))
    assert state(store, hours(1)).validators == Validators(URL, '"a"', DATE)
    assert row(store).validated_at == NOW


@pytest.mark.parametrize(
    ("date", "kept"),
    [
        (DATE, True),
        ("Wed, 25 Nov 2026 05:00:00 GMT", True),
        ("Thu, 26 Nov 2026 06:00:00 GMT", False),
        ("Tue, 01 Jan 2041 00:00:00 GMT", False),
        ("Sun, 01 Jan 1995 00:00:00 GMT", True),
        ("Thu, 01 Jan 1970 00:00:00 GMT", False),
        ("yesterday", False),
    ],
)
def test_a_frozen_server_has_no_validators(store: Store, date: str, kept: bool) -> None:
    """Bug 33."""
    ok(store, validators=Validators(URL, '"a"', date))
    assert state(store).validators == (Validators(URL, '"a"', date) if kept else Validators(URL))


def test_before_a_freeze_no_validators_are_sent(store: Store) -> None:
    ok(store)
    found = state(store, unconditional=True)
    assert (found.validators, found.unconditional) == (Validators(), True)


def test_every_six_hours_a_whole_answer_is_wanted(store: Store) -> None:
    ok(store)
    for minutes in (60, 359):
        unchanged(store, NOW + timedelta(minutes=minutes))
        assert state(store, NOW + timedelta(minutes=minutes)).validators.etag
    assert not state(store, hours(6)).validators.etag
    ok(store, hours(6))
    assert state(store, hours(11)).validators.etag


def test_after_twenty_unchanged_answers_a_whole_one_is_wanted(store: Store) -> None:
    ok(store)
    for _ in range(19):
        unchanged(store)
    assert state(store).validators.etag
    unchanged(store)
    assert state(store).unconditional
    ok(store)
    assert state(store).validators.etag


def test_a_sources_memory_is_replaced_only_by_another(store: Store) -> None:
    ok(store, memory={"a": 1})
    unchanged(store)
    fails(store)
    assert state(store).memory == {"a": 1}
    ok(store, memory={})
    assert state(store).memory == {}


# --- schedule ------------------------------------------------------------------------------------------------------


def test_a_source_that_was_never_fetched_is_due(store: Store) -> None:
    assert is_due(store, NOW)


@pytest.mark.parametrize(
    ("changes", "minutes"),
    [({}, 10), ({"third_party": True}, 60), ({"every": "1 h"}, 60)],
)
def test_a_source_is_due_when_its_time_has_come(store: Store, changes: dict[str, object], minutes: int) -> None:
    source = SourceTable.model_validate({"id": "site", "kind": "feed", "url": URL, **changes})
    ok(store, source=source, wait=timedelta(minutes=20))
    assert not is_due(store, NOW + timedelta(minutes=minutes, seconds=-1), source)
    assert is_due(store, NOW + timedelta(minutes=minutes), source)


def test_a_source_that_is_only_pushed_is_never_due(store: Store) -> None:
    assert not is_due(store, NOW, SourceTable(id="site", kind="push"))


def test_our_own_sources_come_first_then_those_that_wait_longest(store: Store) -> None:
    tables = [
        SourceTable(id=name, kind="feed", url=f"https://{name}.example.org/", third_party=name.startswith("other"))
        for name in ("other-late", "other-new", "own-late", "own-later")
    ]
    for number, name in enumerate(("own-later", "own-late", "other-late")):
        ok(store, NOW + timedelta(minutes=number), source=next(one for one in tables if one.id == name))
    with store.reading() as session:
        found = [one.id for one in collect.due(session, tables, hours(5))]
    assert found == ["own-later", "own-late", "other-new", "other-late"]


def test_a_server_that_asks_to_be_left_alone_is_even_when_a_push_hurries(store: Store) -> None:
    fails(store, FetchError("busy.", retry_after="7200", status=429))
    with store.writing() as session:
        sources.row(session, "site").next_check_at = NOW
    assert not is_due(store, hours(1))
    with store.reading() as session:
        assert collect.left_alone(session, [SOURCE], hours(1)) == {"site": hours(2)}
        assert collect.left_alone(session, [SOURCE], hours(2)) == {}
    assert is_due(store, hours(2))


def test_a_source_that_fails_for_weeks_is_still_asked(store: Store) -> None:
    at = NOW
    for _ in range(200):
        assert is_due(store, at)
        fails(store, at=at)
        at = row(store).next_check_at or at
        assert at - (row(store).last_attempt_at or at) <= timedelta(hours=1)


def test_after_a_clock_that_was_ahead_a_source_is_asked_again(store: Store) -> None:
    fails(store, FetchError("busy.", retry_after="7200", status=503), hours(9000))
    assert is_due(store, NOW)
    with store.reading() as session:
        assert collect.left_alone(session, [SOURCE], NOW) == {}


# --- alarms --------------------------------------------------------------------------------------------------------


def test_editors_are_told_of_the_third_failure_and_again_when_it_is_over(store: Store) -> None:
    ok(store)
    for _ in range(2):
        fails(store)
    assert told(store) == {}
    fails(store)
    assert told(store) == {
        "source_failing": f"The source “site” could not be read, 3 times in a row. {URL} answered with status 500. "
        "It is tried again by itself."
    }
    ok(store)
    assert told(store) == {}


def test_editors_are_told_before_a_freeze_at_once(store: Store) -> None:
    fails(store, freezing=True)
    assert "source_failing" in told(store)


@pytest.mark.parametrize("status", [401, 403])
def test_editors_are_told_at_once_that_we_are_turned_away(store: Store, status: int) -> None:
    fails(store, FetchError(f"{URL} answered with Cloudflare challenge.", hint="Ask.", status=status))
    assert told(store) == {
        "source_denied": f"The source “site” could not be read, once. {URL} answered with Cloudflare challenge. Ask."
    }
    assert health(store).state == "denied"


@pytest.mark.parametrize("status", [404, 429, 500, 503, None])
def test_other_failures_are_told_later(store: Store, status: int | None) -> None:
    fails(store, FetchError("It is down.", status=status))
    assert told(store) == {}
    assert health(store).state == "failing"


GONE = FetchError(f"{URL} answered with status 410.", hint="Look for its new address.", status=410)


@pytest.mark.parametrize(("at", "gone"), [((0, 1), False), ((0, 1, 2), False), ((0, 24), False), ((0, 12, 24), True)])
def test_a_source_is_gone_after_three_times_over_a_day(store: Store, at: tuple[float, ...], gone: bool) -> None:
    """Bug 34."""
    for hour in at:
        fails(store, GONE, hours(hour))
    assert ("source_gone" in told(store)) is gone


def test_a_source_that_is_gone_is_asked_daily_and_may_come_back(store: Store) -> None:
    """Bug 35."""
    for hour in (0, 12, 24):
        fails(store, GONE, hours(hour))
    assert health(store).state == "gone"
    assert row(store).next_check_at == hours(48)
    ok(store, hours(48))
    assert (told(store), health(store).state, row(store).gone_count) == ({}, "ok", 0)


def test_a_gap_is_told_for_a_day(store: Store) -> None:
    ok(store, gap=True)
    for hour in (1, 23):
        ok(store, hours(hour))
        assert "source_gap" in told(store)
    ok(store, hours(24))
    assert told(store) == {}


def test_a_source_of_the_future_is_told_until_an_editor_decides(store: Store) -> None:
    with store.writing() as session:
        sources.row(session, "site").future_dated = True
    future = FetchedArticle(url=f"{URL}/1", title="One", published=NOW + timedelta(days=3))
    ok(store, articles=(future,))
    assert "future_dates" in told(store)["source_future"]
    decided = SourceTable(id="site", kind="feed", url=URL, future_dates="embargo")
    ok(store, source=decided, articles=(future,))
    assert told(store) == {}


def test_an_alarm_is_one_row_with_its_first_time_and_its_last_words(store: Store) -> None:
    with store.writing() as session:
        assert alarms.raise_(session, "kind", "a", "first", NOW)
        assert not alarms.raise_(session, "kind", "a", "second", hours(1))
        assert alarms.raise_(session, "kind", "b", "other", hours(1))
    with store.reading() as session:
        found = [(one.subject, one.text, one.since, one.last_at) for one in alarms.standing(session)]
    assert found == [("a", "second", NOW, hours(1)), ("b", "other", hours(1), hours(1))]


def test_an_alarm_that_comes_back_is_new(store: Store) -> None:
    with store.writing() as session:
        alarms.raise_(session, "kind", "a", "first", NOW)
        assert alarms.over(session, ("kind", "other"), "a", hours(1))
        assert not alarms.over(session, "kind", "a", hours(2))
        assert alarms.find(session, "kind", "a") is None
        assert alarms.raise_(session, "kind", "a", "again", hours(3))
    with store.reading() as session:
        [found] = alarms.standing(session)
    assert (found.text, found.since, found.over_at) == ("again", hours(3), None)


def test_alarms_about_a_source_that_is_configured_no_more_are_over(store: Store) -> None:
    fails(store, freezing=True)
    with store.writing() as session:
        for kind in ("other", "hub_silent", "hub_denied", "views"):
            alarms.raise_(session, kind, "site", "It is another's word.", NOW)
        collect.forget(session, [SOURCE], hours(1))
        assert len(alarms.standing(session)) == 5
        collect.forget(session, [], hours(1))
        assert [one.kind for one in alarms.standing(session)] == ["other"]


# --- moves ---------------------------------------------------------------------------------------------------------


def test_a_source_that_moved_is_read_there_and_the_editors_are_asked_to_write_it_down(store: Store) -> None:
    """Bug 34."""
    for hour in (0, 12, 24):
        assert state(store, hours(hour)).url == ""
        ok(store, hours(hour), moved_to=MOVED)
    assert state(store, hours(24)).url == MOVED
    assert told(store) == {"source_moved": f"The source “site” moved to {MOVED}: change its url."}
    ok(store, hours(25), validators=Validators(MOVED, '"b"'))
    assert (state(store, hours(25)).url, state(store, hours(25)).validators.url) == (MOVED, MOVED)


def test_a_move_counts_when_nothing_changed_as_well(store: Store) -> None:
    for hour in (0, 12, 24):
        unchanged(store, hours(hour), moved_to=MOVED)
    assert state(store).url == MOVED


def test_a_move_that_was_taken_back_is_not_believed(store: Store) -> None:
    for hour, target in ((0, MOVED), (12, MOVED), (13, ""), (24, MOVED)):
        ok(store, hours(hour), moved_to=target)
    assert state(store).url == ""


def test_a_new_url_in_the_configuration_ends_the_move_and_is_asked_at_once(store: Store) -> None:
    for hour in (0, 12, 24):
        ok(store, hours(hour), moved_to=MOVED)
    corrected = SourceTable(id="site", kind="feed", url=MOVED)
    assert is_due(store, hours(24), corrected)
    assert state(store, source=corrected).url == ""
    ok(store, hours(25), source=corrected)
    assert told(store) == {}
    assert (row(store).moved_url, row(store).configured_url) == ("", MOVED)


def test_a_new_url_in_the_configuration_makes_old_failures_old(store: Store) -> None:
    for _ in range(5):
        fails(store, FetchError("busy.", retry_after="7200", status=503))
    corrected = SourceTable(id="site", kind="feed", url=MOVED)
    assert is_due(store, NOW, corrected)
    fails(store, source=corrected)
    assert (row(store).failures, told(store)) == (1, {})


def test_where_it_moved_to_fails_and_the_configured_address_is_tried_again(store: Store) -> None:
    for hour in (0, 12, 24):
        ok(store, hours(hour), moved_to=MOVED)
    for _ in range(3):
        fails(store, at=hours(25))
    assert state(store).url == ""


def test_another_site_is_asked_as_if_nothing_had_been_read(store: Store) -> None:
    other = SourceTable(id="site", kind="feed", url="https://other.example.org/feed")
    ok(store, memory={"known": 7})
    for _ in range(2):
        found = state(store, source=other)
        assert (found.last_ok_at, found.memory, found.url) == (None, {}, "")
        fails(store, source=other)
    ok(store, source=other, memory={"known": 8})
    assert (state(store, source=other).last_ok_at, state(store, source=other).memory) == (NOW, {"known": 8})


@pytest.mark.parametrize("url", ["http://www.news.example.org/rss", MOVED])
def test_another_address_of_one_site_and_the_one_it_moved_to_keep_what_was_read(store: Store, url: str) -> None:
    for hour in (0, 12, 24):
        ok(store, hours(hour), memory={"known": 7}, moved_to=MOVED)
    baseline, source = row(store).baseline_at, SourceTable(id="site", kind="feed", url=url)
    assert state(store, source=source).memory == {"known": 7}
    ok(store, hours(25), source=source)
    assert (row(store).baseline_at, row(store).memory) == (baseline, {"known": 7})


# --- overview ------------------------------------------------------------------------------------------------------


def test_the_overview_shows_every_source_in_the_configurations_order(store: Store) -> None:
    others = [SourceTable(id=name, kind="feed", url=f"https://{name}.example.org/") for name in ("z", "a")]
    ok(store, articles=(FetchedArticle(url=f"{URL}/1", title="One"),), notes=("It has a note.",))
    with store.writing() as session:
        collect.timed(session, SOURCE, 120)
    with store.reading() as session:
        z, site, a = collect.overview(session, [others[0], SOURCE, others[1]], NOW)
    assert (z.state, a.state, z.id, a.id) == ("waiting", "waiting", "z", "a")
    assert site == SourceHealth(
        id="site",
        kind="feed",
        url=URL,
        last_ok_at=NOW,
        last_attempt_at=NOW,
        next_check_at=NOW + timedelta(minutes=10),
        counts={"new": 1, "changed": 0, "unchanged": 0},
        notes=("It has a note.",),
        latency_ms=120,
    )
    assert site.state == "ok"


def test_the_last_answer_that_brought_something_stays_in_sight(store: Store) -> None:
    ok(store, articles=(FetchedArticle(url=f"{URL}/1", title="One"),))
    unchanged(store, hours(1))
    assert health(store).counts["new"] == 1


def test_a_source_that_nobody_asks_any_more_is_late(store: Store) -> None:
    ok(store)
    assert health(store, hours(1)).state == "ok"
    assert health(store, hours(2)).state == "late"


def test_health_goes_with_the_articles_or_not_at_all(store: Store) -> None:
    with pytest.raises(RuntimeError), store.writing() as session:
        collect.take(session, SOURCE, Fetched(validators=Validators(URL, '"a"'), gap=True, moved_to=MOVED), NOW)
        raise RuntimeError
    with store.reading() as session:
        assert sources.find(session, "site") is None
        assert alarms.standing(session) == []


def test_alarms_of_its_hub_and_of_its_counts_are_told_with_a_source(store: Store) -> None:
    ok(store)
    with store.writing() as session:
        for kind in ("hub_silent", "hub_denied", "views", "other"):
            alarms.raise_(session, kind, "site", "It is told.", NOW)
    assert set(told(store)) == {"hub_silent", "hub_denied", "views"}


def test_no_password_and_no_key_is_told(store: Store) -> None:
    secret = "https://u:hunter2@news.example.org/feed?key=hunter2"
    source = SourceTable(id="site", kind="feed", url=secret)
    assert health(store, source=source).url == URL
    for hour in (0, 12, 24):
        ok(store, hours(hour), source=source, moved_to="https://u:hunter2@www.example.org/rss?key=hunter2")
    for _ in range(3):
        fails(store, FetchError(f"{secret} answered with status 500."), source=source)
    found = health(store, source=source)
    assert found.error.endswith(f"{URL} answered with status 500.")
    assert {one.kind for one in found.alarms} == {"source_failing", "source_moved"}
    assert "hunter2" not in str(found)
