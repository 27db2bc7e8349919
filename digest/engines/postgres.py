"""The engine for many machines: a job for each batch is written with it, and workers anywhere on the database are woken by it.

A job is only a call to look at a batch. What is owed stands in the ledger, from which a job that was lost is made again.
"""

import asyncio
import logging
import threading
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import procrastinate
import psycopg
from procrastinate.exceptions import ConnectorException
from sqlalchemy import delete, select
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session

from digest.clock import Clock
from digest.engines import jobtables
from digest.engines.base import BatchId, Version
from digest.engines.jobs import JOBS, QUEUE, database_error, is_waiting, job, translated
from digest.engines.jobworker import JobWorker
from digest.errors import ConfigError, DatabaseError
from digest.store import Store

_FORGOTTEN = timedelta(days=2)  # by then every batch is expired
_AFTER_FAULT_S = 5.0
log = logging.getLogger(__name__)


class Postgres:
    """Any number of processes on any number of machines share the batches of one PostgreSQL database."""

    def __init__(self, store: Store, clock: Clock, workers: int = 3) -> None:
        """Share the batches of `store`; have as many in hand at a time as there are `workers`. Raises ConfigError on SQLite."""
        if store.engine.dialect.name != "postgresql":
            raise ConfigError(
                "engine.kind “postgres” needs PostgreSQL.", hint='Change [database] url, or take kind = "auto".'
            )
        self._store = store
        self._clock = clock
        self._workers = workers
        self._conninfo = store.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
        self._deferring = procrastinate.App(connector=procrastinate.SyncPsycopgConnector()).job_manager

    def enqueue(self, session: Session, batches: Sequence[BatchId], due_at: datetime) -> None:
        """Write a job for each batch that has none waiting, on the session's own connection: both are committed, or neither is.

        Jobs of batches that expired go: where mail leaves by `digest run`, nobody else takes them away.
        """
        session.execute(delete(JOBS).where(JOBS.c.queue_name == QUEUE, JOBS.c.scheduled_at < due_at - _FORGOTTEN))
        wanted = {one.queueing_lock: one for one in (job(id_, due_at) for id_ in batches)}
        names = select(JOBS.c.queueing_lock).where(JOBS.c.queueing_lock.in_(wanted), is_waiting())
        for known in session.execute(names).scalars():
            del wanted[known]
        if wanted:
            with translated():
                connection = session.connection().connection.driver_connection
                self._deferring.batch_defer_jobs(list(wanted.values()), connection=connection)

    def run(self, handle: Callable[[BatchId], None], stop: threading.Event) -> None:
        """Hand out due batches until `stop` is set; a database that went away is looked for again after some seconds."""
        for name in ("procrastinate", "psycopg.pool"):
            logging.getLogger(name).setLevel(logging.CRITICAL)  # they print stacks; what they would say is said here
        while not stop.is_set():
            worker = JobWorker(self._store, self._clock, handle, stop)
            try:
                asyncio.run(worker.run(self._conninfo, self._workers))
            except (DatabaseError, ConnectorException, psycopg.Error, DBAPIError) as error:
                log.error("%s", database_error(error))  # noqa: TRY400 -- the sentence is for the operator, the stack is not
                stop.wait(_AFTER_FAULT_S)

    def upgrade(self) -> None:
        """Make the job tables, or bring them to the version of the procrastinate that is installed. Raises DatabaseError."""
        with translated(), psycopg.connect(self._conninfo, autocommit=True) as connection:
            jobtables.upgrade(connection)

    def version(self) -> Version:
        """Return at which version the job tables stand, and which is needed. Raises DatabaseError."""
        with translated(), psycopg.connect(self._conninfo, autocommit=True) as connection:
            return jobtables.version(connection)
