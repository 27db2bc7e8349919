"""True stories whose publishers change guids, addresses and titles at will: each is new exactly once."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from digest import collect
from digest.config import SourceTable
from digest.store import Store, articles
from digest.values import Fetched, FetchedArticle
from tests.store.wire import NOW

_HOUSES = count()
_MANY = {"sqlite": 25, "postgresql": 10}


@dataclass(frozen=True)
class Told:
    """A story as its publisher names it now; each number counts the names it had."""

    number: int
    guid: int = 0
    slug: int = 0
    title: int = 0


@dataclass(frozen=True)
class Habit:
    """What a publisher's items have in common, and which names it may change without losing the story."""

    ids: bool = False
    one_guid: bool = False
    one_link: bool = False
    changes: tuple[str, ...] = ("title",)


HABITS = {
    "ids": Habit(ids=True, changes=("guid", "slug", "title")),
    "guids and addresses": Habit(changes=("guid", "slug", "title")),
    "one guid for all": Habit(one_guid=True),
    "one link for all": Habit(one_link=True),
}
Step = list[tuple[int, str]]  # stories in the order of an answer, each with the name that changes before it
steps: st.SearchStrategy[list[Step]] = st.lists(
    st.lists(st.tuples(st.integers(0, 4), st.sampled_from(["guid", "slug", "title", ""])), min_size=1, max_size=6),
    min_size=1,
    max_size=8,
)


def item(story: Told, habit: Habit, house: str) -> FetchedArticle:
    link = "live" if habit.one_link else f"{story.number}-{story.slug}"
    return FetchedArticle(
        url=f"https://{house}.example.org/{link}/",
        title=f"The {story.number}th story, in its {story.title}th wording",
        guid="x" if habit.one_guid else f"{story.number}-{story.guid}",
        external_id=str(story.number) if habit.ids else "",
        published=NOW - timedelta(hours=1),
    )


def run(store: Store, habit: Habit, script: list[Step]) -> None:
    """Tell the stories; what is shared by all is so from the first answer on."""
    house = f"house{next(_HOUSES)}"
    source = SourceTable(id=house, kind="feed", url=f"https://{house}.example.org/feed")
    told: dict[int, Told] = {}
    new = 0
    shared = habit.one_guid or habit.one_link
    for at, step in enumerate([[], [(0, ""), (1, "")] if shared else [], *script]):
        for number, name in step:
            story = told.setdefault(number, Told(number))
            if name in habit.changes and (number, name) == next(one for one in step if one[0] == number):
                told[number] = replace(story, **{name: getattr(story, name) + 1})
        answer = Fetched(articles=tuple(item(told[number], habit, house) for number, _ in step))
        with store.writing() as session:
            new += collect.take(session, source, answer, NOW + timedelta(minutes=10 * at)).new
    with store.reading() as session:
        found = [
            one.article for one in articles.recent(session, NOW - timedelta(days=9)) if one.article.source_id == house
        ]
    assert new == len(told)
    assert sorted(row.title.split()[1] for row in found) == sorted(f"{number}th" for number in told)


def check(store: Store, habit: Habit) -> Callable[[], None]:
    @settings(max_examples=_MANY[store.engine.dialect.name], suppress_health_check=list(HealthCheck))
    @given(steps)
    def each_story_is_new_once(script: list[Step]) -> None:
        run(store, habit, script)

    return each_story_is_new_once


@pytest.mark.parametrize("habit", HABITS.values(), ids=HABITS)
def test_each_true_story_is_new_exactly_once_whatever_it_is_called(store: Store, habit: Habit) -> None:
    """T23–T27."""
    check(store, habit)()
