from datetime import UTC, datetime, timedelta

import pytest

from digest import collect
from digest.config import SourceTable
from digest.models import Article
from digest.store import Store, articles, sources
from digest.values import Collected, DateQuality, Fetched, FetchedArticle, SourceCategory, Validators

NOW = datetime(2026, 11, 24, 6, tzinfo=UTC)
SOURCE = SourceTable(id="site", kind="feed", url="https://news.example.org/feed")


def fetched(number: int, **changes: object) -> FetchedArticle:
    values: dict[str, object] = {
        "url": f"https://news.example.org/{number}/",
        "title": f"Article {number}",
        "guid": f"guid-{number}",
        "published": NOW - timedelta(hours=1),
    }
    return FetchedArticle(**{**values, **changes})  # type: ignore[arg-type]  # fields by name


def take(store: Store, *found: FetchedArticle, at: datetime = NOW, source: SourceTable = SOURCE) -> Collected:
    with store.writing() as session:
        return collect.take(session, source, Fetched(articles=found), at)


def every(store: Store) -> list[Article]:
    with store.reading() as session:
        return [one.article for one in articles.recent(session, NOW - timedelta(days=20_000))]


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
    [row] = every(known)
    assert (row.first_seen_at, row.eligible_at) == (NOW, NOW + timedelta(minutes=10))


@pytest.mark.parametrize(
    ("published", "at", "eligible", "quality"),
    [
        (None, NOW, NOW, DateQuality.MISSING),
        (datetime(1970, 1, 1, tzinfo=UTC), NOW, NOW, DateQuality.IMPLAUSIBLE),
        (NOW + timedelta(days=4000), NOW, NOW, DateQuality.IMPLAUSIBLE),
        (NOW + timedelta(minutes=10), NOW, NOW, DateQuality.SOURCE),
        (NOW + timedelta(hours=2), NOW + timedelta(hours=2), NOW + timedelta(hours=2), DateQuality.SOURCE),
        (NOW - timedelta(hours=2), NOW - timedelta(hours=2), NOW, DateQuality.SOURCE),
    ],
)
def test_every_claimed_time_becomes_a_plausible_one(
    published: datetime | None, at: datetime, eligible: datetime, quality: DateQuality
) -> None:
    times = collect.clocks(fetched(1, published=published), SOURCE, NOW)
    assert (times.published_at, times.eligible_at, times.quality) == (at, eligible + timedelta(minutes=10), quality)


@pytest.mark.parametrize(
    "again",
    [
        fetched(1, guid="new-guid", url="http://www.news.example.org/1?utm_source=x"),
        fetched(1, url="https://news.example.org/renamed/", title="Renamed"),
        fetched(1, guid="", url="https://news.example.org/1/amp"),
    ],
)
def test_an_article_is_known_by_its_guid_or_its_address(known: Store, again: FetchedArticle) -> None:
    take(known, fetched(1))
    assert take(known, again, at=NOW + timedelta(hours=1)).new == 0
    assert len(every(known)) == 1


def test_a_change_is_a_revision_and_never_news(known: Store) -> None:
    take(known, fetched(1))
    result = take(known, fetched(1, title="Corrected"), at=NOW + timedelta(hours=1))
    [row] = every(known)
    assert (result.new, result.changed) == (0, 1)
    assert (row.title, row.revision, row.first_seen_at) == ("Corrected", 2, NOW)


def test_one_guid_or_one_link_for_all_items_keeps_them_all(known: Store) -> None:
    same_guid = [fetched(number, guid="x") for number in (1, 2, 3)]
    same_link = [fetched(number, url="https://news.example.org/live") for number in (4, 5, 6)]
    assert take(known, *same_guid, *same_link).new == 6
    assert take(known, *same_guid, *same_link, at=NOW + timedelta(hours=1)).new == 0


def test_two_articles_that_turn_out_to_be_one_become_the_older(known: Store) -> None:
    take(known, fetched(1, guid="a"))
    take(known, fetched(2, guid="b"), at=NOW + timedelta(minutes=1))
    take(known, fetched(2, guid="a"), at=NOW + timedelta(minutes=2))
    assert len(every(known)) == 1


def test_validators_and_articles_are_kept_together_or_not_at_all(store: Store) -> None:
    answer = Fetched(articles=(fetched(1),), validators=Validators("", '"etag"', ""))
    with pytest.raises(RuntimeError), store.writing() as session:
        collect.take(session, SOURCE, answer, NOW)
        raise RuntimeError
    with store.reading() as session:
        assert collect.state(session, SOURCE, NOW).validators.etag == ""
    assert every(store) == []


def test_a_thousand_items_are_taken_at_once(known: Store) -> None:
    assert take(known, *(fetched(number) for number in range(1000))).new == 1000
    assert take(known, *(fetched(number) for number in range(1000))).unchanged == 1000


def test_a_categorys_new_name_is_kept_under_its_key(store: Store) -> None:
    for name in ("Economy", "Business"):
        with store.writing() as session:
            collect.take(session, SOURCE, Fetched(categories=(SourceCategory("7", name, "economy"),)), NOW)
    with store.reading() as session:
        assert sources.categories(session) == [("site", SourceCategory("7", "Business", "economy"))]
