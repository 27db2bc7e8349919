from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from digest.errors import NotAFeedError
from digest.testing.httpd import HttpServer, Reply
from tests.sources.wordpress.site import Paper, Site, as_json, ids, post


def goes(action: Callable[[Site], None], paper: Paper, site: Site) -> list[tuple[str, ...]]:
    site.put(post(1), post(2))
    paper.fetch()
    action(site)
    return [paper.fetch().gone for _ in range(4)]


def test_a_post_that_is_gone_is_withdrawn_at_the_second_try_and_once(paper: Paper, site: Site) -> None:
    assert goes(lambda site: site.hidden.add(1), paper, site) == [(), ("1",), (), ()]


@pytest.mark.parametrize("status", [401, 403, 404, 410])
def test_any_of_four_refusals_says_that_a_post_is_gone(paper: Paper, site: Site, status: int) -> None:
    def go(site: Site) -> None:
        site.hidden.add(1)
        site.server.replies["/wp-json/wp/v2/posts/1"] = as_json({"code": "rest_any"}, status)

    assert goes(go, paper, site)[:2] == [(), ("1",)]


@pytest.mark.parametrize("status", ["trash", "private", "draft", "pending", "future"])
def test_with_a_login_a_post_is_shown_in_any_status_and_gone_all_the_same(
    paper: Paper, site: Site, status: str
) -> None:
    def go(site: Site) -> None:
        site.hidden.add(1)
        site.server.replies["/wp-json/wp/v2/posts/1"] = as_json(post(1, status=status))

    assert goes(go, paper, site)[:2] == [(), ("1",)]


def test_a_server_in_trouble_withdraws_nothing(paper: Paper, site: Site) -> None:
    def go(site: Site) -> None:
        site.hidden.add(1)
        site.server.replies["/wp-json/wp/v2/posts/1"] = Reply(b"trouble", 500)

    assert goes(go, paper, site) == [(), (), (), ()]


def test_a_post_missing_from_the_list_alone_is_not_gone(paper: Paper, site: Site) -> None:
    def go(site: Site) -> None:
        site.hidden.add(1)
        site.server.replies["/wp-json/wp/v2/posts/1"] = as_json(post(1))

    assert goes(go, paper, site) == [(), (), (), ()]


def test_a_miss_is_forgotten_when_the_post_is_there_again(paper: Paper, site: Site) -> None:
    site.put(post(1))
    paper.fetch()
    for _ in range(3):
        site.hidden.add(1)
        assert paper.fetch().gone == ()
        site.hidden.clear()
        assert paper.fetch().gone == ()


def test_a_post_that_comes_back_is_read_anew(paper: Paper, site: Site) -> None:
    goes(lambda site: site.hidden.add(1), paper, site)
    site.hidden.clear()
    assert ids(paper.fetch()) == ["1"]


def test_an_older_post_that_is_gone_is_noticed_at_night(paper: Paper, site: Site) -> None:
    site.put(post(1, "2026-11-20T06:00:00"))
    paper.fetch()
    site.hidden.add(1)
    assert paper.fetch().gone == ()
    assert "posts/1" not in str(site.server.asked)
    assert paper.fetch(timedelta(hours=24)).gone == ()
    assert paper.fetch().gone == ("1",)


def test_a_list_that_cannot_be_read_withdraws_nothing(paper: Paper, site: Site, server: HttpServer) -> None:
    site.put(post(1))
    paper.fetch()
    server.replies["/wp-json/wp/v2/posts"] = Reply(b"<h1>Login</h1>")
    with pytest.raises(NotAFeedError, match="no list of posts"):
        paper.fetch()


def test_deleting_the_newest_post_brings_no_older_one_back(paper: Paper, site: Site) -> None:
    site.put(*(post(id_, f"2026-11-{id_:02}T06:00:00") for id_ in range(10, 25)))
    paper.fetch()
    site.hidden.add(24)
    assert [ids(paper.fetch()) for _ in range(3)] == [[], [], []]


PROTECTED: dict[str, Any] = {
    "content": {"rendered": "", "protected": True},
    "excerpt": {"rendered": "", "protected": True},
}


def test_posts_with_a_password_stay_out(paper: Paper, site: Site) -> None:
    site.put(post(1), post(2, **PROTECTED))
    found = paper.fetch()
    assert (ids(found), found.gone) == (["1"], ())


def test_a_known_post_that_gets_a_password_is_withdrawn_at_once(paper: Paper, site: Site) -> None:
    site.put(post(1))
    paper.fetch()
    site.put(post(1, modified_gmt="2026-11-24T12:15:00", **PROTECTED))
    found = paper.fetch()
    assert (ids(found), found.gone) == ([], ("1",))
    site.put(post(1, modified_gmt="2026-11-24T12:25:00"))
    assert ids(paper.fetch()) == ["1"]
