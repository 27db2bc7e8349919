"""The languages of the mails: no string is left out, none has lost a place, and each counts as its speakers do."""

import re
import runpy
from datetime import date
from pathlib import Path

import pytest
from babel import Locale
from babel.messages import Catalog
from babel.messages.pofile import read_po

from digest.render import LANGUAGES
from digest.render.catalogues import ENGLISH_TAG, FOLDER
from digest.render.english import ENGLISH, Plural
from digest.render.words import words

OTHERS = [language for language in LANGUAGES if language != ENGLISH_TAG]


def catalogue(language: str) -> Catalog:
    with (FOLDER / f"{language}.po").open("rb") as file:
        return read_po(file, locale=language, abort_invalid=True)


def places(text: str) -> set[str]:
    return set(re.findall(r"\{(\w+)\}", text))


def forms(language: str, key: str) -> list[str]:
    """Return the text or the plural forms that a catalogue has for a key."""
    english = ENGLISH[key]
    message = catalogue(language).get(tuple(english) if isinstance(english, Plural) else english, context=key)
    assert message is not None, key
    assert message.string, key
    return [message.string] if isinstance(message.string, str) else list(message.string)


def test_the_promised_languages_are_there() -> None:
    assert {"en", "az", "tr", "ru", "de", "fr", "es", "ar"} <= set(LANGUAGES)


@pytest.mark.parametrize("language", OTHERS)
def test_no_string_is_left_out_of_a_language(language: str) -> None:
    found = catalogue(language)

    assert [message.context for message in found if message.id] == list(ENGLISH)
    assert [message.context for message in found if message.id and message.fuzzy] == []
    assert [key for key in ENGLISH if not all(forms(language, key))] == []


@pytest.mark.parametrize("language", OTHERS)
def test_the_places_of_a_string_are_the_same_in_every_language(language: str) -> None:
    for key, english in ENGLISH.items():
        texts = forms(language, key)
        wanted = places(english if isinstance(english, str) else english.other)
        assert places(texts[-1]) == wanted, key
        # Where a form is for one number alone, words may say it: Arabic has a form for two.
        assert all(wanted - {"n"} <= places(text) <= wanted for text in texts), key


@pytest.mark.parametrize("language", OTHERS)
def test_numbers_that_a_language_counts_alike_get_one_form(language: str) -> None:
    rule = Locale.parse(language).plural_form
    spoken: dict[str, set[str]] = {}
    for n in range(250):
        spoken.setdefault(rule(n), set()).add(re.sub(r"\d+", "#", words(language).count("articles", n)))

    assert {category: len(texts) for category, texts in spoken.items()} == dict.fromkeys(spoken, 1)


def test_plural_forms_are_the_languages_own() -> None:
    assert [words("ru").count("articles", n) for n in (1, 2, 5, 11, 21, 22)] == [
        "1 статья", "2 статьи", "5 статей", "11 статей", "21 статья", "22 статьи",
    ]  # fmt: skip
    assert [words("ar").count("articles", n) for n in (1, 2, 3, 11, 100)] == [
        "مقال واحد", "مقالان", "3 مقالات", "11 مقالًا", "100 مقال",
    ]  # fmt: skip
    assert [words("fr").count("articles", n) for n in (0, 1, 2)] == ["0 article", "1 article", "2 articles"]
    assert words("tr").count("articles", 1204) == "1.204 yazı"


def test_dates_are_written_as_the_language_does() -> None:
    day = date(2026, 3, 3)
    written = {language: words(language).day(day, "date_full") for language in LANGUAGES}

    assert written == {
        "en": "Tuesday, 3 March 2026",
        "ar": "الثلاثاء، 3 مارس 2026",
        "az": "3 mart 2026, çərşənbə axşamı",
        "de": "Dienstag, 3. März 2026",
        "es": "martes, 3 de marzo de 2026",
        "fr": "mardi 3 mars 2026",
        "ru": "вторник, 3 марта 2026 г.",
        "tr": "3 Mart 2026 Salı",
    }


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("last", [date(2026, 11, 24), date(2026, 12, 2), date(2027, 1, 2)])
def test_every_language_says_a_span_of_days(language: str, last: date) -> None:
    span = words(language).span(date(2026, 11, 22), last)

    assert "22" in span
    assert str(last.day) in span
    assert str(last.year) in span


@pytest.mark.parametrize(
    ("language", "written"), [("tr", "İKTİSAT IŞIK"), ("az", "İKTİSAT IŞIK"), ("en", "IKTISAT IŞIK")]
)
def test_capitals_are_the_languages_own(language: str, written: str) -> None:
    assert words(language).upper("iktisat ışık") == written


def test_a_word_that_is_none_of_ours_is_refused() -> None:
    with pytest.raises(KeyError):
        words("de").say("no_such_word")
    with pytest.raises(TypeError):
        words("de").say("articles")
    with pytest.raises(TypeError):
        words("de").count("unsubscribe", 2)


@pytest.mark.parametrize("language", OTHERS)
def test_the_catalogues_are_as_make_catalogues_writes_them(language: str, tmp_path: Path) -> None:
    write = runpy.run_path(str(Path(__file__).parents[2] / "scripts" / "update_catalogues.py"))["_write"]
    copy = tmp_path / f"{language}.po"

    assert write(catalogue(language), copy) == 0
    assert copy.read_text(encoding="utf-8") == (FOLDER / f"{language}.po").read_text(encoding="utf-8")
