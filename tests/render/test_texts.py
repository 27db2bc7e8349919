import unicodedata
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.render.texts import clean, clean_url, cut, direction, wrap
from digest.render.words import direction_of, known_language, words


@given(st.text(max_size=300), st.integers(min_value=5, max_value=200))
def test_a_cut_text_fits_and_is_the_beginning_of_the_whole(text: str, limit: int) -> None:
    line = clean(text)

    short = cut(line, limit)

    assert len(short) <= limit
    assert short == line or (short.endswith("…") and line.startswith(short[:-1]))


def test_a_text_is_cut_at_a_word() -> None:
    """Bug 42."""
    assert cut("The quay that the town forgot", 20) == "The quay that the…"
    assert cut("The quay, forgotten", 10) == "The quay…"
    assert cut("Donaudampfschifffahrt", 10) == "Donaudamp…"


@given(st.text(max_size=100))
def test_a_clean_text_is_one_line_without_controls_tokens_or_marks(text: str) -> None:
    line = clean(text)

    assert "%%" not in line
    assert "<!--" not in line
    assert not [one for one in line if unicodedata.category(one) in {"Cc", "Cs"}]
    line.encode()
    assert clean(line) == line


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://example.org/a?b=1&c=%20d#e", "https://example.org/a?b=1&c=%20d#e"),
        ("https://example.org/bakı/ə", "https://example.org/bak%C4%B1/%C9%99"),
        ("https://example.org/100%%20x", "https://example.org/100%25%20x"),
        ("https://example.org/%%address%%", "https://example.org/%25%address%25%"),
        (" https://example.org/a b<c>\n", "https://example.org/a%20b%3Cc%3E"),
    ],
)
def test_an_address_becomes_ascii_and_calls_no_token(url: str, expected: str) -> None:
    assert clean_url(url) == expected


def test_the_first_strong_character_gives_the_direction() -> None:
    assert direction("123 «عربي» abc") == "rtl"
    assert direction("123 “abc” عربي") == "ltr"
    assert direction("… 123", "rtl") == "rtl"


@given(st.lists(st.text(alphabet="abcdefg-/:", min_size=1, max_size=30), max_size=60), st.integers(0, 4))
def test_wrapped_lines_have_72_columns_and_no_broken_word(parts: list[str], indent: int) -> None:
    wrapped = wrap(" ".join(parts), indent)

    assert all(len(line) <= 72 for line in wrapped.splitlines())
    assert wrapped.split() == parts


def test_a_long_address_is_never_broken() -> None:
    url = "https://example.org/" + "a-long-path/" * 12

    assert url in wrap(f"See {url} for more").splitlines()


def test_a_token_is_wrapped_as_if_it_were_filled() -> None:
    line = "You get this because %%address%% asked for the daily edition (%%sections%%) on %%subscribed_on%%."

    first, *rest = wrap(line).splitlines()

    assert first == "You get this because %%address%% asked for the daily"
    assert " ".join([first, *rest]) == line


def test_a_rank_before_a_title_counts_in_the_first_line() -> None:
    first, second = wrap("word " * 17, 3, 3).splitlines()

    assert len("1. " + first) <= 72
    assert second.startswith("   word")


@pytest.mark.parametrize(
    ("wish", "language"),
    [
        ("en", "en"),
        ("de-AT", "de"),
        ("de_CH", "de"),
        ("DE", "de"),
        ("az-Latn", "az"),
        ("xx", "en"),
        ("", "en"),
        ("x!", "en"),
    ],
)
def test_an_unknown_language_gets_its_base_language_else_english(wish: str, language: str) -> None:
    assert known_language(wish) == language
    assert words(wish).language == language


def test_plurals_numbers_and_dates_are_the_languages_own() -> None:
    english, german = words("en"), words("de")

    assert [english.count("articles", n) for n in (1, 2)] == ["1 article", "2 articles"]
    assert english.count("views", 12345) == "12,345 views"
    assert german.count("views", 12345) == "12.345 Aufrufe"
    assert english.day(date(2026, 3, 3)) == "3 March 2026"
    assert german.day(date(2026, 3, 3), "date_full") == "Dienstag, 3. März 2026"


@pytest.mark.parametrize(
    ("first", "last", "english", "german"),
    [
        (date(2026, 11, 22), date(2026, 11, 24), "22–24 November 2026", "22.–24. November 2026"),
        (date(2026, 10, 31), date(2026, 11, 2), "31 October – 2 November 2026", "31. Oktober – 2. November 2026"),
        (
            date(2026, 12, 30),
            date(2027, 1, 2),
            "30 December 2026 – 2 January 2027",
            "30. Dezember 2026 – 2. Januar 2027",
        ),
    ],
)
def test_a_span_of_days_says_what_changes_and_no_more(first: date, last: date, english: str, german: str) -> None:
    spans = [words(language).span(first, last).replace("\u2009", " ") for language in ("en", "de")]

    assert spans == [english, german]


def test_an_articles_day_is_the_newsletters_and_shows_another_year() -> None:
    late = datetime(2026, 7, 11, 22, 30, tzinfo=UTC)

    assert words("en").day_of(late, "Asia/Baku", date(2026, 7, 14)) == "12 July"
    assert words("en").day_of(late, "UTC", date(2027, 1, 2)) == "11 July 2026"


@pytest.mark.parametrize(
    ("zone", "city", "place"),
    [
        ("Asia/Baku", "Baku", "Baku time"),
        ("America/New_York", "New York", "New York time"),
        ("UTC", "UTC", "UTC"),
        ("Etc/GMT+5", "GMT+5", "GMT+5"),
    ],
)
def test_a_zone_is_named_by_its_city(zone: str, city: str, place: str) -> None:
    assert (words("en").city(zone), words("en").place(zone)) == (city, place)


@pytest.mark.parametrize(
    ("language", "expected"), [("ar", "rtl"), ("he-IL", "rtl"), ("az", "ltr"), ("xx-??", "ltr"), ("", "ltr")]
)
def test_the_direction_of_a_language_is_known_by_its_tag(language: str, expected: str) -> None:
    assert direction_of(language) == expected
