"""Measures what one more reader's mail costs, links, tokens, headers and envelope included, against what others do; prints a table.

`python -m tests.benchmarks.content`
"""

import random
import sys
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from email.message import EmailMessage
from email.policy import SMTP
from itertools import cycle
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256

from digest import compose, config
from digest.mail import mime
from digest.mail.dkim import Signer
from digest.render import Renderer, fill
from digest.render.messages import Recipient, Writer
from digest.tokens import Tokens
from digest.values import Candidate, Choice, EditionContent, Look, Message, MessageKey, Page
from tests.benchmarks.edition import NEWSLETTER, NOW, SECTIONS, candidates, content

LOOK = Look()
ARTICLES = 34  # 48 kB of HTML and text
SETS = 200  # renderings among which a batch of any section-sets moves
ROUNDS = 20


def pages(renderer: Renderer, edition: EditionContent, found: list[Candidate], sets: int = SETS) -> list[Page]:
    """Return the rendering of everything, then those of random section-sets of much the same size, of the same blocks."""
    blocks = {block.name: block for block in renderer.blocks(edition, LOOK)}
    dice = random.Random(1)  # noqa: S311 -- the same at every run
    every = [SECTIONS, *(tuple(one for one in SECTIONS if dice.random() < 0.9) for _ in range(sets))]
    return [renderer.page(renderer.recipe(edition, choose(one, found), one, LOOK), blocks) for one in every]


def choose(sections: tuple[str, ...], found: list[Candidate]) -> Choice:
    """Choose for a reader of these sections."""
    mine = [one for one in found if set(one.sections) & set(sections)]
    return compose.choose(NEWSLETTER, sections, mine, frozenset(), NOW)


def writer() -> Writer:
    """Return what writes the edition's messages, with a return path for each."""
    settings = config.parse(
        {
            "site": {"url": "https://news.example.org", "contact": "editors@example.org"},
            "feedback": {"domain": "bounces.example.org"},
        },
        Path("config.toml"),
    )
    return Writer(settings, NEWSLETTER, Tokens((b"r" * 43,)), NOW.date(), NOW)


def messages(one: Writer, pages_: list[Page]) -> Iterator[Message]:
    """Write messages without end to readers as a batch has them, of one page after another."""
    since = NOW - timedelta(days=100)
    readers = [Recipient(number, f"reader.{number}@example.org", "Ana López", since) for number in range(1, 5001)]
    keys = [MessageKey("delivery", to.subscription_id) for to in readers]
    renderer = Renderer()
    for page, to, key in zip(cycle(pages_), cycle(readers), cycle(keys), strict=False):
        yield one.message(page, key, to, renderer.day_in_words(one.subscribed_day(to), "en"))


def composed(one: Writer, pages_: list[Page]) -> Callable[[], mime.Wire]:
    """Return what makes the next reader's mail of frozen blocks."""
    stream = messages(one, pages_)
    return lambda: mime.parts(next(stream))


def naive(one: Writer, page: Page) -> Callable[[], bytes]:
    """Return what fills the next reader's values into one rendering and has the email package write it."""
    stream = messages(one, [page])

    def write() -> bytes:
        message = next(stream)
        html, text = fill(page, message.tokens)
        mail = EmailMessage(policy=SMTP.clone(max_line_length=998))
        mail["From"], mail["To"] = mime.mailbox(message.sender), mime.mailbox(message.recipient)
        mail["Subject"], mail["Date"], mail["Message-ID"] = message.subject, message.date, message.message_id
        for name, value in message.headers:
            mail[name] = value
        mail.set_content(text, cte="quoted-printable")
        mail.add_alternative(html, subtype="html", cte="quoted-printable")
        return mail.as_bytes()

    return write


def signed(one: Writer, page: Page) -> tuple[Callable[[], bytes], Callable[[], bytes]]:
    """Return what composes and signs the next reader's mail with RSA-2048, and the bare RSA operation."""
    key = generate_private_key(65537, 2048)
    signer, make = Signer("example.org", [("bench", key)]), composed(one, [page])
    padding, algorithm = PKCS1v15(), SHA256()
    return lambda: signer.sign(*make(), NOW), lambda: key.sign(b"x" * 1500, padding, algorithm)


def cpu(works: list[tuple[Callable[[], object], int]]) -> list[float]:
    """Return CPU seconds of one call of each work, the best of some interleaved rounds of so many calls."""
    best = [float("inf")] * len(works)
    for _ in range(ROUNDS):
        for at, (work, times) in enumerate(works):
            work()
            started = time.process_time()
            for _ in range(times):
                work()
            best[at] = min(best[at], (time.process_time() - started) / times)
    return best


def main() -> None:
    """Print the table."""
    found = candidates(ARTICLES)
    edition, renderer, one = content(found), Renderer(), writer()
    made, many = pages(renderer, edition, found), candidates(2000)
    first = next(messages(one, made))
    size = len(mime.filled(first.html + first.text, first.tokens, escape=True).encode())
    with_key, bare = signed(one, made[0])
    works: list[tuple[str, Callable[[], object], int]] = [
        ("the rendering known", composed(one, made[:1]), 200),
        ("any section-set", composed(one, made), 200),
        ("filled in, written by the email package", naive(one, made[0]), 5),
        ("drawn, inlined and written for each reader", lambda: pages(renderer, edition, found, 0), 1),
        ("a choice from 2,000 articles of 14 sections", lambda: choose(SECTIONS, many), 1),
        ("composed and signed, RSA-2048", with_key, 20),
        ("the bare RSA operation", bare, 20),
    ]
    best = cpu([(work, times) for _, work, times in works])
    sys.stdout.write(
        f"one message: {size:,} bytes of HTML and text, {ARTICLES} articles, {SETS} section-sets; CPU time, one core\n\n"
    )
    for (name, _, _), seconds in zip(works, best, strict=True):
        sys.stdout.write(f"{name:<46}{seconds * 1e6:>14,.1f} µs\n")
    _, any_set, by_package, drawn, _, signing, operation = best
    sys.stdout.write(f"\nany section-set (goal: 30 µs): {by_package / any_set:,.0f} × cheaper than the email package,")
    sys.stdout.write(f" {drawn / any_set:,.0f} × than drawing anew\n")
    sys.stdout.write(f"signed (goal: 75 %): {operation / signing:.0%} of the bare signing rate\n")


if __name__ == "__main__":
    main()
