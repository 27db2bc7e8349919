from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from digest import compose
from digest.config import Newsletter
from digest.models import Article
from digest.store.articles import StoredArticle
from digest.values import Candidate, Choice, Image, LeftOutReason, SourceCategory

NOW = datetime(2026, 11, 24, 6, tzinfo=UTC)
SECTIONS = ("news", "economy", "energy", "culture", "books")
PARENTS = {"economy": "news", "energy": "news", "books": "culture"}
NEWSLETTER = Newsletter.model_validate(
    {
        "id": "daily",
        "name": "Daily",
        "from": "a@example.org",
        "max_stories": 8,
        "sections": [{"id": id_, "name": id_.title(), "parent": PARENTS.get(id_), "limit": 3} for id_ in SECTIONS],
    }
)


def candidate(number: int, *sections: str, hours: float = 1, **changes: object) -> Candidate:
    made = Candidate(
        article_id=number,
        source_id="site",
        url=f"https://news.example.org/{number}",
        title=f"Article {number}",
        published_at=NOW - timedelta(hours=hours),
        first_seen_at=NOW - timedelta(hours=hours),
        eligible_at=NOW - timedelta(hours=hours),
        sections=sections,
    )
    return replace(made, **changes)  # type: ignore[arg-type]  # fields by name


def choose(found: Sequence[Candidate], wanted: Sequence[str] = SECTIONS, had: frozenset[int] = frozenset()) -> Choice:
    return compose.choose(NEWSLETTER, wanted, found, had, NOW)


def reasons(choice: Choice) -> dict[int, LeftOutReason]:
    return {one.article_id: one.reason for one in choice.left_out}


def test_the_newest_come_first_in_the_sections_order_and_the_lead_has_a_picture() -> None:
    pictured = candidate(3, "culture", hours=3, image=Image("https://news.example.org/3.jpg"))
    choice = choose([candidate(1, "news", hours=1), candidate(2, "culture", hours=2), pictured])
    assert choice.lead is not None
    assert choice.lead.article_id == 3
    assert [(one.section_id, one.article_id) for one in choice.items] == [("news", 1), ("culture", 2)]


def test_an_article_stands_in_its_deepest_wanted_section_and_names_the_others() -> None:
    choice = choose([candidate(1, "economy", "news", "culture"), candidate(2, "news", hours=5)])
    assert choice.lead is not None
    assert choice.lead.section_id == "economy"
    assert choice.lead.also_in == ("culture",)


def test_the_only_article_of_a_small_section_is_not_taken_by_a_large_one() -> None:
    many = [candidate(number, "news", hours=number) for number in range(1, 8)]
    choice = choose([*many, candidate(20, "books", "news", "culture", hours=10)])
    assert any(one.article_id == 20 and one.section_id == "books" for one in choice.items)


def test_every_guard_names_its_reason() -> None:
    found = [
        candidate(1, "news"),
        candidate(2, "news", withdrawn=True),
        candidate(3, "news", hidden=True),
        candidate(4),
        candidate(5, "news"),
        candidate(6, "news", baseline=True),
        candidate(7, "news", eligible_at=NOW + timedelta(minutes=1)),
        candidate(8, "news", hours=49),
    ]
    assert reasons(choose(found, had=frozenset({5}))) == {
        2: LeftOutReason.WITHDRAWN,
        3: LeftOutReason.HIDDEN,
        4: LeftOutReason.NO_SECTION,
        5: LeftOutReason.ALREADY_HAD,
        6: LeftOutReason.BASELINE,
        7: LeftOutReason.NOT_YET,
        8: LeftOutReason.TOO_OLD,
    }


def test_a_quiet_day_chooses_nothing_and_keeps_what_is_new_for_the_next() -> None:
    strict = NEWSLETTER.model_copy(update={"min_stories": 3})
    choice = compose.choose(strict, SECTIONS, [candidate(1, "news"), candidate(2, "news")], frozenset(), NOW)
    assert choice.count == 0
    assert set(reasons(choice).values()) == {LeftOutReason.QUIET_DAY}


def test_closing_blocks_show_what_no_later_edition_will_take_and_nothing_that_only_waits() -> None:
    full = [candidate(number, "news", hours=number, views=9000) for number in range(1, 6)]
    old = [candidate(10 + number, "news", hours=60 + number, views=100 * number) for number in range(1, 4)]
    choice = choose([*full, *old])
    assert [one.article_id for one in choice.most_read] == [13, 12, 11]
    assert all(one.reason is LeftOutReason.SECTION_FULL for one in choice.left_out)


def test_a_reader_who_wants_a_section_wants_its_children_and_none_means_all() -> None:
    assert compose.wanted(NEWSLETTER, ["news"]) == ("news", "economy", "energy")
    assert compose.wanted(NEWSLETTER, ["energy", "no-such"]) == ("energy",)
    assert compose.wanted(NEWSLETTER, []) == SECTIONS


def test_the_reason_is_written_for_people() -> None:
    [left] = choose([candidate(1, "news"), candidate(8, "news", hours=49)]).left_out
    assert compose.why(left) == "Older than 48 hours"


candidates = st.lists(
    st.builds(
        candidate,
        st.integers(1, 60),
        st.sampled_from(SECTIONS),
        st.sampled_from(SECTIONS),
        hours=st.one_of(st.integers(0, 3), st.integers(0, 200)),  # many at one instant
        authors=st.sampled_from(((), ("A",), ("B",), ("A", "B"))),
        views=st.one_of(st.none(), st.integers(0, 5)),
        baseline=st.booleans(),
        image=st.sampled_from((None, Image("https://news.example.org/1.jpg"))),
    ),
    unique_by=lambda one: one.article_id,
    max_size=40,
)
wishes = st.sets(st.sampled_from(SECTIONS), min_size=1).map(lambda chosen: compose.wanted(NEWSLETTER, chosen))


@given(candidates, wishes, st.frozensets(st.integers(1, 60)), st.randoms(use_true_random=False))
def test_every_candidate_is_placed_once_or_left_out_once_whatever_the_order(
    found: list[Candidate], wanted: tuple[str, ...], had: frozenset[int], chance: Random
) -> None:
    choice = choose(found, wanted, had)
    told = Counter([one.article_id for one in choice.placed] + [one.article_id for one in choice.left_out])
    assert told == Counter(one.article_id for one in found)
    shuffled = list(found)
    chance.shuffle(shuffled)
    again = choose(shuffled, wanted, had)
    assert again.placed == choice.placed
    assert set(again.left_out) == set(choice.left_out)


@given(candidates, wishes, st.frozensets(st.integers(1, 60)))
def test_no_limit_is_passed_nothing_had_comes_again_and_only_wanted_sections_speak(
    found: list[Candidate], wanted: tuple[str, ...], had: frozenset[int]
) -> None:
    choice = choose(found, wanted, had)
    main = [one for one in choice.placed if one.kind in {"lead", "item"}]
    by_id = {one.article_id: one for one in found}
    assert len(main) <= NEWSLETTER.max_stories
    assert max(Counter(one.section_id for one in main).values(), default=0) <= 3
    authors = Counter(author for one in main for author in by_id[one.article_id].authors)
    assert max(authors.values(), default=0) <= 2
    assert had.isdisjoint(one.article_id for one in choice.placed)
    assert {one.section_id for one in choice.placed} <= set(wanted)


def test_categories_feed_sections_by_key_slug_or_name_and_through_their_parents() -> None:
    tree = {
        ("site", "7"): SourceCategory("7", "Economy", "economy"),
        ("site", "9"): SourceCategory("9", "Harbour dues", "dues", parent="7"),
    }
    newsletter = Newsletter.model_validate(
        {
            "id": "daily",
            "name": "Daily",
            "from": "a@example.org",
            "sections": [
                {"id": "news", "name": "News"},
                {"id": "money", "name": "Money", "parent": "news", "categories": ["ECONOMY"]},
            ],
        }
    )
    found = compose.candidates(newsletter, [facts(1, "9"), facts(2, "unknown"), facts(3)], tree)
    assert [one.sections for one in found] == [("money", "news"), ("news",), ("news",)]


def facts(number: int, *categories: str) -> compose.ArticleFacts:
    row = Article(
        id=number,
        source_id="site",
        url="https://news.example.org",
        title="T",
        published_at=NOW,
        first_seen_at=NOW,
        eligible_at=NOW,
    )
    return StoredArticle(row, tuple(("site", key) for key in categories), ("site",))
