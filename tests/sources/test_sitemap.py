import gzip
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from digest.config import SourceTable
from digest.errors import ConfigError, FetchError, SourceError
from digest.sources.http import Http
from digest.sources.sitemap import Sitemap
from digest.testing.httpd import HttpServer, Reply
from digest.values import DateQuality, Fetched, SourceState

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
NS = (
    "xmlns='http://www.sitemaps.org/schemas/sitemap/0.9' xmlns:news='http://www.google.com/schemas/sitemap-news/0.9' "
    "xmlns:image='http://www.google.com/schemas/sitemap-image/1.1'"
)


@pytest.fixture
def server() -> Iterator[HttpServer]:
    with HttpServer() as running:
        yield running


@pytest.fixture
def http() -> Iterator[Http]:
    with Http() as client:
        yield client


def urlset(*entries: str) -> bytes:
    return f"<?xml version='1.0' encoding='UTF-8'?><urlset {NS}>{''.join(entries)}</urlset>".encode()


def index(*addresses: str, lastmod: str = "") -> bytes:
    modified = f"<lastmod>{lastmod}</lastmod>" if lastmod else ""
    inside = "".join(f"<sitemap><loc>{one}</loc>{modified}</sitemap>" for one in addresses)
    return f"<sitemapindex {NS}>{inside}</sitemapindex>".encode()


def url(address: str, lastmod: str = "") -> str:
    return f"<url><loc>{address}</loc>{f'<lastmod>{lastmod}</lastmod>' if lastmod else ''}</url>"


def news(address: str, title: str, published: str) -> str:
    return (
        f"<url><loc>{address}</loc><news:news><news:publication><news:name>Town</news:name><news:language>de</news:language>"
        f"</news:publication><news:publication_date>{published}</news:publication_date><news:title>{title}</news:title>"
        f"<news:keywords>Mill, Tram</news:keywords></news:news><image:image><image:loc>https://town.example/m.jpg</image:loc></image:image></url>"
    )


def story(name: str, published: str = "2026-11-25T08:00:00+01:00") -> Reply:
    head = f"<meta property='article:published_time' content='{published}'><meta property='article:section' content='Culture'>"
    return Reply(f"<html><head><title>{name}</title>{head}</head></html>".encode())


def source(server: HttpServer, http: Http, path: str = "/sitemap.xml", **keys: Any) -> Sitemap:
    table = {"id": "town", "kind": "sitemap", "url": f"{server.url}{path}", "allow_private_addresses": True, **keys}
    return Sitemap(SourceTable.model_validate(table), http)


def after(fetched: Fetched, state: SourceState, **changes: Any) -> SourceState:
    return replace(state, memory=fetched.memory or state.memory, last_ok_at=state.now, **changes)


def asked(server: HttpServer) -> list[str]:
    paths = [one.path for one in server.asked]
    server.asked.clear()
    return paths


def test_a_news_sitemap_gives_its_articles_with_what_their_pages_add(server: HttpServer, http: Http) -> None:
    entry = news(f"{server.url}/mill", "The mill &amp; the tram", "2026-11-25T09:00:00+01:00")
    server.replies |= {"/sitemap.xml": Reply(urlset(entry), headers={"ETag": '"1"'}), "/mill": story("The mill | Town")}
    found = source(server, http).fetch(SourceState(now=NOW))
    [article] = found.articles
    assert (article.title, article.lead_category) == ("The mill & the tram", "Culture")
    assert (article.published, article.date_quality) == (datetime(2026, 11, 25, 8, tzinfo=UTC), DateQuality.SOURCE)
    assert found.validators.etag == '"1"'


def test_news_whose_page_fails_are_taken_as_the_sitemap_gives_them(server: HttpServer, http: Http) -> None:
    server.replies["/sitemap.xml"] = Reply(urlset(news(f"{server.url}/mill", "The mill", "2026-11-25T08:00:00Z")))
    [article] = source(server, http).fetch(SourceState(now=NOW)).articles
    assert (article.title, article.language) == ("The mill", "de")
    assert article.image is not None
    assert article.image.url == "https://town.example/m.jpg"


def test_addresses_alone_are_opened_newest_first_and_each_once(server: HttpServer, http: Http) -> None:
    paths = {"/a": "2026-11-24", "/b": "2026-11-25", "/c": "2026-11-01"}
    entries = [url(server.url + path, day) for path, day in paths.items()]
    server.replies |= {"/sitemap.xml": Reply(urlset(*entries)), **{path: story(path) for path in paths}}
    sitemap, state = source(server, http), SourceState(now=NOW)
    first = sitemap.fetch(state)
    assert [one.title for one in first.articles] == ["/b", "/a"]
    assert asked(server) == ["/sitemap.xml", "/b", "/a"]
    second = sitemap.fetch(after(first, state))
    assert (second.articles, second.gone, asked(server)) == ((), (), ["/sitemap.xml"])


def test_a_changed_address_is_opened_again_and_absence_withdraws_nothing(server: HttpServer, http: Http) -> None:
    server.replies |= {"/sitemap.xml": Reply(urlset(url(f"{server.url}/a", "2026-11-24"))), "/a": story("A")}
    sitemap, state = source(server, http), SourceState(now=NOW)
    first = sitemap.fetch(state)
    server.replies |= {"/sitemap.xml": Reply(urlset(url(f"{server.url}/a", "2026-11-25"))), "/a": story("A, corrected")}
    state = after(first, state)
    second = sitemap.fetch(state)
    assert [one.title for one in second.articles] == ["A, corrected"]
    server.replies["/sitemap.xml"] = Reply(urlset())
    third = sitemap.fetch(after(second, state))
    assert (third.articles, third.gone) == ((), ())


def test_at_most_so_many_pages_are_opened_in_a_fetch_and_the_others_wait(server: HttpServer, http: Http) -> None:
    paths = [f"/{letter}" for letter in "abcde"]
    server.replies |= {path: story(path) for path in paths}
    server.replies["/sitemap.xml"] = Reply(urlset(), headers={"ETag": '"0"'})
    sitemap, state = source(server, http, most=2), SourceState(now=NOW)
    state = after(sitemap.fetch(state), state)
    entries = [url(server.url + path) for path in paths]
    server.replies["/sitemap.xml"] = Reply(urlset(*entries), headers={"ETag": '"1"'})
    seen, tags = [], []
    for _ in range(4):
        found = sitemap.fetch(state)
        seen.append([one.title for one in found.articles])
        tags.append(found.validators.etag)
        state = after(found, state)
    assert seen == [["/a", "/b"], ["/c", "/d"], ["/e"], []]
    assert tags == ["", "", '"1"', '"1"']


def test_at_first_addresses_beyond_the_bound_are_known_and_never_opened(server: HttpServer, http: Http) -> None:
    paths = [f"/{letter}" for letter in "abc"]
    server.replies |= {path: story(path) for path in paths}
    server.replies["/sitemap.xml"] = Reply(urlset(*(url(server.url + path) for path in paths)))
    sitemap, state = source(server, http, most=1), SourceState(now=NOW)
    first = sitemap.fetch(state)
    assert [one.title for one in first.articles] == ["/a"]
    assert sitemap.fetch(after(first, state)).articles == ()


def test_a_page_that_fails_is_tried_three_times_and_keeps_no_other_back(server: HttpServer, http: Http) -> None:
    server.replies |= {"/good": story("Good"), "/bad": Reply(b"down", 500)}
    server.replies["/sitemap.xml"] = Reply(urlset(url(f"{server.url}/bad"), url(f"{server.url}/good")))
    sitemap, state = source(server, http), SourceState(now=NOW)
    titles = []
    for _ in range(5):
        found = sitemap.fetch(state)
        titles += [one.title for one in found.articles]
        state = after(found, state)
    assert (titles, asked(server).count("/bad")) == (["Good"], 3)


def test_an_index_leads_to_its_files_packed_ones_too(server: HttpServer, http: Http) -> None:
    server.replies |= {
        "/sitemap.xml": Reply(index(f"{server.url}/a.xml", f"{server.url}/b.xml.gz", f"{server.url}/missing.xml"), headers={"ETag": '"1"'}),
        "/a.xml": Reply(urlset(url(f"{server.url}/one"))),
        "/b.xml.gz": Reply(gzip.compress(urlset(url(f"{server.url}/two")))),
        "/one": story("One"),
        "/two": story("Two"),
    }  # fmt: skip
    found = source(server, http).fetch(SourceState(now=NOW))
    assert sorted(one.title for one in found.articles) == ["One", "Two"]
    assert any("missing.xml" in note for note in found.notes)
    assert found.validators.etag == ""


def test_indexes_are_followed_two_deep_and_never_in_a_circle_for_long(server: HttpServer, http: Http) -> None:
    for name, target in (("sitemap", "b"), ("b", "c"), ("c", "d"), ("d", "sitemap")):
        server.replies[f"/{name}.xml"] = Reply(index(f"{server.url}/{target}.xml"))
    assert source(server, http).fetch(SourceState(now=NOW)).articles == ()
    assert asked(server) == ["/sitemap.xml", "/b.xml", "/c.xml"]


def test_no_more_than_fifty_files_are_read(server: HttpServer, http: Http) -> None:
    server.replies["/sitemap.xml"] = Reply(index(*(f"{server.url}/{number}.xml" for number in range(60))))
    server.replies |= {f"/{number}.xml": Reply(urlset()) for number in range(60)}
    found = source(server, http).fetch(SourceState(now=NOW))
    assert len(asked(server)) == 50
    assert any("50 files" in note for note in found.notes)


def test_files_that_have_not_changed_for_days_are_read_at_first_only(server: HttpServer, http: Http) -> None:
    server.replies["/sitemap.xml"] = Reply(index(f"{server.url}/old.xml", lastmod="2026-01-01"))
    server.replies["/old.xml"] = Reply(urlset())
    sitemap, state = source(server, http), SourceState(now=NOW)
    first = sitemap.fetch(state)
    sitemap.fetch(after(first, state))
    assert asked(server) == ["/sitemap.xml", "/old.xml", "/sitemap.xml"]


def test_a_site_is_asked_where_its_sitemaps_are(server: HttpServer, http: Http) -> None:
    robots = f"User-agent: *\nDisallow:\nSitemap: {server.url}/main.xml\nSitemap: {server.url}/news-map.xml\n"
    server.replies |= {"/robots.txt": Reply(robots.encode()), "/news-map.xml": Reply(urlset(url(f"{server.url}/one")))}
    server.replies |= {"/main.xml": Reply(urlset()), "/one": story("One")}
    assert [one.title for one in source(server, http, "/").fetch(SourceState(now=NOW)).articles] == ["One"]
    assert asked(server)[:3] == ["/robots.txt", "/news-map.xml", "/main.xml"]
    server.replies |= {"/robots.txt": Reply(b"none", 404), "/sitemap.xml": Reply(urlset(url(f"{server.url}/one")))}
    assert len(source(server, http, "/").fetch(SourceState(now=NOW)).articles) == 1


def test_an_unchanged_sitemap_is_not_read_again(server: HttpServer, http: Http) -> None:
    server.replies["/sitemap.xml"] = lambda it: (
        Reply(b"", 304) if "if-none-match" in it.headers else Reply(urlset(), headers={"ETag": '"1"'})
    )
    sitemap, state = source(server, http), SourceState(now=NOW)
    first = sitemap.fetch(state)
    assert sitemap.fetch(after(first, state, validators=first.validators)).unchanged


def test_what_a_third_party_forbids_is_not_fetched(server: HttpServer, http: Http) -> None:
    server.replies |= {
        "/robots.txt": Reply(b"User-agent: newsroom-digest\nDisallow: /secret\n"),
        "/open": story("Open"),
    }
    server.replies |= {"/sitemap.xml": Reply(urlset(url(f"{server.url}/secret"), url(f"{server.url}/open")))}
    found = source(server, http, third_party=True).fetch(SourceState(now=NOW))
    assert [one.title for one in found.articles] == ["Open"]
    assert "/secret" not in asked(server)
    server.replies["/robots.txt"] = Reply(b"User-agent: *\nDisallow: /\n")
    with pytest.raises(SourceError, match=r"robots\.txt"):
        source(server, http, third_party=True).fetch(SourceState(now=NOW))


@pytest.mark.parametrize("body", [b"<html><body>Log in</body></html>", b"{}", b"<rss><channel/></rss>", b"\x00\x01"])
def test_what_is_no_sitemap_says_so(server: HttpServer, http: Http, body: bytes) -> None:
    server.replies["/sitemap.xml"] = Reply(body)
    with pytest.raises(SourceError, match="is no sitemap"):
        source(server, http).fetch(SourceState(now=NOW))


def test_a_missing_sitemap_is_an_error(server: HttpServer, http: Http) -> None:
    with pytest.raises(FetchError, match="404"):
        source(server, http).fetch(SourceState(now=NOW))


def test_a_site_none_of_whose_sitemaps_can_be_read_is_an_error(server: HttpServer, http: Http) -> None:
    robots = f"Sitemap: {server.url}/a.xml\nSitemap: {server.url}/b.xml\n"
    server.replies["/robots.txt"] = Reply(robots.encode())
    with pytest.raises(FetchError, match="404"):
        source(server, http, "/").fetch(SourceState(now=NOW))
    server.replies["/sitemap.xml"] = Reply(index(f"{server.url}/a.xml", f"{server.url}/b.xml"))
    with pytest.raises(FetchError, match="404"):
        source(server, http).fetch(SourceState(now=NOW))


def test_a_wrong_key_is_refused(server: HttpServer, http: Http) -> None:
    with pytest.raises(ConfigError, match="town"):
        source(server, http, links="x")


def test_a_day_later_an_address_that_left_and_returned_is_still_known(server: HttpServer, http: Http) -> None:
    listed, empty = Reply(urlset(url(f"{server.url}/a", "2026-11-25"))), Reply(urlset())
    server.replies |= {"/sitemap.xml": listed, "/a": story("A")}
    sitemap, state = source(server, http), SourceState(now=NOW)
    for reply in (listed, empty, listed):
        server.replies["/sitemap.xml"] = reply
        found = sitemap.fetch(state)
        state = after(found, state, now=state.now + timedelta(hours=12))
    assert asked(server).count("/a") == 1
