"""Nodemailer's mailparser reads what we meant."""

import base64
from datetime import datetime

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from digest.mail import mime
from digest.values import Message
from tests.mail import letters, oracles
from tests.mail.letters import tidied


@given(st.lists(letters.messages(), min_size=20, max_size=20))
@settings(max_examples=15, suppress_health_check=list(HealthCheck))
def test_mailparser_reads_the_same(messages: list[Message]) -> None:
    read = oracles.mailparser([base64.b64encode(mime.wire(message)).decode() for message in messages])

    for message, found in zip(messages, read, strict=True):
        assert found["subject"] == tidied(message.subject)
        assert found["to"][0]["name"] == tidied(message.recipient.name)
        assert found["from"][0]["address"] == "news@example.org"
        assert datetime.fromisoformat(found["date"]) == message.date
        assert found["id"] == message.message_id
        assert found["list"]["unsubscribe"]["url"] == message.tokens["url"]
        assert found["list"]["unsubscribe"]["mail"] == "unsub+abc@bounces.example.org"
        assert found["text"].rstrip("\n") == mime.filled(message.text, message.tokens, escape=False).rstrip("\n")
        assert found["html"].rstrip("\n") == mime.filled(message.html, message.tokens, escape=True).rstrip("\n")
