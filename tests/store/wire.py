"""What sources say in these tests, and what became of it."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from digest import collect, compose
from digest.config import Newsletter, SourceTable
from digest.models import Article
from digest.store import Store, articles
from digest.values import Choice, Collected, Fetched, FetchedArticle

NOW = datetime(2026, 11, 24, 6, tzinfo=UTC)
SOURCE = SourceTable(id="site", kind="feed", url="https://news.example.org/feed")
OTHER = SourceTable(id="agency", kind="feed", url="https://agency.example.net/feed", third_party=True)
EPOCH = datetime(1995, 1, 1, tzinfo=UTC)


def fetched(number: int, **changes: object) -> FetchedArticle:
    values: dict[str, object] = {
        "url": f"https://news.example.org/{number}/",
        "title": f"Article {number}",
        "guid": f"guid-{number}",
        "published": NOW - timedelta(hours=1),
    }
    return FetchedArticle(**{**values, **changes})  # type: ignore[arg-type]  # fields by name


def take(
    store: Store, *found: FetchedArticle, at: datetime = NOW, source: SourceTable = SOURCE, gone: Sequence[str] = ()
) -> Collected:
    with store.writing() as session:
        return collect.take(session, source, Fetched(articles=found, gone=tuple(gone)), at)


def every(store: Store) -> list[Article]:
    with store.reading() as session:
        return [one.article for one in articles.recent(session, EPOCH - timedelta(days=365 * 30))]


def only(store: Store) -> Article:
    [row] = every(store)
    return row


def choice(store: Store, at: datetime, had: frozenset[int] = frozenset()) -> Choice:
    """Choose for a reader of everything; articles are candidates for 48 hours."""
    newsletter = Newsletter.model_validate(
        {"id": "daily", "name": "Daily", "from": "news@example.org", "sections": [{"id": "news", "name": "News"}]}
    )
    with store.reading() as session:
        found = compose.candidates(newsletter, articles.recent(session, at - timedelta(days=30)), {})
    return compose.choose(newsletter, ("news",), found, had, at)


def printed(store: Store, at: datetime, had: frozenset[int] = frozenset()) -> set[int]:
    """Return the ids that an edition frozen at an instant gives a reader who had some: lead and items."""
    found = choice(store, at, had)
    return {one.article_id for one in (*([found.lead] if found.lead else []), *found.items)}
