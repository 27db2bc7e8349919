from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from digest.testing.httpd import Asked, HttpServer, Reply
from tests.sources.wordpress.site import NOW, Paper, Site, ids, post, query


def test_bounds_are_instants_with_their_z_three_days_back(paper: Paper, site: Site) -> None:
    paper.fetch()
    site.server.asked.clear()
    paper.fetch()
    assert site.asked("posts", "after") == ["2026-11-21T12:20:00Z"]
    assert site.asked("posts", "modified_after") == ["2026-11-23T12:10:00Z"]


def test_a_first_import_reads_a_week_and_knows_of_the_one_before(paper: Paper, site: Site) -> None:
    site.put(post(1), post(2, "2026-11-18T06:00:00"), post(3, "2026-11-12T06:00:00"))
    assert ids(paper.fetch()) == ["1", "2"]
    assert ids(paper.fetch(timedelta(days=1))) == []


def test_an_old_post_edited_just_before_the_first_import_is_no_news(paper: Paper, site: Site) -> None:
    site.put(post(1, "2019-03-01T06:00:00", modified_gmt="2026-11-24T11:00:00"))
    assert ids(paper.fetch()) == []
    assert ids(paper.fetch()) == []


@pytest.mark.parametrize(
    "change",
    [
        {"modified_gmt": "2026-11-24T12:05:00"},
        {"link": "https://news.example.org/another-slug/"},
        {"categories": [1, 2]},
        {"sticky": True},
        {"date_gmt": "2026-11-24T05:00:00"},
    ],
)
def test_a_change_is_seen_by_any_of_the_light_fields(paper: Paper, site: Site, change: dict[str, Any]) -> None:
    site.categories.append({"id": 2, "name": "Sport", "slug": "sport", "parent": 0})
    site.put(post(1), post(2))
    paper.fetch()
    site.put(post(1, **change))
    assert ids(paper.fetch()) == ["1"]
    assert ids(paper.fetch()) == []


def test_a_scheduled_post_that_goes_live_is_found_though_it_was_edited_long_ago(paper: Paper, site: Site) -> None:
    site.put(post(1, status="future", modified_gmt="2026-10-01T06:00:00"))
    assert ids(paper.fetch()) == []
    site.put(post(1, modified_gmt="2026-10-01T06:00:00"))
    assert ids(paper.fetch()) == ["1"]
    assert ids(paper.fetch()) == []


def test_a_post_dated_back_is_found_whatever_its_date(paper: Paper, site: Site) -> None:
    paper.fetch()
    site.put(post(1, "2026-09-01T06:00:00", modified_gmt="2026-11-24T12:15:00"))
    assert ids(paper.fetch()) == ["1"]
    assert [ids(paper.fetch()) for _ in range(3)] == [[], [], []]


def test_every_night_a_post_that_slipped_past_is_found(paper: Paper, site: Site) -> None:
    paper.fetch()
    site.put(post(1, "2026-11-16T06:00:00"))
    assert ids(paper.fetch()) == []
    assert ids(paper.fetch(timedelta(hours=24))) == ["1"]


def test_after_an_outage_of_a_week_nothing_is_lost(paper: Paper, site: Site) -> None:
    paper.fetch()
    site.put(post(1, "2026-11-25T06:00:00"))
    assert ids(paper.fetch(timedelta(days=7))) == ["1"]


def test_before_a_freeze_caches_are_asked_to_look_again(paper: Paper, site: Site) -> None:
    paper.fetch()
    site.server.asked.clear()
    paper.fetch(unconditional=True)
    assert {one.headers.get("cache-control") for one in site.server.asked} == {"no-cache"}
    assert len(site.server.asked) == 2


def test_wordpress_before_5_7_lists_everything_as_modified_and_the_bound_holds_all_the_same(
    paper: Paper, site: Site
) -> None:
    site.knows_modified_after = False
    site.put(*(post(id_, "2026-01-01T06:00:00") for id_ in range(1, 501)), post(900))
    assert ids(paper.fetch()) == ["900"]
    site.server.asked.clear()
    paper.fetch()
    assert len(site.asked("posts", "modified_after")) == 1


def test_a_newer_answer_of_many_pages_is_read_whole(paper: Paper, site: Site) -> None:
    site.put(*(post(id_) for id_ in range(1, 331)))
    assert len(paper.fetch().articles) == 330
    assert site.asked("posts", "page")[:4] == ["1", "2", "3", "4"]


def test_all_pages_are_read_where_a_proxy_drops_the_headers_that_count_them(
    paper: Paper, site: Site, server: HttpServer
) -> None:
    site.put(*(post(id_) for id_ in range(1, 221)))
    lists = server.replies["/wp-json/wp/v2/posts"]
    assert callable(lists)
    server.replies["/wp-json/wp/v2/posts"] = lambda asked: replace(lists(asked), headers={})
    assert len(paper.fetch().articles) == 220


def test_pages_that_shift_while_they_are_read_lose_no_post(paper: Paper, site: Site, server: HttpServer) -> None:
    site.put(*(post(id_, f"2026-11-24T06:{id_ % 60:02}:{id_ // 60:02}") for id_ in range(1, 151)))
    lists = server.replies["/wp-json/wp/v2/posts"]
    assert callable(lists)
    hidden: list[int] = []

    def shifting(asked: Asked) -> Reply:
        if query(asked).get("page") == "2" and not hidden:  # one of the first page goes before the second is read
            newest = max(site.posts, key=lambda id_: str(site.posts[id_]["date_gmt"]))
            hidden.append(newest)
            site.hidden.add(newest)
        return lists(asked)

    server.replies["/wp-json/wp/v2/posts"] = shifting
    assert set(ids(paper.fetch())) == {str(id_) for id_ in site.posts} - {str(hidden[0])}


def test_a_page_past_the_end_is_the_end(paper: Paper, site: Site, server: HttpServer) -> None:
    site.put(*(post(id_) for id_ in range(1, 131)))
    lists = server.replies["/wp-json/wp/v2/posts"]
    assert callable(lists)

    def shrinking(asked: Asked) -> Reply:
        if query(asked).get("page") == "2":
            site.hidden |= set(range(1, 60))
        return lists(asked)

    server.replies["/wp-json/wp/v2/posts"] = shrinking
    assert set(ids(paper.fetch())) == {str(id_) for id_ in range(60, 131)}


@pytest.mark.parametrize(
    "memory",
    [{"posts": 7}, {"posts": {"posts": []}}, {"posts": {"posts": {"1": [1, 2]}}}, {"categories": "x", "swept_at": 3}],
)
def test_a_memory_that_makes_no_sense_is_forgotten(paper: Paper, site: Site, memory: Any) -> None:
    site.put(post(1))
    paper.memory, paper.last = {"site": site.server.url, "root": f"{site.server.url}/wp-json", **memory}, NOW
    assert ids(paper.fetch()) == ["1"]


def test_memory_is_bounded_in_time_and_number(paper: Paper, site: Site) -> None:
    site.put(*(post(id_) for id_ in range(1, 21)))
    paper.fetch()
    assert len(paper.memory["posts"]["posts"]) == 20
    paper.fetch(timedelta(days=15))
    assert paper.memory["posts"]["posts"] == {}
    many = {str(id_): ["2026-12-01T06:00:00", "2026-12-01T06:00:00", "x", 0] for id_ in range(1, 7001)}
    paper.memory["posts"]["posts"] = many
    site.posts.clear()
    paper.fetch()
    assert len(paper.memory["posts"]["posts"]) == 5000
