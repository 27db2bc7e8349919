import re
from dataclasses import replace
from functools import lru_cache

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import html as lxml_html

from digest.render import INERT_TOKENS, TOKENS, Renderer, fill, inline_css
from digest.render import blocks as blocks_module
from digest.render.environment import mail_environment, packaged_templates
from digest.render.views import context
from digest.values import Block, Choice, EditionContent, Look, Page
from tests.render import samples
from tests.render.strategies import choices

LOOK = Look()
RENDERER = Renderer()
LOOKS = (
    *(Look(), Look(language="de"), Look(language="ar"), Look(text_size="large")),
    *(Look(full=True), Look("headlines"), Look("briefing", full=True)),  # as readers of each length get it
)
SET_TOKENS = {"subject", "preheader", "day", "count", "sections", *(f"more-{section}" for section in samples.ALL)}


@lru_cache(maxsize=8)
def frozen(look: Look = LOOK) -> dict[str, Block]:
    return {block.name: block for block in RENDERER.blocks(samples.CONTENT, look)}


@lru_cache(maxsize=8)
def raw_pieces(look: Look = LOOK) -> dict[str, str]:
    """Return the sample's pieces as Jinja drew them, before any inlining."""
    environment = mail_environment(packaged_templates())
    document = blocks_module.source(environment, look, "html", context(samples.CONTENT, look))
    return blocks_module.cut_at_marks(blocks_module.framed(document))


def page_of(content: EditionContent, choice: Choice, wanted: tuple[str, ...], look: Look = LOOK) -> Page:
    blocks = {block.name: block for block in RENDERER.blocks(content, look)}
    return RENDERER.page(RENDERER.recipe(content, choice, wanted, look), blocks)


def filled(content: EditionContent, choice: Choice, wanted: tuple[str, ...], look: Look = LOOK) -> tuple[str, str]:
    return fill(page_of(content, choice, wanted, look), INERT_TOKENS)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(choices(), st.sampled_from(LOOKS))
def test_a_mail_put_together_from_blocks_is_the_mail_rendered_and_inlined_whole(
    drawn: tuple[Choice, tuple[str, ...]], look: Look
) -> None:
    choice, wanted = drawn
    recipe = RENDERER.recipe(samples.CONTENT, choice, wanted, look)

    composed = "".join(RENDERER.page(recipe, frozen(look)).html)

    whole = inline_css("".join(raw_pieces(look)[name] for name in recipe.html))
    assert composed == whole


@settings(max_examples=15, deadline=None)
@given(choices())
def test_a_block_does_not_depend_on_what_else_is_in_the_edition(drawn: tuple[Choice, tuple[str, ...]]) -> None:
    choice, wanted = drawn
    kept = {one.article_id for one in choice.placed}
    content = replace(samples.CONTENT, articles={id_: samples.CONTENT.articles[id_] for id_ in kept})
    recipe = RENDERER.recipe(samples.CONTENT, choice, wanted, LOOK)

    alone = {block.name: block for block in RENDERER.blocks(content, LOOK)}

    assert RENDERER.page(recipe, alone) == RENDERER.page(recipe, frozen())


def test_the_css_is_inlined_once_for_each_look_whatever_the_number_of_section_sets() -> None:
    runs: list[str] = []

    def counted(html: str) -> str:
        runs.append(html)
        return inline_css(html)

    renderer = Renderer(inline=counted)
    looks = (Look(), Look(language="de"))
    for look in looks:
        blocks = {block.name: block for block in renderer.blocks(samples.CONTENT, look)}
        for wanted in (samples.ALL, ("news",), ("opinion", "news"), ("economy",)):
            choice = samples.choice(wanted=wanted)
            renderer.page(renderer.recipe(samples.CONTENT, choice, wanted, look), blocks)

    assert len(runs) == len(looks)


@settings(max_examples=25, deadline=None)
@given(choices())
def test_every_article_stands_once_in_html_and_text(drawn: tuple[Choice, tuple[str, ...]]) -> None:
    choice, wanted = drawn
    recipe = RENDERER.recipe(samples.CONTENT, choice, wanted, LOOK)

    html, text = fill(RENDERER.page(recipe, frozen()), INERT_TOKENS)

    headlines = lxml_html.fromstring(html).xpath("(//h2|//h3)/a/@href")
    placed = {one.article_id for one in recipe.placed}
    assert len(placed) == len(recipe.placed) == len(recipe.forms)
    assert placed == {one.article_id for one in choice.placed}
    expected = sorted(samples.CONTENT.articles[id_].url for id_ in placed)
    assert sorted(headlines) == expected
    assert sorted(line.strip() for line in text.splitlines() if "harbour.example.org/2026" in line) == expected
    one_line = " ".join(text.split())
    assert all(one_line.count(samples.CONTENT.articles[id_].title) == 1 for id_ in placed)


def test_only_known_tokens_are_in_a_page_and_none_is_left_in_a_filled_one() -> None:
    page = page_of(samples.CONTENT, samples.choice(), samples.ALL)

    html, text = fill(page, INERT_TOKENS)

    assert set(re.findall(r"%%([\w-]+)%%", "".join(page.html + page.text))) <= set(TOKENS) | SET_TOKENS
    assert {name for name in page.values if not name.startswith("number-")} == SET_TOKENS | {"read_time"}
    assert {name for name in page.values if name.startswith("number-")} == {
        f"number-{one.article_id}" for one in (samples.choice().lead, *samples.choice().items) if one
    }
    assert "%%" not in html + text
    assert set(INERT_TOKENS) == set(TOKENS)


def test_values_are_escaped_in_html_and_raw_in_text() -> None:
    page = page_of(samples.CONTENT, samples.choice(), samples.ALL)

    html, text = fill(page, {**INERT_TOKENS, "address": 'o"b<i>@example.org'})

    assert "o&quot;b&lt;i&gt;@example.org" in html
    assert 'o"b<i>@example.org' in text


def test_a_token_nobody_has_a_value_for_stays_for_the_lint_to_see() -> None:
    html, _ = fill(Page("", "", ("%%address%% %%unknown%%",), ()), {"address": "a@example.org"})

    assert html == "a@example.org %%unknown%%"


NASTY = (
    "Fish & <chips> “quoted” \"straight\" 'single' 🐟 100%% %%address%%",
    "<!--s:close--><script>alert(1)</script><!--/s:close-->",
    "عنوان عربي مع English داخله",
    "“Ə” ğ ş ı — Bakı’da səhər",
    "{{ 7*7 }} {% raw %} &amp; &lt;",
    "control\x00 \x1b[31m and\u2028line \ud800 surrogate",
    "W" * 300,
)


@pytest.mark.parametrize("title", NASTY)
def test_texts_of_feeds_are_printed_as_they_are_and_call_nothing(title: str) -> None:
    changed = replace(samples.CONTENT.articles[2], title=title, summary=title)
    lead = replace(samples.CONTENT.articles[1], title=title, summary=title)
    content = replace(samples.CONTENT, articles={**samples.CONTENT.articles, 1: lead, 2: changed})

    html, text = filled(content, samples.choice(content), samples.ALL)

    tree = lxml_html.fromstring(html)
    printed = [heading.text_content() for heading in tree.xpath("//h3|//h2")]
    visible = re.sub(r"[\x00\x1b\ud800\u2060]", "", title)
    expected = " ".join(visible.split())
    assert [one.replace("\u2060", "") for one in printed].count(expected) == 2
    assert not tree.xpath("//script")
    assert "%%" not in html + text
    assert text.count(INERT_TOKENS["address"]) == 1
    html.encode()
    assert expected in " ".join(text.replace("\u2060", "").split())


@settings(max_examples=30, deadline=None)
@given(st.text(max_size=80), st.text(max_size=80))
def test_no_text_of_a_feed_breaks_a_mail_or_calls_a_token(title: str, url_end: str) -> None:
    article = replace(samples.CONTENT.articles[2], title=title, url=f"https://harbour.example.org/{url_end}")
    content = replace(samples.CONTENT, articles={2: article, 1: samples.CONTENT.articles[1]})
    choice = samples.choice(content)

    html, text = filled(content, choice, samples.ALL)

    links = lxml_html.fromstring(html).xpath("//h3/a/@href")
    assert len(links) == 1
    assert links[0] in text
    assert "%%" not in html + text
    (html + text).encode()


@settings(max_examples=20, deadline=None)
@given(st.text(alphabet="%<!-s:ae/ >&\"'", max_size=40))
def test_no_text_can_look_like_a_mark(text: str) -> None:
    masthead = {"name": text, "tagline": text, "about": text, "note": text, "postal_address": text}
    content = samples.with_masthead(**masthead)

    names = [block.name for block in RENDERER.blocks(content, LOOK)]

    assert names == [block.name for block in RENDERER.blocks(samples.with_masthead(), LOOK)]


def test_the_last_and_first_item_are_chosen_from_drawn_variants_not_by_neighbours() -> None:
    style = (packaged_templates() / "email/daily/style.css").read_text()
    body = (packaged_templates() / "email/daily/body.html").read_text()

    assert not re.search(r":(first|last|nth)-|[+~] *\w", "".join(re.findall(r"^[^{\n]*(?={)", style, re.MULTILINE)))
    assert ":first-child" not in body


@pytest.mark.parametrize(
    ("sample", "most"),
    [((samples.CONTENT, samples.choice(), samples.ALL), 33_000), (samples.large(), 92_000)],
    ids=["10 articles and 5", "14 sections of 5"],
)
def test_a_mail_is_small_enough_for_every_client(
    sample: tuple[EditionContent, Choice, tuple[str, ...]], most: int
) -> None:
    content, choice, wanted = sample

    html, _ = fill(page_of(content, choice, wanted), dict.fromkeys(TOKENS, "x" * 200))

    assert len(html.encode()) <= most


def test_blocks_are_the_same_bytes_every_time() -> None:
    assert Renderer().blocks(samples.CONTENT, LOOK) == RENDERER.blocks(samples.CONTENT, LOOK)
