from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.errors import EditionError
from digest.render import Renderer
from digest.values import Choice, EditionContent, Form, Look, PickKind, Placed, Recipe
from tests.render import samples
from tests.render.strategies import choices

LOOK = Look()
RENDERER = Renderer()


def recipe_of(
    content: EditionContent = samples.CONTENT, wanted: tuple[str, ...] = samples.ALL, look: Look = LOOK
) -> Recipe:
    return RENDERER.recipe(content, samples.choice(content, wanted), wanted, look)


def titled(titles: list[str], summary: str = "") -> EditionContent:
    articles = {
        n: replace(samples.article(n, title, ("news",), summary=summary if n == 1 else ""))
        for n, title in enumerate(titles, 1)
    }
    return replace(samples.CONTENT, articles=articles)


def test_the_same_choice_has_the_same_key_and_another_choice_another() -> None:
    known = {recipe_of(wanted=wanted).key for wanted in (samples.ALL, samples.ALL, ("news",), ("news", "economy"))}

    assert len(known) == 3
    assert recipe_of().key == Renderer().recipe(samples.CONTENT, samples.choice(), samples.ALL, LOOK).key
    assert recipe_of(look=Look(language="de")).key != recipe_of().key


def test_a_section_opens_with_a_feature_when_its_first_item_has_a_picture() -> None:
    forms = recipe_of().forms

    assert forms[1] is Form.LEAD
    assert [forms[id_] for id_ in (2, 4, 10)] == [Form.FEATURE] * 3
    assert [forms[id_] for id_ in (3, 5, 8, 9)] == [Form.COMPACT] * 4
    assert {forms[id_] for id_ in (11, 12, 13)} == {Form.RANKED}
    assert {forms[id_] for id_ in (14, 15)} == {Form.CARD}


def test_a_picture_that_mail_cannot_show_makes_no_feature() -> None:
    article = samples.CONTENT.articles[2]
    assert article.image is not None
    plain = replace(article, image=replace(article.image, url="http://pictures.example.org/a.png"))

    forms = recipe_of(replace(samples.CONTENT, articles={**samples.CONTENT.articles, 2: plain})).forms

    assert forms[2] is Form.COMPACT


def test_the_subject_is_the_leads_headline_cut_at_a_word() -> None:
    assert recipe_of().subject == "The harbour is finding its own course: Mara Lindqvist on ferries…"


def test_the_editors_subject_and_preheader_win() -> None:
    preheader = "Four views on the ferry, and a lighthouse keeper in town."

    recipe = recipe_of(samples.with_masthead(subject="What the ferry costs", preheader=preheader))

    assert (recipe.subject, recipe.preheader) == ("What the ferry costs", preheader)


def test_the_preheader_names_what_else_there_is_and_counts_the_rest() -> None:
    titles = ["Lead story of the day", "Ferry runs again", "School opens late", "A very long title " * 8, "Rain"]

    recipe = recipe_of(titled(titles))

    assert recipe.preheader == "Plus: Ferry runs again; School opens late and 2 more articles."


def test_an_edition_of_one_article_previews_its_summary() -> None:
    summary = "The port’s first planner on who sets the agenda by the water."

    assert recipe_of(titled(["Only one"], summary)).preheader == summary


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(min_size=1, max_size=160), min_size=1, max_size=6), st.text(max_size=200))
def test_subject_and_preheader_keep_to_their_lengths_and_differ(titles: list[str], summary: str) -> None:
    recipe = recipe_of(titled(titles, summary))

    assert 10 <= len(recipe.subject) <= 70
    assert 35 <= len(recipe.preheader) <= 110
    assert recipe.subject != recipe.preheader
    assert not {"\n", "\r", "\0"} & set(recipe.subject + recipe.preheader)
    assert len(recipe.values["preheader"]) == len(recipe.preheader) + 3 * (110 - len(recipe.preheader))


def test_the_dateline_counts_lead_and_items_but_not_the_closing_blocks() -> None:
    assert recipe_of().values["count"] == "10 articles"
    assert recipe_of(titled(["Only this one today"])).values["count"] == "1 article"


def test_the_footer_names_the_readers_sections_in_the_newsletters_order() -> None:
    assert recipe_of(wanted=("economy", "opinion")).values["sections"] == "Opinion, Economy"


def test_who_has_all_of_many_sections_is_spared_the_list() -> None:
    content, choice, wanted = samples.large()

    assert RENDERER.recipe(content, choice, wanted, LOOK).values["sections"] == "all sections"
    assert RENDERER.recipe(content, choice, wanted[:3], LOOK).values["sections"] == "Section 0, Section 1, Section 2"


def test_also_in_names_every_other_section() -> None:
    also_in = ("opinion", "economy")
    choice = Choice(items=(Placed(8, "news", 0, PickKind.ITEM, also_in),))
    blocks = {block.name: block for block in RENDERER.blocks(samples.CONTENT, LOOK)}

    page = RENDERER.page(RENDERER.recipe(samples.CONTENT, choice, samples.ALL, LOOK), blocks)

    assert "12 July · also in Opinion, Economy</p>" in "".join(page.html)
    assert "12 July · also in Opinion, Economy\n" in "".join(page.text)


@settings(max_examples=25, deadline=None)
@given(choices())
def test_empty_sections_and_empty_closing_blocks_leave_nothing(drawn: tuple[Choice, tuple[str, ...]]) -> None:
    choice, wanted = drawn

    recipe = RENDERER.recipe(samples.CONTENT, choice, wanted, LOOK)

    heads = [name for name in recipe.html if name.startswith("s-")]
    assert heads == [f"s-{section}" for section in dict.fromkeys(one.section_id for one in choice.items)]
    assert ("most-read" in recipe.html) == bool(choice.most_read)
    assert ("also-like" in recipe.text) == bool(choice.also_like)


def test_a_missing_block_is_named() -> None:
    with pytest.raises(EditionError, match=r"“?'?open'?”?.*daily/en/normal"):
        RENDERER.page(recipe_of(), {})
