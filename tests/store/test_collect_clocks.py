from datetime import UTC, date, datetime, timedelta

import pytest

from digest import collect
from digest.config import SourceTable
from digest.models import Edition, Pick
from digest.store import Store, articles, sources
from digest.values import DateQuality, Fetched, FetchedArticle, SourceCategory, Validators
from tests.store.wire import NOW, OTHER, SOURCE, choice, every, fetched, only, printed, take

HOUR = timedelta(hours=1)
TEN_MINUTES = timedelta(minutes=10)
TOMORROW = NOW + timedelta(days=1)
PUSHED = SourceTable(id="desk", kind="push")


@pytest.fixture
def known(store: Store) -> Store:
    """Read both sources once before, so that nothing is a baseline any more."""
    take(store, at=NOW - timedelta(days=30))
    take(store, at=NOW - timedelta(days=30), source=OTHER)
    return store


def calendar(days: int) -> list[FetchedArticle]:
    return [fetched(n, published=NOW + timedelta(days=n)) for n in range(1, days + 1)]


# --- when an article can be chosen ---------------------------------------------------------------------------------


def test_what_is_stored_just_after_a_freeze_is_in_the_next_edition_once(known: Store) -> None:
    """T14: nothing is read from a cursor, so that it may be stored later than what carries a later time. Bug 12."""
    take(known, fetched(1, published=NOW - timedelta(seconds=1)), at=NOW + timedelta(seconds=2))
    [row] = every(known)
    assert printed(known, NOW) == set()
    assert printed(known, TOMORROW) == {row.id}
    assert printed(known, TOMORROW + timedelta(days=1), had=frozenset({row.id or 0})) == set()


def test_an_article_of_three_days_ago_is_not_printed_and_the_reason_is_known(known: Store) -> None:
    """T15."""
    take(known, fetched(1, published=NOW - timedelta(days=3)))
    found = choice(known, NOW + HOUR)
    assert [one.reason for one in found.left_out] == ["too_old"]


def test_an_article_of_last_night_that_is_seen_after_the_freeze_is_in_the_next_edition(known: Store) -> None:
    """T16. Bug 26."""
    take(known, fetched(1, published=NOW - timedelta(hours=9)), at=NOW + timedelta(hours=2))
    assert printed(known, NOW) == set()
    assert len(printed(known, TOMORROW)) == 1


def test_an_embargo_holds_and_then_the_article_comes_once(known: Store) -> None:
    """T17."""
    for at in (NOW, NOW + HOUR, NOW + timedelta(hours=3)):
        take(known, fetched(1, published=NOW + timedelta(hours=2)), at=at)
    [row] = every(known)
    assert row.eligible_at == NOW + timedelta(hours=2) + TEN_MINUTES
    assert printed(known, NOW + timedelta(hours=2)) == set()
    assert printed(known, row.eligible_at) == {row.id}


@pytest.mark.parametrize("year", [1, 1970, 2041, 9999])
def test_an_absurd_date_is_flagged_and_the_article_goes_by_when_it_was_seen(known: Store, year: int) -> None:
    """T18. Bug 38: it does not stick on top."""
    take(known, fetched(1, published=datetime(year, 6, 1, tzinfo=UTC)))
    row = only(known)
    assert (row.published_at, row.date_quality) == (NOW, DateQuality.IMPLAUSIBLE)
    assert printed(known, NOW + HOUR) == {row.id}
    assert printed(known, NOW + timedelta(days=3)) == set()


def test_an_article_without_a_date_stays_at_the_day_it_was_first_seen(known: Store) -> None:
    """T19."""
    for day in range(5):
        take(known, fetched(1, published=None), at=NOW + timedelta(days=day))
    row = only(known)
    assert (row.published_at, row.first_seen_at, row.date_quality) == (NOW, NOW, DateQuality.MISSING)


@pytest.mark.parametrize(("first_import", "news"), [(timedelta(hours=24), 23), (timedelta(0), 0)])
def test_of_500_articles_of_a_first_import_only_the_young_can_ever_be_printed(
    store: Store, first_import: timedelta, news: int
) -> None:
    """T20. Bug 27."""
    source = SOURCE.model_copy(update={"first_import": first_import})
    found = [fetched(n, published=NOW - n * HOUR) for n in range(1, 500)]
    take(store, *found, fetched(500, published=None), source=source)
    assert sum(not row.baseline for row in every(store)) == news
    assert len([row for row in every(store) if row.eligible_at == NOW and not row.baseline]) == news
    assert take(store, *found, at=NOW + HOUR, source=source).new == 0


def test_an_embargoed_article_of_a_first_import_is_news_when_its_time_comes(store: Store) -> None:
    take(store, fetched(1, published=NOW + timedelta(hours=2)))
    assert len(printed(store, NOW + timedelta(hours=3))) == 1


def test_an_embargo_may_be_moved_by_up_to_a_year(known: Store) -> None:
    take(known, fetched(1, published=NOW + timedelta(days=2)))
    for days, then in ((40, 40), (367, 40), (3, 3)):
        take(known, fetched(1, published=NOW + timedelta(days=days)))
        assert only(known).published_at == NOW + timedelta(days=then)


# --- updates -------------------------------------------------------------------------------------------------------


def test_an_update_of_an_old_article_makes_it_no_news(known: Store) -> None:
    """Bug 30."""
    take(known, fetched(1))
    take(known, fetched(1, title="Changed", published=TOMORROW, updated=TOMORROW), at=TOMORROW)
    row = only(known)
    assert (row.title, row.published_at, row.first_seen_at) == ("Changed", NOW - HOUR, NOW)
    assert row.updated_at == TOMORROW


def test_a_date_may_move_earlier_once(known: Store) -> None:
    take(known, fetched(1))
    for hours in (5, 9):
        take(known, fetched(1, published=NOW - hours * HOUR), at=NOW + HOUR)
    row = only(known)
    assert (row.published_at, row.date_quality) == (NOW - 5 * HOUR, DateQuality.CORRECTED)


def test_a_date_stays_once_an_edition_printed_the_article(known: Store) -> None:
    take(known, fetched(1))
    with known.writing() as session:
        edition = Edition(
            newsletter="daily", edition_date=date(2026, 11, 24), slot_at=NOW, freeze_at=NOW, frozen_at=NOW
        )
        session.add(edition)
        session.flush()
        session.add(Pick(edition_id=edition.id or 0, article_id=1, section_id="news", position=0, kind="item"))
    take(known, fetched(1, published=NOW - 5 * HOUR), at=NOW + HOUR)
    assert only(known).published_at == NOW - HOUR


def test_a_page_that_changes_on_every_fetch_is_followed_24_times(known: Store) -> None:
    for number in range(40):
        take(known, fetched(1, summary=f"Visitor {number}"), at=NOW + number * TEN_MINUTES)
    row = only(known)
    assert (row.revision, row.summary) == (25, "Visitor 24")


def test_a_live_blog_that_says_when_it_changed_is_followed_to_its_end(known: Store) -> None:
    """T35."""
    for number in range(40):
        at = NOW + number * TEN_MINUTES
        take(known, fetched(1, summary=f"Entry {number}", updated=at), at=at)
    assert only(known).summary == "Entry 39"


def test_flags_follow_their_source_and_are_no_revision(known: Store) -> None:
    take(known, fetched(1, sticky=True, priority=2, lead_category="economy"))
    result = take(known, fetched(1, breaking=True, paywalled=True), at=NOW + HOUR)
    row = only(known)
    assert (row.sticky, row.priority, row.lead_category, row.breaking, row.paywalled) == (False, 0, "", True, True)
    assert (result.changed, row.revision) == (0, 1)


def test_an_editors_word_outlives_an_update(known: Store) -> None:
    take(known, fetched(1))
    with known.writing() as session:
        articles.change(session, 1, {"correction": "A name was wrong.", "hidden": True})
    take(known, fetched(1, title="Changed"), at=NOW + HOUR)
    row = only(known)
    assert (row.title, row.correction, row.hidden) == ("Changed", "A name was wrong.", True)


def test_an_older_revision_of_a_pushed_article_changes_nothing(known: Store) -> None:
    newer = fetched(1, external_id="7", guid="", revision=2, categories=("news",))
    take(known, newer, source=PUSHED)
    stale = fetched(1, external_id="7", guid="", revision=1, title="Old", categories=("sport",), breaking=True)
    result = take(known, stale, source=PUSHED, at=NOW + HOUR)
    with known.reading() as session:
        [one] = articles.recent(session, NOW - timedelta(days=1))
    assert (result.unchanged, one.article.title, one.article.breaking) == (1, "Article 1", False)
    assert one.categories == (("desk", "news"),)


def test_a_source_with_ids_names_an_articles_categories_anew_each_time(known: Store) -> None:
    for categories in (("news", "sport"), ("sport", "climate"), ()):
        take(known, fetched(1, external_id="7", categories=categories))
        with known.reading() as session:
            [one] = articles.recent(session, NOW - timedelta(days=1))
        assert one.categories == tuple(("site", category) for category in sorted(categories))


def test_a_feed_adds_categories_as_each_of_its_sections_lists_an_article(known: Store) -> None:
    take(known, fetched(1, categories=("news",)))
    take(known, fetched(1, categories=("sport",)), at=NOW + HOUR)
    with known.reading() as session:
        [one] = articles.recent(session, NOW - timedelta(days=1))
    assert one.categories == (("site", "news"), ("site", "sport"))


# --- withdrawn -----------------------------------------------------------------------------------------------------


def test_what_its_source_withdraws_is_printed_no_more_until_it_comes_back(known: Store) -> None:
    take(known, fetched(1, external_id="7"), fetched(2, external_id="8"))
    assert take(known, gone=["7", "unknown"], at=NOW + HOUR).withdrawn == 1
    assert take(known, gone=["7"], at=NOW + HOUR).withdrawn == 0
    assert printed(known, NOW + HOUR) == {2}
    result = take(known, fetched(1, external_id="7"), at=NOW + 2 * HOUR)
    assert (result.new, printed(known, NOW + 2 * HOUR)) == (0, {1, 2})


def test_of_a_post_that_was_published_twice_one_may_go(known: Store) -> None:
    words = " ".join(f"word{n}" for n in range(60))
    take(
        known,
        fetched(1, external_id="7", title="Fire", text=words),
        fetched(2, external_id="8", title="Fire", text=words),
    )
    assert take(known, gone=["8"], at=NOW + HOUR).withdrawn == 0
    assert only(known).withdrawn_at is None
    assert take(known, gone=["7"], at=NOW + 2 * HOUR).withdrawn == 1


def test_a_source_withdraws_its_own_articles_only(known: Store) -> None:
    take(known, fetched(1, external_id="7"))
    assert take(known, gone=["7"], source=OTHER).withdrawn == 0
    assert only(known).withdrawn_at is None


def test_the_word_of_the_source_that_speaks_holds_whoever_else_has_the_article(known: Store) -> None:
    take(known, fetched(1, external_id="7"))
    take(known, fetched(1, external_id="x", guid=""), source=OTHER)
    assert take(known, gone=["x"], source=OTHER, at=NOW + HOUR).withdrawn == 0
    take(known, fetched(1, external_id="y", guid=""), source=OTHER, at=NOW + HOUR)
    assert take(known, gone=["7"], at=NOW + HOUR).withdrawn == 1
    assert printed(known, NOW + HOUR) == set()


def test_a_feed_that_is_merely_stale_brings_nothing_back(known: Store) -> None:
    take(known, fetched(1, external_id="7", guid=""), source=PUSHED)
    take(known, fetched(1))
    take(known, gone=["7"], source=PUSHED, at=NOW + HOUR)
    take(known, fetched(1, updated=NOW), at=NOW + 2 * HOUR)
    take(known, fetched(1, updated=NOW + timedelta(days=9)), at=NOW + 2 * HOUR)
    assert (only(known).source_id, only(known).withdrawn_at) == ("desk", NOW + HOUR)


@pytest.mark.parametrize("field", ["published", "updated"])
def test_another_source_may_bring_a_withdrawn_article_back_with_something_later(known: Store, field: str) -> None:
    take(known, fetched(1, external_id="7"))
    take(known, gone=["7"])
    later = {field: NOW + timedelta(minutes=30)}
    take(known, fetched(1, guid="theirs", title="Theirs", **later), source=OTHER, at=NOW + HOUR)
    row = only(known)
    assert (row.source_id, row.title, row.withdrawn_at) == ("agency", "Theirs", None)


def test_what_is_pushed_comes_back_whoever_withdrew_it(known: Store) -> None:
    take(known, fetched(1, external_id="7"))
    take(known, gone=["7"])
    take(known, fetched(1, external_id="a", guid=""), source=PUSHED, at=NOW + HOUR)
    assert (only(known).source_id, only(known).withdrawn_at) == ("desk", None)


# --- who speaks ----------------------------------------------------------------------------------------------------


def test_whoever_pushes_an_article_speaks_for_it_from_then_on(known: Store) -> None:
    take(known, fetched(1, revision=9))
    pushed = fetched(1, external_id="7", guid="", title="Corrected", breaking=True, revision=2)
    result = take(known, pushed, source=PUSHED, at=NOW + timedelta(minutes=1))
    row = only(known)
    assert (result.new, result.changed) == (0, 1)
    assert (row.title, row.breaking, row.source_id, row.source_revision) == ("Corrected", True, "desk", 2)
    assert row.eligible_at == NOW
    take(known, fetched(1, title="The feed's"), at=NOW + HOUR)
    assert only(known).title == "Corrected"


# --- calendars -----------------------------------------------------------------------------------------------------


def state(store: Store, source: SourceTable = SOURCE) -> tuple[bool, str, object]:
    with store.reading() as session:
        row = sources.row(session, source.id)
        return row.future_dated, row.etag, dict(row.memory)


def test_a_source_whose_dates_mostly_lie_ahead_waits_for_an_editor_and_loses_nothing(store: Store) -> None:
    """NetNewsWire's calendar of events: nothing of it is taken, the next full answer is asked for, the baseline is still to come."""
    answer = Fetched(
        articles=(*calendar(6), fetched(9)),
        validators=Validators(SOURCE.url, '"etag"', ""),
        memory={"seen": 7},
        categories=(SourceCategory("7", "Events"),),
    )
    with store.writing() as session:
        result = collect.take(session, SOURCE, answer, NOW)
    assert (result.new, every(store)) == (0, [])
    assert "6 of 7 entries are dated ahead" in result.notes[-1]
    assert state(store) == (True, "", {})
    ruled = SOURCE.model_copy(update={"future_dates": "embargo"})
    with store.writing() as session:
        assert collect.take(session, ruled, answer, NOW + HOUR).new == 7
    assert state(store) == (False, '"etag"', {"seen": 7})


def test_a_calendar_that_an_editor_reads_by_first_sight_has_no_embargoes(known: Store) -> None:
    ruled = SOURCE.model_copy(update={"future_dates": "first_seen"})
    take(known, *calendar(6), source=ruled)
    assert {row.published_at for row in every(known)} == {NOW}


def test_a_calendar_stays_one_until_nothing_lies_ahead(known: Store) -> None:
    events = calendar(6)
    take(known, *events)
    assert take(known, *events, at=NOW + timedelta(days=4)).new == 0
    assert state(known)[0]
    assert take(known, *events, at=NOW + timedelta(days=7)).new == 6
    assert not state(known)[0]


def test_known_articles_of_a_calendar_are_still_brought_up_to_date(known: Store) -> None:
    take(known, fetched(99))
    take(known, fetched(99, title="Changed"), *calendar(6), at=NOW + HOUR)
    assert only(known).title == "Changed"


def test_many_embargoes_that_are_pushed_are_meant(known: Store) -> None:
    assert take(known, *calendar(6), source=PUSHED).new == 6
