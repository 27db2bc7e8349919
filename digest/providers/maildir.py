"""A Maildir: each message becomes a file that any mail program can open; for demos, tests and looking at what would leave."""

import os
import socket
import time
from collections.abc import Iterable, Iterator
from itertools import count
from pathlib import Path

from digest.config import ProviderTable
from digest.errors import ProviderError
from digest.mail import signing
from digest.mail.dkim import Signer
from digest.providers.base import Capabilities
from digest.providers.registry import Keys, own_keys
from digest.values import Accepted, LastLook, Message, MessageKey, Refused, SendResult

_numbers = count()


class _Keys(Keys):
    path: Path = Path("var/mail")


class Maildir:
    """A provider of kind `maildir`: `path` is the folder with its new, cur and tmp."""

    capabilities = Capabilities()

    def __init__(self, table: ProviderTable, folder: Path = Path(), signer: Signer | None = None) -> None:
        """Write to the table's path. Raises ConfigError."""
        self._signer = signer
        self._path = folder / own_keys(table, _Keys).path

    def send(self, messages: Iterable[Message], last_look: LastLook) -> Iterator[tuple[MessageKey, SendResult]]:
        """Write each message whole to tmp, ask, then move it to new: it is there, or it is not. Raises ProviderError."""
        self._make()
        for message in messages:
            name = f"{time.time_ns()}.{os.getpid()}_{next(_numbers)}.{socket.gethostname().replace('/', '_')}"
            draft = self._path / "tmp" / name
            try:
                _write(draft, signing.written(message, self._signer))
                if message.key not in last_look([message.key]).allowed:
                    draft.unlink()
                    yield message.key, Refused()
                    continue
                draft.rename(self._path / "new" / name)
            except OSError as error:
                draft.unlink(missing_ok=True)
                raise ProviderError(
                    f"{self._path}: {error.strerror}.", hint="Free space or correct provider.path."
                ) from error
            yield message.key, Accepted(provider_id=name)

    def close(self) -> None:
        """Do nothing: no connection is kept."""

    def _make(self) -> None:
        try:
            for part in ("tmp", "new", "cur"):
                (self._path / part).mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ProviderError(f"{self._path}: {error.strerror}.", hint="Correct provider.path.") from error


def _write(file: Path, content: bytes) -> None:
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as opened:
        opened.write(content)
        opened.flush()
        os.fsync(opened.fileno())
