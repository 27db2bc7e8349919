"""The embedded engine: due batches are found in the database itself, worker threads of this process take them by lease."""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from datetime import datetime

from sqlmodel import Session

from digest.clock import Clock
from digest.engines.base import BatchId, hand_out
from digest.errors import DatabaseError
from digest.store import Store, batches

_LOOK_EVERY_S = 1.0
_AFTER_FAULT_S = 30.0
log = logging.getLogger(__name__)


class Local:
    """Needs nothing else to run: the batch rows are the queue."""

    def __init__(self, store: Store, clock: Clock, workers: int = 3) -> None:
        """Look for due batches in `store`; hand out as many at a time as there are `workers`."""
        self._store = store
        self._clock = clock
        self._workers = workers

    def enqueue(self, session: Session, batches: Sequence[BatchId], due_at: datetime) -> None:
        """Do nothing: the rows that the caller wrote in this transaction are what `run` looks for."""

    def run(self, handle: Callable[[BatchId], None], stop: threading.Event) -> None:
        """Hand out due batches until `stop` is set, each to the first thread that is free.

        A batch whose `handle` raised rests for a while, and all do when the database cannot be used.
        """
        busy: dict[Future[Exception | None], BatchId] = {}
        resting: dict[BatchId, float] = {}
        with ThreadPoolExecutor(self._workers, thread_name_prefix="batch") as pool:
            while not stop.is_set():
                resting = {id_: until for id_, until in resting.items() if until > time.monotonic()}
                try:
                    for id_ in self._due({*busy.values(), *resting}, self._workers - len(busy)):
                        busy[pool.submit(hand_out, handle, id_)] = id_
                    failed = _finished(busy, stop)
                except DatabaseError as error:
                    log.error("%s", error)  # noqa: TRY400 -- the sentence is for the operator, the stack is not
                    stop.wait(_AFTER_FAULT_S)
                    continue
                resting |= dict.fromkeys(failed, time.monotonic() + _AFTER_FAULT_S)
                if any(isinstance(error, DatabaseError) for error in failed.values()):
                    stop.wait(_AFTER_FAULT_S)

    def _due(self, taken: set[BatchId], free: int) -> list[BatchId]:
        """Return due batches that are not taken, as many as there are threads free for them."""
        if not free:
            return []
        with self._store.reading() as session:
            found = batches.due(session, self._clock(), limit=free + len(taken))
        return [BatchId(id_) for id_ in found if id_ not in taken][:free]


def _finished(busy: dict[Future[Exception | None], BatchId], stop: threading.Event) -> dict[BatchId, Exception]:
    """Wait a moment for batches to come to their end, and take them out of `busy`; return those that failed."""
    if not busy:
        stop.wait(_LOOK_EVERY_S)
        return {}
    ended = {busy.pop(future): future.result() for future in wait(busy, _LOOK_EVERY_S, FIRST_COMPLETED).done}
    return {id_: error for id_, error in ended.items() if error is not None}
