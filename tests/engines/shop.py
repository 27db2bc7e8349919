"""A workshop for tests of engines: a database with an edition that goes out, batches to hand out, and a hand that takes them."""

import queue
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta

from digest.clock import system_clock
from digest.engines.base import BatchId, Engine
from digest.models import Batch
from digest.store import Store, batches, editions
from digest.values import EditionState

PATIENCE_S = 60.0
SOON = timedelta(0)


@dataclass
class Shop:
    """What one engine works on; `taken` are the batches that were claimed, in order."""

    store: Store
    engine: Engine
    taken: "queue.Queue[int]" = field(default_factory=queue.Queue)

    def __post_init__(self) -> None:
        now = system_clock()
        with self.store.writing() as session:
            edition = editions.find_or_create(session, "daily", date(2026, 11, 24), slot_at=now, freeze_at=now)
            self.edition_id = edition.id or 0
            editions.move(session, self.edition_id, source=[EditionState.PLANNED], to=EditionState.SENDING)

    def plan(self, count: int = 1, wait: timedelta = SOON, *, enqueue: bool = True) -> list[BatchId]:
        """Write batches that are due after a while, and promise them to workers in the same transaction."""
        now = system_clock()
        rows = [
            Batch(edition_id=self.edition_id, due_at=now + wait, expires_at=now + timedelta(hours=20))
            for _ in range(count)
        ]
        with self.store.writing() as session:
            session.add_all(rows)
            session.flush()
            ids = [BatchId(row.id or 0) for row in rows]
            if enqueue:
                self.engine.enqueue(session, ids, now + wait)
        return ids

    def claim(self, batch_id: BatchId, owner: str = "me") -> int | None:
        """Claim a batch as delivering does; return the attempt, None where it is another's or not due."""
        with self.store.writing() as session:
            claim = batches.claim(session, batch_id, owner=owner, now=system_clock())
        return claim.attempt if claim else None

    def finish(self, batch_id: BatchId, attempt: int) -> None:
        with self.store.writing() as session:
            assert batches.finish(session, batch_id, attempt)

    def handle(self, batch_id: BatchId) -> None:
        """Do a batch's work: claim it, note it, close it."""
        attempt = self.claim(batch_id)
        if attempt is not None:
            self.finish(batch_id, attempt)
            self.taken.put(batch_id)

    def next(self, count: int = 1) -> list[int]:
        """Wait for as many batches as are asked for."""
        return sorted(self.taken.get(timeout=PATIENCE_S) for _ in range(count))

    @contextmanager
    def running(self, handle: Callable[[BatchId], None] | None = None) -> Iterator[threading.Event]:
        """Run the engine in a thread until the end of the block."""
        stop = threading.Event()
        thread = threading.Thread(target=self.engine.run, args=(handle or self.handle, stop))
        thread.start()
        try:
            yield stop
        finally:
            stop.set()
            thread.join(PATIENCE_S)
            assert not thread.is_alive()
