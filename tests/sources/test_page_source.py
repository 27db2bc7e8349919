from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from digest.config import SourceTable
from digest.errors import ConfigError, FetchError, SourceError
from digest.sources.http import Http
from digest.sources.listing import article_links
from digest.sources.page import Pages
from digest.testing.httpd import HttpServer, Reply
from digest.values import DateQuality, Fetched, SourceState

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)


@pytest.fixture
def server() -> Iterator[HttpServer]:
    with HttpServer() as running:
        yield running


@pytest.fixture
def http() -> Iterator[Http]:
    with Http() as client:
        yield client


def story(name: str, published: str = "2026-11-25T08:00:00+01:00") -> Reply:
    when = f"<meta property='article:published_time' content='{published}'>" if published else ""
    section = "<meta property='article:section' content='Culture'>"
    return Reply(f"<html><head><title>{name}</title>{when}{section}</head><h1>{name}</h1></html>".encode())


def listing(*paths: str) -> Reply:
    links = "".join(f"<h2><a href='{path}'>A story</a></h2>" for path in paths)
    return Reply(f"<html><body><main>{links}</main></body></html>".encode(), headers={"ETag": '"1"'})


def source(server: HttpServer, http: Http, **keys: Any) -> Pages:
    table = {"id": "town", "kind": "page", "url": f"{server.url}/news/", "allow_private_addresses": True, **keys}
    return Pages(SourceTable.model_validate(table), http)


def after(fetched: Fetched, state: SourceState, **changes: Any) -> SourceState:
    return replace(state, memory=fetched.memory or state.memory, last_ok_at=state.now, **changes)


def asked(server: HttpServer) -> list[str]:
    paths = [one.path for one in server.asked]
    server.asked.clear()
    return paths


def test_new_articles_of_a_listing_are_opened_once(server: HttpServer, http: Http) -> None:
    server.replies |= {"/news/": listing("/news/the-old-mill-turns"), "/news/the-old-mill-turns": story("The mill")}
    pages, state = source(server, http), SourceState(now=NOW)
    first = pages.fetch(state)
    [article] = first.articles
    assert (article.title, article.url) == ("The mill", f"{server.url}/news/the-old-mill-turns")
    assert article.published == datetime(2026, 11, 25, 7, tzinfo=UTC)
    assert (article.lead_category, [one.name for one in first.categories]) == ("Culture", ["Culture"])
    assert first.validators.etag == '"1"'
    server.replies |= {"/news/": listing("/news/a-new-day-dawns", "/news/the-old-mill-turns")}
    server.replies |= {"/news/a-new-day-dawns": story("A new day")}
    asked(server)
    second = pages.fetch(after(first, state, now=NOW + timedelta(minutes=10)))
    assert [one.title for one in second.articles] == ["A new day"]
    assert asked(server) == ["/news/", "/news/a-new-day-dawns"]


def test_at_first_only_the_newest_are_opened_and_the_rest_is_known(server: HttpServer, http: Http) -> None:
    paths = [f"/news/story-number-{number:06}" for number in range(5)]
    server.replies |= {"/news/": listing(*paths), **{path: story(path) for path in paths}}
    pages, state = source(server, http, most=2), SourceState(now=NOW)
    first = pages.fetch(state)
    assert [one.title for one in first.articles] == paths[:2]
    asked(server)
    assert pages.fetch(after(first, state, now=NOW + timedelta(minutes=10))).articles == ()
    assert asked(server) == ["/news/"]


def test_later_on_what_is_left_over_waits_and_the_listing_is_asked_for_in_full(server: HttpServer, http: Http) -> None:
    paths = [f"/news/story-number-{number:06}" for number in range(5)]
    server.replies |= {"/news/": listing(*paths), **{path: story(path) for path in paths}}
    pages, state = source(server, http, most=3), SourceState(now=NOW, last_ok_at=NOW)
    first = pages.fetch(state)
    assert (len(first.articles), first.validators.etag) == (3, "")
    second = pages.fetch(after(first, state, now=NOW + timedelta(minutes=10)))
    assert ([one.title for one in second.articles], second.validators.etag) == (paths[3:], '"1"')


def test_a_page_that_fails_keeps_no_other_back_and_is_tried_three_times(server: HttpServer, http: Http) -> None:
    good, bad = "/news/the-old-mill-turns", "/news/the-new-mill-stops"
    server.replies |= {"/news/": listing(bad, good), good: story("The mill"), bad: Reply(b"down", 500)}
    pages, state = source(server, http), SourceState(now=NOW)
    first = pages.fetch(state)
    assert [one.title for one in first.articles] == ["The mill"]
    assert any("500" in note for note in first.notes)
    for _ in range(4):
        state = after(first, state)
        first = pages.fetch(state)
    assert asked(server).count(bad) == 3


def test_a_site_that_falls_silent_is_left_alone_until_the_next_fetch(server: HttpServer, http: Http) -> None:
    paths = [f"/news/story-number-{number:06}" for number in range(6)]
    loop = Reply(b"broken", headers={"Content-Encoding": "gzip"})
    server.replies |= {"/news/": listing(*paths), **dict.fromkeys(paths, loop)}
    pages, state = source(server, http), SourceState(now=NOW)
    first = pages.fetch(state)
    assert asked(server) == ["/news/", *paths[:3]]
    server.replies |= {path: story(path) for path in paths}
    assert len(pages.fetch(after(first, state)).articles) == 6


def test_pages_that_are_no_articles_are_passed_over(server: HttpServer, http: Http) -> None:
    server.replies |= {
        "/news/": listing("/news/all-about-our-town", "/news/the-way-home-again"),
        "/news/all-about-our-town": story("About us", published=""),
        "/news/the-way-home-again": Reply(b"", 302, {"Location": "/"}),
        "/": story("Town"),
    }
    found = source(server, http).fetch(SourceState(now=NOW))
    assert found.articles == ()


def test_an_unchanged_listing_opens_nothing(server: HttpServer, http: Http) -> None:
    server.replies["/news/"] = lambda it: (
        Reply(b"", 304) if "if-none-match" in it.headers else listing("/news/the-old-mill-turns")
    )
    server.replies["/news/the-old-mill-turns"] = story("The mill")
    pages, state = source(server, http), SourceState(now=NOW)
    first = pages.fetch(state)
    second = pages.fetch(after(first, state, validators=first.validators))
    assert (second.unchanged, second.articles) == (True, ())


def test_a_known_article_is_looked_at_again_and_withdrawn_when_it_is_gone_twice(server: HttpServer, http: Http) -> None:
    path = "/news/the-old-mill-turns"
    server.replies |= {"/news/": listing(path), path: story("The mill")}
    pages, state = source(server, http), SourceState(now=NOW)
    last = pages.fetch(state)
    state = after(last, state, now=NOW + timedelta(hours=2))
    server.replies[path] = story("The mill, corrected")
    last = pages.fetch(state)
    assert [one.title for one in last.articles] == ["The mill, corrected"]
    server.replies[path] = Reply(b"gone", 410)
    gone: list[tuple[str, ...]] = []
    for hours in (4, 6, 8):
        state = after(last, state, now=NOW + timedelta(hours=hours))
        last = pages.fetch(state)
        gone.append(last.gone)
    [identity] = [one for one in gone if one]
    assert gone == [(), identity, ()]
    assert identity == (f"{server.url.removeprefix('http://')}{path}",)


ROBOTS = "User-agent: *\nDisallow: /private/\n"


def test_the_robots_txt_of_a_third_party_is_honoured_and_kept_for_a_day(server: HttpServer, http: Http) -> None:
    allowed, refused = "/news/the-old-mill-turns", "/private/the-new-mill-turns"
    server.replies |= {"/news/": listing(allowed, refused), "/robots.txt": Reply(ROBOTS.encode())}
    server.replies |= {allowed: story("The mill"), refused: story("A secret")}
    pages, state = source(server, http, third_party=True), SourceState(now=NOW)
    first = pages.fetch(state)
    assert [one.title for one in first.articles] == ["The mill"]
    assert asked(server).count("/robots.txt") == 1
    second = pages.fetch(after(first, state, now=NOW + timedelta(hours=2)))
    assert "/robots.txt" not in asked(server)
    pages.fetch(after(second, state, now=NOW + timedelta(hours=25)))
    assert "/robots.txt" in asked(server)


def test_a_listing_that_robots_txt_refuses_is_an_error_unless_it_is_our_own(server: HttpServer, http: Http) -> None:
    server.replies |= {"/news/": listing(), "/robots.txt": Reply(b"User-agent: *\nDisallow: /\n")}
    with pytest.raises(SourceError, match=r"robots\.txt"):
        source(server, http, third_party=True).fetch(SourceState(now=NOW))
    assert source(server, http).fetch(SourceState(now=NOW)).articles == ()


@pytest.mark.parametrize("answer", [Reply(b"none", 404), Reply(b"no", 403), Reply(b"")])
def test_a_site_without_robots_txt_allows_everything(server: HttpServer, http: Http, answer: Reply) -> None:
    server.replies |= {"/news/": listing(), "/robots.txt": answer}
    assert source(server, http, third_party=True).fetch(SourceState(now=NOW)).articles == ()


def test_a_robots_txt_that_cannot_be_read_is_as_it_was_last(server: HttpServer, http: Http) -> None:
    server.replies |= {"/news/": listing(), "/robots.txt": Reply(b"down", 503)}
    pages = source(server, http, third_party=True)
    with pytest.raises(FetchError, match="503"):
        pages.fetch(SourceState(now=NOW))
    known = {"robots": {server.url: {"at": "2026-11-01T00:00:00+00:00", "text": ROBOTS}}}
    found = pages.fetch(SourceState(now=NOW, memory=known))
    assert found.memory is not None
    assert found.memory["robots"] == known["robots"]


@pytest.mark.parametrize("keys", [{"links": "("}, {"most": 0}, {"colour": "red"}])
def test_a_wrong_key_is_refused(server: HttpServer, http: Http, keys: Mapping[str, Any]) -> None:
    with pytest.raises(ConfigError, match="town"):
        source(server, http, **keys)


def test_a_day_without_its_time_never_lies_ahead(server: HttpServer, http: Http) -> None:
    path = "/news/2026/11/26/the-old-mill-turns"
    server.replies |= {
        "/news/": listing(path),
        path: Reply(b"<meta property='og:type' content='article'><title>The mill</title>"),
    }
    [article] = source(server, http).fetch(SourceState(now=NOW)).articles
    assert (article.published, article.date_quality) == (NOW, DateQuality.INFERRED)


@pytest.mark.parametrize(
    ("markup", "wanted"),
    [
        ("<a href='/2026/11/24/x'>A</a>", True),
        ("<a href='/news/the-old-mill-turns'>A</a>", True),
        ("<a href='/news/123456'>A</a>", True),
        ("<h2><a href='/news/mill'>A</a></h2>", True),
        ("<article><h3><a href='/mill'>A</a></h3></article>", True),
        ("<a href='/news/mill'><h3>A</h3></a>", True),
        ("<a href='/about-us'>A</a>", False),
        ("<nav><a href='/news/the-old-mill-turns'>A</a></nav>", False),
        ("<a href='/tag/the-old-mill-turns'>A</a>", False),
        ("<a href='https://elsewhere.example/news/the-old-mill-turns'>A</a>", False),
        ("<a href='/'>A</a>", False),
        ("<a href='/news/the-old-mill-turns.jpg'>A</a>", False),
        ("<a href='#the-old-mill-turns'>A</a>", False),
        ("<a href='javascript:the-old-mill-turns'>A</a>", False),
    ],
)
def test_links_that_look_like_articles_are_told_from_others(markup: str, wanted: bool) -> None:
    body = f"<html><body>{markup}</body></html>".encode()
    assert bool(article_links(body, "https://town.example/news/")) is wanted


def test_a_pattern_says_better_than_we_what_is_an_article() -> None:
    body = b"<nav><a href='/x/1'>A</a><a href='/x/1#comments'>B</a><a href='/y/the-old-mill-turns'>C</a></nav>"
    assert article_links(body, "https://town.example/", pattern=r"/x/\d+$") == ("https://town.example/x/1",)


@pytest.mark.parametrize(("locked", "minutes"), [(False, 2), (True, None)])
def test_a_pages_text_tells_how_long_it_takes_to_read_unless_readers_pay_for_the_rest(
    server: HttpServer, http: Http, locked: bool, minutes: int | None
) -> None:
    tier = "<meta property='article:content_tier' content='locked'>" if locked else ""
    when = "<meta property='article:published_time' content='2026-11-25T08:00:00+01:00'>"
    body = f"<html><head><title>The mill</title>{when}{tier}</head><article><p>{'The mill turns. ' * 150}</p></article></html>"
    server.replies |= {"/news/": listing("/news/the-old-mill-turns"), "/news/the-old-mill-turns": Reply(body.encode())}
    [article] = source(server, http).fetch(SourceState(now=NOW)).articles
    assert (article.minutes, article.paywalled) == (minutes, locked)
    assert article.text.startswith("The mill turns. The mill")
