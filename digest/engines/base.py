"""The `Engine` protocol: batch ids go in, workers get them when they are due."""

import threading
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import NewType, Protocol

from sqlmodel import Session

BatchId = NewType("BatchId", int)


class Engine(Protocol):
    """Carries batch ids to workers; knows nothing of mail. Found by the entry point group `digest.engines`."""

    def enqueue(self, session: Session, batches: Sequence[BatchId], due_at: datetime) -> None:
        """Promise the batches to a worker, in the transaction that writes them."""
        ...

    def run(self, handle: Callable[[BatchId], None], stop: threading.Event) -> None:
        """Call `handle` with due batches until `stop` is set; `handle` claims, so an id may come twice or too early."""
        ...
