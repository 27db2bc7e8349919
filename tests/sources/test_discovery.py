import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.sources.discovery import feed_addresses

PAGE = "https://town.example/news/story"


def found(*parts: str) -> tuple[str, ...]:
    return feed_addresses(f"<html><head>{''.join(parts)}</head><body><p>Text</p></body></html>".encode(), PAGE)


@pytest.mark.parametrize(
    "link",
    [
        "<link rel='alternate' type='application/rss+xml' href='/feed/'>",
        "<link rel=Alternate type='application/atom+xml; charset=utf-8' href=/feed/>",
        "<LINK REL='home ALTERNATE' TYPE='Application/RSS+XML' HREF='https://town.example/feed/'>",
        "<link rel='alternate' type='application/rdf+xml' href='../feed/'>",
        "<link rel='alternate' type='application/feed+json' href='//town.example/feed/'>",
        "<link rel='alternate' type='application/json' title='JSON Feed' href=' /feed/ '>",
        "<link rel='alternate' title='RSS' href='/feed/'>",
        "<link rel='alternate' href='/feed/'>",
        "<link rel='feed' href='/feed/'>",
        "<link rel='alternate' type='application/rss+xml' href='feed:https://town.example/feed/'>",
        "<link rel='alternate' type='text/xml' href='feed://town.example/feed/#top'>",
        "<base href='https://town.example/'><link rel='alternate' type='application/rss+xml' href='feed/'>",
    ],
)
def test_a_feed_is_found_however_its_link_is_written(link: str) -> None:
    [address] = found(link)
    assert address.removeprefix("http://").removeprefix("https://") == "town.example/feed/"


@pytest.mark.parametrize(
    "link",
    [
        "<link rel='alternate' hreflang='es' href='/es/'>",
        "<link rel='alternate' type='application/json+oembed' href='/oembed?url=x'>",
        "<link rel='alternate' type='application/json' href='/wp-json/wp/v2/posts/1'>",
        "<link rel='stylesheet' type='application/rss+xml' href='/feed/'>",
        "<link rel='alternate' type='application/rss+xml' href='javascript:void(0)'>",
        "<link rel='alternate' type='application/rss+xml'>",
        "<a href='https://elsewhere.example/dialog/feed?link=https%3A%2F%2Ftown.example%2F'>Share</a>",
    ],
)
def test_what_is_no_feed_is_not_taken_for_one(link: str) -> None:
    assert found(link) == ()


def test_feeds_of_comments_come_last_and_each_feed_once() -> None:
    assert found(
        "<link rel='alternate' type='application/rss+xml' title='Town » Comments' href='/story/feed/'>",
        "<link rel='alternate' type='application/rss+xml' href='/comments/feed/'>",
        "<link rel='alternate' type='application/rss+xml' href='/feed/'>",
        "<link rel='alternate' type='application/atom+xml' href='/feed/'>",
    ) == (
        "https://town.example/feed/",
        "https://town.example/story/feed/",
        "https://town.example/comments/feed/",
    )


def test_links_in_the_text_count_only_where_nothing_is_declared() -> None:
    linked = "<a href='/rss.xml'>RSS</a><a href='/section/atom/'>Atom</a><a href='/about'>About</a>"
    declared = "<link rel='alternate' type='application/rss+xml' href='/feed/'>"
    assert found(linked) == ("https://town.example/rss.xml", "https://town.example/section/atom/")
    assert found(linked, declared) == ("https://town.example/feed/",)


def test_a_declaration_in_the_body_counts_too() -> None:
    body = b"<body><p>Text<link rel='alternate' type='application/rss+xml' href='/feed/'></p></body>"
    assert feed_addresses(body, PAGE) == ("https://town.example/feed/",)


@given(st.binary(max_size=300), st.sampled_from(("", PAGE, "http://[", "x")))
def test_any_bytes_give_addresses_or_none(junk: bytes, url: str) -> None:
    body = b"<link rel=alternate type=application/rss+xml href='" + junk + b"'>" + junk
    assert all(one.startswith(("http://", "https://")) for one in feed_addresses(body, url))
