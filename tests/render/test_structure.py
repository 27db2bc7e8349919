import re
from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache
from itertools import pairwise

import pytest
from lxml import html as lxml_html

from digest.render import INERT_TOKENS, LANGUAGES, Renderer, fill
from digest.render.environment import packaged_templates
from digest.values import Choice, EditionContent, Image, Look
from tests.render import samples

RENDERER = Renderer()
LONG = "The harbour is finding its own course: " * 4
SAFE_LINK = re.compile(r"https://|mailto:|tel:|http://(localhost|127\.0\.0\.1|\[::1\])[:/]")


def one_article() -> tuple[EditionContent, Choice, tuple[str, ...]]:
    content = replace(samples.CONTENT, articles={8: samples.CONTENT.articles[8]})
    return content, samples.choice(content), samples.ALL


def changed(**changes: object) -> tuple[EditionContent, Choice, tuple[str, ...]]:
    """Return the sample with the same change made to every article."""
    articles = {id_: replace(one, **changes) for id_, one in samples.CONTENT.articles.items()}  # type: ignore[arg-type]
    content = replace(samples.CONTENT, articles=articles)
    return content, samples.choice(content), samples.ALL


STATES = {
    "full": (samples.CONTENT, samples.choice(), samples.ALL),
    "no note": (samples.with_masthead(note=""), samples.choice(), samples.ALL),
    "bare": (
        samples.with_masthead(note="", tagline="", about="", contact="", postal_address="", number=None, zone="UTC"),
        samples.choice(),
        samples.ALL,
    ),
    "no pictures": changed(image=None),
    "one article": one_article(),
    "long titles": changed(title=LONG.strip()[:140]),
    "nothing known": changed(summary="", minutes=None, views=None, image=None),
    "right to left": changed(title="الميناء يرسم خطه الخاص", summary="نص تجريبي.", language="ar", direction="rtl"),
    "Azerbaijani": changed(title="Bakı’nın şəhər səhəri: ğ ş ı ə", summary="Ə ə", language="az"),
    "14 sections": samples.large(),
    "after a gap": samples.after_a_gap(),
}
LOOKS = (
    *(Look(language=language) for language in LANGUAGES),
    Look(text_size="large"),
    *(Look(template, language) for template in ("briefing", "headlines") for language in ("en", "ar")),
    *(Look(template, text_size="large") for template in ("briefing", "headlines")),
)


@lru_cache(maxsize=64)
def drawn(state: str, look: Look = LOOKS[0]) -> tuple[str, str]:
    content, choice, wanted = STATES[state]
    blocks = {block.name: block for block in RENDERER.blocks(content, look)}
    return fill(RENDERER.page(RENDERER.recipe(content, choice, wanted, look), blocks), INERT_TOKENS)


@pytest.fixture(params=[(state, look) for state in STATES for look in LOOKS], ids=lambda pair: f"{pair[0]} {pair[1]}")
def mail(request: pytest.FixtureRequest) -> tuple[str, str]:
    return drawn(*request.param)


def test_headings_begin_with_the_name_and_skip_no_level(mail: tuple[str, str]) -> None:
    levels = [int(heading.tag[1]) for heading in lxml_html.fromstring(mail[0]).xpath("//h1|//h2|//h3|//h4|//h5|//h6")]

    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


def test_every_picture_has_an_alt_a_numeric_width_and_an_address_that_may_be_shown(mail: tuple[str, str]) -> None:
    for picture in lxml_html.fromstring(mail[0]).xpath("//img"):
        assert picture.get("alt") == ""
        assert picture.get("width").isdigit()
        assert picture.get("height").isdigit()
        assert SAFE_LINK.match(picture.get("src"))
        assert "display:block" in picture.get("style")
        link = picture.getparent()
        assert (link.get("aria-hidden"), link.get("tabindex")) == ("true", "-1")


def test_every_link_is_whole_safe_and_says_where_it_leads(mail: tuple[str, str]) -> None:
    links = lxml_html.fromstring(mail[0]).xpath("//a")

    assert all(SAFE_LINK.match(link.get("href")) for link in links)
    assert all(link.text_content().strip() for link in links if link.get("aria-hidden") is None)
    assert any(link.get("href") == INERT_TOKENS["unsubscribe_url"] and link.text_content().strip() for link in links)


def test_every_layout_table_says_that_it_is_one(mail: tuple[str, str]) -> None:
    tables = lxml_html.fromstring(mail[0]).xpath("//table")

    assert all(table.get("role") == "presentation" for table in tables)
    assert all(
        (table.get("cellpadding"), table.get("cellspacing"), table.get("border")) == ("0", "0", "0") for table in tables
    )
    assert max(len(table.xpath("ancestor-or-self::table")) for table in tables) <= 6


def test_ghost_tables_for_outlook_balance(mail: tuple[str, str]) -> None:
    html = mail[0]
    ghosts = "".join(re.findall(r"<!--\[if mso\]>(.*?)<!\[endif\]-->", html, re.DOTALL))

    assert html.count("<!--[if") == html.count("<![endif]-->")
    for tag in ("table", "tr", "td"):
        assert len(re.findall(rf"<{tag}\b", ghosts)) == ghosts.count(f"</{tag}>")


def test_no_mark_no_template_and_no_program_is_left(mail: tuple[str, str]) -> None:
    html, text = mail

    assert html.startswith("<!DOCTYPE html><html lang=")
    assert html.endswith("</html>")
    assert not re.search(r"<!--/?s:|\{\{|\{%|%%|\bNone\b|undefined|<script|<link|<form|javascript:", html + text)


def test_styles_are_blocks_of_a_size_that_gmail_keeps(mail: tuple[str, str]) -> None:
    blocks = re.findall(r"<style[^>]*>(.*?)</style>", mail[0])

    assert len(blocks) == 6
    assert max(len(block) for block in blocks) < 8_192
    assert sum(len(block) for block in blocks) < 16_384
    assert "<style" not in mail[0].partition("<body")[2]


def test_text_is_at_least_12_pixels_and_every_ground_has_its_dark_twin(mail: tuple[str, str]) -> None:
    html = mail[0]
    body = lxml_html.fromstring(html).find("body")

    sizes = [int(size) for style in _styles(body) for size in re.findall(r"font:(?:bold |italic )*(\d+)px/", style)]
    assert min(sizes) >= 12
    for element in [body, *body.iter("td", "div", "table")]:
        if "background-color" in (element.get("style") or ""):
            assert re.search(r"\bd-(page|sheet|panel|b)\b", element.get("class") or ""), lxml_html.tostring(element)[
                :200
            ]


def test_text_lines_that_are_no_address_and_hold_no_value_fit_72_columns(mail: tuple[str, str]) -> None:
    for line in mail[1].splitlines():
        assert len(line) <= 72 or "http" in line or "@" in line or ", " in line, line


def _styles(body: lxml_html.HtmlElement) -> Iterator[str]:
    return (str(style) for style in body.xpath(".//@style"))


@pytest.mark.parametrize("state", ["full", "right to left"])
def test_right_to_left_shells_have_no_tracking_capitals_or_italics(state: str) -> None:
    html, _ = drawn(state, Look(language="ar"))
    body = html.partition("<body")[2]

    assert '<html lang="ar" dir="rtl"' in html
    assert set(re.findall(r"letter-spacing:([^;\"]*)", body)) <= {"0"}
    assert "text-transform" not in body
    assert "italic" not in body
    assert "←" in body
    assert "→" not in body


def test_a_headline_of_another_direction_says_so_and_begins_where_the_others_do() -> None:
    """T53."""
    html, _ = drawn("right to left")

    headline = lxml_html.fromstring(html).xpath("//h3")[0]
    assert (headline.get("dir"), headline.get("lang"), headline.get("align")) == ("rtl", "ar", "left")


def test_without_a_note_a_number_or_an_address_no_gap_is_left() -> None:
    html, text = drawn("bare")

    assert "No. " not in html + text
    assert "the editors" not in html + text
    assert "mailto:" not in html
    assert "10 articles&nbsp;&nbsp;·&nbsp; UTC".replace("&nbsp;", "\xa0") in html
    assert "It leaves at 07:30, UTC." in html


def test_missing_parts_of_a_meta_line_vanish_with_their_dot() -> None:
    html, text = drawn("nothing known")

    metas = [
        line.text_content() for line in lxml_html.fromstring(html).xpath("//h3/following-sibling::p[@class='d-m']")
    ]
    assert "12 July" in metas
    assert not [meta for meta in metas if meta.strip().endswith("·") or "· ·" in meta]
    assert "min" not in " ".join(metas)
    assert "  12 July\n" in text


def test_views_of_none_are_not_mentioned() -> None:
    content, choice, wanted = changed(views=0)
    blocks = {block.name: block for block in RENDERER.blocks(content, Look())}

    html, _ = fill(RENDERER.page(RENDERER.recipe(content, choice, wanted, Look()), blocks), INERT_TOKENS)

    assert not re.search(r"\d views", html)


def test_without_a_picture_the_leads_headline_moves_up() -> None:
    html, _ = drawn("no pictures")

    assert "<img" not in html
    assert "Read the interview" in html


def test_only_an_interview_is_read_as_one() -> None:
    assert "Read the article" in drawn("one article")[0]
    assert "Read the interview" in drawn("full")[0]


@pytest.mark.parametrize("url", ["", " "])
def test_more_in_a_section_needs_an_address(url: str) -> None:
    sections = tuple(replace(section, url=url) for section in samples.SECTIONS)
    content = replace(samples.CONTENT, sections=sections)

    page = RENDERER.page(
        RENDERER.recipe(content, replace(samples.choice(), overflow={"news": 3}), samples.ALL, Look()),
        {block.name: block for block in RENDERER.blocks(content, Look())},
    )

    html, text = fill(page, INERT_TOKENS)

    assert "ore in " not in html + text
    assert "→" not in html


def test_what_a_section_has_left_is_counted_in_its_one_link() -> None:
    html, text = drawn("after a gap")

    links = [
        (link.text_content(), link.get("href"))
        for link in lxml_html.fromstring(html).xpath("//a[starts-with(@href, 'https://harbour.example.org/')]")
        if "ore in " in link.text_content()
    ]
    assert links == [
        ("More in Interview →", "https://harbour.example.org/interview"),
        ("3 more in Opinion →", "https://harbour.example.org/opinion"),
        ("1,204 more in News →", "https://harbour.example.org/news"),
        ("More in Economy →", "https://harbour.example.org/economy"),
    ]
    assert re.findall(r"^.*ore in .*\n.*\n", text, re.MULTILINE) == [
        "3 more in Opinion:\n  https://harbour.example.org/opinion\n",
        "1,204 more in News:\n  https://harbour.example.org/news\n",
    ]
    assert "3 weitere aus Opinion →" in drawn("after a gap", Look(language="de"))[0]
    assert "3 أخرى في Opinion ←" in drawn("after a gap", Look(language="ar"))[0]
    assert '<span dir="ltr">3 more in Opinion</span> ←' in drawn("after a gap", Look(language="he"))[0]


def test_corrections_stand_after_the_items_with_headline_text_and_day() -> None:
    html, text = drawn("after a gap")

    heads = [head.text_content() for head in lxml_html.fromstring(html).xpath("//h2")]
    assert heads[-2:] == ["Economy", "Corrections"]
    first, second = lxml_html.fromstring(html).xpath("//tr[td/table//h2='Corrections']/following-sibling::tr[1]//tr")
    assert [part.text_content().strip() for part in first.xpath(".//h3|.//p")] == [
        samples.CONTENT.articles[12].title,
        samples.CONTENT.articles[12].correction,
        "9 July",
    ]
    assert second.xpath(".//h3/a/@href") == [samples.CONTENT.articles[14].url]
    assert (
        "\n  The second pier opens in June, not in May.\n  8 July\n  https://harbour.example.org/2026/07/0014-" in text
    )
    assert text.index("CORRECTIONS") > text.index("ECONOMY")
    assert "Berichtigungen" in drawn("after a gap", Look(language="de"))[0]


def test_older_news_says_which_day_it_is_from() -> None:
    html, text = drawn("after a gap")

    assert "10 July · 6 min read · 990 views" in html
    assert "21 October 2025 · 8 min read" in html
    assert "  21 October 2025 · 8 min" in text


def test_the_dateline_of_a_long_span_names_its_days_in_both_parts() -> None:
    html, text = drawn("after a gap")

    assert "<b>11–14 July 2026</b>" in html
    assert "9 articles · covers 4 days" in html
    assert "\n11–14 July 2026 · No. 1,204 · 9 articles · covers 4 days\n" in text
    assert "14 July 2026</b>" in drawn("full")[0]
    assert "11.–14. Juli 2026 · Nr. 1.204 · 9 Artikel · aus 4 Tagen" in drawn("after a gap", Look(language="de"))[1]
    turned = lxml_html.fromstring(drawn("after a gap", Look(language="he"))[0])
    assert turned.xpath("//td[b='11–14 July 2026']/@dir") == ["ltr"]


def test_pictures_of_another_ratio_keep_it_where_clients_cannot_crop() -> None:
    lead = replace(samples.CONTENT.articles[1], image=Image("https://pictures.example.org/a.jpg", "", 1072, 804))
    content = replace(samples.CONTENT, articles={1: lead})

    block = next(block for block in RENDERER.blocks(content, Look()) if block.name == "a1-lead")

    assert 'width="536" height="402"' in block.html


def test_the_sites_colours_are_the_templates_accents() -> None:
    content = samples.with_masthead(accent="#0a5c36", accent_dark="#7fd6a8")
    html = "".join(block.html for block in RENDERER.blocks(content, Look()))

    assert "#a8281e" not in html
    assert html.count("#0a5c36") > 3
    assert "#7fd6a8" in html


def test_the_dark_palette_is_there_for_both_ways_of_asking_for_it() -> None:
    head = drawn("full")[0].partition("<body")[0]

    for name in ("d-page", "d-sheet", "d-panel", "d-i", "d-t", "d-m", "d-a", "d-r", "d-h", "d-b"):
        assert re.search(rf"prefers-color-scheme:dark\).*\.{name}\{{", head)
        assert re.search(rf"\[data-ogs[cb]\] \.{name}\b", head)
    assert not re.search(r"#fff(fff)?;|#000(000)?;", drawn("full")[0].partition("<body")[2])


def test_the_templates_of_the_wheel_are_found_before_those_of_the_source() -> None:
    assert (packaged_templates() / "email/daily/body.html").is_file()


def test_a_briefing_numbers_its_articles_in_order_and_says_first_how_long_it_takes() -> None:
    html, text = drawn("full", Look("briefing"))
    tree = lxml_html.fromstring(html)

    assert tree.xpath("//td[contains(@style, 'font:24px') or contains(@style, 'font:30px')]/text()") == [
        str(number) for number in range(1, 11)
    ]
    assert tree.xpath("string(//h1/following::b[1])") == "1-minute read"
    assert "\n1-minute read\n" in text


def test_headlines_are_text_only_and_small() -> None:
    html, text = drawn("full", Look("headlines"))

    assert "<img" not in html
    assert len(html.encode()) < 20_000
    assert len(html.encode()) < len(drawn("full")[0].encode()) * 0.75
    assert samples.CONTENT.articles[1].summary not in html + text
    for one in samples.CONTENT.articles.values():
        assert (one.url in html) == (one.url in drawn("full")[0])
