import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.sources.metadata import ParsedPage, parse_page
from digest.values import DateQuality

URL = "https://town.example/culture/the-bridge-is-open"
NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)


def page(head: str = "", body: str = "", url: str = URL) -> ParsedPage:
    html = f"<html lang='en-GB'><head>{head}</head><body>{body}</body></html>"
    return parse_page(html.encode(), url, NOW)


def ld(*things: object) -> str:
    return "".join(f"<script type='application/ld+json'>{json.dumps(one)}</script>" for one in things)


ARTICLE = {
    "@context": "https://schema.org",
    "@type": "NewsArticle",
    "headline": "The bridge is open",
    "datePublished": "2026-11-24T08:30:00+01:00",
    "dateModified": "2026-11-24T10:00:00+01:00",
    "author": [{"@type": "Person", "name": "Ana Sol"}, {"@type": "Person", "name": "Bo Lund"}],
    "publisher": {"@type": "Organization", "name": "Town Courier"},
    "articleSection": "Culture",
    "description": "After four years of works the old bridge carries people, bicycles and trams again, says the town.",
    "image": {"@type": "ImageObject", "url": "/bridge.jpg", "width": 1200, "height": 800},
    "url": URL,
}


def test_an_article_is_read_from_its_json_ld() -> None:
    found = page(ld(ARTICLE))
    assert found == ParsedPage(
        url=URL,
        title="The bridge is open",
        authors=("Ana Sol", "Bo Lund"),
        published=datetime.fromisoformat("2026-11-24T08:30:00+01:00"),
        updated=datetime.fromisoformat("2026-11-24T10:00:00+01:00"),
        date_quality=DateQuality.PAGE,
        section="Culture",
        summary="After four years of works the old bridge carries people, bicycles and trams again, says the town.",
        image=found.image,
        site="Town Courier",
        language="en-gb",
        article=True,
    )
    assert found.image is not None
    assert (found.image.url, found.image.width) == ("https://town.example/bridge.jpg", 1200)
    assert found.published is not None
    assert found.published.isoformat() == "2026-11-24T08:30:00+01:00"


@pytest.mark.parametrize(
    "script",
    [
        '{"@graph": [{"@type": "WebSite", "name": "T"}, %s]}',
        '[{"@type": "BreadcrumbList"}, %s]',
        '{"@type": "WebPage", "mainEntity": %s}',
        "<!-- %s -->",
        "//<![CDATA[\n%s\n//]]>",
        "/* made by a plugin */ %s",
        "%s;",
        '{"@graph": [%s,],}',
        "\ufeff%s",
    ],
)
def test_json_ld_is_read_in_graphs_and_lists_and_with_its_usual_faults(script: str) -> None:
    found = page(f"<script type='application/ld+json'>{script % json.dumps(ARTICLE)}</script>")
    assert found.title == "The bridge is open"


def test_line_breaks_within_json_strings_are_forgiven_and_beyond_mending_the_rest_of_the_page_counts() -> None:
    broken = '<script type="application/ld+json">{"@type": "Article", "headline": "The</script>'
    assert page(broken + "<title>The bridge is open</title>").title == "The bridge is open"
    raw = '<script type="application/ld+json">{"@type": "Article", "headline": "The bridge\n is open"}</script>'
    assert page(raw).title == "The bridge is open"


def test_of_several_articles_the_one_about_this_page_is_taken() -> None:
    other = {**ARTICLE, "headline": "Another story", "url": "https://town.example/other", "datePublished": "2020-01-01"}
    found = page(ld([other, {**ARTICLE, "url": "", "mainEntityOfPage": {"@id": URL}}]))
    assert found.title == "The bridge is open"
    titled = page(ld([other, {**ARTICLE, "url": ""}]) + "<title>The bridge is open - Town Courier</title>")
    assert titled.published is not None
    assert titled.published.year == 2026
    strangers = page(ld([other, {**other, "headline": "A third one"}]) + "<h1>The bridge is open</h1>")
    assert (strangers.title, strangers.authors, strangers.article) == ("The bridge is open", (), False)


def test_references_within_json_ld_are_followed() -> None:
    graph = [
        {**ARTICLE, "author": {"@id": "#ana"}, "image": {"@id": "#picture"}},
        {"@id": "#ana", "@type": "Person", "name": "Ana Sol"},
        {"@id": "#picture", "@type": "ImageObject", "url": "https://town.example/a.jpg"},
    ]
    found = page(ld({"@graph": graph}))
    assert found.authors == ("Ana Sol",)
    assert found.image is not None
    assert found.image.url == "https://town.example/a.jpg"


@pytest.mark.parametrize(
    ("head", "body"),
    [
        ("<title>The bridge is open | Town Courier</title>", ""),
        ("<title>The bridge is open – town.example</title>", ""),
        ("<title>Town » Blog Archive » The bridge is open</title>", "<h1><a href='/'>Town</a></h1><h2>The bridge is open</h2>"),
        ("<meta property='og:title' content='The bridge is open - Town Courier'><meta property='og:site_name' content='Town Courier'>", ""),
        ("<title>Town Courier :: The bridge is open</title><meta property='og:site_name' content='Town Courier'>", ""),
        ("<title>News from town and country</title>", "<h1 class='entry-title'>The bridge is open</h1>"),
        ("<title>The bridge is open · Culture · Town</title>", "<h1>Town</h1><h2>Culture</h2><h1>The bridge is open</h1>"),
        ("<title>Town » The bridge is open</title>", f"<h1><a href='/'>Town</a></h1><h2><a href='{URL}'>The bridge is open</a></h2>"),
    ],
)  # fmt: skip
def test_the_headline_comes_without_the_name_of_its_site(head: str, body: str) -> None:
    assert page(head, body).title == "The bridge is open"


def test_a_headline_with_a_dash_of_its_own_is_kept_whole() -> None:
    title = "The bridge – four years late – is open"
    assert page(f"<title>{title} | Town Courier</title>", f"<h1>{title}</h1>").title == title


@pytest.mark.parametrize(
    ("head", "body", "names"),
    [
        ("<meta name='author' content='By Ana Sol and Bo Lund'>", "", ("Ana Sol", "Bo Lund")),
        ("<meta property='article:author' content='https://www.facebook.com/town'>", "<a rel='author'>Ana Sol</a>", ("Ana Sol",)),
        ("<meta name='author' content='Town Courier'><meta property='og:site_name' content='Town Courier'>", "", ()),
        ("<meta name='author' content='admin'>", "<p class='byline'>Von Ana Sol | 24.11.2026</p>", ("Ana Sol",)),
        ("", "<div class='comment'><span class='author'>A reader</span></div>", ()),
        ("<meta name='author' content='ana@town.example'>", "", ()),
    ],
)  # fmt: skip
def test_authors_are_people_never_an_address_never_the_site(head: str, body: str, names: tuple[str, ...]) -> None:
    assert page(head, body).authors == names


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        ("https://town.example/the-bridge?utm_source=x", "https://town.example/the-bridge"),
        ("/the-bridge", "https://town.example/the-bridge"),
        ("https://www.town.example/the-bridge", "https://www.town.example/the-bridge"),
        ("https://town.example/", URL),
        ("https://elsewhere.example/the-bridge", URL),
        ("http://[", URL),
    ],
)
def test_a_canonical_address_is_believed_on_its_own_site_only(link: str, expected: str) -> None:
    assert page(f"<link rel='canonical' href='{link}'>").url == expected
    assert page(f"<meta property='og:url' content='{link}'>").url == expected


@pytest.mark.parametrize(
    ("head", "paywalled"),
    [
        (ld({**ARTICLE, "isAccessibleForFree": False}), True),
        (ld({**ARTICLE, "isAccessibleForFree": "False"}), True),
        (ld({**ARTICLE, "isAccessibleForFree": "http://schema.org/False"}), True),
        (ld({**ARTICLE, "hasPart": [{"@type": "WebPageElement", "isAccessibleForFree": "false"}]}), True),
        (ld({**ARTICLE, "isAccessibleForFree": True}), False),
        (ld(ARTICLE), False),
        ("<meta property='article:content_tier' content='metered'>", True),
        ("<meta property='article:content_tier' content='free'>", False),
    ],
)
def test_a_paywall_is_told_in_each_of_its_forms(head: str, paywalled: bool) -> None:
    assert page(head).paywalled is paywalled


def test_a_page_without_a_description_is_summed_up_by_its_first_paragraphs() -> None:
    text = "The old bridge carries people, bicycles and trams again, four years after a barge had hit it in the fog."
    found = page("", f"<nav><p>Home</p></nav><article><p>Photo</p><p>{text}</p></article>")
    assert found.summary == text


def test_section_site_language_and_picture_are_read_from_metas() -> None:
    found = page(
        "<meta property='og:site_name' content='Town Courier'><meta property='article:section' content='Culture'>"
        "<meta property='og:image' content='/bridge.jpg'><meta property='og:image:alt' content='The bridge at dawn'>"
        "<meta property='og:locale' content='de_DE'>"
    )
    assert (found.site, found.section, found.language) == ("Town Courier", "Culture", "en-gb")
    assert found.image is not None
    assert (found.image.url, found.image.alt) == ("https://town.example/bridge.jpg", "The bridge at dawn")
    bare = parse_page(b"<meta property='og:locale' content='de_DE'>", URL, NOW)
    assert bare.language == "de-de"


def test_a_breadcrumb_names_the_section() -> None:
    crumbs = [{"@type": "ListItem", "name": name} for name in ("Home", "Culture", "The bridge is open")]
    assert page(ld({"@type": "BreadcrumbList", "itemListElement": crumbs})).section == "Culture"


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        ("<title>Café à Zürich</title>".encode(), ""),
        ("<title>Café à Zürich</title>".encode("utf-8-sig"), "text/html; charset=iso-8859-1"),
        ("<title>Café à Zürich</title>".encode("utf-16"), ""),
        ("<title>Café à Zürich</title>".encode("cp1252"), "text/html; charset=ISO-8859-1"),
        ("<meta charset='windows-1252'><title>Café à Zürich</title>".encode("cp1252"), ""),
        ("<title>Café à Zürich</title>".encode("cp1252"), ""),
        ("<title>Café à Zürich</title>".encode(), "text/html; charset=nonsense"),
        ("<meta charset='ascii'><title>Café à Zürich</title>".encode(), ""),
    ],
)
def test_a_page_is_decoded_whatever_it_says_of_itself(body: bytes, content_type: str) -> None:
    assert parse_page(body, URL, NOW, content_type).title == "Café à Zürich"


TAGS = st.sampled_from(
    (
        b"<title>", b"<h1>", b"<script type='application/ld+json'>", b"</script>", b'{"@type":"Article","headline":', b"<time datetime='",
        b"<meta property='article:published_time' content='", b"<link rel=canonical href='", b"'>", b'"', b"}", b"[", b"<article>", b"<p>",
        b"2026-11-24", b"99999999999999999999", b"<base href='http://['>", b'"author":{"@id":"x"}', b"\xff\xfe", b"\x00", b"&#0;",
        b"<div class='date'>", b"24. November 2026", b"<html lang='", b"<img src='",
    )
)  # fmt: skip


@given(
    st.lists(st.one_of(TAGS, st.binary(max_size=12)), max_size=25), st.sampled_from((URL, "", "http://[", "mailto:x"))
)
def test_no_bytes_are_so_bad_that_a_page_cannot_be_read(parts: list[bytes], url: str) -> None:
    found = parse_page(b"".join(parts), url, NOW)
    assert found.published is None or found.published.tzinfo is not None
    assert "\x00" not in found.title


def test_deep_nesting_is_read_like_any_page() -> None:
    deep = "<div>" * 20_000 + "<p>In</p>" + '<script type="application/ld+json">' + "[" * 100_000 + "</script>"
    assert page("<title>The bridge is open</title>", deep).title == "The bridge is open"


PARAGRAPH = "What changed between the two delegations, and what still has to, before the ice closes the sound. " * 2
TEXT = f"<p>{PARAGRAPH}</p><p>{PARAGRAPH}</p>"
AROUND = f"<aside><p>{PARAGRAPH}</p></aside><footer><p>{PARAGRAPH}</p></footer>"


@pytest.mark.parametrize(
    "body",
    [
        f"<main><div itemprop='articleBody'>{TEXT}</div>{AROUND}</main>",
        f"<article><h1>Open</h1><div><div>{TEXT}</div></div></article><article><p>{PARAGRAPH[:90]}</p></article>{AROUND}",
        f"<div id='story'>{TEXT}</div>{AROUND}",
    ],
)
def test_an_articles_text_is_told_from_what_stands_around_it(body: str) -> None:
    assert page(ld(ARTICLE), body).text == " ".join([PARAGRAPH.strip()] * 2)


def test_the_text_in_the_json_ld_comes_before_that_of_the_page() -> None:
    assert page(ld({**ARTICLE, "articleBody": f"{PARAGRAPH * 2}\n\nThe end."}), TEXT).text.endswith("The end.")


def test_a_page_of_teasers_and_one_that_is_no_article_have_no_text() -> None:
    teasers = "".join(f"<div><p>{PARAGRAPH}</p></div>" for _ in range(9))
    assert page(ld(ARTICLE), teasers).text == ""
    assert page("", TEXT).text == ""


def test_a_small_picture_of_the_page_gives_way_to_a_larger_one_it_names_and_to_one_of_its_text() -> None:
    small = "<meta property='og:image' content='/s.jpg'><meta property='og:image:width' content='200'>"
    larger = {**ARTICLE, "image": {"url": "/l.jpg", "width": 1200, "height": 800}}
    bare = {**ARTICLE, "image": None}
    found = [page(small + ld(larger), "").image, page(small + ld(bare), f"{TEXT[:-4]}<img src='/t.jpg'></p>").image]
    assert [one.url if one else "" for one in found] == ["https://town.example/l.jpg", "https://town.example/t.jpg"]
