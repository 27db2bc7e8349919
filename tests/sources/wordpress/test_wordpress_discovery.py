import pytest

from digest.errors import FetchError, NotAFeedError
from digest.sources.http import Http
from digest.testing.httpd import Asked, HttpServer, Reply
from tests.sources.wordpress.site import Paper, Site, as_json, ids, post, query


def test_the_api_is_where_the_link_header_says(server: HttpServer, http: Http) -> None:
    Site(server, "/blog/api").put(post(1))
    link = f'<{server.url}/style.css>; rel="preload", <{server.url}/blog/api/>; rel="https://api.w.org/"'
    server.replies["/"] = Reply(b"<p>A page</p>", headers={"Link": link})
    assert ids(Paper(f"{server.url}/", http).fetch()) == ["1"]


def test_the_api_is_where_the_page_says_when_a_cache_drops_the_header(server: HttpServer, http: Http) -> None:
    Site(server, "/blog/api").put(post(1))
    server.replies["/"] = Reply(b"<head><link rel='https://api.w.org/' href='/blog/api/'></head>")
    assert ids(Paper(server.url, http).fetch()) == ["1"]


def test_a_site_in_a_subdirectory_has_its_api_there(server: HttpServer, http: Http) -> None:
    Site(server, "/paper/wp-json").put(post(1))
    assert ids(Paper(f"{server.url}/paper/", http).fetch()) == ["1"]


def test_plain_permalinks_have_the_api_behind_a_parameter(server: HttpServer, http: Http) -> None:
    Site(server).put(post(1))
    api = [path for path in server.replies if path.startswith("/wp-json")]
    routes = {path.removeprefix("/wp-json"): server.replies[path] for path in api}

    def plain(asked: Asked) -> Reply:
        route = query(asked).get("rest_route")
        reply = routes.get(route, Reply(b"none", 404)) if route else Reply(b"<p>A front page</p>")
        return reply(asked) if callable(reply) else reply

    server.replies = {"/": plain}
    assert ids(Paper(server.url, http).fetch()) == ["1"]
    assert any(one.path.startswith("/?rest_route=/wp/v2/posts&after=") for one in server.asked)


def test_where_the_api_is_is_remembered(paper: Paper, site: Site) -> None:
    paper.fetch()
    site.server.asked.clear()
    paper.fetch()
    assert [one.path.partition("?")[0] for one in site.server.asked] == ["/wp-json/wp/v2/posts"] * 2


def test_an_api_that_moved_is_found_anew(paper: Paper, site: Site, server: HttpServer) -> None:
    site.put(post(1))
    paper.fetch()
    elsewhere = Site(server, "/new/api")
    elsewhere.put(post(1), post(2))
    server.replies["/"] = Reply(
        b"<p>A page</p>", headers={"Link": f'<{server.url}/new/api/>; rel="https://api.w.org/"'}
    )
    assert ids(paper.fetch()) == ["2"]


def test_what_is_remembered_of_another_site_is_of_no_use(http: Http, paper: Paper, site: Site) -> None:
    site.put(post(1))
    paper.fetch()
    with HttpServer() as other:
        Site(other).put(post(1))
        moved = Paper(other.url, http)
        moved.memory, moved.last = paper.memory, paper.last
        assert ids(moved.fetch()) == ["1"]


def test_a_site_without_an_api_names_its_feed(server: HttpServer, http: Http) -> None:
    server.replies["/"] = Reply(b'<head><link rel="alternate" type="application/rss+xml" href="/rss.xml"></head>')
    with pytest.raises(NotAFeedError, match="offers no WordPress REST API") as caught:
        Paper(server.url, http).fetch()
    assert f"kind = “feed” with url = “{server.url}/rss.xml”" in str(caught.value)


@pytest.mark.parametrize("body", [b"<h1>Hello</h1>", b'{"namespaces": null}', b"[[[", b"17"])
def test_an_answer_that_is_no_api_is_none(server: HttpServer, http: Http, body: bytes) -> None:
    server.replies = {"/": Reply(b"<p>A page</p>"), "/wp-json/": Reply(body)}
    with pytest.raises(NotAFeedError, match="feed/"):
        Paper(server.url, http).fetch()


def test_a_site_that_is_down_is_not_one_without_an_api(server: HttpServer, http: Http) -> None:
    server.replies["/wp-json/"] = Reply(b"down", 502)
    server.replies["/"] = Reply(b"<p>A page</p>")
    with pytest.raises(FetchError) as caught:
        Paper(server.url, http).fetch()
    assert caught.value.status == 502


def test_an_api_that_asks_who_we_are_says_what_to_do(paper: Paper, server: HttpServer) -> None:
    refusal = as_json({"code": "rest_not_logged_in", "message": "Only for signed-in users."}, 401)
    server.replies |= {"/wp-json/": refusal, "/wp-json/wp/v2/posts": refusal}
    with pytest.raises(FetchError, match=r"refuses: Only for signed-in users\. Give the source a username") as caught:
        paper.fetch()
    assert caught.value.status == 401
