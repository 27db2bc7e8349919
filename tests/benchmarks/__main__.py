"""Measures what a message costs, composed from frozen blocks, against drawing each reader's mail anew; prints a table."""

import sys
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from email.message import EmailMessage
from email.policy import SMTP

from digest import compose
from digest.config import Newsletter
from digest.mail import mime
from digest.render import INERT_TOKENS, Renderer, fill
from digest.values import (
    Candidate,
    Choice,
    EditionContent,
    Image,
    Look,
    Mailbox,
    Masthead,
    Message,
    MessageKey,
    Page,
    SectionHead,
)
from tests.benchmarks import ingest, simulate

NOW = datetime(2026, 11, 24, 6, tzinfo=UTC)
SECTIONS = tuple(f"section-{number}" for number in range(14))
NEWSLETTER = Newsletter.model_validate(
    {
        "id": "daily",
        "name": "Daily",
        "from": "a@example.org",
        "max_stories": 70,
        "sections": [{"id": one, "name": one.title()} for one in SECTIONS],
    }
)
LOOK = Look()


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


def choice(found: list[Candidate]) -> Choice:
    """Choose for a reader of everything."""
    return compose.choose(NEWSLETTER, SECTIONS, found, frozenset(), NOW)


def drawn(renderer: Renderer, edition: EditionContent, found: list[Candidate]) -> Page:
    """Draw an edition whole: what would have to be done for each reader without blocks."""
    blocks = {block.name: block for block in renderer.blocks(edition, LOOK)}
    return renderer.page(renderer.recipe(edition, choice(found), SECTIONS, LOOK), blocks)


def naive(renderer: Renderer, edition: EditionContent, found: list[Candidate]) -> bytes:
    """Draw and inline one reader's mail and let the email package write it."""
    html, text = fill(drawn(renderer, edition, found), INERT_TOKENS)
    mail = EmailMessage(policy=SMTP)
    mail["From"], mail["To"], mail["Subject"] = "a@example.org", "b@example.org", "An edition"
    mail.set_content(text, cte="quoted-printable")
    mail.add_alternative(html, subtype="html", cte="quoted-printable")
    return mail.as_bytes()


def spliced(page: Page) -> Callable[[], bytes]:
    """Return what one more reader's mail costs once the blocks are there."""
    readers = iter(range(10**9))

    def one() -> bytes:
        number = next(readers)
        message = Message(
            key=MessageKey("delivery", number),
            sender=Mailbox("a@example.org"),
            recipient=Mailbox(f"r{number}@example.org"),
            subject="An edition",
            date=NOW,
            message_id=f"<d.{number}@example.org>",
            html=page.html,
            text=page.text,
            tokens={**page.values, **INERT_TOKENS, "unsubscribe_url": f"https://news.example.org/u/{number:035}"},
        )
        return mime.wire(message)

    return one


def cpu(work: Callable[[], object], times: int) -> float:
    """Return CPU seconds of one call."""
    work()
    started = time.process_time()
    for _ in range(times):
        work()
    return (time.process_time() - started) / times


def main() -> None:
    """Print the table."""
    found = candidates(70)
    edition, renderer = content(found), Renderer()
    page = drawn(renderer, edition, found)
    size = len(spliced(page)())
    rows = [
        ("a message from frozen blocks", cpu(spliced(page), 2000)),
        ("the same drawn, inlined and written anew", cpu(lambda: naive(renderer, edition, found), 5)),
        ("a choice from 2,000 articles of 14 sections", cpu(lambda: choice(MANY), 3)),
    ]
    sys.stdout.write(f"one message: {size:,} bytes, 70 articles; CPU time, one core\n\n")
    for name, seconds in rows:
        sys.stdout.write(f"{name:<46}{seconds * 1e6:>14,.0f} µs\n")
    sys.stdout.write(f"\nratio: {rows[1][1] / rows[0][1]:,.0f} × cheaper for each further reader\n")


MANY = candidates(2000)
if __name__ == "__main__":
    main()
    sys.stdout.write("\ncollecting\n\n")
    ingest.main()
    sys.stdout.write("\nsimulating a year\n\n")
    simulate.main()
