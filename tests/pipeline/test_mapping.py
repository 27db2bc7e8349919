from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from digest import config
from digest.pipeline.mapping import check_categories
from digest.runtime import Runtime
from digest.store import alarms, sources
from digest.values import SourceCategory
from tests.acceptance.house import morning


@pytest.fixture
def runtime(database_url: str, tmp_path: Path) -> Iterator[Runtime]:
    values: dict[str, Any] = {
        "database": {"url": database_url},
        "secrets": {"root": "r" * 32, "pepper": "p" * 32},
        "sources": [{"id": "site", "kind": "wordpress", "url": "https://news.example.org"}],
        "newsletters": [
            {
                "id": "daily",
                "name": "Daily",
                "from": "Daily <news@example.org>",
                "sections": [
                    {"id": "economy", "name": "Economy", "categories": ["economy", "harbour"]},
                    {"id": "all", "name": "All"},
                ],
            }
        ],
    }
    built = Runtime(config.parse(values, tmp_path / "config.toml"), lambda: morning(24))
    yield built
    built.close()


def has(runtime: Runtime, *categories: SourceCategory) -> None:
    with runtime.store.writing() as session:
        sources.save_categories(session, "site", categories, whole=True)
        row = sources.row(session, "site")
        row.last_ok_at = morning(24)
        session.add(row)
    check_categories(runtime)


def told(runtime: Runtime) -> list[str]:
    with runtime.store.reading() as session:
        return [one.text for one in alarms.standing(session)]


def test_a_renamed_category_is_found_by_its_slug_and_a_deleted_one_is_told(runtime: Runtime) -> None:
    """T52."""
    harbour = SourceCategory("9", "Harbour", "harbour")
    has(runtime, SourceCategory("7", "Economy", "economy"), harbour)
    assert told(runtime) == []
    has(runtime, SourceCategory("7", "Business", "economy"), harbour)
    assert told(runtime) == [], "renamed"
    has(runtime, SourceCategory("7", "Business", "economy"))
    assert len(told(runtime)) == 1
    assert "“harbour”" in told(runtime)[0]
    has(runtime, SourceCategory("7", "Business", "economy"), harbour)
    assert told(runtime) == []


def test_nothing_is_told_of_a_source_that_was_never_read(runtime: Runtime) -> None:
    check_categories(runtime)
    assert told(runtime) == []
