import json
from datetime import UTC, datetime

import pytest

from digest.sources.metadata import ParsedPage, parse_page
from digest.values import DateQuality

URL = "https://town.example/culture/the-bridge-is-open"
NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
TITLE = "<title>The bridge is open</title>"


def page(head: str = "", body: str = "", url: str = URL) -> ParsedPage:
    return parse_page(f"<html lang='en'><head>{TITLE}{head}</head><body>{body}</body></html>".encode(), url, NOW)


def written(found: ParsedPage) -> str:
    return found.published.isoformat() if found.published else ""


def meta(name: str, content: str) -> str:
    return f"<meta property='{name}' content='{content}'>"


def article(**values: object) -> str:
    return f"<script type='application/ld+json'>{json.dumps({'@type': 'Article', **values})}</script>"


LATE = article(datePublished="2026-11-24T23:30:00-05:00")
HEADLINE = "<h1>The bridge is open</h1>"
ORDER = (
    (meta("article:published_time", "2026-11-01T08:00:00+01:00"), ""),
    (article(datePublished="2026-11-02T08:00:00+01:00"), ""),
    (meta("parsely-pub-date", "2026-11-03T08:00:00+01:00"), ""),
    ("", "<time itemprop='datePublished' datetime='2026-11-04T08:00:00+01:00'>4 Nov</time>"),
    ("", "<article><time datetime='2026-11-05T08:00:00+01:00'>5 Nov</time></article>"),
    ("", "<span class='entry-date'>6 November 2026</span>"),
)


@pytest.mark.parametrize("first", range(len(ORDER)))
def test_the_more_trusted_claim_comes_first(first: int) -> None:
    rest = ORDER[first:]
    found = page("".join(head for head, _ in reversed(rest)), HEADLINE + "".join(body for _, body in reversed(rest)))
    assert written(found)[:10] == f"2026-11-0{first + 1}"
    assert found.date_quality is DateQuality.PAGE


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (meta("article:published_time", "2026-11-24T23:30:00-05:00"), "2026-11-24T23:30:00-05:00"),
        (meta("article:published_time", "2026-11-24T23:30:00-0500"), "2026-11-24T23:30:00-05:00"),
        (meta("article:published_time", "2026-11-24T23:30:00Z"), "2026-11-24T23:30:00+00:00"),
        (meta("date", "Tue, 24 Nov 2026 06:00:00 +0100"), "2026-11-24T06:00:00+01:00"),
        (meta("article:published_time", "2026-11-24 06:00"), "2026-11-24T06:00:00+00:00"),
        (meta("article:published_time", "2026-11-25T04:30:00Z") + LATE, "2026-11-24T23:30:00-05:00"),
        (meta("article:published_time", "2026-11-24T23:30:00") + LATE, "2026-11-24T23:30:00-05:00"),
        (meta("article:published_time", "2026-11-24") + LATE, "2026-11-24T23:30:00-05:00"),
        (meta("article:published_time", "2026-11-24T06:00:00+99:00"), "2026-11-24T06:00:00+00:00"),
    ],
)  # fmt: skip
def test_a_time_keeps_the_clock_of_its_publisher(head: str, expected: str) -> None:
    assert written(page(head)) == expected


def test_a_time_in_utc_is_shown_on_the_day_that_its_address_names() -> None:
    late = meta("article:published_time", "2026-11-25T03:42:00Z")
    assert written(page(late, url="https://town.example/2026/11/24/bridge")) == "2026-11-24T23:42:00-04:00"
    early = meta("article:published_time", "2026-11-23T20:10:00Z")
    assert written(page(early, url="https://town.example/2026/11/24/bridge")) == "2026-11-24T00:10:00+04:00"
    other = meta("article:published_time", "2026-11-20T20:10:00Z")
    assert written(page(other, url="https://town.example/2026/11/24/bridge")) == "2026-11-20T20:10:00+00:00"


def test_a_site_that_moved_does_not_make_its_old_articles_new() -> None:
    moved = meta("article:published_time", "2026-11-20T20:10:00Z")
    found = page(moved, url="https://town.example/2011/03/05/bridge")
    assert (written(found)[:10], found.date_quality) == ("2011-03-05", DateQuality.INFERRED)


@pytest.mark.parametrize(
    ("url", "day"),
    [
        ("https://town.example/2026/11/24/bridge/", "2026-11-24"),
        ("https://town.example/2026/nov/24/bridge", "2026-11-24"),
        ("https://town.example/2026/culture/11/24/bridge", "2026-11-24"),
        ("https://town.example/news-20261124-bridge.html", "2026-11-24"),
        ("https://town.example/2026-11-24-bridge", "2026-11-24"),
        ("https://town.example/story/20269924", ""),
        ("https://town.example/1800/11/24/bridge", ""),
    ],
)
def test_an_address_names_the_day_where_the_page_does_not(url: str, day: str) -> None:
    found = page(url=url)
    assert written(found)[:10] == day
    assert found.date_quality is (DateQuality.INFERRED if day else DateQuality.MISSING)


@pytest.mark.parametrize(
    "body",
    [
        HEADLINE + "<div>By Ana Sol</div><div>24 November 2026</div><p>Text of 1 May 2020.</p>",
        "<p>November 24, 2026</p>" + HEADLINE + "<p>Text</p>",
        HEADLINE + "<div class='related'><time datetime='2020-01-01'>1 Jan</time></div><p>24 November 2026, 10:00</p>",
        HEADLINE + "<p class='post-date'>Tuesday, November 24, 2026</p>",
        HEADLINE + "<p>Text</p><p>Posted on November 24th, 2026</p>",
    ],
)
def test_a_day_that_readers_see_near_the_headline_is_found(body: str) -> None:
    assert written(page("", body))[:10] == "2026-11-24"


@pytest.mark.parametrize(
    ("language", "written_day"),
    [
        ("de", "24. November 2026"),
        ("de", "24.11.2026, 10:15 Uhr"),
        ("de", "24.11.26"),
        ("de", "Dienstag, 24. Nov. 2026"),
        ("es", "24 de noviembre de 2026"),
        ("fr", "Publié le 24 novembre 2026 à 10h15"),
        ("it", "24/11/2026"),
        ("hu", "2026. november 24."),
        ("ja", "2026年11月24日"),
        ("ko", "2026년 11월 24일"),
        ("en", "24-Nov-2026"),
        ("en", "Nov. 24, 2026 10:57 a.m."),
        ("tr", "24 Kasım 2026"),
    ],
)
def test_a_visible_day_is_read_in_the_language_of_its_page(language: str, written_day: str) -> None:
    body = f"<html lang='{language}'><title>Die Brücke</title><h1>Die Brücke</h1><p>{written_day}</p><p>Text</p></html>"
    assert written(parse_page(body.encode(), URL, NOW))[:10] == "2026-11-24"


@pytest.mark.parametrize(
    "aside",
    [
        "<div class='comments'><time datetime='2020-01-01T10:00:00Z'>x</time></div>",
        "<aside><time datetime='2020-01-01T10:00:00Z'>x</time></aside>",
        "<div id='sidebar'><span class='date'>1 January 2020</span></div>",
        "<footer><time datetime='2020-01-01'>x</time></footer>",
        "<time class='updated' datetime='2026-11-24T12:00:00Z'>x</time>",
    ],
)
def test_times_beside_the_article_are_not_its_own(aside: str) -> None:
    own = "<article><time datetime='2026-11-23T08:00:00Z'>Monday</time></article>"
    assert written(page("", aside + HEADLINE + own)) == "2026-11-23T08:00:00+00:00"


@pytest.mark.parametrize("claim", ["0000-00-00", "1970-01-01T00:00:00Z", "2041-01-01", "yesterday", "", "{{date}}"])
def test_what_cannot_be_a_time_of_publication_is_passed_over(claim: str) -> None:
    head = meta("article:published_time", claim) + article(datePublished="2026-11-24T08:00:00Z")
    assert written(page(head)) == "2026-11-24T08:00:00+00:00"
    assert page(meta("article:published_time", claim)).published is None


def test_a_change_is_read_from_claims_only() -> None:
    assert page("", "<p>Updated on 24 November 2026</p>").updated is None
    found = page(meta("article:modified_time", "2026-11-24T09:00:00+01:00"))
    assert found.updated == datetime(2026, 11, 24, 8, tzinfo=UTC)


def test_the_last_means_finds_a_day_in_text_and_says_that_it_is_inferred() -> None:
    found = page("", "<div>" + "<p>Words of the page.</p>" * 50 + "<p>© Town, published 24.11.2026</p></div>")
    assert (written(found), found.date_quality) == ("2026-11-24T00:00:00+00:00", DateQuality.INFERRED)
