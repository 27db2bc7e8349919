from datetime import timedelta

import pytest

from digest import collect
from digest.config import SourceTable
from digest.store import Store, near_duplicates
from digest.store.near_duplicates import Group
from digest.values.states import Verdict
from tests.store.wire import NOW, OTHER, SOURCE, every, fetched, only, take

HOUR = timedelta(hours=1)
COPY = " ".join(f"The {n}th sentence of the report says {n * n}." for n in range(40))
NEARLY = COPY.replace("The 20th sentence", "A later sentence")


@pytest.fixture
def known(store: Store) -> Store:
    """Read both sources once before, so that nothing is a baseline any more."""
    take(store, at=NOW - timedelta(days=1))
    take(store, at=NOW - timedelta(days=1), source=OTHER)
    return store


def pairs(store: Store) -> list[tuple[int, int]]:
    with store.reading() as session:
        return [(pair.article_id, pair.other_id) for pair, _, _ in near_duplicates.standing(session)]


def groups(store: Store) -> list[Group]:
    with store.reading() as session:
        return near_duplicates.groups(session, {row.id or 0 for row in every(store)})


# --- in one source -------------------------------------------------------------------------------------------------


def test_an_article_that_comes_again_under_other_names_is_the_same(known: Store) -> None:
    take(known, fetched(1, title="Fire in the port", text=COPY))
    result = take(known, fetched(2, title="Fire in the port!", text=NEARLY), at=NOW + HOUR)
    assert (result.new, len(every(known)), pairs(known)) == (0, 1, [])
    again = take(known, fetched(2, title="Quite another headline"), at=NOW + 2 * HOUR)
    assert (again.new, len(every(known))) == (0, 1)


def test_of_an_article_that_is_listed_twice_the_known_address_speaks_each_time(known: Store) -> None:
    mine, copy = (fetched(n, title="Fire in the port", text=COPY, summary=f"Version {n}.") for n in (1, 2))
    take(known, mine)
    for hours, found in enumerate([(copy, mine), (mine, copy), (copy, mine)], 1):
        take(known, *found, at=NOW + hours * HOUR)
    row = only(known)
    assert (row.summary, row.revision) == ("Version 1.", 1)


def test_near_duplicates_of_one_answer_are_one_article(known: Store) -> None:
    result = take(known, fetched(1, title="Fire", text=COPY), fetched(2, title="Fire", text=NEARLY))
    assert (result.new, len(every(known))) == (1, 1)
    assert take(known, fetched(2, title="Fire", text=NEARLY), at=NOW + HOUR).new == 0


def test_what_a_publisher_deletes_and_writes_again_is_no_news(known: Store) -> None:
    take(known, fetched(1, external_id="1", title="Fire", text=COPY))
    take(known, gone=["1"], at=NOW + HOUR)
    result = take(known, fetched(2, external_id="2", title="Fire", text=COPY), at=NOW + 2 * HOUR)
    row = only(known)
    assert (result.new, row.withdrawn_at, row.url) == (0, None, "https://news.example.org/2/")


def test_a_column_has_one_title_and_other_texts(known: Store) -> None:
    """T34."""
    other = " ".join(f"Another thought, the {n}th, about {n + 7} things." for n in range(40))
    take(known, fetched(1, title="Letters to the editor", text=COPY))
    assert take(known, fetched(2, title="Letters to the editor", text=other), at=NOW + HOUR).new == 1
    assert pairs(known) == []


def test_a_weekly_column_with_the_same_standing_text_is_each_weeks_own(known: Store) -> None:
    """T34."""
    for week in range(3):
        at = NOW + timedelta(weeks=week)
        column = fetched(
            week, title="Letters to the editor", summary="What our readers think of the week.", published=at
        )
        assert take(known, column, at=at).new == 1


def test_a_daily_column_with_the_same_standing_text_is_printed_each_day(known: Store) -> None:
    """T34: the editors may be asked about it, but nothing is taken for known."""
    summary = "All that you need to know this morning, by our night desk."
    for day in range(6):
        at = NOW + timedelta(days=day)
        assert take(known, fetched(day, title="Good morning", summary=summary, published=at), at=at).new == 1


def test_a_series_with_one_text_and_other_titles_is_all_kept(known: Store) -> None:
    """Identical text alone is no proof."""
    found = [fetched(n, title=f"Concert {n} of the season", text=COPY) for n in range(8)]
    assert take(known, *found[:3]).new == 3
    assert take(known, *found[3:], at=NOW + HOUR).new == 5
    assert groups(known) == []


def test_more_than_four_alike_are_a_series_at_once_or_one_after_the_other(known: Store) -> None:
    found = [fetched(n, title="Bulletin", text=COPY) for n in range(10)]
    assert take(known, *found[:5]).new == 5
    for n in range(5, 10):
        assert take(known, found[n], at=NOW + n * HOUR).new == 1


def test_a_live_blog_that_is_updated_all_day_is_new_once(known: Store) -> None:
    """T35."""
    new = 0
    for number in range(30):
        at = NOW + timedelta(minutes=20 * number)
        text = f"{COPY} " * (1 + number % 3) + f"Entry {number}."
        new += take(known, fetched(1, title=f"Live: {number} new reports", text=text, updated=at), at=at).new
    assert (new, len(every(known))) == (1, 1)


def test_a_near_duplicate_of_the_baseline_is_no_news(store: Store) -> None:
    take(store, fetched(1, title="Fire", text=COPY, published=NOW - timedelta(hours=40)))
    take(store, fetched(2, title="Fire", text=COPY, published=NOW), at=NOW + HOUR)
    assert only(store).baseline


# --- across sources ------------------------------------------------------------------------------------------------


@pytest.fixture
def wire(known: Store) -> Store:
    """Have both sources bring one agency's text."""
    take(known, fetched(1, title="Fire in the port", text=COPY, published=NOW - 2 * HOUR), source=OTHER)
    take(known, fetched(2, title="Port fire: forty evacuated", text=NEARLY, published=NOW - HOUR))
    return known


def test_wire_copy_of_two_sources_is_suggested_and_the_own_site_stands_for_it(wire: Store) -> None:
    """T33."""
    assert len(every(wire)) == 2
    with wire.reading() as session:
        [(pair, one, other)] = near_duplicates.standing(session)
        lengths = near_duplicates.lengths(session, {1, 2})
    assert (pair.article_id, pair.other_id, pair.state) == (1, 2, Verdict.SUGGESTED)
    assert pair.likeness >= 0.9
    assert groups(wire) == [Group((1, 2), frozenset())]
    assert collect.representative([one, other], {OTHER.id}, lengths).source_id == SOURCE.id
    assert collect.representative([one, other], set(), lengths).source_id == OTHER.id


def test_an_answer_of_an_editor_stands_whatever_comes_later(wire: Store) -> None:
    with wire.writing() as session:
        assert near_duplicates.confirm(session, 2, 1, NOW)
        assert not near_duplicates.confirm(session, 1, 99, NOW)
    take(wire, fetched(2, title="Port fire: forty evacuated", text=NEARLY), at=NOW + HOUR)
    assert pairs(wire) == []
    assert groups(wire) == [Group((1, 2), frozenset({1, 2}))]
    with wire.writing() as session:
        near_duplicates.refuse(session, 1, 2, NOW)
    assert groups(wire) == []


def test_five_sources_with_one_text_are_no_group_unless_an_editor_says_so(wire: Store) -> None:
    for number in range(3, 6):
        source = SourceTable(id=f"site{number}", kind="feed", url=f"https://{number}.example.net/feed")
        take(wire, source=source, at=NOW - HOUR)
        take(wire, fetched(number, title="Fire in the port", text=COPY), source=source)
    assert groups(wire) == []
    with wire.writing() as session:
        near_duplicates.confirm(session, 1, 2, NOW)
    assert groups(wire) == [Group((1, 2), frozenset({1, 2}))]


def test_another_language_or_another_week_is_not_suggested(wire: Store) -> None:
    take(wire, fetched(3, title="Fire in the port", text=COPY, language="es"), source=OTHER)
    later = NOW + timedelta(days=7)
    take(wire, fetched(4, title="Fire in the port", text=COPY, published=later), source=OTHER, at=later)
    assert not [pair for pair in pairs(wire) if 4 in pair]


def test_many_new_articles_are_compared_with_many_recent_ones(known: Store) -> None:
    def text(n: int) -> str:
        return " ".join(f"w{n}x{at}" for at in range(60))

    take(known, *(fetched(n, title=f"Story {n}", text=text(n)) for n in range(1000)), source=OTHER)
    found = (fetched(n + 5000, title=f"Report {n}", text=text(n)) for n in range(0, 1000, 100))
    assert take(known, *found, at=NOW + HOUR).new == 10
    assert len(pairs(known)) == 10


def test_no_more_than_a_hundred_pairs_are_asked_about_at_once(known: Store) -> None:
    take(known, *(fetched(n) for n in range(120)))
    with known.writing() as session:
        near_duplicates.suggest(session, ((n, n + 1, 0.9) for n in range(1, 120)), NOW)
    assert len(pairs(known)) == 100
