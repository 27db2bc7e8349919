"""Measures the real sending path into a mail server that keeps nothing: claim, last look, compose, send, record, the ledger on disk.

`python -m tests.benchmarks.sending PORT [READERS [CONNECTIONS [DATABASE_URL]]]`, with the server already there: `tests.benchmarks.sink`,
or `smtp-sink 127.0.0.1:PORT 1000`.
"""

import resource
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import insert, text

from digest import config, pipeline
from digest.models import Article, ArticleCategory, Subscriber, Subscription, Wave
from digest.pipeline import delivering, planning
from digest.runtime import Runtime
from digest.store import migrations, waves

NOW = datetime(2026, 11, 24, 6, 30, tzinfo=UTC)
SECTIONS = tuple(f"s{number}" for number in range(14))
READERS = 20_000
CONNECTIONS = 64
STORIES = 16  # 33 kB of message
_AT_ONCE = 10_000


@dataclass(frozen=True, slots=True)
class Sent:
    """What a hand-over of so many messages took: seconds by the wall and of CPU, and the memory of the process in MB."""

    messages: int
    seconds: float
    cpu: float
    memory: float

    @property
    def rate(self) -> float:
        """Messages a second."""
        return self.messages / self.seconds


def planned(url: str, folder: Path, port: int, readers: int, connections: int) -> Runtime:
    """Return an installation whose edition is frozen and owed to so many readers."""
    migrations.upgrade(url)
    runtime = Runtime(config.parse(_settings(url, port, connections), folder / "config.toml"), lambda: NOW)
    _publish(runtime)
    for start in range(1, readers + 1, _AT_ONCE):
        _join(runtime, range(start, min(start + _AT_ONCE, readers + 1)))
    newsletter = runtime.settings.newsletters[0]
    edition = pipeline.freeze_edition(runtime, newsletter, NOW.date())
    with runtime.store.reading() as session:
        home: Wave = next(one for one in waves.of(session, edition.id or 0) if one.home)
    planning.plan_wave(runtime, newsletter, home)
    return runtime


def sent(runtime: Runtime) -> Sent:
    """Hand over everything that is owed."""
    wall, cpu = time.perf_counter(), time.process_time()
    delivering.deliver_due(runtime)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    with runtime.store.reading() as session:
        states = dict(session.execute(text("SELECT state, count(*) FROM delivery GROUP BY state")).all())
    assert set(states) == {"accepted"}, states
    return Sent(states["accepted"], wall, cpu, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


def _settings(url: str, port: int, connections: int) -> dict[str, object]:
    sections = [{"id": one, "name": one, "categories": [one]} for one in SECTIONS]
    return {
        "database": {"url": url},
        "secrets": {"root": "r" * 32, "pepper": "p" * 32},
        "feedback": {"domain": "bounces.example.org"},
        "provider": {"kind": "smtp", "port": port, "tls": "none", "connections": connections},
        "sources": [{"id": "site", "kind": "push", "secret": "s" * 32}],
        "newsletters": [
            {"id": "daily", "name": "Daily", "from": "Daily <news@example.org>", "zone": "Europe/Madrid"}
            | {"send_at": "07:30", "max_stories": STORIES, "sections": sections}
        ],
    }


def _publish(runtime: Runtime) -> None:
    with runtime.store.writing() as session:
        rows = [
            Article(
                source_id="site",
                url=f"https://news.example.org/{number}",
                title=f"Article number {number} about the harbour, the wind and the price of bread",
                summary="What changed between the two delegations, and what still has to, before the ice closes the sound. "
                * 2,
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


def _join(runtime: Runtime, numbers: range) -> None:
    """Write readers of some hundred section-sets, as a list that was imported a month ago."""
    joined = NOW - timedelta(days=30)
    people = [
        {"id": one, "address": f"reader.{one}@example.org", "address_key": f"reader.{one}@example.org"}
        | {"address_hash": f"hash{one}", "name": "Ana López", "created_at": joined}
        for one in numbers
    ]
    chosen = [
        {"id": one, "subscriber_id": one, "newsletter": "daily", "state": "active", "sections": _sections(one)}
        | {"frequency": "daily", "hour": "", "zone": "", "clock": "", "language": "", "length": "short"}
        | {"text_size": "normal", "section_frequency": {}, "created_at": joined}
        for one in numbers
    ]
    with runtime.store.writing() as session:
        session.execute(insert(Subscriber), people)
        session.execute(insert(Subscription), chosen)


def _sections(number: int) -> list[str]:
    """Return every section, or all but two."""
    without = {number % 15, number % 13 + 1}
    return [] if number % 3 == 0 else [one for place, one in enumerate(SECTIONS) if place not in without]


def main(port: int, readers: int = READERS, connections: int = CONNECTIONS, url: str = "") -> None:
    """Print one line."""
    with tempfile.TemporaryDirectory() as folder:
        runtime = planned(url or f"sqlite:///{folder}/digest.db", Path(folder), port, readers, connections)
        try:
            found = sent(runtime)
        finally:
            runtime.close()
    sys.stdout.write(
        f"{found.messages:,} messages, {connections} connections, {runtime.store.engine.dialect.name}: {found.rate:,.0f}/s,"
        f" {found.cpu / found.messages * 1e6:.0f} µs CPU each, {found.memory:.0f} MB\n"
    )


if __name__ == "__main__":
    main(int(sys.argv[1]), *(int(one) for one in sys.argv[2:4]), *sys.argv[4:])  # type: ignore[arg-type]  # by place
