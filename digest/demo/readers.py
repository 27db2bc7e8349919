"""The sample paper's readers: two hundred invented people, each with sections of their own choice."""

import random
from collections.abc import Iterator

from digest.demo.newsroom import SECTIONS

COUNT = 200
_GIVEN = (
    "Ana", "Björn", "Chiara", "Dilara", "Emeka", "Fatima", "Göran", "Hui", "Ivana", "João", "Kübra", "Lindiwe", "Maja", "Nikos", "Özgür",
    "Pelin", "Quentin", "Rashid", "Søren", "Thị Mai", "Uxue", "Vera", "Wojciech", "Ximena", "Yara",
)  # fmt: skip
_FAMILY = (
    "Aydın", "Bakker", "Castro", "Dvořák", "Eriksen", "Fjeld", "García", "Hoàng", "Ismayilova", "Jansen", "Kovač", "Lê", "Müller", "Nwosu",
    "O’Dea", "Papadakis", "Quiroga", "Rossi", "Šimić", "Tanaka", "Ünal", "Vega", "Watt", "Yıldız", "Žukauskas",
)  # fmt: skip
_DOMAINS = ("example.org", "example.net", "example.com")
_SETS = 40


def rows() -> Iterator[dict[str, str]]:
    """Yield the readers as lines of a list, the same each time."""
    chance = random.Random("the readers of the harbour")  # noqa: S311 -- sample people need no secrets
    ids = [id_ for id_, _, _ in SECTIONS]
    sets = [[], *(sorted(chance.sample(ids, chance.randint(1, 6)), key=ids.index) for _ in range(_SETS - 1))]
    for number in range(COUNT):
        given, family = _GIVEN[number % len(_GIVEN)], _FAMILY[(number * 7 + number // len(_GIVEN)) % len(_FAMILY)]
        chosen: list[str] = [] if number % 4 == 0 else chance.choice(sets)
        yield {
            "email": f"reader{number + 1:03}@{_DOMAINS[number % len(_DOMAINS)]}",
            "name": f"{given} {family}",
            "newsletter": "daily",
            "sections": ";".join(chosen),
        }
