from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from digest import collect
from digest.config import SourceTable
from digest.demo import newsroom, readers, server
from digest.demo.run import prepare
from digest.demo.server import Site
from digest.errors import NotAFeedError, UsageError
from digest.sources.feed import Feed, parse_feed
from digest.sources.http import Http
from digest.sources.wordpress import WordPress
from digest.store import Store, articles, sources
from digest.values import SourceState

NOW = datetime.now(UTC)


@pytest.fixture
def site() -> Iterator[Site]:
    with server.serve(NOW) as running:
        yield running


@pytest.fixture
def http() -> Iterator[Http]:
    with Http() as client:
        yield client


def table(url: str, kind: str = "wordpress", **more: object) -> SourceTable:
    return SourceTable.model_validate({"id": kind, "kind": kind, "url": url, "allow_private_addresses": True, **more})


def test_the_paper_is_what_the_demo_promises() -> None:
    posts = newsroom.posts(NOW)
    assert len(posts) >= 60
    assert len(newsroom.SECTIONS) == 14
    assert sum(1 for post in posts if len(post.categories) > 1) >= 15
    assert {name for post in posts for name in post.categories} <= {id_ for id_, _, _ in newsroom.SECTIONS}
    assert len({post.slug for post in posts}) == len(posts)
    for post in posts:
        assert not post.picture or (newsroom.pictures() / f"{post.picture}.jpg").stat().st_size < 60_000


def test_the_readers_are_two_hundred_with_many_section_sets_at_example_domains() -> None:
    rows = list(readers.rows())
    assert rows == list(readers.rows())
    assert len({row["email"] for row in rows}) == readers.COUNT
    assert len({row["sections"] for row in rows}) >= 30
    assert all(row["email"].endswith(("@example.org", "@example.net", "@example.com")) for row in rows)


def test_wordpress_gives_articles_with_authors_categories_pictures_and_views(site: Site, http: Http) -> None:
    fetched = WordPress(table(site.url), http).fetch(SourceState(now=NOW))
    by_title = {one.title: one for one in fetched.articles}
    one = by_title["Night trains come back to the coast"]
    assert one.url.startswith(f"{site.url}/20")
    assert one.external_id.isdecimal()
    assert one.authors
    assert one.image is not None
    assert one.image.url.endswith("/pictures/train.jpg")
    assert one.summary == "Two a week from March, with beds, a bar and a place for bicycles."
    assert one.views
    assert one.minutes
    names = {category.key: category for category in fetched.categories}
    assert {names[key].slug for key in one.categories} == {"region", "economy", "news"}
    assert names[next(key for key in one.categories if names[key].slug == "economy")].parent is not None


def test_the_api_is_found_through_the_sites_own_link_header(http: Http, site: Site) -> None:
    assert WordPress(table(f"{site.url}/category/news/"), http).fetch(SourceState(now=NOW)).articles


@pytest.mark.parametrize("path", ["/feed/", "/feed.json"])
def test_the_feeds_give_the_same_articles(site: Site, http: Http, path: str) -> None:
    fetched = Feed(table(site.url + path, "feed"), http).fetch(SourceState(now=NOW))
    assert [one.title for one in fetched.articles] == [post.title for post in site.public()][:20]
    assert all(one.published for one in fetched.articles)


def test_an_article_of_two_sources_and_three_sections_is_one_article(site: Site, http: Http, store: Store) -> None:
    wordpress, feed = table(site.url), table(f"{site.url}/feed/", "feed")
    with store.writing() as session:
        first = collect.take(session, wordpress, WordPress(wordpress, http).fetch(SourceState(now=NOW)), NOW)
        second = collect.take(session, feed, Feed(feed, http).fetch(SourceState(now=NOW)), NOW)
        again = collect.take(
            session, wordpress, WordPress(wordpress, http).fetch(SourceState(now=NOW)), NOW + timedelta(minutes=10)
        )
    assert first.new == len(site.public())
    assert (second.new, again.new, again.changed) == (0, 0, 0)
    with store.reading() as session:
        found = {one.article.title: one for one in articles.recent(session, NOW - timedelta(days=7))}
        states = sources.rows(session)
    assert len(found["Night trains come back to the coast"].categories) >= 3
    assert found["Night trains come back to the coast"].sources == ("feed", "wordpress")
    assert not found["Night trains come back to the coast"].article.baseline
    assert found["The mayor's week, hour by hour"].article.baseline
    assert states["wordpress"].last_ok_at == NOW + timedelta(minutes=10)


def test_the_next_days_articles_appear_when_their_time_comes() -> None:
    moment = [NOW]
    with server.serve(NOW, clock=lambda: moment[0]) as site:
        before = len(site.public())
        moment[0] += timedelta(hours=24)
        assert len(site.public()) == before + 8


def test_a_page_of_the_paper_is_no_feed(site: Site, http: Http) -> None:
    page = http.get(site.url, allow_private=True)
    with pytest.raises(NotAFeedError, match="web page"):
        parse_feed(page.body, page.url)


def test_the_demo_never_empties_a_folder_that_is_not_its_own(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("dear", encoding="utf-8")
    with pytest.raises(UsageError, match="Choose another folder"):
        prepare(tmp_path)
    assert (tmp_path / "letter.txt").exists()
    prepare(prepare(tmp_path / "demo"))
