from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.errors import NotAFeedError
from digest.sources import dates, text
from digest.sources.feed import parse_feed
from digest.values import FetchedArticle

URL = "https://news.example.org/feed"


def rss(items: str, head: str = "") -> bytes:
    return f"<rss version='2.0'><channel><title>Town</title><link>https://news.example.org/</link>{head}{items}</channel></rss>".encode()


def only(body: bytes, content_type: str = "") -> FetchedArticle:
    [article] = parse_feed(body, URL, content_type).articles
    return article


ITEM = "<item><title>One</title><link>https://news.example.org/1/</link>{}</item>"
FORMATS = {
    "rss 0.91": b"<rss version='0.91'><channel><title>T</title><item><title>One</title><link>https://news.example.org/1/</link></item></channel></rss>",
    "rss 1.0": b"<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#' xmlns='http://purl.org/rss/1.0/'><channel><title>T</title>"
    b"</channel><item rdf:about='https://news.example.org/1/'><title>One</title><link>https://news.example.org/1/</link></item></rdf:RDF>",
    "rss 2.0": rss(ITEM.format("")),
    "atom": b"<feed xmlns='http://www.w3.org/2005/Atom'><title>T</title><entry><title>One</title><id>x</id>"
    b"<link href='https://news.example.org/1/'/></entry></feed>",
    "json feed": b'{"version":"https://jsonfeed.org/version/1.1","title":"T","items":[{"id":"1","url":"https://news.example.org/1/","title":"One"}]}',
}


@pytest.mark.parametrize("body", FORMATS.values(), ids=FORMATS)
def test_every_format_gives_its_article(body: bytes) -> None:
    found = only(body)
    assert (found.title, found.url) == ("One", "https://news.example.org/1/")


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"<!doctype html><html><body>Log in</body></html>", "web page"),
        (b"", "no entries"),
        (b'{"items": "no list"}', "without a list"),
        (b'{"broken', "begins like JSON"),
        (b"<!DOCTYPE x [<!ENTITY a 'b'>]><rss><channel><item/></channel></rss>", "declares entities"),
    ],
)
def test_what_is_no_feed_says_so(body: bytes, words: str) -> None:
    with pytest.raises(NotAFeedError, match=words):
        parse_feed(body, URL)


def test_a_truncated_feed_keeps_its_whole_items() -> None:
    whole = rss("".join(ITEM.format(f"<guid>{number}</guid>") for number in range(3)))
    assert len(parse_feed(whole[: whole.rindex(b"<item>") + 30], URL).articles) >= 2


def test_faults_of_encoding_and_entities_are_mended() -> None:
    assert (
        only(rss("<item><title>AT&T & co</title><link>https://news.example.org/1/</link></item>")).title == "AT&T & co"
    )
    latin = rss(ITEM.format("")).replace(b"One", b"caf\xe9 \x93q\x94")
    assert only(b"<?xml version='1.0' encoding='utf-8'?>" + latin).title == "café “q”"
    assert only(
        rss(
            "<item><title>It&amp;#8217;s &lt;b&gt;here&lt;/b&gt;</title><link>https://news.example.org/1/</link></item>"
        )
    ).title == ("It’s here")


def test_scripts_and_javascript_links_never_get_through() -> None:
    found = only(
        rss(
            "<item><title>&lt;script&gt;alert(1)&lt;/script&gt;Safe</title><link>javascript:alert(1)</link>"
            "<guid isPermaLink='false'>x</guid><description>&lt;img src=x onerror=alert(1)&gt;Text&lt;/img&gt;</description></item>"
        )
    )
    assert found.url == "https://news.example.org/"
    assert "alert" not in found.summary
    assert "<" not in found.title + found.summary


def test_fifty_thousand_items_are_cut_and_it_is_said() -> None:
    found = parse_feed(rss("".join(f"<item><guid>{number}</guid></item>" for number in range(50_000))), URL)
    assert len(found.articles) == 2_000
    assert found.notes


def test_dublin_core_dates_win_and_a_missing_one_is_none() -> None:
    head = "<rss version='2.0' xmlns:dc='http://purl.org/dc/elements/1.1/'>"
    dated = ITEM.format("<pubDate>Tue, 24 Nov 2026 06:00:00 GMT</pubDate><dc:date>2026-11-24T05:00:00Z</dc:date>")
    assert only(rss(dated).replace(b"<rss version='2.0'>", head.encode())).published == datetime(
        2026, 11, 24, 5, tzinfo=UTC
    )
    assert only(rss(ITEM.format(""))).published is None


@pytest.mark.parametrize(
    ("written", "language", "day"),
    [
        ("Tue, 24 Nov 2026 06:00:00 +0100", "", "2026-11-24"),
        ("2026-11-24T06:00:00+04:00", "", "2026-11-24"),
        ("mer, 9 avr 2018", "fr", "2018-04-09"),
        ("jeu., 02 avril 2026", "fr", "2026-04-02"),
        ("24. November 2026", "de", "2026-11-24"),
        ("24 Kasım 2026", "tr", "2026-11-24"),
        ("Nov. 16, 2020, 10:57 a.m.", "", "2020-11-16"),
        ("mer, 16 nov 2022 10:00:00 +0100", "it", "2022-11-16"),
    ],
)
def test_dates_are_read_as_they_are_written(written: str, language: str, day: str) -> None:
    found = dates.parse(written, language)
    assert found is not None
    assert found.date().isoformat() == day


@given(st.text(max_size=60), st.sampled_from(("", "en", "fr", "tr", "xx")))
def test_no_text_is_ever_worse_than_no_date(written: str, language: str) -> None:
    found = dates.parse(written, language)
    assert found is None or found.tzinfo is not None


def test_a_summary_is_whole_sentences() -> None:
    paragraphs = [
        "The council met on Tuesday, as it does. It talked for hours about the tram, the bridge and the weather of the past weeks.",
        "Then it went home, and the lights were put out one after the other, until only the one above the door was left burning.",
    ]
    found = text.summary(paragraphs)
    assert 100 <= len(found) <= 300
    assert found.endswith(".")
    assert found == " ".join(paragraphs)[: len(found)]


def test_boilerplate_captions_and_shortcodes_are_gone() -> None:
    """T55, bug 41."""
    read = text.read(
        "<figure><figcaption>Photo: A</figcaption></figure><p>[gallery ids='1']First words.</p><p>The post One appeared first on Town.</p>"
    )
    assert read.paragraphs == ("First words.",)


@pytest.mark.parametrize(
    ("markup", "address"),
    [
        ("<img src='data:image/gif;base64,x' data-src='/a.jpg'>", "https://news.example.org/a.jpg"),
        ("<img src='/p.gif' width='1' height='1'><img src='/b.png'>", "https://news.example.org/b.png"),
        ("<img src='/logo.svg'><img srcset='/s.jpg 300w, /l.jpg 900w'>", "https://news.example.org/l.jpg"),
    ],
)
def test_the_first_real_picture_is_taken(markup: str, address: str) -> None:
    image = text.read(markup, "https://news.example.org/x/").image
    assert image is not None
    assert image.url == address


def test_reading_time_counts_words_or_characters() -> None:
    assert text.minutes("word " * 266) == 2
    assert text.minutes("日" * 501) == 2
    assert text.minutes("") is None


def test_direction_is_that_of_the_first_strong_letter() -> None:
    assert text.direction("«مرحبا» hello") == "rtl"
    assert text.direction("123 hello") == "ltr"
