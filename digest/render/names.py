"""The names of an edition's blocks: what templates must draw and what recipes may list."""

from collections.abc import Iterable, Iterator

RANKS = 5

# The shell and what closes or divides the parts of others.
OPEN, NOTE, MAIN, MAIN_END, CLOSE = "open", "note", "main", "main-end", "close"
LEAD_HEAD, LEAD_END = "lead-head", "lead-end"
READ_ARTICLE, READ_INTERVIEW = "read-article", "read-interview"
ROW_FIRST, ROW_NEXT, ROW_END = "row-first", "row-next", "row-end"
CORRECTIONS, CORRECTIONS_END = "corrections", "corrections-end"
MOST_READ, MOST_READ_END = "most-read", "most-read-end"
ALSO_LIKE, CARD_FIRST, CARD_NEXT, CARDS_END = "also-like", "card-first", "card-next", "cards-end"

HTML_SHELL = (
    *(OPEN, NOTE, LEAD_END, READ_ARTICLE, READ_INTERVIEW, MAIN, ROW_FIRST, ROW_NEXT, ROW_END),
    *(CORRECTIONS, CORRECTIONS_END, MOST_READ, MOST_READ_END),
    *(ALSO_LIKE, CARD_FIRST, CARD_NEXT, CARDS_END, MAIN_END, CLOSE),
)
TEXT_SHELL = (OPEN, NOTE, LEAD_HEAD, CORRECTIONS, MOST_READ, ALSO_LIKE, CLOSE)


def head(section_id: str) -> str:
    """Name the head of a section."""
    return f"s-{section_id}"


def kicker(section_id: str) -> str:
    """Name the line over the lead's headline."""
    return f"kicker-{section_id}"


def also(section_id: str, place: int) -> str:
    """Name “also in News” in a meta line: the first of it begins the phrase, those after it go on."""
    return f"also-{section_id}" if place == 0 else f"also-more-{section_id}"


def more(section_id: str) -> str:
    """Name what says how much more a section has: a token in both parts, and the text's block around it."""
    return f"more-{section_id}"


def rank(number: int) -> str:
    """Name the figure of a rank from 1."""
    return f"rank-{number}"


def number(article_id: int) -> str:
    """Name the token of an article's place in a rendering."""
    return f"number-{article_id}"


def article(article_id: int, part: str) -> str:
    """Name a part of an article."""
    return f"a{article_id}-{part}"


ARTICLE_HTML = ("lead", "lead-text", "lead-button", "feature", "feature-end", "compact", "ranked", "card")
ARTICLE_TEXT = ("text", "ranked", "url")
CORRECTION = "correction"  # drawn for those articles that have one


def expected(
    shell: Iterable[str], parts: Iterable[str], sections: Iterable[str], articles: Iterable[int]
) -> Iterator[str]:
    """Yield every name that a body template has to draw."""
    yield from shell
    yield from (rank(number) for number in range(1, RANKS + 1))
    for section_id in sections:
        yield from (head(section_id), also(section_id, 0), also(section_id, 1))
    named = tuple(parts)
    for article_id in articles:
        yield from (article(article_id, part) for part in named)
