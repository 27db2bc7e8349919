"""JSON Feed 1.0 and 1.1: every field, and everything that is not what it should be."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.errors import NotAFeedError
from digest.sources.feeds.reading import ParsedFeed, read
from digest.values import FetchedArticle, Image

URL = "https://town.example.org/feed.json"


def feed(*items: Any, **head: Any) -> ParsedFeed:
    return read(
        json.dumps({"version": "https://jsonfeed.org/version/1.1", "title": "Town", **head, "items": items}).encode(),
        URL,
    )


def item(**fields: Any) -> FetchedArticle:
    [found] = feed(fields, home_page_url="https://town.example.org/", authors=[{"name": "The desk"}]).articles
    return found


def test_an_item_has_all_its_fields() -> None:
    found = item(
        id=42,
        url="/1",
        title="One",
        summary="Short & plain.",
        content_html="<p>Long words.</p>",
        date_published="2026-11-24T06:00:00+01:00",
        date_modified="2026-11-24T07:00:00Z",
        authors=[{"name": "Ana"}, {"name": "Ben"}, {"name": "Ana"}],
        tags=["Sea", 5, "Tram"],
        image="/p.jpg",
        language="es",
    )
    assert (found.guid, found.url, found.title, found.summary) == (
        "42",
        "https://town.example.org/1",
        "One",
        "Short & plain.",
    )
    assert (found.authors, found.categories, found.language) == (("Ana", "Ben"), ("Sea", "Tram"), "es")
    assert found.image == Image("https://town.example.org/p.jpg")
    assert found.published is not None
    assert found.published.isoformat() == "2026-11-24T05:00:00+00:00"
    assert found.text == "Long words."


@pytest.mark.parametrize(
    ("fields", "title"),
    [
        ({"title": "</example>"}, "</example>"),
        ({"summary": "A summary", "content_text": "A text"}, "A summary"),
        (
            {"summary": " ", "content_text": "1 < 2 & <b>more</b>", "content_html": "<p>Markup</p>"},
            "1 < 2 & <b>more</b>",
        ),
        ({"content_html": "<p>Markup</p>"}, "Markup"),
        ({"url": "https://town.example.org/1"}, "https://town.example.org/1"),
        ({"title": "half a \ud83d smile"}, "half a � smile"),
    ],
)
def test_a_title_comes_from_the_first_words_there_are(fields: dict[str, Any], title: str) -> None:
    assert item(**fields).title == title


@pytest.mark.parametrize(
    ("fields", "url"),
    [
        ({"url": "https://town.example.org/a", "external_url": "https://other.example/"}, "https://town.example.org/a"),
        ({"external_url": "https://other.example/"}, "https://other.example/"),
        ({"id": "https://town.example.org/id"}, "https://town.example.org/id"),
        ({"url": "javascript:alert(1)"}, "https://town.example.org/"),
        ({"url": {"no": "string"}}, "https://town.example.org/"),
    ],
)
def test_an_address_is_the_items_own_else_another_it_names(fields: dict[str, Any], url: str) -> None:
    assert item(**fields).url == url


@pytest.mark.parametrize(
    ("fields", "authors"),
    [
        ({"author": {"name": "Ana"}}, ("Ana",)),
        ({"author": "Ana"}, ("Ana",)),
        ({"authors": {"name": "Ana"}}, ("Ana",)),
        ({"authors": [{"name": "Ana"}], "author": {"name": "Ben"}}, ("Ana", "Ben")),
        ({"authors": [{"url": "https://ana.example/"}, None, 3]}, ("The desk",)),
        ({}, ("The desk",)),
    ],
)
def test_authors_are_those_of_either_version_else_the_feeds(fields: dict[str, Any], authors: tuple[str, ...]) -> None:
    assert item(**fields).authors == authors


def test_a_picture_may_be_an_attachment() -> None:
    attachments = [{"url": "/a.mp3", "mime_type": "audio/mpeg"}, {"url": "/a.png", "mime_type": "image/png"}]
    assert item(attachments=attachments).image == Image("https://town.example.org/a.png")
    assert item(banner_image="/b.jpg", attachments=attachments).image == Image("https://town.example.org/b.jpg")
    assert item(attachments="none").image is None


def test_the_head_says_language_hub_and_title() -> None:
    found = feed(
        language="en-US",
        hubs=[{"type": "rssCloud", "url": "x"}, {"type": "WebSub", "url": "https://hub.example/"}],
        feed_url=URL,
    )
    assert (found.title, found.language, found.hub, found.topic) == ("Town", "en-US", "https://hub.example/", URL)
    assert feed(title="", home_page_url="https://town.example.org/").title == "https://town.example.org/"


@pytest.mark.parametrize("body", [b"{", b'{"items": 3}', b'{"items": null}', b"{}", b'{"a": ' + b"[" * 100_000])
def test_json_that_is_no_feed_is_an_error(body: bytes) -> None:
    with pytest.raises(NotAFeedError):
        read(body, URL)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)
FIELDS = st.sampled_from(
    [
        "id",
        "url",
        "external_url",
        "title",
        "summary",
        "content_html",
        "content_text",
        "authors",
        "author",
        "tags",
        "image",
        "attachments",
        "date_published",
        "date_modified",
        "language",
        "hubs",
        "home_page_url",
        "feed_url",
    ]
)


@given(st.dictionaries(FIELDS, JSON, max_size=6), st.dictionaries(FIELDS, JSON, max_size=6))
def test_whatever_stands_in_a_field_the_item_is_kept(fields: dict[str, Any], head: dict[str, Any]) -> None:
    body = json.dumps({**head, "items": [fields, None, 3]}).encode()
    [found] = read(body, URL).articles
    assert found.url.startswith("http")
    assert found.title


def test_a_text_that_gave_its_title_is_its_summary_as_well() -> None:
    assert item(content_text="This is a second item.").summary == "This is a second item."
