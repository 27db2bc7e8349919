from pathlib import Path
from typing import Any

import pytest

from digest.errors import ConfigError, FetchError
from digest.sources.http import Http
from digest.testing.httpd import HttpServer, Reply
from tests.sources.wordpress.site import Paper, Site, as_json, ids, post


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ({"user": "x"}, "“user” is no key"),
        ({"username": "x"}, "“sources.site.password” is missing"),
        ({"password": "x"}, "“sources.site.username” is missing"),
        ({"username": "x", "password_file": "secret"}, "no absolute path"),
        ({"username": "x", "password_file": "/no/such/file"}, "cannot be read"),
        ({"username": "x", "password": "x", "url": "http://news.example.org"}, "over https only"),
        ({"post_types": []}, "post_types"),
        ({"post_types": ["a/b"]}, "post_types"),
    ],
)
def test_a_wrong_key_names_itself(http: Http, keys: dict[str, Any], words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        Paper(**{"url": "https://news.example.org", "http": http, **keys})


def test_a_login_goes_with_every_request(site: Site, server: HttpServer, http: Http, tmp_path: Path) -> None:
    (tmp_path / "word").write_text("abcd efgh\n", encoding="utf-8")
    server.replies["/wp-json/wp/v2/users/me"] = as_json({"id": 1})
    Paper(server.url, http, username="desk", password_file=str(tmp_path / "word")).fetch()
    assert {one.headers.get("authorization") for one in server.asked} == {"Basic ZGVzazphYmNkIGVmZ2g="}


def test_a_wrong_login_is_an_error_though_wordpress_answers_a_stranger(
    site: Site, server: HttpServer, http: Http
) -> None:
    server.replies["/wp-json/wp/v2/users/me"] = as_json(
        {"code": "rest_not_logged_in", "message": "Not logged in."}, 401
    )
    with pytest.raises(FetchError, match="Correct the source's username and its application password"):
        Paper(server.url, http, username="desk", password="wrong").fetch()


def test_a_login_is_not_shown_to_another_host_that_the_site_names(server: HttpServer, http: Http) -> None:
    with HttpServer() as other:
        Site(other)
        server.replies["/"] = Reply(
            b"<p>A page</p>", headers={"Link": f'<{other.url}/wp-json/>; rel="https://api.w.org/"'}
        )
        with pytest.raises(FetchError, match="a login is not sent there"):
            Paper(server.url, http, username="desk", password="word").fetch()
        assert other.asked == []


def test_other_types_of_posts_are_read_where_the_source_names_them(site: Site, server: HttpServer, http: Http) -> None:
    site.put(post(1))
    server.replies["/wp-json/wp/v2/pages"] = as_json([post(2, link="https://news.example.org/a-page/")])
    found = Paper(server.url, http, post_types=["posts", "pages"]).fetch()
    assert ids(found) == ["1", "2"]


def test_an_unknown_type_of_posts_is_one_clear_sentence(site: Site, server: HttpServer, http: Http) -> None:
    server.replies["/wp-json/wp/v2/films"] = as_json({"code": "rest_no_route", "message": "No route was found"}, 404)
    with pytest.raises(FetchError, match=r"/wp/v2/films answered: No route was found\."):
        Paper(server.url, http, post_types=["films"]).fetch()
