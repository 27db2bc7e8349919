"""The sample paper's content: an invented harbour town, its articles with times relative to the moment the demo starts."""

import tomllib
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

NAME = "The Harbour Courier"
TAGLINE = "Daily digest"
ABOUT = "An invented paper of an invented harbour town: everything in it was made up for this demonstration."
CONTACT = "editors@example.org"
POSTAL_ADDRESS = "Courier House, 1 Quay Street, Lindhaven 1000"
SECTIONS: tuple[tuple[str, str, str | None], ...] = (
    ("news", "News", None),
    ("economy", "Economy", "news"),
    ("energy", "Energy", "news"),
    ("climate", "Climate", "news"),
    ("politics", "Politics", "news"),
    ("region", "Region", "news"),
    ("interview", "Interview", None),
    ("opinion", "Opinion", None),
    ("culture", "Culture", None),
    ("books", "Books", "culture"),
    ("music", "Music", "culture"),
    ("science", "Science", None),
    ("health", "Health", "science"),
    ("sport", "Sport", None),
)
AUTHORS = (
    "Mira Solvang", "Tomás Ibarra", "Leyla Karaçay", "Jonas Brekke", "Adaeze Obiora", "Élise Garnier", "Petr Novotný", "Hana Mori",
)  # fmt: skip
_FOLDER = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Post:
    """One article of the paper, as its site keeps it; `picture` is a file's name without its ending, or empty."""

    id: int
    title: str
    slug: str
    excerpt: str
    paragraphs: tuple[str, ...]
    categories: tuple[str, ...]
    author: int
    picture: str
    views: int
    published: datetime


def posts(started_at: datetime) -> list[Post]:
    """Return all articles, those of the coming days included, with their times counted from `started_at`."""
    document = tomllib.loads((_FOLDER / "articles.toml").read_text(encoding="utf-8"))
    pool: list[str] = document["paragraphs"]
    return [_post(number, one, pool, started_at) for number, one in enumerate(document["articles"], start=101)]


def pictures() -> Path:
    """Return the folder of the paper's pictures."""
    return _FOLDER / "pictures"


def _post(number: int, one: dict[str, object], pool: list[str], started_at: datetime) -> Post:
    title, hours = str(one["title"]), float(str(one["hours"]))
    length = 8 + number * 11 % 67
    taken = tuple(pool[(number * 5 + index) % len(pool)] for index in range(length))
    excerpt = str(one.get("excerpt", ""))
    return Post(
        id=number,
        title=title,
        slug=_slug(title),
        excerpt=excerpt,
        paragraphs=((excerpt, *taken) if excerpt else taken),
        categories=tuple(str(one["in"]).split()),
        author=number % len(AUTHORS),
        picture=str(one.get("picture", "")),
        views=int(str(one.get("views", 40 + number * 37 % 700))),
        published=(started_at - timedelta(hours=hours)).replace(microsecond=0),
    )


def _slug(title: str) -> str:
    letters = "".join(character if character.isascii() and character.isalnum() else "-" for character in title.lower())
    return "-".join(part for part in letters.split("-") if part)[:60].rstrip("-")
