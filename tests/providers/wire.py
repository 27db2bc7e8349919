"""What the tests of the SMTP client share: messages, a last look, the client itself, and what must be true whatever happened."""

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from digest.config import ProviderTable
from digest.providers.base import Provider
from digest.providers.registry import build
from digest.testing.smtpd import Smtpd
from digest.values import Accepted, Handover, Mailbox, Message, MessageKey, SendResult, Uncertain

BASE = ("8BITMIME", "ENHANCEDSTATUSCODES")
MODES = {
    "data": BASE,
    "data-pipelined": (*BASE, "PIPELINING"),
    "bdat": (*BASE, "CHUNKING"),
    "bdat-pipelined": (*BASE, "PIPELINING", "CHUNKING"),
    "everything": (*BASE, "PIPELINING", "CHUNKING", "DSN", "SMTPUTF8", "SIZE 10240000"),
}


def message(number: int, **more: Any) -> Message:
    values: dict[str, Any] = {
        "key": MessageKey("delivery", number),
        "sender": Mailbox("news@example.org", "The Courier"),
        "recipient": Mailbox(f"r{number}@example.org"),
        "subject": f"Edition {number}",
        "date": datetime(2026, 11, 24, 6, 30, tzinfo=UTC),
        "message_id": f"<d.{number}@example.org>",
        "html": ("<p>Hello %%name%%</p>",),
        "text": ("Hello %%name%%\n.\n..\nFrom here\n",),
        "tokens": {"name": "Ana"},
        "headers": (("List-Unsubscribe", "<https://news.example.org/u/abc>"),),
        "envelope_sender": f"b+{number}@bounces.example.org",
    }
    return Message(**(values | more))


class Gate:
    """A last look that remembers what it was asked, refuses some, and may do something first."""

    def __init__(self, *refused: int, first: Callable[[], object] = lambda: None) -> None:
        self.asked: list[int] = []
        self._refused = refused
        self._first = first

    def __call__(self, keys: Sequence[MessageKey]) -> Handover:
        self.asked += [key.id for key in keys]
        self._first()
        return Handover(frozenset(key for key in keys if key.id not in self._refused))


def smtp(port: int, connections: int = 1, **keys: Any) -> Provider:
    table = {"host": "127.0.0.1", "port": port, "tls": "none", "chunking": True, **keys}
    return build(ProviderTable(kind="smtp", connections=connections, **table), Path())


def send(provider: Provider, messages: Iterable[Message], gate: Gate) -> dict[int, SendResult]:
    """Hand messages over and close; every key has one result."""
    found = list(provider.send(messages, gate))
    provider.close()
    assert len({key for key, _ in found}) == len(found), "one result a message"
    return {key.id: result for key, result in found}


def keeps_its_promises(server: Smtpd, results: dict[int, SendResult], *, surprises: Iterable[str] = ()) -> None:
    """Whatever went wrong: accepted ⊆ kept ⊆ accepted ∪ uncertain, nothing twice, no connection open, no rule broken."""
    assert server.quiet(), "no connection leaks"
    kept = {int(name.split(".")[1].partition("@")[0]): copies for name, copies in server.copies.items()}
    accepted = {number for number, result in results.items() if isinstance(result, Accepted)}
    uncertain = {number for number, result in results.items() if isinstance(result, Uncertain)}
    assert accepted <= set(kept)
    assert set(kept) <= accepted | uncertain
    assert all(copies == 1 for copies in kept.values()), "no message twice"
    assert set(server.surprises) - set(surprises) == set()
