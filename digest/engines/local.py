"""The embedded engine: due batches are found in the database itself, worker threads of this process take them by lease."""

import logging
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from datetime import datetime

from sqlmodel import Session

from digest.clock import Clock
from digest.engines.base import BatchId
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
        """Hand out due batches until `stop` is set; a database that cannot be used is tried again after a while."""
        busy: dict[Future[None], BatchId] = {}
        with ThreadPoolExecutor(self._workers, thread_name_prefix="batch") as pool:
            while not stop.is_set():
                try:
                    found = self._due(set(busy.values())) if len(busy) < self._workers else []
                    busy |= {pool.submit(handle, id_): id_ for id_ in found}
                    if busy:
                        done = wait(busy, _LOOK_EVERY_S, FIRST_COMPLETED).done
                        for future in done:
                            del busy[future]
                        for future in done:
                            future.result()
                    else:
                        stop.wait(_LOOK_EVERY_S)
                except DatabaseError as error:
                    log.error("%s", error)  # noqa: TRY400 -- the sentence is for the operator, the stack is not
                    stop.wait(_AFTER_FAULT_S)

    def _due(self, busy: set[BatchId]) -> list[BatchId]:
        """Return as many due batches as there are workers free for them."""
        with self._store.reading() as session:
            found = [BatchId(id_) for id_ in batches.due(session, self._clock(), limit=self._workers + len(busy))]
        return [id_ for id_ in found if id_ not in busy][: self._workers - len(busy)]
