import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.sources.wordpress import parse_post
from digest.sources.wordpress.memory import Memory, Row
from digest.values import DateQuality, FetchedArticle
from tests.sources.wordpress.site import post

SITE = "https://news.example.org/"
LARGE = "https://news.example.org/large.jpg"
WORDS = "The ferry sails again from Monday, after three weeks in the yard for a new engine and a coat of paint. "


def read(**more: Any) -> FetchedArticle:
    return parse_post(post(7, **more), SITE)


def embedding(relation: str, *objects: Any) -> dict[str, Any]:
    return {"_embedded": {relation: list(objects)}}


def sized(width: int, ending: str = "jpg", **more: Any) -> dict[str, Any]:
    return {"width": width, "height": width // 2, "source_url": f"https://news.example.org/{width}.{ending}", **more}


def media(*sizes: dict[str, Any], **more: Any) -> dict[str, Any]:
    made = {str(number): one for number, one in enumerate(sizes)}
    return {"source_url": LARGE, "media_details": {"width": 4000, "height": 2000, "sizes": made}, **more}


def picture(*sizes: dict[str, Any], **more: Any) -> str:
    image = read(**embedding("wp:featuredmedia", media(*sizes, **more))).image
    return image.url.removeprefix(SITE) if image else ""


# Times and text


def test_only_gmt_times_are_read_and_are_utc() -> None:
    one = read(date="2026-11-24T03:00:00", modified="2026-11-24T03:30:00", modified_gmt="2026-11-24T06:30:00")
    assert one.published == datetime(2026, 11, 24, 6, tzinfo=UTC)
    assert one.updated == datetime(2026, 11, 24, 6, 30, tzinfo=UTC)


@pytest.mark.parametrize("value", [None, "", "0000-00-00T00:00:00", "yesterday", 17])
def test_a_time_that_is_none_is_missing(value: object) -> None:
    one = read(date_gmt=value)
    assert (one.published, one.date_quality) == (None, DateQuality.MISSING)


def test_title_and_guid_are_plain_text() -> None:
    one = read(
        title={"rendered": "Salt &#038; <em>vinegar</em> &#8211; a tale"},
        guid={"rendered": "https://news.example.org/?a=1&#038;p=7"},
    )
    assert one.title == "Salt & vinegar – a tale"
    assert one.guid == "https://news.example.org/?a=1&p=7"
    assert one.external_id == "7"


def test_an_excerpt_of_the_editors_comes_first() -> None:
    one = read(excerpt={"rendered": "<p>Our own dek, in a sentence.</p>"}, content={"rendered": f"<p>{WORDS}</p>"})
    assert one.summary == "Our own dek, in a sentence."


@pytest.mark.parametrize("end", [" [&hellip;]", "&hellip;", "...", ' <a href="/x">Continue reading &rarr;</a>', ""])
def test_an_excerpt_that_is_cut_from_the_text_gives_way_to_its_whole_sentences(end: str) -> None:
    cut = WORDS[:60].rpartition(" ")[0]
    one = read(excerpt={"rendered": f"<p>{cut}{end}</p>"}, content={"rendered": f"<p>{WORDS}</p><p>{WORDS}</p>"})
    assert one.summary == WORDS.strip()


def test_the_whole_text_is_kept_for_comparing_and_for_the_reading_time() -> None:
    one = read(content={"rendered": f"<p>{WORDS * 40}</p><script>x()</script>"})
    assert one.text.startswith("The ferry sails again")
    assert "x()" not in one.text
    assert one.minutes == 4


@pytest.mark.parametrize("name", ["standard", "aside", "status", "link", "gallery"])
def test_a_post_of_any_format_is_an_article(name: str) -> None:
    assert read(format=name).title == "Post 7"


def test_a_sticky_post_says_so() -> None:
    assert read(sticky=True).sticky
    assert not read(sticky="yes").sticky


# Pictures


def test_the_size_nearest_to_600_to_1200_pixels_is_taken() -> None:
    assert picture(sized(150), sized(300), sized(768), sized(1024), sized(1536)) == "1024.jpg"
    assert picture(sized(150), sized(500), sized(2048)) == "500.jpg"
    assert picture(sized(150), sized(1300)) == "1300.jpg"


def test_jpeg_comes_before_formats_that_mail_programs_cannot_show() -> None:
    assert picture(sized(1024, "webp"), sized(768)) == "768.jpg"
    assert picture(sized(1024, "jpg", mime_type="image/avif"), sized(2048)) == "2048.jpg"
    assert picture(sized(1024, "webp"), source_url="https://news.example.org/large.webp") == "1024.webp"


def test_the_picture_itself_is_taken_where_no_size_was_made() -> None:
    assert picture() == "large.jpg"
    assert picture(media_details=[]) == "large.jpg"


@pytest.mark.parametrize(
    "size", [sized(1), {"source_url": "data:image/gif;base64,R0"}, sized(800, "svg"), {"source_url": 7}]
)
def test_what_a_mail_cannot_show_is_passed_over(size: dict[str, Any]) -> None:
    assert picture(size, sized(300)) == "300.jpg"


def test_a_featured_video_is_no_picture() -> None:
    assert picture(mime_type="video/mp4", source_url="https://news.example.org/a.mp4") == ""


def test_a_picture_keeps_the_editors_description_or_none() -> None:
    told = read(**embedding("wp:featuredmedia", media(sized(800), alt_text="A &amp; B"))).image
    untold = read(**embedding("wp:featuredmedia", media(sized(800), title={"rendered": "IMG_1"}))).image
    assert (told and told.alt, untold and untold.alt) == ("A & B", "")


def test_what_other_plugins_say_of_a_picture_stands_in_for_one_that_the_site_hides() -> None:
    hidden = embedding("wp:featuredmedia", {"code": "rest_forbidden", "data": {"status": 401}})
    jetpack = read(**hidden, jetpack_featured_media_url=LARGE).image
    yoast = read(**hidden, yoast_head_json={"og_image": [{"url": LARGE, "width": 1200, "height": 630}]}).image
    text = read(**hidden, content={"rendered": f'<img src="{LARGE}" width="640">'}).image
    assert [one and one.url for one in (jetpack, yoast, text)] == [LARGE] * 3


# People, categories, languages


def test_authors_are_those_embedded() -> None:
    assert read(**embedding("author", {"name": "Ana &amp; Co"})).authors == ("Ana & Co",)


@pytest.mark.parametrize("error", [{"code": "rest_user_invalid_id", "data": {"status": 404}}, None, 7, []])
def test_an_author_who_is_not_there_is_left_empty(error: object) -> None:
    assert read(**embedding("author", error)).authors == ()


def test_several_authors_of_a_plugin_come_before_the_one_who_posted() -> None:
    posted = embedding("author", {"name": "The desk"})
    assert read(**posted, coauthors=[{"display_name": "Ana"}, {"display_name": "Bo"}]).authors == ("Ana", "Bo")
    assert read(**posted, authors=[{"name": "Cy"}]).authors == ("Cy",)
    assert read(**posted, coauthors=[12, 13]).authors == ("The desk",)


TERMS = {
    "categories": [3, 5],
    "_embedded": {
        "wp:term": [
            [
                {"id": 3, "name": "Economy", "taxonomy": "category"},
                {"id": 5, "name": "Arts &amp; Culture", "taxonomy": "category"},
            ],
            [{"id": 9, "name": "Harbour", "taxonomy": "post_tag"}],
        ]
    },
}
CRUMBS = {
    "@type": "BreadcrumbList",
    "itemListElement": [{"name": "Home"}, {"name": "Arts & Culture"}, {"name": "Post 7"}],
}


@pytest.mark.parametrize(
    ("said", "lead"),
    [
        ({}, ""),
        ({"meta": {"rank_math_primary_category": "5"}}, "5"),
        ({"meta": {"_yoast_wpseo_primary_category": 5}}, "5"),
        ({"primary_category": {"term_id": 5, "name": "Arts"}}, "5"),
        ({"meta": {"rank_math_primary_category": "8"}}, ""),  # none of the post's own
        ({"yoast_head_json": {"articleSection": "arts & culture"}}, "5"),
        ({"yoast_head_json": {"schema": {"@graph": [{"articleSection": ["Arts &amp; Culture"]}]}}}, "5"),
        ({"yoast_head_json": {"schema": {"@graph": [{"articleSection": ["Economy", "Arts & Culture"]}]}}}, ""),
        ({"yoast_head_json": {"schema": {"@graph": [{"articleSection": ["Economy", "Arts & Culture"]}, CRUMBS]}}}, "5"),
        ({"yoast_head_json": {"articleSection": "Harbour"}}, ""),  # a tag is no category
    ],
)
def test_the_category_that_editors_put_first_leads(said: dict[str, Any], lead: str) -> None:
    assert read(**TERMS, **said).lead_category == lead


@pytest.mark.parametrize(
    ("said", "views"),
    [
        ({"views": 12}, 12),
        ({"meta": {"post_views_count": "34"}}, 34),
        ({"views": "many"}, None),
        ({"views": True}, None),
        ({"views": {"total": 5}}, None),
        ({}, None),
    ],
)
def test_views_count_where_a_plugin_shows_a_number(said: dict[str, Any], views: int | None) -> None:
    assert read(**said).views == views


def test_translations_share_one_name() -> None:
    spanish = parse_post(post(7, lang="es", translations={"es": 7, "en": 9}), SITE)
    english = parse_post(post(9, lang="en", translations={"en": 9, "es": 7}), SITE)
    assert spanish.translation_group == english.translation_group != ""
    assert (spanish.language, english.language) == ("es", "en")
    assert read(lang="es", translations={"es": 7}).translation_group == ""


# Whatever comes

_JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=40),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=12,
)
_FIELDS = [
    *post(7), "_embedded", "author", "coauthors", "authors", "meta", "views", "lang", "translations", "yoast_head_json",
    "primary_category", "jetpack_featured_media_url",
]  # fmt: skip


@given(st.dictionaries(st.sampled_from(_FIELDS), _JSON, max_size=6))
def test_no_post_however_odd_is_an_error(odd: dict[str, Any]) -> None:
    whole = post(7) | odd
    assert isinstance(parse_post(whole, SITE), FetchedArticle)


@given(st.dictionaries(st.sampled_from(_FIELDS), _JSON, max_size=6))
def test_no_row_of_a_scan_however_odd_is_an_error(odd: dict[str, Any]) -> None:
    row = Row.of({**post(7), **odd, "id": 7})
    assert row == Row.of({**post(7), **odd, "id": 7})
    assert row.at() is None or row.at() == parse_post({**post(7), **odd}, SITE).published


@given(_JSON, st.sampled_from(["author", "wp:term", "wp:featuredmedia"]))
def test_nothing_embedded_is_an_error(odd: Any, relation: str) -> None:
    assert isinstance(read(_embedded={relation: odd}), FetchedArticle)
    assert isinstance(
        read(**embedding(relation, odd, {"media_details": odd, "name": odd, "id": odd, "taxonomy": "category"})),
        FetchedArticle,
    )


@given(st.dictionaries(st.sampled_from(["root", "title", "swept_at", "categories_at", "categories", "posts"]), _JSON))
def test_no_memory_however_odd_is_an_error_and_what_is_written_is_read_again(odd: dict[str, Any]) -> None:
    now = datetime(2026, 11, 24, 12, tzinfo=UTC)
    memory = Memory.load({**odd, "site": SITE}, SITE)
    memory.remember("posts", [Row.of(post(7))])
    written = memory.dump(now)
    assert Memory.load(json.loads(json.dumps(written)), SITE).dump(now) == written


def test_a_small_featured_picture_gives_way_to_one_of_the_text() -> None:
    small = media(source_url="https://news.example.org/small.jpg", media_details={"width": 150, "height": 150})
    alone = read(**embedding("wp:featuredmedia", small))
    beside = read(**embedding("wp:featuredmedia", small), content={"rendered": "<p><img src='/bridge.jpg'></p>"})
    assert [one.image.url if one.image else "" for one in (alone, beside)] == [f"{SITE}small.jpg", f"{SITE}bridge.jpg"]


def test_what_stands_before_more_is_told_where_there_is_no_excerpt() -> None:
    text = f"<p>A teaser of our own.</p><!--more--><p>{WORDS}</p>"
    assert read(content={"rendered": text}, excerpt={"rendered": ""}).summary == "A teaser of our own."


def test_a_title_that_the_text_begins_with_is_not_repeated() -> None:
    found = read(title={"rendered": "A bridge"}, content={"rendered": f"<p>A bridge</p><p>{WORDS}</p>"}, excerpt={})
    assert found.summary == WORDS.strip()
