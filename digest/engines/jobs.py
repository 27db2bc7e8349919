"""A batch's job as procrastinate keeps it: a batch's id goes in, the job comes out; and a driver's faults as sentences."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

import psycopg
from procrastinate.exceptions import ConnectorException
from procrastinate.jobs import Job
from sqlalchemy import ColumnElement, Text, cast, column, func, table
from sqlalchemy.exc import DBAPIError
from sqlmodel import col

from digest.engines.base import BatchId
from digest.errors import DatabaseError
from digest.models import Batch
from digest.store.base import explain

QUEUE = "digest"
TASK = "digest.batch"
JOBS = table("procrastinate_jobs", *map(column, ("queue_name", "queueing_lock", "status", "scheduled_at")))
_PREFIX = "digest batch "


def job(batch_id: BatchId, due_at: datetime | None = None) -> Job:
    """Return a batch's job. Its name is its lock: procrastinate lets no two of one name wait."""
    name = f"{_PREFIX}{batch_id}"
    return Job(
        queue=QUEUE,
        lock=None,
        queueing_lock=name,
        task_name=TASK,
        task_kwargs={"batch_id": int(batch_id)},
        scheduled_at=due_at,
    )


def is_of_batch() -> ColumnElement[bool]:
    """Say of a row of JOBS beside one of Batch that it is the batch's job, waiting or in a worker's hands."""
    return (JOBS.c.queueing_lock == func.concat(_PREFIX, col(Batch.id))) & _status_in("todo", "doing")


def is_waiting() -> ColumnElement[bool]:
    """Say of a row of JOBS that no worker has it yet."""
    return _status_in("todo")


@contextmanager
def translated() -> Iterator[None]:
    """Raise what goes wrong between procrastinate or psycopg and the database as DatabaseError."""
    try:
        yield
    except (ConnectorException, psycopg.Error) as error:
        raise database_error(error) from error


def database_error(error: Exception) -> DatabaseError:
    """Turn what psycopg, procrastinate or SQLAlchemy raised into a sentence that tells the operator what to do."""
    if isinstance(error, DatabaseError):
        return error
    cause: BaseException | None = error.orig if isinstance(error, DBAPIError) else error
    if isinstance(cause, ConnectorException):
        cause = cause.__cause__
    return explain(cause or error)


def _status_in(*states: str) -> ColumnElement[bool]:
    return cast(JOBS.c.status, Text).in_(states)
