"""The same candidates chosen from again: in another order, in another process, the choice is the same to the byte."""

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from digest import compose
from digest.config import Newsletter
from digest.values import Candidate, Choice

NOW = datetime(2026, 11, 24, 6, 10, tzinfo=UTC)
SECTIONS = ("news", "economy", "culture", "energy")


def candidates(chance: Random) -> list[Candidate]:
    """Return fifty articles, several of each minute, some of one story."""
    found = []
    for number in range(1, 51):
        moment = NOW - timedelta(minutes=chance.randrange(30))
        sections = tuple(one for one in SECTIONS if chance.random() < 0.5)
        author = chance.choice("ABC")
        story = chance.choice(("", "", f"s{number % 7}"))
        url = f"https://news.example.org/{number}"
        found.append(
            Candidate(
                number,
                "site",
                url,
                f"Article {number}",
                moment,
                moment,
                moment,
                sections,
                authors=(author,),
                story=story,
            )
        )
    return found


def seeded(seed: int) -> Random:
    return Random(seed)  # noqa: S311 -- no secret: a test that can be repeated


def chosen(found: list[Candidate], had: frozenset[int], ranking: str) -> Choice:
    tables = [{"id": one, "name": one.title()} for one in SECTIONS]
    values = {"id": "daily", "name": "Daily", "from": "a@example.org", "ranking": ranking, "sections": tables}
    paper = Newsletter.model_validate(values)
    return compose.choose(paper, compose.wanted(paper, ()), found, had, NOW)


@given(st.integers(0, 2**32), st.frozensets(st.integers(1, 50), max_size=9), st.sampled_from(("newest", "score")))
def test_in_whatever_order_the_candidates_come_the_choice_is_the_same(
    seed: int, had: frozenset[int], ranking: str
) -> None:
    """T56."""
    found = candidates(seeded(seed))
    shuffled = seeded(seed + 1).sample(found, len(found))
    assert repr(chosen(shuffled, had, ranking)) == repr(chosen(found, had, ranking))


def test_another_process_makes_the_same_choice() -> None:
    """T56: nothing hangs on how a process hashes its words."""
    code = "from tests.unit.test_choice_again import *; "
    code += "print(repr(chosen(candidates(seeded(7)), frozenset({3, 9}), 'score')))"
    printed = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2", "3")
    }
    assert printed == {f"{chosen(candidates(seeded(7)), frozenset({3, 9}), 'score')!r}\n"}
