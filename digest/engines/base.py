"""The `Engine` protocol: batch ids go in, workers get them when they are due."""

import logging
import threading
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import NamedTuple, NewType, Protocol, runtime_checkable

from sqlmodel import Session

from digest.errors import DigestError

log = logging.getLogger(__name__)
BatchId = NewType("BatchId", int)


class Engine(Protocol):
    """Carries batch ids to workers; knows nothing of mail. Found by the entry point group `digest.engines`.

    Built with the store, the clock and how many batches one process has in hand at once.
    """

    def enqueue(self, session: Session, batches: Sequence[BatchId], due_at: datetime) -> None:
        """Promise the batches to a worker, in the transaction that writes them."""
        ...

    def run(self, handle: Callable[[BatchId], None], stop: threading.Event) -> None:
        """Call `handle` with due batches until `stop` is set; `handle` claims, so an id may come twice or too early.

        What `handle` began is waited for. A batch whose `handle` raised comes again for as long as it is queued and due.
        """
        ...


class Version(NamedTuple):
    """At which version an engine's own tables stand (None: there are none), and which this software needs."""

    found: str | None
    needed: str

    @property
    def is_behind(self) -> bool:
        """Whether they must be upgraded; newer tables than needed are left to those who brought them."""
        return self.found is None or self.found < self.needed


@runtime_checkable
class KeepsTables(Protocol):
    """An engine with tables of its own in the database: `digest db upgrade` makes them, `digest db current` tells of them."""

    def upgrade(self) -> None:
        """Bring the tables to this version; safe to repeat. Raises DatabaseError."""
        ...

    def version(self) -> Version:
        """Return at which version they stand. Raises DatabaseError."""
        ...


def hand_out(handle: Callable[[BatchId], None], batch_id: BatchId) -> Exception | None:
    """Call `handle`; say in a sentence what goes wrong and return it, for one batch's fault is not the others'."""
    try:
        handle(batch_id)
    except Exception as error:  # noqa: BLE001 -- whatever it is, the batch is owed and the others wait
        what = str(error) if isinstance(error, DigestError) else f"{type(error).__name__}. It is tried again."
        log.error("batch %d: %s", batch_id, what)  # noqa: TRY400 -- the sentence is for the operator, the stack is not
        return error
    return None
