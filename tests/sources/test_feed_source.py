"""A feed as a source: what is fetched, remembered and told between two fetches, over real HTTP."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from digest.config import SourceTable
from digest.errors import ConfigError, FetchError, NotAFeedError
from digest.sources.feed import Feed
from digest.sources.feeds import headers
from digest.sources.http import Http
from digest.testing.httpd import HttpServer, Reply
from digest.values import Fetched, Hub, SourceState, Validators

NOW = datetime(2026, 11, 25, 6, tzinfo=UTC)
LOGIN = Reply(b"<!doctype html><html><body><form action='/login'></form></body></html>")


def rss(numbers: range, channel: str = "") -> bytes:
    items = "".join(
        f"<item><title>Story {n}</title><link>https://town.example.org/{n}</link><guid>g{n}</guid></item>"
        for n in numbers
    )
    return f"<rss version='2.0' xmlns:a='http://www.w3.org/2005/Atom'><channel><title>Town</title>{channel}{items}</channel></rss>".encode()


@pytest.fixture
def http() -> Iterator[Http]:
    with Http() as client:
        yield client


@pytest.fixture
def server() -> Iterator[HttpServer]:
    with HttpServer() as running:
        yield running


@pytest.fixture
def feed(http: Http, server: HttpServer) -> Feed:
    table = SourceTable.model_validate(
        {"id": "town", "kind": "feed", "url": f"{server.url}/feed", "allow_private_addresses": True}
    )
    return Feed(table, http)


def after(fetched: Fetched) -> SourceState:
    return SourceState(validators=fetched.validators, memory=fetched.memory or {}, now=NOW)


def numbers(fetched: Fetched) -> list[int]:
    return [int(one.guid.removeprefix("g")) for one in fetched.articles]


def test_an_unchanged_feed_is_not_parsed_and_keeps_what_is_known(feed: Feed, server: HttpServer) -> None:
    channel = "<ttl>90</ttl><a:link rel='hub' href='https://hub.example/'/>"
    server.replies["/feed"] = lambda asked: (
        Reply(status=304, headers={"ETag": '"2"'})
        if asked.headers.get("if-none-match")
        else Reply(rss(range(3), channel), headers={"ETag": '"1"'})
    )
    first = feed.fetch(SourceState(now=NOW))
    second = feed.fetch(after(first))
    assert second.unchanged
    assert second.memory is None
    assert second.validators == Validators(f"{server.url}/feed", '"2"', "")
    assert (
        (first.wait, first.hub)
        == (second.wait, second.hub)
        == (timedelta(minutes=90), Hub("https://hub.example/", f"{server.url}/feed"))
    )


def test_the_address_a_feed_moved_to_is_asked_and_told(feed: Feed, server: HttpServer) -> None:
    server.replies |= {"/feed": Reply(status=301, headers={"Location": "/new"}), "/new": Reply(rss(range(3)))}
    moved = feed.fetch(SourceState(now=NOW))
    assert moved.moved_to == f"{server.url}/new"
    feed.fetch(SourceState(url=moved.moved_to, now=NOW))
    assert [asked.path for asked in server.asked] == ["/feed", "/new", "/new"]


@pytest.mark.parametrize(
    ("said", "wait"),
    [
        ({"Cache-Control": "public, max-age=7200"}, timedelta(hours=2)),
        ({"Cache-Control": "no-cache, max-age=7200"}, timedelta(minutes=30)),
        ({"Cache-Control": "max-age=999999999"}, timedelta(days=1)),
        ({}, timedelta(minutes=30)),
    ],
)
def test_the_longest_wait_that_is_asked_for_counts(
    feed: Feed, server: HttpServer, said: dict[str, str], wait: timedelta
) -> None:
    server.replies["/feed"] = Reply(rss(range(3), "<ttl>30</ttl>"), headers=said)
    assert feed.fetch(SourceState(now=NOW)).wait == wait


DATE = "Wed, 25 Nov 2026 05:00:00 GMT"


@pytest.mark.parametrize(
    ("said", "wait"),
    [
        ({"expires": "Wed, 25 Nov 2026 09:00:00 GMT", "date": DATE}, timedelta(hours=4)),
        ({"expires": "Wed, 25 Nov 2026 09:00:00 GMT"}, timedelta(hours=3)),
        ({"expires": "Wed, 25 Nov 2026 09:00:00 GMT", "cache-control": "max-age=60"}, timedelta(minutes=1)),
        ({"expires": "Thu, 31 Dec 2099 00:00:00 GMT"}, timedelta(days=1)),
        ({"expires": "0"}, None),
        ({"expires": DATE}, None),
        ({"cache-control": "max-age=0"}, None),
        ({"cache-control": "s-maxage=60, private"}, None),
    ],
)
def test_an_answer_says_how_long_it_stays_fresh(said: dict[str, str], wait: timedelta | None) -> None:
    assert headers.wait(said, NOW) == wait


def test_a_hub_in_the_headers_wins(feed: Feed, server: HttpServer) -> None:
    link = '<https://hub.example/a,b>; rel="hub", </topic>; rel=self'
    server.replies["/feed"] = Reply(
        rss(range(3), "<a:link rel='hub' href='https://other.example/'/>"), headers={"Link": link}
    )
    assert feed.fetch(SourceState(now=NOW)).hub == Hub("https://hub.example/a,b", f"{server.url}/topic")


@pytest.mark.parametrize(
    ("now", "gap"),
    [
        (range(5, 15), False),
        (range(9, 19), False),
        (range(10, 20), True),
        (range(10, 13), False),
        (range(10, 40), True),
        (range(0), False),
    ],
    ids=["overlaps", "touches", "all new", "shorter than it was", "longer than it was", "empty"],
)
def test_a_feed_as_long_as_before_without_a_known_item_is_a_gap(
    feed: Feed, server: HttpServer, now: range, gap: bool
) -> None:
    server.replies["/feed"] = Reply(rss(range(10)))
    first = feed.fetch(SourceState(now=NOW))
    server.replies["/feed"] = Reply(rss(now))
    assert feed.fetch(after(first)).gap is gap
    assert not first.gap


def test_new_guids_for_known_addresses_are_no_gap(feed: Feed, server: HttpServer) -> None:
    server.replies["/feed"] = Reply(rss(range(10)))
    first = feed.fetch(SourceState(now=NOW))
    server.replies["/feed"] = Reply(
        rss(range(10)).replace(b"<guid>g", b"<guid>https").replace(b"<link>https", b"<link>http")
    )
    assert not feed.fetch(after(first)).gap


WORDPRESS = "<generator>https://wordpress.org/?v=6.9</generator>"


def test_a_gap_in_a_wordpress_feed_is_filled_until_a_known_item(feed: Feed, server: HttpServer) -> None:
    server.replies["/feed"] = Reply(rss(range(100, 110), WORDPRESS))
    first = feed.fetch(SourceState(now=NOW))
    server.replies |= {
        "/feed": Reply(rss(range(130, 140), WORDPRESS)),
        "/feed?paged=2": Reply(rss(range(121, 131), WORDPRESS)),
        "/feed?paged=3": Reply(rss(range(105, 121), WORDPRESS)),
        "/feed?paged=4": Reply(rss(range(90, 105), WORDPRESS)),
    }
    filled = feed.fetch(after(first))
    assert sorted(numbers(filled)) == list(range(105, 140))
    assert not filled.gap
    assert filled.notes == ("Its older pages were read back to page 3.",)
    assert [asked.path for asked in server.asked][1:] == ["/feed", "/feed?paged=2", "/feed?paged=3"]


def test_a_gap_that_the_pages_do_not_close_stays_one(feed: Feed, server: HttpServer) -> None:
    server.replies["/feed"] = Reply(rss(range(100, 110), WORDPRESS))
    first = feed.fetch(SourceState(now=NOW))
    server.replies |= {
        "/feed": Reply(rss(range(130, 140), WORDPRESS)),
        "/feed?paged=2": Reply(rss(range(120, 130))),
        "/feed?paged=3": Reply(status=404),
    }
    found = feed.fetch(after(first))
    assert found.gap
    assert len(found.articles) == 20
    assert found.notes == ("Articles may have been missed between two fetches.",)


PAGE = Reply(
    b"<html><head><link rel='alternate' type='application/rss+xml' href='/rss'></head><body>Town</body></html>"
)


def test_a_page_leads_to_its_feed_and_the_next_fetch_goes_there_at_once(feed: Feed, server: HttpServer) -> None:
    server.replies |= {"/feed": PAGE, "/rss": Reply(rss(range(3)))}
    first = feed.fetch(SourceState(now=NOW))
    assert numbers(first) == [0, 1, 2]
    assert first.notes == (f"The address is a web page; its feed is {server.url}/rss.",)
    second = feed.fetch(after(first))
    assert second.notes == ()
    assert [asked.path for asked in server.asked] == ["/feed", "/rss", "/rss"]


def test_a_feed_that_its_page_moved_is_found_again(feed: Feed, server: HttpServer) -> None:
    server.replies |= {"/feed": PAGE, "/rss": Reply(rss(range(3)))}
    first = feed.fetch(SourceState(now=NOW))
    server.replies |= {
        "/feed": Reply(PAGE.body.replace(b"/rss", b"/atom")),
        "/rss": Reply(status=410),
        "/atom": Reply(rss(range(3))),
    }
    assert numbers(feed.fetch(after(first))) == [0, 1, 2]
    server.replies["/rss"] = Reply(status=503)
    with pytest.raises(FetchError, match="503"):
        feed.fetch(after(first))


def test_a_found_feeds_move_is_remembered_and_not_taken_for_the_pages(feed: Feed, server: HttpServer) -> None:
    server.replies |= {
        "/feed": PAGE,
        "/rss": Reply(status=301, headers={"Location": "/new"}),
        "/new": Reply(rss(range(3))),
    }
    first = feed.fetch(SourceState(now=NOW))
    second = feed.fetch(after(first))
    assert (first.moved_to, second.moved_to) == ("", "")
    assert [asked.path for asked in server.asked] == ["/feed", "/rss", "/new", "/new"]


@pytest.mark.parametrize(
    "page",
    [LOGIN, Reply(b"<title>Just a moment</title><html>Checking your browser</html>")],
    ids=["login", "challenge"],
)
def test_a_page_without_a_feed_is_an_error(feed: Feed, server: HttpServer, page: Reply) -> None:
    server.replies["/feed"] = page
    with pytest.raises(NotAFeedError, match="/feed"):
        feed.fetch(SourceState(now=NOW))


def test_where_a_feed_was_a_page_is_an_error_even_if_it_names_another(feed: Feed, server: HttpServer) -> None:
    server.replies["/feed"] = Reply(rss(range(3)))
    first = feed.fetch(SourceState(now=NOW))
    server.replies |= {"/feed": PAGE, "/rss": Reply(rss(range(50, 60)))}
    with pytest.raises(NotAFeedError):
        feed.fetch(after(first))


def test_what_was_remembered_of_another_address_counts_for_nothing(http: Http, feed: Feed, server: HttpServer) -> None:
    server.replies |= {"/feed": Reply(rss(range(10))), "/sport": Reply(rss(range(50, 60)))}
    first = feed.fetch(SourceState(now=NOW))
    table = SourceTable.model_validate(
        {"id": "town", "kind": "feed", "url": f"{server.url}/sport", "allow_private_addresses": True}
    )
    assert not Feed(table, http).fetch(after(first)).gap


def test_a_feed_that_is_not_to_be_pushed_names_no_hub(http: Http, server: HttpServer) -> None:
    server.replies["/feed"] = Reply(rss(range(2), "<a:link rel='hub' href='https://hub.example/'/>"))
    table = {"id": "town", "kind": "feed", "url": f"{server.url}/feed", "allow_private_addresses": True}
    found = [
        Feed(SourceTable.model_validate({**table, "websub": on}), http).fetch(SourceState()) for on in (True, False)
    ]
    assert [one.hub is not None for one in found] == [True, False]


@pytest.mark.parametrize(
    ("keys", "detail"), [({"websub": "perhaps"}, "“websub” is wrong"), ({"pages": 2}, "“pages” is no key")]
)
def test_the_keys_of_a_feed_are_checked(http: Http, keys: dict[str, object], detail: str) -> None:
    table = {"id": "town", "kind": "feed", "url": "https://news.example.org/feed", **keys}
    with pytest.raises(ConfigError, match=detail):
        Feed(SourceTable.model_validate(table), http)
