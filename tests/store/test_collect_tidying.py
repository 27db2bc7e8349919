"""What is old goes, in chunks; what editions printed and what still matters stays."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import select

from digest import collect, config, pipeline
from digest.models import Alarm, Article, PushSeen
from digest.runtime import Runtime
from digest.store import alarms, articles, pushes
from tests.store.wire import NOW

DAY = timedelta(days=1)


@pytest.fixture
def runtime(database_url: str, tmp_path: Path) -> Iterator[Runtime]:
    values = {"database": {"url": database_url}, "secrets": {"root": "r" * 32, "pepper": "p" * 32}}
    built = Runtime(config.parse({**values, "collect": {"keep": "30d"}}, tmp_path / "config.toml"), lambda: NOW)
    yield built
    built.close()


def test_all_that_is_old_goes_however_much_it_is(runtime: Runtime) -> None:
    old, young = NOW - 31 * DAY, NOW - 29 * DAY
    ages = [young] * 2 + [old] * (collect.MOST_PURGED + 1)
    with runtime.store.writing() as session:
        times = [{"published_at": at, "first_seen_at": at, "eligible_at": at} for at in ages]
        articles.add(session, [Article(source_id="site", url="u", title="T", **one) for one in times])  # type: ignore[arg-type]
    pipeline.tidy(runtime)
    with runtime.store.reading() as session:
        assert len(session.exec(select(Article.id)).all()) == 2


def test_alarms_that_are_over_and_old_pushes_are_forgotten(runtime: Runtime) -> None:
    with runtime.store.writing() as session:
        for name, over in (("stands", None), ("lately over", NOW - 29 * DAY), ("long over", NOW - 31 * DAY)):
            alarms.raise_(session, "stale", name, "A sentence.", NOW - 40 * DAY)
            if over:
                alarms.over(session, "stale", name, over)
        pushes.begin(session, "desk", "old", NOW - DAY)
    pipeline.tidy(runtime)
    with runtime.store.reading() as session:
        assert sorted(session.exec(select(Alarm.subject))) == ["lately over", "stands"]
        assert session.exec(select(PushSeen)).all() == []
