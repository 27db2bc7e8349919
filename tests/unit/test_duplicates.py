from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.collect.doubles import wording
from digest.collect.duplicates import likeness, near, representative, sketch, titles_alike, tokens
from digest.models import Article
from digest.store.near_duplicates import Words

NOW = datetime(2026, 11, 24, 6, tzinfo=UTC)
LONG = " ".join(f"word{n}" for n in range(100))
texts = st.lists(st.sampled_from([f"w{n}" for n in range(30)]), max_size=120).map(tuple)


def said(title: str, text: str = "", summary: str = "", *, language: str = "en", hours: float = 0) -> Words:
    return Words(1, "site", title, summary, text, language, NOW + timedelta(hours=hours))


def changed(text: str, every: int) -> str:
    """Return a text in which every so-many-th word is another one."""
    return " ".join("other" if at % every == 0 else word for at, word in enumerate(text.split(), 1))


def test_case_accents_and_punctuation_make_no_difference() -> None:
    assert tokens("«Él» dijo: ¡ÉXITO! — co-op, 3,5 %") == tokens("el dijo exito co op 3 5")


def test_scripts_without_spaces_are_compared_by_their_characters() -> None:
    assert tokens("東京で地震 today") == ("東", "京", "で", "地", "震", "today")


@pytest.mark.parametrize(
    ("one", "other", "sure"),
    [
        pytest.param(said("Fire", LONG), said("Fire", changed(LONG, 20)), True, id="same title, nearly the same text"),
        pytest.param(said("Fire", LONG), said("FIRE!", changed(LONG, 20), hours=71), True, id="three days apart"),
        pytest.param(
            said("Fire in the port", LONG), said("Fire at the port", changed(LONG, 90)), True, id="reworded title"
        ),
        pytest.param(said("Fire in the port", LONG), said("What we know", LONG), False, id="another title, same text"),
        pytest.param(said("Weather for the 1st", LONG), said("Weather for the 2nd", LONG), False, id="numbered titles"),
        pytest.param(
            said("Fire", summary="Two people were hurt when a shed burnt down."),
            said("Fire", summary="Two people were hurt when a shed burnt down.", hours=2),
            True,
            id="same summary, reposted",
        ),
        pytest.param(
            said("Fire", LONG), said("Fire", summary=" ".join(LONG.split()[:50])), True, id="text and its beginning"
        ),
        pytest.param(
            said("The day in pictures", summary="Our best photographs of the last day, chosen for you."),
            said("The day in pictures", summary="Our best photographs of the last day, chosen for you.", hours=24),
            False,
            id="a daily column",
        ),
        pytest.param(
            said("Live", summary="Follow us."), said("Live", summary="Follow us."), False, id="too little to say"
        ),
    ],
)
def test_near_duplicates_are_found_and_doubtful_ones_are_not_sure(one: Words, other: Words, sure: bool) -> None:
    found, back = near(wording(one), wording(other)), near(wording(other), wording(one))
    assert found is not None
    assert found.sure is sure
    assert back == found


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param(said("The week", LONG), said("The week", changed(LONG, 3)), id="a column: same title, other text"),
        pytest.param(said("Fire", LONG), said("Fire", LONG, hours=73), id="more than 72 hours apart"),
        pytest.param(said("Fire", LONG), said("Fire", LONG, language="es"), id="two languages"),
        pytest.param(said("Fire"), said("Fire"), id="a title alone"),
        pytest.param(
            said("Fire", summary="The same few words."),
            said("Flood", summary="The same few words."),
            id="a short text alone",
        ),
        pytest.param(said("A"), said("B", LONG), id="nothing alike"),
    ],
)
def test_what_only_looks_alike_is_no_near_duplicate(one: Words, other: Words) -> None:
    """T34."""
    assert near(wording(one), wording(other)) is None


def test_regions_of_one_language_are_one_language() -> None:
    assert near(wording(said("Fire", LONG, language="en-GB")), wording(said("Fire", LONG, language="en-us")))


@given(texts, texts)
def test_likeness_is_the_same_from_both_sides_and_whole_only_for_the_same_words(
    one: tuple[str, ...], other: tuple[str, ...]
) -> None:
    assert likeness(one, other) == likeness(other, one)
    assert 0 <= likeness(one, other) <= 1
    assert likeness(one, one) == (1 if one else 0)


@given(st.lists(st.integers(0, 10_000), min_size=60, max_size=800, unique=True), st.integers(0, 10**6))
def test_near_duplicates_share_a_hash_of_their_sketches(numbers: list[int], chance: int) -> None:
    words = [f"w{number}" for number in numbers]
    at = chance % len(words)
    one = wording(said("One title", " ".join(words)))
    other = wording(said("Another title", " ".join([*words[:at], "changed", *words[at + 1 :]])))
    shorter = wording(said("A third title", " ".join(words[: max(48, len(words) * 2 // 3)])))
    assert sketch(one) & sketch(other)
    assert sketch(one) & sketch(shorter)


def test_titles_are_alike_when_half_of_their_letters_are() -> None:
    assert titles_alike("The bridge opens in May", "Bridge opens in May!")
    assert not titles_alike("The bridge opens in May", "Storm closes forty schools")


def test_the_own_site_stands_for_a_group_then_the_earliest_then_the_longest() -> None:
    rows = [
        Article(id=1, source_id="agency", url="", title="", published_at=NOW, first_seen_at=NOW, eligible_at=NOW),
        Article(id=2, source_id="site", url="", title="", published_at=NOW, first_seen_at=NOW, eligible_at=NOW),
        Article(id=3, source_id="site", url="", title="", published_at=NOW, first_seen_at=NOW, eligible_at=NOW),
    ]
    rows[0].published_at = NOW - timedelta(hours=1)
    assert representative(rows, {"agency"}, {2: 10, 3: 20}).id == 3
    assert representative(rows, set(), {2: 10, 3: 20}).id == 1
