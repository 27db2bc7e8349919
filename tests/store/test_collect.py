from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from digest import collect
from digest.config import SourceTable
from digest.store import Store, sources
from digest.values import Fetched, SourceCategory, Validators
from tests.store.wire import NOW, SOURCE, every, fetched, only, take

HOUR = timedelta(hours=1)


@pytest.fixture
def known(store: Store) -> Store:
    """Read the source once before, so that nothing is a baseline any more."""
    take(store)
    return store


def test_the_first_import_mails_nothing_but_what_is_young(store: Store) -> None:
    old, young, undated = fetched(1, published=NOW - timedelta(days=3)), fetched(2), fetched(3, published=None)
    take(store, old, young, undated)
    rows = {row.title: row for row in every(store)}
    assert [rows[f"Article {number}"].baseline for number in (1, 2, 3)] == [True, False, True]
    assert rows["Article 2"].eligible_at == NOW


def test_a_new_article_settles_before_it_can_be_chosen(known: Store) -> None:
    take(known, fetched(1))
    row = only(known)
    assert (row.first_seen_at, row.eligible_at) == (NOW, NOW + timedelta(minutes=10))


def test_a_change_is_a_revision_and_never_news(known: Store) -> None:
    take(known, fetched(1))
    result = take(known, fetched(1, title="Corrected"), at=NOW + HOUR)
    row = only(known)
    assert (result.new, result.changed) == (0, 1)
    assert (row.title, row.revision, row.first_seen_at) == ("Corrected", 2, NOW)


def test_validators_and_articles_are_kept_together_or_not_at_all(store: Store) -> None:
    answer = Fetched(articles=(fetched(1),), validators=Validators("", '"etag"', ""))
    with pytest.raises(RuntimeError), store.writing() as session:
        collect.take(session, SOURCE, answer, NOW)
        raise RuntimeError
    with store.reading() as session:
        assert sources.find(session, "site") is None
    assert every(store) == []


def test_a_thousand_items_are_taken_at_once(known: Store) -> None:
    assert take(known, *(fetched(number) for number in range(1000))).new == 1000
    assert take(known, *(fetched(number) for number in range(1000))).unchanged == 1000


def test_sources_that_bring_one_article_at_the_same_time_find_it_new_once(store: Store) -> None:
    sources_ = [SourceTable(id=f"site{n}", kind="feed", url=f"https://{n}.example.net/feed") for n in range(4)]
    for source in sources_:
        take(store, source=source)
    for number in range(5):
        one = fetched(number)
        with ThreadPoolExecutor(len(sources_)) as pool:
            results = list(pool.map(lambda source, one=one: take(store, one, source=source), sources_))
        assert sum(result.new for result in results) == 1
    assert len(every(store)) == 5


def test_entries_without_address_or_title_are_counted_and_left(known: Store) -> None:
    result = take(known, fetched(1, url=""), fetched(2, title=""), fetched(3))
    assert (result.new, result.notes) == (1, ("2 entries have no address or title.",))


def test_a_categorys_new_name_is_kept_under_its_key(store: Store) -> None:
    for name in ("Economy", "Business"):
        with store.writing() as session:
            collect.take(session, SOURCE, Fetched(categories=(SourceCategory("7", name, "economy"),)), NOW)
    with store.reading() as session:
        assert sources.categories(session) == [("site", SourceCategory("7", "Business", "economy"))]
