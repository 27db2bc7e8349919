"""An edition to measure with: seventy articles in fourteen sections."""

from datetime import UTC, date, datetime, timedelta

from digest.config import Newsletter
from digest.values import Candidate, EditionContent, Image, Masthead, SectionHead

NOW = datetime(2026, 11, 24, 6, tzinfo=UTC)
SECTIONS = tuple(f"section-{number}" for number in range(14))
NEWSLETTER = Newsletter.model_validate(
    {
        "id": "daily",
        "name": "Daily",
        "from": "Daily <news@example.org>",
        "reply_to": "editors@example.org",
        "max_stories": 70,
        "sections": [{"id": one, "name": one.title()} for one in SECTIONS],
    }
)


def candidates(count: int) -> list[Candidate]:
    """Return articles of all sections, a minute apart."""
    return [
        Candidate(
            article_id=number,
            source_id="site",
            url=f"https://news.example.org/2026/11/24/article-{number}/",
            title=f"Article number {number} about the harbour, the wind and the price of bread",
            published_at=NOW - timedelta(minutes=number),
            first_seen_at=NOW,
            eligible_at=NOW - timedelta(minutes=number),
            sections=(SECTIONS[number % 14],),
            summary="What changed between the two delegations, and what still has to, before the ice closes the sound.",
            image=Image(f"https://news.example.org/{number}.jpg") if number % 3 == 0 else None,
            minutes=4,
        )
        for number in range(1, count + 1)
    ]


def content(found: list[Candidate]) -> EditionContent:
    """Return an edition of these articles."""
    masthead = Masthead(
        "daily", "Daily", "Daily digest", 1, date(2026, 11, 24), "UTC", "07:30", "https://news.example.org"
    )
    return EditionContent(
        masthead, tuple(SectionHead(one, one.title()) for one in SECTIONS), {one.article_id: one for one in found}
    )
