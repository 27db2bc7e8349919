"""The rules of the choice one by one; the numbers in docstrings are those of the specification's table of cases."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from digest import compose
from digest.config import Newsletter
from digest.values import Candidate, Choice, Image, LeftOut, LeftOutReason, PickKind, PinKind, Pinned
from tests.unit.test_compose import NOW, candidate, reasons

PICTURE = Image("https://news.example.org/picture.jpg")


def newsletter(*sections: str | dict[str, Any], **changes: Any) -> Newsletter:
    tables = [one if isinstance(one, dict) else {"id": one} for one in sections]
    named = [{"name": one["id"].title(), **one} for one in tables]
    values = {"id": "daily", "name": "Daily", "from": "a@example.org", "sections": named}
    return Newsletter.model_validate({**values, **changes})


def choose(
    paper: Newsletter,
    found: Sequence[Candidate],
    wanted: Sequence[str] = (),
    had: Sequence[int] = (),
    pins: Sequence[Pinned] = (),
) -> Choice:
    return compose.choose(paper, compose.wanted(paper, wanted), found, frozenset(had), NOW, pins)


def main(choice: Choice) -> list[tuple[str, int]]:
    return [(one.section_id, one.article_id) for one in choice.placed if one.kind in {PickKind.LEAD, PickKind.ITEM}]


def test_an_article_of_three_sections_stands_once_in_the_scarce_one_and_names_the_others() -> None:
    """T21, bug 18."""
    paper = newsletter("news", "economy", "climate")
    many = [candidate(number, "news", "economy", hours=number) for number in range(1, 9)]
    choice = choose(paper, [*many, candidate(20, "news", "economy", "climate", hours=20)])
    [place] = [one for one in choice.placed if one.article_id == 20]
    assert place.section_id == "climate"
    assert place.also_in == ("news", "economy")


def test_the_only_article_of_a_small_section_is_shown_there_though_it_is_the_ninth_of_a_large_one() -> None:
    """T22."""
    paper = newsletter("economy", "gender")
    many = [candidate(number, "economy", hours=number) for number in range(1, 9)]
    choice = choose(paper, [*many, candidate(20, "economy", "gender", hours=30)])
    assert ("gender", 20) in main(choice)


def test_a_pinned_article_that_was_had_yesterday_is_passed_over_unless_it_may_be_repeated() -> None:
    """T32."""
    paper = newsletter("news")
    found = [candidate(1, "news"), candidate(2, "news", hours=2)]
    once = Pinned(2, PinKind.LEAD)
    skipped = choose(paper, found, had=[2], pins=[once])
    assert main(skipped) == [("news", 1)]
    assert reasons(skipped) == {2: LeftOutReason.ALREADY_HAD}
    again = choose(paper, found, had=[2], pins=[replace(once, repeat_ok=True)])
    assert again.lead is not None
    assert again.lead.article_id == 2


def test_a_pin_passes_over_age_and_limits_and_keeps_its_position() -> None:
    paper = newsletter({"id": "news", "limit": 2})
    found = [candidate(number, "news", hours=number) for number in range(1, 5)]
    old = candidate(9, "news", hours=500)
    pins = [Pinned(9, PinKind.PLACE, "news", 1), Pinned(4, PinKind.LEAD)]
    choice = choose(paper, [*found, old], pins=pins)
    assert choice.lead is not None
    assert choice.lead.article_id == 4
    assert [one.article_id for one in choice.items] == [9], "the lead and the pin fill the section"
    wider = choose(newsletter({"id": "news", "limit": 4}), [*found, old], pins=pins)
    assert [one.article_id for one in wider.items] == [1, 9, 2]


def test_a_dropped_article_says_who_dropped_it() -> None:
    paper = newsletter("news")
    choice = choose(paper, [candidate(1, "news"), candidate(2, "news")], pins=[Pinned(1, PinKind.DROP, by="Aysel")])
    assert [compose.why(one) for one in choice.left_out] == ["Left out by Aysel"]


def test_a_pin_of_a_section_that_a_reader_did_not_choose_is_not_for_them() -> None:
    paper = newsletter("news", "culture")
    choice = choose(
        paper, [candidate(1, "culture"), candidate(2, "news")], ["news"], pins=[Pinned(1, PinKind.LEAD, "culture")]
    )
    assert main(choice) == [("news", 2)]


def test_wire_copy_of_two_sources_is_printed_once_by_our_own_site() -> None:
    """T33."""
    paper = newsletter("news")
    wire = candidate(1, "news", hours=1, source_id="wire", third_party=True, story="s")
    ours = candidate(2, "news", hours=3, story="s", title="Ours")
    choice = choose(paper, [wire, ours])
    assert main(choice) == [("news", 2)]
    assert [compose.why(one) for one in choice.left_out] == ["Same story as “Ours”"]


def test_who_had_one_copy_is_given_the_other_only_while_nobody_said_that_they_are_the_same() -> None:
    paper = newsletter("news")
    suggested = [candidate(1, "news", story="s"), candidate(2, "news", hours=2, story="s")]
    assert main(choose(paper, suggested, had=[2])) == [("news", 1)]
    certain = [replace(one, certain=True) for one in suggested]
    choice = choose(paper, certain, had=[2])
    assert main(choice) == []
    assert set(reasons(choice).values()) == {LeftOutReason.ALREADY_HAD}


def test_two_copies_in_sections_of_different_readers_reach_each_of_them_once() -> None:
    paper = newsletter("news", "culture")
    copies = [candidate(1, "news", story="s"), candidate(2, "culture", hours=2, story="s")]
    assert main(choose(paper, copies, ["culture"])) == [("culture", 2)]
    assert main(choose(paper, copies, ["news"])) == [("news", 1)]
    assert len(main(choose(paper, copies))) == 1


def test_nothing_new_chooses_nothing() -> None:
    """T36, bug 25."""
    choice = choose(newsletter("news"), [candidate(1, "news")], had=[1])
    assert choice.placed == ()
    assert reasons(choice) == {1: LeftOutReason.ALREADY_HAD}


def test_two_new_of_three_needed_wait_and_make_four_with_the_next_days_two() -> None:
    """T37, bug 45."""
    paper = newsletter("news", min_stories=3, max_age="72h")
    first = [candidate(1, "news", hours=30), candidate(2, "news", hours=31)]
    quiet = choose(paper, first)
    assert quiet.placed == ()
    assert {compose.why(one) for one in quiet.left_out} == {"Quiet day, kept for the next edition: 2 new, 3 needed"}
    assert len(main(choose(paper, [*first, candidate(3, "news"), candidate(4, "news", hours=2)]))) == 4


def test_a_quiet_day_may_send_what_there_is() -> None:
    paper = newsletter("news", min_stories=3, quiet_day="send")
    assert len(main(choose(paper, [candidate(1, "news")]))) == 1
    assert choose(paper, []).placed == ()


def test_four_hundred_new_articles_make_twenty_and_each_section_counts_what_more_it_has() -> None:
    """T38."""
    paper = newsletter(*(f"s{number}" for number in range(4)))
    found = [candidate(number, f"s{number % 4}", hours=number / 10) for number in range(400)]
    choice = choose(paper, found)
    assert choice.count == 20
    assert choice.overflow == {f"s{number}": 95 for number in range(4)}
    assert {one.reason for one in choice.left_out} == {LeftOutReason.SECTION_FULL}


def test_an_author_of_six_opinions_gets_two_unless_the_section_says_otherwise() -> None:
    """T50."""
    found = [candidate(number, "opinion", hours=number, authors=("Ana",)) for number in range(1, 7)]
    assert len(main(choose(newsletter("opinion"), found))) == 2
    assert len(main(choose(newsletter({"id": "opinion", "max_per_author": 5}), found))) == 5


def test_a_parent_brings_its_children_and_a_child_may_be_hidden() -> None:
    """T51."""
    paper = newsletter("news", {"id": "energy", "parent": "news"}, {"id": "economy", "parent": "news"})
    found = [candidate(1, "energy", "news"), candidate(2, "economy", "news"), candidate(3, "news")]
    assert {id_ for _, id_ in main(choose(paper, found, ["news"]))} == {1, 2, 3}
    hidden = choose(paper, found, ["news", "!energy"])
    assert {id_ for _, id_ in main(hidden)} == {2, 3}
    assert reasons(hidden) == {1: LeftOutReason.NO_SECTION}


def test_a_section_below_its_minimum_is_hidden_and_its_articles_wait() -> None:
    paper = newsletter("news", {"id": "culture", "minimum": 3})
    found = [candidate(1, "news"), candidate(2, "culture", hours=2), candidate(3, "culture", hours=3)]
    choice = choose(paper, found)
    assert main(choice) == [("news", 1)]
    assert {compose.why(one) for one in choice.left_out} == {"Below minimum: 2 of 3 in Culture"}


def test_what_a_hidden_section_had_goes_to_the_others_that_readers_want() -> None:
    """Bug 39: a block that is not seen takes nothing from those that are, in whatever order they stand."""
    climate, gender = {"id": "climate", "minimum": 2}, {"id": "gender"}
    found = [candidate(1, "news"), candidate(2, "climate", "gender", hours=2)]
    for paper in (newsletter("news", climate, gender), newsletter("news", gender, climate)):
        assert main(choose(paper, found)) == [("news", 1), ("gender", 2)]
        assert main(choose(paper, found, ["news", "gender"])) == [("news", 1), ("gender", 2)]
        assert reasons(choose(paper, found, ["news", "climate"])) == {2: LeftOutReason.BELOW_MINIMUM}


def test_the_other_copy_of_a_story_is_printed_where_the_first_has_only_a_hidden_section() -> None:
    """Bug 39."""
    paper = newsletter("news", {"id": "climate", "minimum": 2})
    copies = [candidate(2, "climate", hours=3, story="s"), candidate(3, "news", hours=2, story="s")]
    assert main(choose(paper, [candidate(1, "news", image=PICTURE), *copies])) == [("news", 1), ("news", 3)]


def test_a_section_below_its_minimum_may_stand_within_its_parent() -> None:
    paper = newsletter("news", {"id": "culture", "minimum": 3, "fallback": "parent", "parent": "news"})
    choice = choose(paper, [candidate(1, "news"), candidate(2, "culture", hours=2)])
    assert main(choice) == [("news", 1), ("news", 2)]


def test_a_section_below_its_minimum_may_be_filled_with_older_news_that_does_not_count_as_new() -> None:
    paper = newsletter("news", {"id": "culture", "minimum": 2, "fallback": "older"})
    old = [candidate(10 + number, "culture", hours=50 + 24 * number) for number in range(7)]
    choice = choose(paper, [candidate(1, "news"), *old], had=[10])
    assert [one.article_id for one in choice.placed if one.kind is PickKind.FALLBACK] == [11, 12]
    alone = choose(paper, old)
    assert [one for one in alone.placed if one.kind in {PickKind.LEAD, PickKind.ITEM}] == []


def test_the_publishers_own_first_category_decides_between_two_sections() -> None:
    paper = newsletter("news", "culture")
    choice = choose(
        paper,
        [
            candidate(1, "news", "culture", lead_section="culture"),
            candidate(2, "news", hours=2),
            candidate(3, "culture", hours=2),
        ],
    )
    assert ("culture", 1) in main(choice)


def test_paywalled_articles_and_other_languages_are_left_out_where_the_newsletter_says_so() -> None:
    """T44: a newsletter in Spanish takes the Spanish articles of a source in two languages."""
    found = [
        candidate(1, "news", paywalled=True),
        candidate(2, "news", language="en-gb"),
        candidate(3, "news", language="es"),
        candidate(4, "news"),
    ]
    open_to_all = choose(newsletter("news"), found)
    assert len(main(open_to_all)) == 4
    strict = choose(newsletter("news", paywalled="exclude", languages=["es"]), found)
    assert {id_ for _, id_ in main(strict)} == {3, 4}
    assert reasons(strict) == {1: LeftOutReason.PAYWALLED, 2: LeftOutReason.LANGUAGE}


def test_a_correction_is_told_to_those_who_had_the_article_and_takes_no_place() -> None:
    """T29."""
    paper = newsletter("news")
    found = [candidate(1, "news"), candidate(2, "news", hours=30, correction="The bridge has two lanes, not four.")]
    pool = compose.Pool(paper, tuple(found), NOW, paper.max_age)
    choice = compose.choose_from(pool, ("news",), frozenset({2})).choice(frozenset({2}))
    assert [one.article_id for one in choice.corrections] == [2]
    assert choice.count == 1
    assert compose.choose_from(pool, ("news",), frozenset()).choice().corrections == ()


def test_a_week_goes_by_how_often_an_article_was_read_and_what_editors_think_of_it() -> None:
    paper = newsletter("news", max_age="9d", half_life="72h")
    found = [
        candidate(1, "news", hours=1),
        candidate(2, "news", hours=2, priority=3),
        candidate(3, "news", hours=3, views=900),
        candidate(4, "news", hours=4, views=10),
    ]
    pool = compose.Pool(paper, tuple(found), NOW, paper.max_age, by_score=True)
    ranked = [one.article_id for one in pool.ranked]
    assert ranked[0] == 2
    assert ranked.index(3) < ranked.index(4)


def test_a_section_with_a_longer_span_reaches_further_back_than_the_others() -> None:
    paper = newsletter("news", "culture")
    found = [candidate(1, "news", hours=60), candidate(2, "culture", hours=60), candidate(3, "news")]
    pool = compose.Pool(paper, tuple(found), NOW, timedelta(days=9))
    spans = {"news": timedelta(hours=48), "culture": timedelta(days=9)}
    choice = compose.choose_from(pool, ("news", "culture"), frozenset(), spans).choice()
    assert {id_ for _, id_ in main(choice)} == {2, 3}
    assert reasons(choice) == {1: LeftOutReason.TOO_OLD}


def test_extras_are_hidden_when_counts_are_unknown_and_never_repeat() -> None:
    old = [candidate(number, "news", hours=60 + number, views=number) for number in (11, 12)]
    assert choose(newsletter("news"), [candidate(1, "news"), *old]).most_read == ()
    three = [*old, candidate(13, "news", hours=80, views=13)]
    assert [one.article_id for one in choose(newsletter("news"), [candidate(1, "news"), *three]).most_read] == [
        13,
        12,
        11,
    ]
    assert choose(newsletter("news"), [candidate(1, "news"), *three], had=[11]).most_read == ()


SECTIONS = ("news", "economy", "energy", "culture")
PAPER = newsletter(
    "news",
    {"id": "economy", "parent": "news", "minimum": 2},
    {"id": "energy", "parent": "news", "fallback": "parent", "minimum": 2},
    {"id": "culture", "fallback": "older"},
    max_stories=6,
)
articles = st.lists(
    st.builds(
        candidate,
        st.integers(1, 40),
        st.sampled_from(SECTIONS),
        st.sampled_from(SECTIONS),
        hours=st.integers(0, 120),
        authors=st.sampled_from(((), ("A",), ("B",))),
        story=st.sampled_from(("", "", "s", "t")),
        certain=st.booleans(),
        image=st.sampled_from((None, PICTURE)),
        correction=st.sampled_from(("", "x")),
        views=st.one_of(st.none(), st.integers(0, 50)),
    ),
    unique_by=lambda one: one.article_id,
    max_size=40,
)
pins = st.lists(
    st.builds(
        Pinned,
        st.integers(1, 40),
        st.sampled_from(PinKind),
        st.sampled_from(("", *SECTIONS)),
        st.integers(0, 5),
        st.booleans(),
    ),
    unique_by=lambda pin: pin.article_id,
    max_size=5,
)
ids = st.frozensets(st.integers(1, 40))


@given(articles, st.sets(st.sampled_from(SECTIONS), min_size=1), ids, pins, ids)
def test_whatever_is_asked_each_article_is_told_once_and_only_pins_pass_over_rules(
    found: list[Candidate], chosen: set[str], had: frozenset[int], pinned: list[Pinned], corrected: frozenset[int]
) -> None:
    """T56: and the same again whenever it is asked again."""
    pool = compose.Pool(PAPER, tuple(found), NOW, PAPER.max_age, pinned)
    wanted = compose.wanted(PAPER, chosen)
    outcome = compose.choose_from(pool, wanted, had)
    choice = outcome.choice(corrected & had)
    told = [one.article_id for one in choice.placed] + [one.article_id for one in choice.left_out]
    assert sorted(told) == sorted(one.article_id for one in found)
    free = {pin.article_id for pin in pinned if pin.kind is not PinKind.DROP}
    printed = [one for one in choice.placed if one.kind is not PickKind.CORRECTION]
    repeatable = {pin.article_id for pin in pinned if pin.repeat_ok}
    assert all(one.article_id not in had or one.article_id in repeatable for one in printed)
    assert {one.section_id for one in printed} <= set(wanted)
    unpinned = [one for one in printed if one.article_id not in free and one.kind in {PickKind.LEAD, PickKind.ITEM}]
    assert len(unpinned) <= PAPER.max_stories
    stories = [pool.by_id[one.article_id].story for one in unpinned if pool.by_id[one.article_id].story]
    assert len(stories) == len(set(stories))
    assert compose.choose_from(pool, wanted, had).choice(corrected & had) == choice
    assert outcome.choice(corrected & had, explain=False).placed == choice.placed
    assert {one.article_id for one in choice.new} == outcome.new
    assert {one.article_id for one in choice.items if one.kind is PickKind.FALLBACK} == outcome.older
    assert set(choice.left_out) <= set(outcome.left_out(found))


@given(articles, ids)
def test_a_limit_thins_the_mail_and_never_the_news(found: list[Candidate], had: frozenset[int]) -> None:
    """What is young, wanted and not had is printed, or left out for a limit, for waiting or for its story, never for nothing."""
    choice = choose(PAPER, found, had=sorted(had))
    limits = {
        LeftOutReason.SECTION_FULL,
        LeftOutReason.EDITION_FULL,
        LeftOutReason.AUTHOR_FULL,
        LeftOutReason.BELOW_MINIMUM,
        LeftOutReason.SAME_STORY,
        LeftOutReason.QUIET_DAY,
        LeftOutReason.ALREADY_HAD,
    }
    left: dict[int, LeftOut] = {one.article_id: one for one in choice.left_out}
    for one in found:
        young = one.published_at > NOW - PAPER.max_age
        if young and one.article_id in left:
            assert left[one.article_id].reason in limits
