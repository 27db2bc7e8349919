from datetime import UTC, datetime

import pytest

from digest.collect.identity import named, sharing, speaker, stories
from digest.config import SourceTable
from digest.store.articles import Alias
from digest.values import FetchedArticle

SOURCE = SourceTable(id="site", kind="feed", url="https://news.example.org/feed")
DAY = datetime(2026, 11, 24, 6, tzinfo=UTC)


def said(title: str = "One", url: str = "https://news.example.org/one/", **changes: object) -> FetchedArticle:
    return FetchedArticle(url=url, title=title, published=DAY, **changes)  # type: ignore[arg-type]  # fields by name


def kinds(*found: FetchedArticle) -> list[list[str]]:
    return [[alias.kind for alias in one.aliases] for one in named(SOURCE, found)]


def test_an_article_is_named_by_its_sources_id_then_its_guid_then_its_address() -> None:
    assert kinds(said(external_id="7", guid="https://news.example.org/?p=7")) == [["id", "guid", "url"]]


def test_one_that_has_only_its_address_is_still_known_to_be_this_sources() -> None:
    assert kinds(said()) == [["url", "link"]]


@pytest.mark.parametrize(
    "guid", ["", "0", " 0 ", "000", "-1", "null", "None", "https://news.example.org/", "http://www.other.example.org"]
)
def test_a_guid_that_could_be_anybodys_names_nothing(guid: str) -> None:
    assert kinds(said(guid=guid)) == [["url", "link"]]


@pytest.mark.parametrize(
    "url", ["https://news.example.org/", "https://www.news.example.org", "https://news.example.org/feed/"]
)
def test_a_home_page_or_the_feed_itself_is_no_articles_address(url: str) -> None:
    assert kinds(said(url=url, guid="a")) == [["guid"]]
    assert kinds(said(url=url)) == [["title"]]


def test_a_title_and_a_day_name_only_what_nothing_else_does() -> None:
    [[alias]] = [one.aliases for one in named(SOURCE, [said("  Ça  va?", "https://news.example.org/")])]
    assert alias == Alias("site", "title", "ca va|2026-11-24")


def test_a_guid_of_all_items_names_none_of_them() -> None:
    """T26."""
    assert kinds(*(said(str(n), f"https://news.example.org/{n}/", guid="x") for n in range(3))) == [["url", "link"]] * 3


def test_a_link_of_many_items_names_none_of_them() -> None:
    """T27."""
    assert kinds(*(said(str(n), guid=f"guid-{n}") for n in range(3))) == [["guid"]] * 3


def test_where_both_are_shared_they_may_still_name_one_together() -> None:
    one, other, third = (
        said("A", "https://news.example.org/live/", guid="x"),
        said("B", "https://news.example.org/live/", guid="y"),
        said("C", "https://news.example.org/more/", guid="x"),
    )
    fourth = said("D", "https://news.example.org/more/", guid="y")
    assert kinds(one, other, third, fourth) == [["guid|url"]] * 4


def test_what_nothing_tells_apart_is_known_by_title_and_day() -> None:
    found = [said(title, "https://news.example.org/live/", guid="x") for title in ("A", "B")]
    assert kinds(*found) == [["title"]] * 2


def test_an_article_that_is_listed_twice_shares_its_names_with_nobody() -> None:
    one, again = said(guid="a"), said(guid="a", url="http://www.news.example.org/one?utm_source=x")
    assert sharing(SOURCE, [one, again]) == set()
    assert len(stories(named(SOURCE, [one, again]))) == 1


def test_two_versions_of_one_id_in_an_answer_are_one_story_and_the_later_revision_speaks() -> None:
    found = [said("Old", external_id="7", revision=1), said("New", external_id="7", revision=2)]
    [story] = stories(named(SOURCE, found))
    assert speaker(story).title == "New"


def test_of_two_items_the_one_at_the_known_address_speaks() -> None:
    found = [said("Copy", "https://news.example.org/copy/", external_id="7"), said("Mine", external_id="7")]
    [story] = stories(named(SOURCE, found))
    assert speaker(story, "news.example.org/one").title == "Mine"
    assert speaker(story).title == "Copy"


def test_three_items_that_are_one_by_different_names_are_one_story() -> None:
    one = said("A", "https://news.example.org/a/", guid="a", external_id="1")
    other = said("B", "https://news.example.org/b/", guid="b", external_id="2")
    both = said("A", "https://news.example.org/a/", guid="b", external_id="2")
    found = stories(named(SOURCE, [one, other, both]))
    assert sum(len(story.items) for story in found) == 3
    assert len(found) == 2  # the guid and the address are shared by two ids and so name neither


def test_a_name_that_is_too_long_for_an_index_is_known_by_its_hash() -> None:
    [first], [second] = ([one.aliases[0].value for one in named(SOURCE, [said(guid="x" * 900 + end)])] for end in "ab")
    assert len(first.encode()) < 200
    assert first != second
