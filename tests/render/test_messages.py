"""The mail of one delivery: its headers, its return path, and the same bytes at every try."""

import base64
import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest import config
from digest.mail import mime
from digest.render.messages import Recipient, Writer
from digest.tokens import Tokens, TokenType
from digest.values import Message, MessageKey, Page

MOMENT = datetime(2026, 11, 24, 6, 30, tzinfo=UTC)
TOKENS = Tokens((b"the newest key", b"an older key"))
PAGE = Page("The ice is gone", "", ("<p>%%name%%</p>",), ("%%unsubscribe_url%%",), {"day": "Tuesday"})
ANA = Recipient(7, "ana@example.net", "Ana", MOMENT - timedelta(days=9))
NEWSLETTER = {"id": "daily", "sections": [{"id": "news", "name": "News"}]}


def written(
    tokens: Tokens = TOKENS,
    delivery: int = 41,
    feedback: str = "bounces.example.org",
    name: str = "The Courier",
    sender: str = "The Courier <news@example.org>",
) -> Message:
    newsletter = {**NEWSLETTER, "name": name, "from": sender}
    site = {"url": "https://news.example.org", "contact": "editors@example.org"}
    values: dict[str, Any] = {"site": site, "feedback": {"domain": feedback}, "newsletters": [newsletter]}
    settings = config.parse(values, Path("config.toml"))
    writer = Writer(settings, settings.newsletters[0], tokens, date(2026, 11, 24), MOMENT)
    return writer.message(PAGE, MessageKey("delivery", delivery), ANA, "15 November 2026")


def test_every_header_that_receivers_ask_for_stands_once() -> None:
    message = written()

    token, name = TOKENS.mint(TokenType.UNSUBSCRIBE, 7), TOKENS.name(TokenType.MESSAGE_ID, 41)
    caseless = base64.b32encode(base64.urlsafe_b64decode(f"{token}=")).decode().rstrip("=").lower()
    boundary = re.search(r'boundary="(.*)"', mime.parts(message).head.decode())
    assert boundary is not None
    assert mime.parts(message).head.decode() == (
        "From: The Courier <news@example.org>\r\n"
        "To: Ana <ana@example.net>\r\n"
        "Subject: The ice is gone\r\n"
        "Date: Tue, 24 Nov 2026 06:30:00 +0000\r\n"
        f"Message-ID: <d.{name}@example.org>\r\n"
        "List-Id: The Courier <daily.example.org>\r\n"
        f"List-Unsubscribe: <https://news.example.org/u/{token}>,\r\n"
        f" <mailto:unsub+{caseless}@bounces.example.org>\r\n"
        "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"
        "List-Help: <mailto:editors@example.org>\r\n"
        "Feedback-ID: 2026-11-24:daily:edition:newsdigest\r\n"
        "Auto-Submitted: auto-generated\r\n"
        "Precedence: bulk\r\n"
        "X-Auto-Response-Suppress: All\r\n"
        f"X-Digest-Delivery: {name}\r\n"
        "MIME-Version: 1.0\r\n"
        f'Content-Type: multipart/alternative;\r\n boundary="{boundary[1]}"\r\n'
    )
    assert len(caseless) == 42


@given(st.integers(1, 2**63 - 1))
def test_the_return_path_is_the_deliverys_own_and_can_be_read_back(delivery: int) -> None:
    message = written(delivery=delivery)

    local, _, domain = message.envelope_sender.partition("@")
    assert domain == "bounces.example.org"
    assert len(local) <= 64
    assert local == local.lower()
    assert TOKENS.read_name(TokenType.VERP, local.removeprefix("b+")) == delivery
    assert TOKENS.read_name(TokenType.MESSAGE_ID, message.envelope_id) == delivery
    assert f"<d.{message.envelope_id}@example.org>" == message.message_id


def test_without_a_domain_for_bounces_nobody_is_told_to_write_there() -> None:
    message = written(feedback="")

    assert message.envelope_sender == ""
    assert "mailto:unsub" not in dict(message.headers)["List-Unsubscribe"]


def test_a_retry_after_a_new_key_has_the_same_bytes() -> None:
    before = Tokens((b"the first key",))
    after = Tokens((b"a newer key", b"the first key"))

    first, again = written(before), written(after.of_key(before.key_id))

    assert again == first
    assert mime.wire(again) == mime.wire(first)
    assert written(after) != first


def test_a_key_that_is_gone_gives_way_to_the_newest() -> None:
    tokens = Tokens((b"a newer key",))

    assert tokens.of_key(Tokens((b"a lost key",)).key_id) == tokens
    assert tokens.of_key(None) == tokens


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Täglich, früh", "=?utf-8?b?VMOkZ2xpY2gsIGZyw7xo?= <daily.example.org>"),
        ("News, daily", '"News, daily" <daily.example.org>'),
        ("n" * 250, "<daily.example.org>"),
    ],
)
def test_a_newsletters_name_never_spoils_its_list_id(name: str, shown: str) -> None:
    assert dict(written(name=name).headers)["List-Id"] == shown


def test_a_sender_with_other_letters_in_its_domain_has_ascii_ids() -> None:
    message = written(sender="news@örnek.example")

    assert message.message_id.endswith("@xn--rnek-4qa.example>")
    assert dict(message.headers)["List-Id"] == "The Courier <daily.xn--rnek-4qa.example>"
    assert mime.wire(message).isascii()


def test_a_feedback_id_has_four_fields_and_none_of_a_reader() -> None:
    fields = dict(written().headers)["Feedback-ID"].split(":")

    assert len(fields) == 4
    assert 5 <= len(fields[3]) <= 15
    assert fields == dict(written(delivery=99).headers)["Feedback-ID"].split(":")
