"""Measures a simulated year: 1,000 readers, 40 articles a day in 14 sections; prints a table.

`python -m tests.benchmarks.simulate [DAYS] [READERS]`
"""

import random
import resource
import sys
import time
from datetime import UTC, date, datetime, timedelta

from digest.config import Newsletter
from digest.pipeline import simulation
from digest.values import Candidate, Image

FIRST = date(2026, 1, 1)
START = datetime(2026, 1, 1, tzinfo=UTC)
SECTIONS = tuple(f"section-{number}" for number in range(14))
NEWSLETTER = Newsletter.model_validate(
    {
        "id": "daily",
        "name": "Daily",
        "from": "a@example.org",
        "zone": "Europe/Madrid",
        "sections": [{"id": one, "name": one.title()} for one in SECTIONS],
    }
)


def archive(days: int, each: int) -> list[Candidate]:
    """Return so many articles of each day, at any minute of it, some in two sections; the same every time."""
    chance = random.Random(7)  # noqa: S311 -- a benchmark's data, no secret
    found = []
    for number in range(days * each):
        at = START + timedelta(days=number // each, minutes=chance.randrange(24 * 60))
        found.append(
            Candidate(
                article_id=number + 1,
                source_id="site",
                url=f"https://news.example.org/{number}/",
                title=f"Article number {number} about the harbour, the wind and the price of bread",
                published_at=at,
                first_seen_at=at + timedelta(minutes=chance.randrange(30)),
                eligible_at=at,
                sections=tuple(sorted(chance.sample(SECTIONS, 1 + (chance.random() < 0.2)), key=SECTIONS.index)),
                authors=(f"Author {chance.randrange(60)}",),
                image=Image(f"https://news.example.org/{number}.jpg") if chance.random() < 0.7 else None,
                views=chance.randrange(1000),
            )
        )
    return found


def main(days: int = 365, readers: int = 1000) -> None:
    """Print the table."""
    last = FIRST + timedelta(days=days - 1)
    found = archive(days, 40)
    people = simulation.invented(NEWSLETTER, readers, 1, START, START + timedelta(days=days))
    started = time.process_time()
    result = simulation.simulate(NEWSLETTER, found, people, FIRST, last)
    seconds = time.process_time() - started
    books = result.account
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    choices = sum(one.groups for one in result.editions)
    sys.stdout.write(
        f"{len(result.editions)} editions, {len(found):,} articles, {readers:,} readers ({len(people)} kinds): {choices:,} choices\n"
        f"{'simulated, CPU time, one core':<46}{seconds:>14,.1f} s\n"
        f"{'most memory of the process':<46}{memory:>14,.0f} MB\n"
        f"{books.owed:,} owed, {books.given:,} given, {sum(books.faults.values())} faults\n"
    )


if __name__ == "__main__":
    main(*(int(one) for one in sys.argv[1:]))
