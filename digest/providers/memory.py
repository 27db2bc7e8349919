"""The fake that we ship: messages are kept in a list that tests can read, outcomes are scripted by address."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from digest.config import ProviderTable
from digest.mail import signing
from digest.mail.dkim import Signer
from digest.providers.base import Capabilities
from digest.providers.registry import Keys, own_keys
from digest.values import Accepted, LastLook, Message, MessageKey, Refused, SendResult


class Memory:
    """A provider of kind `memory`. `taken` are the messages handed over, `outcomes` what to answer for an address."""

    capabilities = Capabilities()

    def __init__(self, table: ProviderTable | None = None, folder: Path = Path(), signer: Signer | None = None) -> None:
        """Begin with nothing taken. Raises ConfigError."""
        del folder
        self._signer = signer
        if table is not None:
            own_keys(table, Keys)
        self.taken: list[Message] = []
        self.outcomes: dict[str, SendResult | Callable[[], SendResult]] = {}

    def send(self, messages: Iterable[Message], last_look: LastLook) -> Iterator[tuple[MessageKey, SendResult]]:
        """Keep what last look allows, unless another outcome is scripted; an outcome that raises ends the whole hand-over."""
        for message in messages:
            signing.written(message, self._signer)  # what cannot be written must fail here as it would elsewhere
            if message.key not in last_look([message.key]).allowed:
                yield message.key, Refused()
                continue
            scripted = self.outcomes.get(message.recipient.address, Accepted())
            result = scripted() if callable(scripted) else scripted
            if isinstance(result, Accepted):
                self.taken.append(message)
            yield message.key, result

    def close(self) -> None:
        """Do nothing: what was taken stays readable."""
