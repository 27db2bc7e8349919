from datetime import timedelta

import pytest

from digest.errors import FetchError
from digest.testing.httpd import Asked, HttpServer, Reply
from tests.sources.wordpress.site import Paper, Site, ids, post, query


@pytest.mark.parametrize(("carries", "sizes"), [(100, {100, 20}), (50, {120, 100, 50, 20}), (10, {100, 50, 20, 10})])
def test_a_server_that_gives_up_is_asked_for_fewer_posts(
    paper: Paper, site: Site, carries: int, sizes: set[int]
) -> None:
    site.put(*(post(id_) for id_ in range(1, 121)))
    site.most_at_once = carries
    found = paper.fetch()
    assert len(found.articles) == 120
    asked = {one.count(",") + 1 for one in site.asked("posts", "include")}
    assert asked <= sizes
    assert found.notes == ()


def test_one_post_that_kills_its_server_is_left_out_and_named(paper: Paper, site: Site, server: HttpServer) -> None:
    site.put(*(post(id_) for id_ in range(1, 31)))
    lists = server.replies["/wp-json/wp/v2/posts"]
    assert callable(lists)

    def dying(asked: Asked) -> Reply:
        return Reply(b"dead", 500) if "7" in query(asked).get("include", "").split(",") else lists(asked)

    server.replies["/wp-json/wp/v2/posts"] = dying
    found = paper.fetch()
    assert len(found.articles) == 29
    assert found.notes[0].startswith("posts/7 cannot be read")
    server.replies["/wp-json/wp/v2/posts"] = lists
    assert ids(paper.fetch()) == ["7"]


def test_a_site_that_shows_none_of_its_posts_is_in_trouble_however_few_they_are(paper: Paper, site: Site) -> None:
    site.put(post(1), post(2))
    site.most_at_once = 0
    with pytest.raises(FetchError) as caught:
        paper.fetch()
    assert caught.value.status == 500
    site.most_at_once = 100
    assert ids(paper.fetch()) == ["1", "2"]


def test_a_site_that_fails_again_and_again_is_left_alone(paper: Paper, site: Site) -> None:
    site.put(*(post(id_) for id_ in range(1, 301)))
    site.most_at_once = 0
    with pytest.raises(FetchError) as caught:
        paper.fetch()
    assert caught.value.status == 500
    assert len(site.server.asked) < 40


def test_a_site_that_asks_for_a_pause_gets_it(paper: Paper, site: Site, server: HttpServer) -> None:
    site.put(post(1))
    lists = server.replies["/wp-json/wp/v2/posts"]
    assert callable(lists)
    pause = Reply(b"later", 503, {"Retry-After": "120"})
    server.replies["/wp-json/wp/v2/posts"] = lambda asked: pause if "include" in query(asked) else lists(asked)
    with pytest.raises(FetchError) as caught:
        paper.fetch()
    assert caught.value.retry_after == "120"
    assert len(site.asked("posts", "include")) == 1


def test_fields_name_what_is_embedded(paper: Paper, site: Site) -> None:
    site.put(post(1))
    paper.fetch()
    fields = site.asked("posts", "_fields")[-1].split(",")
    assert {"_links", "_embedded", "yoast_head_json", "tags", "slug", "format"} <= set(fields)
    assert site.asked("posts", "_embed") == ["author,wp:featuredmedia,wp:term"]


def test_categories_are_read_again_after_six_hours_or_for_one_that_is_new(paper: Paper, site: Site) -> None:
    site.put(post(1))
    assert paper.fetch().categories
    assert paper.fetch().categories == ()
    site.put(post(2, categories=[7]))
    assert paper.fetch().categories
    site.put(post(3, categories=[7]))
    assert paper.fetch().categories == ()  # 7 stays unknown: it is not looked for again and again
    assert paper.fetch(timedelta(hours=6)).categories
    assert set(site.asked("categories", "hide_empty")) == {"false"}


def test_more_than_a_hundred_categories_come_whole_with_their_parents(paper: Paper, site: Site) -> None:
    site.categories = [
        {"id": id_, "name": f"Category &amp; {id_}", "slug": f"c{id_}", "parent": id_ - 1} for id_ in range(1, 251)
    ]
    found = {one.key: one for one in paper.fetch().categories}
    assert len(found) == 250
    assert (found["1"].parent, found["250"].parent) == (None, "249")
    assert found["2"].name == "Category & 2"


def test_a_loop_of_parents_is_cut(paper: Paper, site: Site) -> None:
    loop = {1: 2, 2: 3, 3: 1, 4: 4, 5: 1, 6: 999}
    site.categories = [{"id": id_, "name": "x", "slug": "x", "parent": parent} for id_, parent in loop.items()]
    parents = {one.key: one.parent for one in paper.fetch().categories}
    assert parents == {"1": None, "2": None, "3": None, "4": None, "5": "1", "6": None}
