"""The `Provider` protocol: messages go in, one result for each comes out as it is known."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol

from digest.values import LastLook, Message, MessageKey, SendResult


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a mail service can do; asked at configuration time, so that nothing is dropped silently later."""

    max_batch: int = 1
    raw_mime: bool = True
    keeps_message_id: bool = True
    idempotency: bool = False


class Provider(Protocol):
    """Hands messages to a mail service: one result a message, as they come.

    Found by the entry point group `digest.providers`; built as `Kind(table: ProviderTable, folder: Path, signer: Signer | None)`,
    refusing a wrong table with ConfigError. Kinds that write the bytes themselves sign them (`digest.mail.signing.written`).
    """

    @property
    def capabilities(self) -> Capabilities:
        """What this service can do."""
        ...

    def send(self, messages: Iterable[Message], last_look: LastLook) -> Iterator[tuple[MessageKey, SendResult]]:
        """Hand the messages over, calling `last_look` when a message is complete but for its end.

        Every message gets exactly one result, in any order. `last_look` is called in the thread that iterates, with as many keys as wait;
        `messages` may block and may be pulled in another. Calls from several threads may be under way. Never raises for a single
        message; raises ProviderError when the service cannot be used at all, and then nothing that has no result yet was handed over.
        """
        ...

    def close(self) -> None:
        """Say goodbye to the service and free its connections; calls that are under way end, unanswered messages uncertain."""
        ...
