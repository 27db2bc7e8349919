"""How a source is doing: what a fetch came to goes in, when to ask again and what to tell the editors come out."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime

from digest.config import SourceTable
from digest.errors import FetchError, SourceError
from digest.models import SourceState
from digest.store import sources
from digest.store.base import Session
from digest.values import Collected, Fetched
from digest.values import SourceState as State

_FIRST_WAIT = timedelta(minutes=5)
_LONGEST_WAIT = timedelta(hours=1)
_RETRY_AFTER = (timedelta(minutes=1), timedelta(hours=6))


def state(session: Session, source: SourceTable, now: datetime, *, unconditional: bool = False) -> State:
    """Return what a fetch at `now` needs to know of a source; without validators where its server must answer in full."""
    return sources.state(session, source.id, now, unconditional=unconditional)


def succeeded(
    session: Session, row: SourceState, source: SourceTable, fetched: Fetched, result: Collected, now: datetime
) -> None:
    """Write into a source's row that it was read, in the transaction that takes its articles."""
    del session
    row.baseline_at = row.baseline_at or now
    row.last_ok_at = row.last_attempt_at = now
    row.next_check_at = now + source.every
    row.failures, row.error = 0, ""
    row.url, row.etag, row.last_modified = source.url, fetched.validators.etag, fetched.validators.last_modified
    row.counts = {"new": result.new, "changed": result.changed, "unchanged": result.unchanged}
    if fetched.memory is not None:
        row.memory = dict(fetched.memory)


def failed(session: Session, source: SourceTable, error: SourceError, now: datetime) -> Collected:
    """Keep that a source could not be read. It is asked again, later each time but at least hourly, or when it said."""
    row = sources.row(session, source.id)
    row.failures += 1
    row.error = str(error)
    row.last_attempt_at = now
    row.next_check_at = now + _wait(row, error, now)
    session.add(row)
    return Collected(source.id, error=str(error))


def due(session: Session, tables: Sequence[SourceTable], now: datetime) -> list[SourceTable]:
    """Return the sources whose next time has come."""
    rows = sources.rows(session)
    return [
        table
        for table in tables
        if (row := rows.get(table.id)) is None or row.next_check_at is None or row.next_check_at <= now
    ]


def _wait(row: SourceState, error: SourceError, now: datetime) -> timedelta:
    asked = _retry_after(error.retry_after, now) if isinstance(error, FetchError) else None
    if asked is not None:
        least, most = _RETRY_AFTER
        return min(max(asked, least), most)
    doubled: timedelta = _FIRST_WAIT * 2 ** min(row.failures - 1, 10)
    return min(doubled, _LONGEST_WAIT)


def _retry_after(text: str, now: datetime) -> timedelta | None:
    """Read seconds or a date (RFC 9110, section 10.2.3)."""
    if text.strip().isdecimal():
        return timedelta(seconds=min(int(text), 10**7))
    try:
        return parsedate_to_datetime(text) - now if text else None
    except (ValueError, TypeError):
        return None
