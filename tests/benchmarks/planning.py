"""Measures editions at size: choices for thousands of section-sets, and a wave planned for many readers; prints a table.

`python -m tests.benchmarks.planning [READERS [DATABASE_URL]]`: SQLite in a scratch folder by default.
"""

import itertools
import resource
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

from sqlalchemy import insert, text

from digest import compose, config, pipeline
from digest.config import Newsletter
from digest.engines.base import KeepsTables
from digest.models import Article, ArticleCategory, Subscriber, Subscription, Wave
from digest.pipeline import planning
from digest.runtime import Runtime
from digest.store import migrations, waves
from digest.values import Candidate, Image

NOW = datetime(2026, 11, 24, 6, 30, tzinfo=UTC)
SECTIONS = tuple(f"s{number}" for number in range(14))
READERS = 1_000_000
SETS = 4_096
ARTICLES = 20_000


def candidates(chance: Random) -> list[Candidate]:
    """Return articles of the last two days in one to three sections each."""
    return [
        Candidate(
            article_id=number,
            source_id="site",
            url=f"https://news.example.org/{number}",
            title=f"Article {number} about subject{number % 50} and harbour{number % 70}",
            published_at=NOW - timedelta(hours=chance.random() * 47),
            first_seen_at=NOW,
            eligible_at=NOW - timedelta(hours=1),
            sections=tuple(sorted(chance.sample(SECTIONS, chance.choice((1, 1, 2, 3))))),
            authors=(f"author {number % 200}",),
            image=Image("https://news.example.org/1.jpg") if number % 2 else None,
        )
        for number in range(1, ARTICLES + 1)
    ]


def choices() -> float:
    """Return the CPU seconds of one choice for each of many section-sets, the ranking included."""
    chance = Random(1)  # noqa: S311 -- the same articles each time
    tables = [{"id": one, "name": one} for one in SECTIONS]
    newsletter = Newsletter.model_validate({"id": "d", "name": "D", "from": "a@example.org", "sections": tables})
    found = candidates(chance)
    sets = [
        tuple(one for place, one in enumerate(SECTIONS) if mask >> place & 1)
        for mask in chance.sample(range(1, 2 ** len(SECTIONS)), SETS)
    ]
    started = time.process_time()
    pool = compose.Pool(newsletter, found, NOW, timedelta(hours=48))
    for wanted in sets:
        compose.choose_from(pool, wanted, frozenset()).choice(explain=False)
    return time.process_time() - started


def planned(readers: int, url: str, folder: Path) -> tuple[float, float]:
    """Return the seconds of planning a wave for so many readers, and how many MB the process grew by."""
    runtime = _newsroom(url, folder)
    try:
        _fill(runtime, readers)
        newsletter = runtime.settings.newsletters[0]
        edition = pipeline.freeze_edition(runtime, newsletter, NOW.date())
        with runtime.store.reading() as session:
            home: Wave = next(one for one in waves.of(session, edition.id or 0) if one.home)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        started = time.perf_counter()
        planning.plan_wave(runtime, newsletter, home)
        seconds = time.perf_counter() - started
        with runtime.store.reading() as session:
            number = session.execute(text("SELECT count(*) FROM delivery")).scalar_one()
        assert number == readers, number
        return seconds, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    finally:
        runtime.close()


def _newsroom(url: str, folder: Path) -> Runtime:
    migrations.upgrade(url)
    values = {
        "database": {"url": url},
        "secrets": {"root": "r" * 32, "pepper": "p" * 32},
        "sources": [{"id": "site", "kind": "push", "secret": "s" * 32}],
        "newsletters": [
            {
                "id": "daily",
                "name": "Daily",
                "from": "Daily <news@example.org>",
                "zone": "Europe/Madrid",
                "send_at": "07:30",
                "sections": [{"id": one, "name": one, "categories": [one]} for one in SECTIONS],
            }
        ],
    }
    runtime = Runtime(config.parse(values, folder / "config.toml"), lambda: NOW)
    if isinstance(runtime.engine, KeepsTables):
        runtime.engine.upgrade()
    return runtime


def _fill(runtime: Runtime, readers: int) -> None:
    """Write articles and readers of some hundred section-sets, as a list that was imported a month ago."""
    sets = [list(one) for size in (0, 1, 2) for one in itertools.combinations(SECTIONS, size)]
    joined = NOW - timedelta(days=30)
    with runtime.store.writing() as session:
        rows = [
            Article(
                source_id="site",
                url=f"https://news.example.org/{number}",
                title=f"Article {number}",
                published_at=NOW - timedelta(hours=number % 20 + 1),
                first_seen_at=NOW - timedelta(hours=21),
                eligible_at=NOW - timedelta(hours=1),
            )
            for number in range(56)
        ]
        session.add_all(rows)
        session.flush()
        session.add_all(
            ArticleCategory(article_id=row.id or 0, source_id="site", category=SECTIONS[place % 14])
            for place, row in enumerate(rows)
        )
        for start in range(1, readers + 1, 10_000):
            numbers = range(start, min(start + 10_000, readers + 1))
            people = [
                {"id": one, "address": f"r{one}@example.org", "address_key": f"r{one}@example.org"}
                | {"address_hash": f"hash{one}", "name": "", "created_at": joined}
                for one in numbers
            ]
            session.execute(insert(Subscriber), people)
            chosen = [
                {
                    "id": one,
                    "subscriber_id": one,
                    "newsletter": "daily",
                    "state": "active",
                    "sections": sets[one % len(sets)],
                }
                | {"frequency": "daily", "hour": "", "zone": "", "clock": "", "language": "", "length": "short"}
                | {"text_size": "normal", "section_frequency": {}, "created_at": joined}
                for one in numbers
            ]
            session.execute(insert(Subscription), chosen)


def main(readers: int = READERS, url: str = "") -> None:
    """Print the table."""
    seconds = choices()
    sys.stdout.write(
        f"{SETS:,} choices from {ARTICLES:,} articles of {len(SECTIONS)} sections: {seconds:.2f} s CPU (goal 5 s)\n"
    )
    with tempfile.TemporaryDirectory() as folder:
        url = url or f"sqlite:///{folder}/digest.db"
        name = url.partition(":")[0]
        seconds, grown = planned(readers, url, Path(folder))
    sys.stdout.write(f"{readers:,} deliveries planned on {name}: {seconds:.1f} s, {grown:.0f} MB more memory\n")


if __name__ == "__main__":
    main(*(int(one) if place == 0 else one for place, one in enumerate(sys.argv[1:])))  # type: ignore[arg-type]  # by place
