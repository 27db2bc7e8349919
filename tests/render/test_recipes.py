from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.errors import EditionError
from digest.mail.mime.writing import PART_MOST
from digest.render import INERT_TOKENS, Renderer, fill
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


def test_who_wants_everything_gets_each_article_with_its_summary_or_picture() -> None:
    told = {id_: replace(one, summary="What happened.") for id_, one in samples.CONTENT.articles.items() if id_ != 9}
    content = replace(samples.CONTENT, articles={**samples.CONTENT.articles, **told})

    short, full = recipe_of(content), recipe_of(content, look=Look(full=True))

    assert [full.forms[id_] for id_ in (1, 9)] == [Form.LEAD, Form.COMPACT], "the ninth has neither"
    assert {full.forms[id_] for id_ in (2, 3, 4, 5, 6, 7, 8, 10)} == {Form.FEATURE}
    assert (full.placed, full.sections, full.subject) == (short.placed, short.sections, short.subject)
    assert full.key != short.key
    assert Look.parse(full.look) == Look(full=True)


@pytest.mark.parametrize("template", ["daily", "briefing"])
def test_an_edition_with_every_summary_is_small_enough_to_be_shown_whole(template: str) -> None:
    summary = "Слово о том, как порт живёт и чего он ждёт. " * 10
    articles = {
        id_: samples.article(id_, f"{id_} Заголовок о гавани", ("news",), picture="bars", summary=summary)
        for id_ in range(1, 71)
    }
    content, look = replace(samples.CONTENT, articles=articles), Look(template, full=True)
    items = tuple(Placed(id_, "news", place, PickKind.ITEM) for place, id_ in enumerate(list(articles)[:50]))
    recipe = RENDERER.recipe(content, Choice(items=items), ("news",), look)
    blocks = {block.name: block for block in RENDERER.blocks(content, look)}

    html, _ = fill(RENDERER.page(recipe, blocks), INERT_TOKENS)

    assert 60_000 < len(html.encode()) <= PART_MOST
    forms = [recipe.forms[one.article_id] for one in items]
    assert 20 < forms.count(Form.FEATURE) < len(items)
    assert forms == sorted(forms, key=[Form.FEATURE, Form.COMPACT].index), "what comes first has its summary"


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


def test_older_news_is_neither_counted_nor_announced() -> None:
    items = (Placed(8, "news", 0, PickKind.ITEM), Placed(10, "economy", 0, PickKind.FALLBACK))
    choice = Choice(lead=Placed(1, "interview", 0, PickKind.LEAD), items=items)

    recipe = RENDERER.recipe(samples.CONTENT, choice, samples.ALL, LOOK)

    assert [one.article_id for one in choice.new] == [1, 8]
    assert recipe.values["count"] == "2 articles"
    assert recipe.preheader == f"Plus: {samples.CONTENT.articles[8].title}."
    assert recipe.forms[10] is Form.FEATURE


@pytest.mark.parametrize(
    ("hours", "catches_up", "day", "count"),
    [
        (72, False, "Tuesday, 14 July 2026", "2 articles"),
        (73, False, "11–14 July 2026", "2 articles · covers 4 days"),
        (36, True, "Tuesday, 14 July 2026", "2 articles"),
        (37, True, "12–14 July 2026", "2 articles · covers 3 days"),
        (37, False, "Tuesday, 14 July 2026", "2 articles"),
    ],
)
def test_the_dateline_names_the_days_of_its_articles_where_they_are_many(
    hours: int, catches_up: bool, day: str, count: str
) -> None:
    """Bugs 7, 14."""
    content = aged(hours, catches_up=catches_up)

    values = RENDERER.recipe(content, samples.choice(content), samples.ALL, LOOK).values

    assert (values["day"], values["count"]) == (day, count)


def test_days_are_counted_in_the_newsletters_zone() -> None:
    by_zone = {}
    for zone in ("UTC", "Asia/Baku", "America/Los_Angeles"):
        content = aged(40, catches_up=True, zone=zone)
        by_zone[zone] = RENDERER.recipe(content, samples.choice(content), samples.ALL, LOOK).values["day"]

    # from 11:30 on the 12th to 03:30 on the 14th, UTC
    assert by_zone == {
        "UTC": "12–14 July 2026",
        "Asia/Baku": "12–14 July 2026",
        "America/Los_Angeles": "12–13 July 2026",
    }


def test_older_news_corrections_and_closing_blocks_do_not_stretch_the_span() -> None:
    _, choice, wanted = samples.after_a_gap()
    near = replace(choice, items=(), most_read=(Placed(11, "news", 0, PickKind.MOST_READ),))

    assert RENDERER.recipe(samples.CONTENT, near, wanted, LOOK).values["day"] == "Tuesday, 14 July 2026"


def test_a_subject_and_a_preheader_that_name_the_day_name_the_span() -> None:
    """Bug 14."""
    content = aged(80, title="Rain")
    masthead = replace(content.masthead, subject="Rain")
    one_day = replace(aged(0, title="Rain"), masthead=masthead)
    choice = samples.choice(content)

    recipes = [
        RENDERER.recipe(one, choice, samples.ALL, LOOK) for one in (replace(content, masthead=masthead), one_day)
    ]

    assert [one.subject for one in recipes] == [
        "Rain · Harbour Post · 10–14 July 2026",
        "Rain · Harbour Post · 14 July 2026",
    ]
    assert [one.preheader for one in recipes] == [
        "Harbour Post · 10–14 July 2026 · 2 articles",
        "Harbour Post · Tuesday, 14 July 2026 · 2 articles",
    ]


def aged(
    hours: int, *, catches_up: bool = False, zone: str = "Asia/Baku", title: str = "The quay that the town forgot"
) -> EditionContent:
    """Return an edition of two articles, the second that much older than the first."""
    new = samples.article(1, title, ("news",), days=0)
    old = replace(new, article_id=2, published_at=new.published_at - timedelta(hours=hours))
    return replace(samples.with_masthead(catches_up=catches_up, zone=zone), articles={1: new, 2: old})


def test_a_corrected_article_has_a_form_of_its_own_unless_it_stands_above() -> None:
    corrected = tuple(Placed(id_, "news", n, PickKind.CORRECTION) for n, id_ in enumerate((12, 7)))
    choice = Choice(items=(Placed(7, "opinion", 0, PickKind.ITEM),), corrections=corrected)

    recipe = RENDERER.recipe(samples.CONTENT, choice, samples.ALL, LOOK)

    assert recipe.forms == {7: Form.COMPACT, 12: Form.CORRECTION}
    assert [one.article_id for one in recipe.placed] == [7, 12]
    assert recipe.html[-7:] == (
        *("corrections", "row-first", "a12-correction", "row-end", "corrections-end"),
        *("main-end", "close"),
    )
    assert recipe.text[-4:] == ("corrections", "a12-correction", "a12-url", "close")


@pytest.mark.parametrize("correction", ["", " \n", "\x00"])
def test_a_correction_that_says_nothing_is_not_printed(correction: str) -> None:
    blank = replace(samples.CONTENT.articles[12], correction=correction)
    content = replace(samples.CONTENT, articles={**samples.CONTENT.articles, 12: blank})
    choice = replace(samples.choice(), most_read=(), corrections=(Placed(12, "news", 0, PickKind.CORRECTION),))

    recipe = RENDERER.recipe(content, choice, samples.ALL, LOOK)

    assert 12 not in recipe.forms
    assert "corrections" not in recipe.html + recipe.text
    assert not [block for block in RENDERER.blocks(content, LOOK) if block.name == "a12-correction"]


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
    assert ("corrections" in recipe.html) == any(one.kind is PickKind.CORRECTION for one in recipe.placed)
    assert ("most-read" in recipe.html) == bool(choice.most_read)
    assert ("also-like" in recipe.text) == bool(choice.also_like)


def test_a_missing_block_is_named() -> None:
    with pytest.raises(EditionError, match=r"“?'?open'?”?.*daily/en/normal"):
        RENDERER.page(recipe_of(), {})
