"""An article and its translations: all of them, or one, and that once, in one newsletter or in two that share a history."""

from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest import config
from digest.compose.translations import Story, joined
from digest.pipeline import audience
from digest.subscribe import Row
from tests.acceptance.house import morning
from tests.pipeline.test_alerts import Paper
from tests.pipeline.test_mornings import DAY, Office, stories, values


class Bilingual(Paper):
    """A newsroom that publishes in Spanish and in English, each with a newsletter of its own."""

    def __init__(self, database_url: str, folder: Path, **changes: Any) -> None:
        raw = values("https://news.example.org/", database_url)
        raw["sources"] = [{"id": "own", "kind": "push", "secret": "k" * 32, "settle": "0s"}]
        [first] = raw["newsletters"]
        spanish = {**first, "languages": ["es"], "send_at": "07:30", "shares_history_with": ["english"], **changes}
        english = {
            **first,
            "id": "english",
            "languages": ["en"],
            "send_at": "08:30",
            "shares_history_with": ["daily"],
            **changes,
        }
        Office.__init__(self, config.parse({**raw, "newsletters": [spanish, english]}, folder / "config.toml"))
        self.daily = self.settings.newsletters[0]
        self._signatures = count()

    def both(self, at: Any) -> None:
        """Push an article in both languages, and one in each that is not translated."""
        for number, language, group in ((1, "es", "ferry"), (2, "en", "ferry"), (3, "es", ""), (4, "en", "")):
            self.push(number, at=at, language=language, translation_group=group)


@pytest.fixture
def bilingual(database_url: str, tmp_path: Path) -> Iterator[Any]:
    opened: list[Bilingual] = []

    def open_(**changes: Any) -> Bilingual:
        opened.append(Bilingual(database_url, tmp_path, **changes))
        for newsletter in opened[-1].settings.newsletters:
            rows = [Row(0, {"email": "ana@example.org"}), Row(1, {"email": f"{newsletter.id}@example.org"})]
            runtime = opened[-1].runtime
            list(audience.import_subscribers(runtime, rows, newsletter=newsletter.id, consent="x", confirm=False))
        return opened[-1]

    yield open_
    for one in opened:
        one.runtime.close()


def got(office: Office, hour: int) -> dict[str, set[int]]:
    return {message.recipient.address.partition("@")[0]: stories(message) for message in office.run(morning(24, hour))}


def test_two_newsletters_give_one_person_an_article_in_both_languages(bilingual: Any) -> None:
    """T44: articles by language."""
    paper = bilingual()
    paper.both(morning(24, 5))
    assert got(paper, 6) == {"ana": {1, 3}, "daily": {1, 3}}
    assert got(paper, 7) == {"ana": {2, 4}, "english": {2, 4}}


def test_where_translations_count_as_one_who_had_one_had_them_all(bilingual: Any) -> None:
    """T44: translations told apart from news."""
    paper = bilingual(translations="one")
    paper.both(morning(24, 5))
    assert got(paper, 6) == {"ana": {1, 3}, "daily": {1, 3}}
    assert got(paper, 7) == {"ana": {4}, "english": {2, 4}}


def test_one_edition_prints_one_of_the_translations(bilingual: Any) -> None:
    paper = bilingual(translations="one", languages=[])
    paper.both(morning(24, 5))
    assert got(paper, 6)["daily"] == {1, 3, 4}
    assert paper.edition(DAY) is not None


def test_a_copy_of_one_translation_tells_the_story_of_all() -> None:
    known: dict[int, Story] = {1: ("wire", False), 5: ("wire", False), 8: ("other", True)}
    found = joined({1: "ferry", 2: "ferry", 3: "", 4: "", 8: "alone"}, known)
    assert {found[id_][0] for id_ in (1, 2, 5)} == {"translations of ferry"}
    assert [found[id_][1] for id_ in (1, 2, 5)] == [True, True, False]
    assert found[8] == ("other", True)
    assert found.keys() == {1, 2, 5, 8}


@given(
    st.dictionaries(st.integers(1, 30), st.sampled_from(("", "a", "b", "c"))),
    st.dictionaries(st.integers(1, 30), st.tuples(st.sampled_from(("s", "t", "u")), st.booleans())),
)
def test_who_told_one_story_and_who_translates_another_tell_one(
    groups: dict[int, str], known: dict[int, Story]
) -> None:
    found = joined(groups, known)
    assert found.keys() >= known.keys()
    for one, (story, _) in known.items():
        assert all(found[one][0] == found[other][0] for other, (theirs, _) in known.items() if theirs == story)
    for one, group in groups.items():
        assert all(
            found[one][0] == found[other][0]
            for other, theirs in groups.items()
            if group == theirs != "" and one != other
        )
