"""From the push API into a mail: what is pushed is chosen like anything else, what is withdrawn is not printed."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from digest import collect, config
from digest.config import SourceTable
from digest.pipeline import pushing
from digest.pipeline.pushing import Outcome, ReplayError
from digest.sources import push
from digest.values import Fetched, FetchedArticle
from tests.acceptance.house import morning
from tests.pipeline.test_mornings import Office, stories, values


class Desk(Office):
    """An installation that is pushed everything it has."""

    def __init__(self, database_url: str, folder: Path) -> None:
        found = values("https://news.example.org/", database_url)
        found["sources"] = [{"id": "own", "kind": "push", "secret": "k" * 32, "settle": "10m"}]
        super().__init__(config.parse(found, folder / "config.toml"))
        [self.table] = self.settings.sources
        self._signatures = count()

    def push(self, *numbers: int, **fields: Any) -> list[Outcome]:
        return pushing.store(self.runtime, self.table, self.signature(), [article(one, **fields) for one in numbers])

    def withdraw(self, number: int) -> bool:
        return pushing.withdraw(self.runtime, self.table, self.signature(), str(number))

    def signature(self) -> str:
        return f"{next(self._signatures)}"


def article(number: int, **fields: Any) -> FetchedArticle:
    document = {
        "id": str(number),
        "url": f"https://news.example.org/story/{number}/",
        "title": f"Story {number} of the lighthouse",
        "published": morning(24, 5).isoformat(),
        "categories": ["news"],
    }
    return push.article({**document, **fields})


@pytest.fixture
def desk(database_url: str, tmp_path: Path) -> Iterator[Desk]:
    built = Desk(database_url, tmp_path)
    yield built
    built.runtime.close()


def test_what_was_pushed_in_time_is_mailed_once(desk: Desk) -> None:
    desk.join({"ana@example.org": ""})
    desk.now = morning(24, 5, 30)
    assert desk.push(1, 2) == [Outcome.NEW, Outcome.NEW]
    [message] = desk.run(morning(24))
    assert stories(message) == {1, 2}
    assert desk.push(1, revision=2, title="Corrected") == [Outcome.CHANGED]
    assert desk.run(morning(25)) == []


def test_what_need_not_settle_makes_the_next_edition(desk: Desk) -> None:
    desk.join({"ana@example.org": ""})
    desk.now = morning(24) - timedelta(minutes=5)
    desk.push(1)
    desk.push(2, settle=False)
    desk.push(3, breaking=True)
    [message] = desk.run(morning(24))
    assert stories(message) == {2, 3}


def test_what_was_withdrawn_before_the_freeze_is_not_printed(desk: Desk) -> None:
    desk.join({"ana@example.org": ""})
    desk.now = morning(24, 5, 30)
    desk.push(1, 2)
    assert desk.withdraw(1)
    assert not desk.withdraw(9)
    [message] = desk.run(morning(24))
    assert stories(message) == {2}


def test_a_push_that_fails_may_be_sent_again_and_one_that_is_taken_may_not(desk: Desk) -> None:
    with pytest.raises(ValueError, match="broken"):
        pushing.store(desk.runtime, desk.table, "s", _Broken())
    assert pushing.store(desk.runtime, desk.table, "s", [article(1)]) == [Outcome.NEW]
    with pytest.raises(ReplayError, match="taken before"):
        pushing.store(desk.runtime, desk.table, "s", [article(2)])
    with pytest.raises(ReplayError):
        pushing.withdraw(desk.runtime, desk.table, "s", "1")


def test_what_a_feed_had_first_is_the_pushers_from_then_on(desk: Desk) -> None:
    desk.now = morning(24, 5, 30)
    feed = SourceTable(id="feed", kind="feed", url="https://news.example.org/feed")
    listed = FetchedArticle(url="https://news.example.org/story/1/", title="Draft", published=morning(24, 5))
    with desk.runtime.store.writing() as session:
        collect.take(session, feed, Fetched(), morning(24, 4))
        collect.take(session, feed, Fetched(articles=(listed,)), morning(24, 5))
    assert desk.push(1) == [Outcome.NEW]
    assert desk.push(1) == [Outcome.UNCHANGED]
    assert desk.push(1, title="Corrected") == [Outcome.CHANGED]
    assert desk.withdraw(1)
    with desk.runtime.store.writing() as session:
        later = replace(listed, updated=morning(24, 5, 40))
        collect.take(session, feed, Fetched(articles=(later,)), morning(24, 5, 45))
    assert desk.push(1, title="Corrected") == [Outcome.CHANGED]
    assert desk.push(1, title="Corrected") == [Outcome.UNCHANGED]


class _Broken(list[FetchedArticle]):
    """Articles whose reading fails within the transaction."""

    def __init__(self) -> None:
        super().__init__([article(1)])
        self._reads = 0

    def __iter__(self) -> Iterator[FetchedArticle]:
        self._reads += 1
        if self._reads > 1:
            raise ValueError("broken")
        return super().__iter__()
