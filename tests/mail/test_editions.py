"""Random editions for random readers: from frozen blocks to bytes, signed, the same as the email package would write."""

from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import dkim as oracle
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from hypothesis import given, settings
from hypothesis import strategies as st

from digest import config
from digest.mail import keys, mime, signing
from digest.mail.dkim import Signer
from digest.render import Renderer, fill
from digest.render.messages import Recipient, Writer
from digest.tokens import Tokens
from digest.values import Block, Choice, Look, MessageKey
from tests.mail import letters
from tests.mail.letters import naive, parsed, part
from tests.render import samples
from tests.render.strategies import choices

MOMENT = datetime(2026, 11, 24, 6, 30, tzinfo=UTC)
RENDERER = Renderer()
KEY = generate_private_key(65537, 2048)
SIGNER = Signer("example.org", [("test", KEY)])


@cache
def blocks(look: Look) -> dict[str, Block]:
    return {block.name: block for block in RENDERER.blocks(samples.CONTENT, look)}


@cache
def writer(name: str) -> Writer:
    values = {
        "site": {"url": "https://news.example.org", "contact": "editors@example.org"},
        "feedback": {"domain": "bounces.example.org"},
        "newsletters": [
            {
                "id": "daily",
                "name": name or "Daily",
                "from": "Daily <news@example.org>",
                "sections": [{"id": one, "name": one} for one in samples.ALL],
            }
        ],
    }
    settings_ = config.parse(values, Path("config.toml"))
    return Writer(settings_, settings_.newsletters[0], Tokens((b"a key",)), MOMENT.date(), MOMENT)


readers = st.builds(
    Recipient, st.integers(1, 2**40), letters.addresses, letters.words, st.datetimes(timezones=st.just(UTC))
)


@given(choices(), st.sampled_from(("en", "de")), st.sampled_from(letters.NASTY), readers, st.integers(1, 2**40))
@settings(max_examples=500)
def test_a_readers_edition_says_what_the_email_package_would_say(
    choice: tuple[Choice, tuple[str, ...]], language: str, name: str, reader: Recipient, delivery: int
) -> None:
    look = Look(language=language)
    page = RENDERER.page(RENDERER.recipe(samples.CONTENT, choice[0], choice[1], look), blocks(look))
    message = writer(name).message(page, MessageKey("delivery", delivery), reader, "24 November 2026")

    content = signing.written(message, SIGNER)

    ours, theirs = parsed(content), naive(message)
    html, text = fill(page, message.tokens)
    assert (part(ours, "plain"), part(ours, "html")) == (text, html)
    assert part(theirs, "plain").rstrip("\n") == text.rstrip(
        "\n"
    )  # the package adds an end of line where there is none
    assert part(theirs, "html").rstrip("\n") == html.rstrip("\n")
    for header in (
        "Message-ID",
        "List-Unsubscribe",
        "List-Unsubscribe-Post",
        "Feedback-ID",
        "Subject",
        "X-Digest-Delivery",
    ):
        assert ours[header] == theirs[header]
    assert ours["Date"].datetime == MOMENT
    assert mime.ascii_address(reader.address) == ours["To"].addresses[0].addr_spec
    record = "".join(keys.record(KEY)).encode()
    assert oracle.DKIM(content).verify(dnsfunc=lambda *_, **__: record)
