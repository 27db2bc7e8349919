"""Bugs that other programs had over days, newsletters and changes of mind: nothing is lost and nothing doubled."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from digest import config, pipeline, subscribe
from digest.pipeline import audience, simulation
from digest.pipeline.simulation import Readers
from digest.pipeline.simulation.readers import choices
from digest.store import subscribers
from digest.subscribe import Row
from tests.acceptance.house import Newsroom, morning
from tests.pipeline.test_mornings import Office, stories, values
from tests.pipeline.test_simulating import FIRST, SECTIONS, START, article, at, ends, newsletter


@pytest.fixture
def newsroom() -> Iterator[Newsroom]:
    with Newsroom() as running:
        yield running


@pytest.fixture
def office(newsroom: Newsroom, database_url: str, tmp_path: Path) -> Iterator[Office]:
    tables = values(newsroom.url, database_url)
    first = tables["newsletters"][0]
    second = {**first, "id": "noon", "name": "Noon", "send_at": "12:00"}
    built = Office(config.parse({**tables, "newsletters": [first, second]}, tmp_path / "config.toml"))
    yield built
    built.runtime.close()


def become(office: Office, frequency: str) -> None:
    with office.runtime.store.writing() as session:
        found = subscribers.subscription(session, "ana@example.org", "daily")
        assert found is not None
        subscribe.choose_frequency(session, found.id or 0, office.settings.newsletters[0], frequency)


def test_a_weekly_reader_gets_one_in_each_of_sixty_weeks_and_everything_in_them() -> None:
    """Bug 3: nothing is compared with the time that passed since the last one."""
    days = 60 * 7
    found = [
        article(number, START + number * timedelta(hours=33), SECTIONS[number % 4]) for number in range(days * 24 // 33)
    ]
    result = simulation.simulate(
        newsletter(), found, [Readers(choices(frequency="weekly"))], FIRST, FIRST + timedelta(days=days - 1)
    )
    sundays = [one.day for one in result.editions if one.articles]
    assert sundays == [date(2026, 3, 8) + week * timedelta(days=7) for week in range(60)]
    fates = ends(result)
    due = [one.article_id for one in found if one.published_at < START + timedelta(days=days - 1)]
    assert {fates[id_] for id_ in due} == {"given"}


def test_who_changes_to_weekly_and_back_gets_each_story_once_and_none_is_stranded(
    office: Office, newsroom: Newsroom
) -> None:
    """T45, bug 13: nothing waits in a buffer of the old frequency, for there is none."""
    office.join({"ana@example.org": ""})
    got: dict[int, set[int]] = {}
    for day in range(23, 32):  # a Monday to the Tuesday after the next
        newsroom.publish(1, morning(1) + timedelta(days=day - 1, hours=-1))
        for message in office.run(morning(1) + timedelta(days=day - 1)):
            got[day] = stories(message)
        if day == 25:
            become(office, "weekly")
        if day == 29:
            become(office, "daily")
    assert got == {23: {1}, 24: {2}, 25: {3}, 29: {4, 5, 6, 7}, 30: {8}, 31: {9}}


def test_two_newsletters_of_the_same_sections_both_go_out_whole(office: Office, newsroom: Newsroom) -> None:
    """Bug 17: what one newsletter printed is no reason for another that shares no history with it."""
    for one in ("daily", "noon"):
        rows = [Row(0, {"email": "ana@example.org"}), Row(1, {"email": f"{one}@example.org"})]
        list(audience.import_subscribers(office.runtime, rows, newsletter=one, consent="a test", confirm=False))
    newsroom.publish(6, morning(24, 5))
    first, second = office.run(morning(24)), office.run(morning(24, 11))
    assert [len(first), len(second)] == [2, 2]
    assert all(stories(message) == {1, 2, 3, 4, 5, 6} for message in first + second)
    for newsletter_ in office.settings.newsletters:
        assert pipeline.preview(office.runtime, newsletter_.id, date(2026, 11, 24)).html


def test_a_section_that_is_not_printed_takes_no_article_from_another() -> None:
    """Bug 39: culture needs three and has two, which are news as well, day after day; no reader waits for them until they are old."""
    tables = [{"id": "news", "name": "News"}, {"id": "culture", "name": "Culture", "minimum": 3}]
    found = [article(number, at(1 + number // 3, 3 + number / 100), "news", "culture") for number in (1, 2, 4, 5)]
    found += [article(number, at(1 + number // 30, 2), "news") for number in (28, 29, 31, 32)]
    result = simulation.simulate(
        newsletter(sections=tables), found, [Readers(choices())], FIRST, FIRST + timedelta(days=4)
    )
    assert set(ends(result).values()) == {"given"}
    assert [one.articles for one in result.editions][:2] == [4, 4]
