"""One worker on the jobs of the database, from its connection to its loss: jobs come in, due batches go to `handle`.

procrastinate fetches jobs, is woken by notifications (LISTEN) and tells by heartbeats that it lives. Beside it the jobs of workers that
are gone are dropped, and every batch that is due and has no job gets one: one that was put off, one whose job was lost, one whose
newsletter goes on after a pause.
"""

import asyncio
import logging
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import procrastinate
from procrastinate.exceptions import AlreadyEnqueued, ConnectorException
from procrastinate.jobs import Status
from sqlalchemy import exists

from digest.clock import Clock
from digest.engines.base import BatchId, hand_out
from digest.engines.jobs import JOBS, QUEUE, TASK, is_of_batch, job
from digest.errors import DatabaseError
from digest.store import Store, batches

_HEARTBEAT_S = 5.0
_GONE_AFTER_S = 20.0
_LOOK_EVERY_S = 1.0  # where no notification comes: a time has come, or a pooler in between passes none on
_ASK_EVERY_S = 0.2
_CONNECT_S = 5.0
_MOST_AT_ONCE = 500
log = logging.getLogger(__name__)


class JobWorker:
    """Works until it is told to stop or the database cannot be used; then another is made."""

    def __init__(self, store: Store, clock: Clock, handle: Callable[[BatchId], None], stop: threading.Event) -> None:
        """Hand due batches of `store` to `handle` until `stop` is set."""
        self._store = store
        self._clock = clock
        self._handle = handle
        self._stop = stop
        self._fault: DatabaseError | None = None

    async def run(self, conninfo: str, workers: int) -> None:
        """Have up to `workers` batches in hand at a time; what was begun is waited for. Raises what kept the worker from going on."""
        loop = asyncio.get_running_loop()
        loop.set_default_executor(ThreadPoolExecutor(workers + 1, thread_name_prefix="batch"))  # one for _orphans
        loop.set_exception_handler(_note_fault)
        connector = procrastinate.PsycopgConnector(
            conninfo=conninfo, min_size=1, max_size=4, timeout=_CONNECT_S, reconnect_timeout=_CONNECT_S
        )
        app = procrastinate.App(connector=connector)
        app.task(name=TASK)(self._hand_out)
        async with app.open_async():
            parts = [asyncio.create_task(one) for one in (self._keep(app), self._work(app, workers))]
            await asyncio.wait(parts, return_when=asyncio.FIRST_COMPLETED)
            for part in parts:
                part.cancel()  # procrastinate then lets what it began come to its end
            ends = await asyncio.gather(*parts, return_exceptions=True)
        for end in ends:
            if isinstance(end, Exception):
                raise end
        if not self._stop.is_set():
            raise DatabaseError("The connection was lost.")

    async def _work(self, app: procrastinate.App, workers: int) -> None:
        await app.run_worker_async(
            queues=[QUEUE],
            concurrency=workers,
            fetch_job_polling_interval=_LOOK_EVERY_S,
            update_heartbeat_interval=_HEARTBEAT_S,
            stalled_worker_timeout=_GONE_AFTER_S,
            delete_jobs="always",  # what became of a batch stands in the ledger
            install_signal_handlers=False,
        )

    async def _keep(self, app: procrastinate.App) -> None:
        """Keep the jobs in order until the worker shall stop. Raises the fault after which no further batch may be taken."""
        loop = asyncio.get_running_loop()
        look_at = drop_at = loop.time()
        while not self._stop.is_set():
            if self._fault is not None:
                raise self._fault
            if loop.time() >= drop_at:
                await _drop_stalled(app)
                drop_at = loop.time() + _HEARTBEAT_S
            if loop.time() >= look_at:
                await self._reconcile(app)
                look_at = loop.time() + _LOOK_EVERY_S
            await asyncio.sleep(_ASK_EVERY_S)

    async def _reconcile(self, app: procrastinate.App) -> None:
        for id_ in await asyncio.to_thread(self._orphans):
            try:
                await app.job_manager.defer_job_async(job(id_))
            except AlreadyEnqueued:  # another worker was faster
                continue

    def _orphans(self) -> list[BatchId]:
        """Return due batches that have no job."""
        statement = batches.waiting(self._clock()).where(~exists().where(JOBS.c.queue_name == QUEUE, is_of_batch()))
        with self._store.reading() as session:
            return [BatchId(id_ or 0) for id_ in session.exec(statement.limit(_MOST_AT_ONCE))]

    def _hand_out(self, batch_id: int) -> None:
        """Hand a batch on if it may go out now. Whatever goes wrong, it gets another job for as long as it is due."""
        error = hand_out(self._handle_due, BatchId(batch_id))
        if isinstance(error, DatabaseError):
            self._fault = error  # what became of mails could not be written: nothing more is begun

    def _handle_due(self, batch_id: BatchId) -> None:
        if self._stop.is_set() or self._fault is not None:  # which procrastinate hears of a moment later
            return
        with self._store.reading() as session:
            may = batches.is_due(session, batch_id, self._clock())
        if may:
            self._handle(batch_id)


async def _drop_stalled(app: procrastinate.App) -> None:
    """Drop the jobs of workers that are gone, and what is left of these: their batches are free again when their leases end."""
    manager = app.job_manager
    for one in await manager.get_stalled_jobs(queue=QUEUE, seconds_since_heartbeat=_GONE_AFTER_S):
        try:
            await manager.finish_job_by_id_async(one.id or 0, Status.FAILED, delete_job=True)
        except ConnectorException:  # another worker was faster, or the database is gone, which the next line finds
            continue
    await manager.prune_stalled_workers(_GONE_AFTER_S)


def _note_fault(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Say in a word what went wrong where nobody waited for it, such as a job that could not be closed: it is found stalled later."""
    del loop
    log.warning("a job was left open (%s)", type(context.get("exception")).__name__)
