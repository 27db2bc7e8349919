"""The console: each message is printed for people to read, its text part and nothing else of it."""

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TextIO

from digest.config import ProviderTable
from digest.mail import mime
from digest.providers.base import Capabilities
from digest.providers.registry import Keys, own_keys
from digest.values import Accepted, LastLook, Message, MessageKey, Refused, SendResult


class Console:
    """A provider of kind `console`."""

    capabilities = Capabilities(raw_mime=False)

    def __init__(
        self, table: ProviderTable, folder: Path = Path(), signer: object = None, stream: TextIO | None = None
    ) -> None:
        """Print to `stream`, else to standard output; nothing is signed, for no bytes leave. Raises ConfigError."""
        del folder, signer
        own_keys(table, Keys)
        self._stream = stream or sys.stdout

    def send(self, messages: Iterable[Message], last_look: LastLook) -> Iterator[tuple[MessageKey, SendResult]]:
        """Print each message that last look allows."""
        for message in messages:
            text = mime.filled(message.text, message.tokens, escape=False)
            heading = "".join(
                f"{name}: {value}\n"
                for name, value in (
                    ("From", mime.mailbox(message.sender)),
                    ("To", mime.mailbox(message.recipient)),
                    ("Subject", message.subject),
                )
            )
            if message.key not in last_look([message.key]).allowed:
                yield message.key, Refused()
                continue
            self._stream.write(f"{heading}\n{text}\n{'-' * 72}\n")
            self._stream.flush()
            yield message.key, Accepted()

    def close(self) -> None:
        """Do nothing: the stream is not ours."""
