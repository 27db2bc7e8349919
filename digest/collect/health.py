"""How a source is doing: what a fetch came to goes in, when to ask again and what to tell the editors come out."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import StrEnum

from digest.collect import moves, schedule
from digest.config import SourceTable
from digest.errors import FetchError, SourceError
from digest.models import SourceState
from digest.sources import urls
from digest.store import alarms, articles, sources, websub
from digest.store.base import Session
from digest.values import Collected, Fetched, Validators
from digest.values import SourceState as State

_FAILURES = 3  # in a row, before anybody is told
_FULL_EVERY = timedelta(hours=6)
_MOST_UNCHANGED = 20
_GONE_TIMES, _GONE_OVER = 3, timedelta(hours=24)
_GAP_TOLD_FOR = timedelta(hours=24)
_OLDEST_WEB = datetime(1995, 1, 1, tzinfo=UTC)
_DENIED = {401, 403}
_GONE = 410


class Trouble(StrEnum):
    """Kinds of alarms about a source; their subject is its id."""

    FAILING = "source_failing"
    DENIED = "source_denied"
    GONE = "source_gone"
    MOVED = "source_moved"
    GAP = "source_gap"
    FUTURE = "source_future"
    HUB_SILENT = "hub_silent"
    HUB_DENIED = "hub_denied"
    VIEWS = "views"


_DOWN = (Trouble.FAILING, Trouble.DENIED, Trouble.GONE)


def state(session: Session, source: SourceTable, now: datetime, *, unconditional: bool = False) -> State:
    """Return what a fetch at `now` needs to know of a source.

    Without validators when it is to be `unconditional`, and now and then by itself: servers answer “unchanged” when they should not.
    """
    row = sources.find(session, source.id)
    if row is None:
        return State(unconditional=unconditional, now=now)
    full, another = unconditional or _is_stale(row, now), _is_another_site(row, source)
    return State(
        validators=Validators() if full else Validators(row.url, row.etag, row.last_modified),
        last_ok_at=None if another else row.last_ok_at,
        failures=row.failures,
        unconditional=full,
        url=row.moved_url if row.configured_url == source.url else "",
        memory={} if another else row.memory,
        now=now,
    )


def succeeded(
    session: Session, row: SourceState, source: SourceTable, fetched: Fetched, result: Collected, now: datetime
) -> None:
    """Write into a source's row that it was read, in the transaction that takes its articles, and end the alarms that this ends."""
    if row.failures:
        alarms.over(session, _DOWN, source.id, now)
    row.baseline_at = row.baseline_at or now
    row.last_ok_at = row.last_attempt_at = now
    row.next_check_at = schedule.after_success(source, fetched.wait, now, pushed=websub.live(session, source.id, now))
    row.failures, row.error, row.retry_at = 0, "", None
    row.gone_count, row.gone_since = 0, None
    _validate(row, fetched, now)
    _follow(session, row, source, fetched.moved_to, now)
    if fetched.memory is not None:
        row.memory = dict(fetched.memory)
    if not fetched.unchanged:
        row.counts = {"new": result.new, "changed": result.changed, "unchanged": result.unchanged}
        row.notes = list(result.notes)
        _tell(session, row, source, fetched, now)


def failed(
    session: Session, source: SourceTable, error: SourceError, now: datetime, *, freezing: bool = False
) -> Collected:
    """Keep that a source could not be read, and tell the editors: at once where we were turned away or an edition is `freezing`.

    It is asked again, later each time, or when its server said; never is asking given up.
    """
    row = sources.row(session, source.id)
    configured(session, row, source, now)
    shown = urls.shown(error.detail)
    row.failures += 1
    row.error = str(error).replace(error.detail, shown, 1)
    row.last_attempt_at = now
    row.next_check_at, row.retry_at = schedule.after_failure(source, row.failures, error, now)
    status = error.status if isinstance(error, FetchError) else None
    if status == _GONE:
        row.gone_count, row.gone_since = row.gone_count + 1, row.gone_since or now
    if trouble := _trouble(row, status, now, freezing=freezing):
        times = "once" if row.failures == 1 else f"{row.failures} times in a row"
        text = f"The source “{source.id}” could not be read, {times}. {shown} {error.hint}".strip()
        alarms.raise_(session, trouble, source.id, text, now)
        if trouble is Trouble.GONE:
            row.next_check_at = now + schedule.GONE_EVERY
    if row.failures >= _FAILURES:
        row.moved_url = ""  # where it had moved to fails as well: back to what is configured
    session.add(row)
    return Collected(source.id, error=row.error)


def timed(session: Session, source: SourceTable, latency_ms: int) -> None:
    """Keep how many milliseconds the fetch took that was recorded in this transaction."""
    sources.timed(session, source.id, latency_ms)


def due(session: Session, tables: Sequence[SourceTable], now: datetime) -> list[SourceTable]:
    """Return the sources whose next time has come, our own first, then those that wait longest; one that is pushed only never is."""
    rows = sources.rows(session)
    found = [table for table in tables if table.url and _is_due(rows.get(table.id), table, now)]
    never = datetime.min.replace(tzinfo=UTC)
    waiting = {one.source_id: one.next_check_at for one in rows.values()}
    return sorted(found, key=lambda table: (table.third_party, waiting.get(table.id) or never))


def left_alone(session: Session, tables: Sequence[SourceTable], now: datetime) -> dict[str, datetime]:
    """Return the sources whose servers asked not to be asked before an instant that is still to come."""
    rows = sources.rows(session)
    return {
        table.id: row.retry_at
        for table in tables
        if (row := rows.get(table.id)) and row.configured_url == table.url and row.retry_at and row.retry_at > now
        if not _is_of_the_future(row, now)
    }


def forget(session: Session, tables: Sequence[SourceTable], now: datetime) -> None:
    """End the alarms about sources that are configured no more."""
    known = {table.id for table in tables}
    for one in alarms.standing(session):
        if one.kind in set(Trouble) and one.subject not in known:
            alarms.over(session, one.kind, one.subject, now)


def _is_due(row: SourceState | None, source: SourceTable, now: datetime) -> bool:
    if row is None or row.next_check_at is None or _was_changed(row, source) or _is_of_the_future(row, now):
        return True
    return row.next_check_at <= now and (row.retry_at is None or row.retry_at <= now)


def _is_of_the_future(row: SourceState, now: datetime) -> bool:
    """Say whether the clock was ahead when the source was last asked, so that none of its times holds."""
    return row.last_attempt_at is not None and row.last_attempt_at > now


def _is_stale(row: SourceState, now: datetime) -> bool:
    """Say whether “unchanged” was the answer for so long that it is time for a whole one."""
    late = row.validated_at is not None and now - row.validated_at >= _FULL_EVERY
    return late or row.unchanged_in_a_row >= _MOST_UNCHANGED


def _was_changed(row: SourceState, source: SourceTable) -> bool:
    return row.configured_url not in {"", source.url}


def _is_another_site(row: SourceState, source: SourceTable) -> bool:
    """Say whether the operator changed the address to one of another host, other than the one that the source moved to by itself."""
    return _was_changed(row, source) and urls.host(source.url) not in {
        urls.host(one) for one in (row.configured_url, row.moved_url) if one
    }


def configured(session: Session, row: SourceState, source: SourceTable, now: datetime) -> None:
    """Forget what was known of another address when the operator changed it.

    Of another site nothing was read yet, and its ids name other stories: known articles are found by address there, or by id and title.
    """
    if _was_changed(row, source):
        if _is_another_site(row, source):
            row.baseline_at, row.last_ok_at, row.memory = None, None, {}
            articles.doubt(session, source.id)
        row.moved_url = ""
        row.moving_to, row.moving_count, row.moving_since = "", 0, None
        row.gone_count, row.gone_since = 0, None
        row.failures = 0
        alarms.over(session, (*_DOWN, Trouble.MOVED), source.id, now)
    row.configured_url = source.url


def _validate(row: SourceState, fetched: Fetched, now: datetime) -> None:
    """Keep validators as the server gave them, with their address (RFC 9111, section 4.3.4); of a 304 only what it names anew.

    What was pushed names no address, and says nothing about what the server would answer.
    """
    given = believable(fetched.validators, now)
    if fetched.unchanged:
        row.unchanged_in_a_row += 1
        row.etag, row.last_modified = given.etag or row.etag, given.last_modified or row.last_modified
    elif given.url or not (row.etag or row.last_modified):
        row.unchanged_in_a_row, row.validated_at = 0, now
        row.url, row.etag, row.last_modified = given.url, given.etag, given.last_modified


def believable(validators: Validators, now: datetime) -> Validators:
    """Return validators, or none of them when their date is older than the web or to come: such a server's are frozen."""
    text = validators.last_modified
    if not text:
        return validators
    try:
        claimed = parsedate_to_datetime(text)
        sane = _OLDEST_WEB <= claimed <= now + timedelta(days=1)
    except (ValueError, TypeError, OverflowError):
        sane = False
    return validators if sane else Validators(validators.url)


def _follow(session: Session, row: SourceState, source: SourceTable, moved_to: str, now: datetime) -> None:
    """Remember where a source moved for good, once its redirect was the same for a day, and ask the editors to write it down."""
    if row.moved_url and not moved_to:
        return
    move = moves.seen(moves.Move(row.moving_to, row.moving_count, row.moving_since), source.url, moved_to, now)
    if moves.settled(move, now):
        row.moved_url, move = move.to, moves.Move()
        shown = urls.shown(moved_to)
        alarms.raise_(
            session, Trouble.MOVED, source.id, f"The source “{source.id}” moved to {shown}: change its url.", now
        )
    row.moving_to, row.moving_count, row.moving_since = move.to, move.count, move.since


def _trouble(row: SourceState, status: int | None, now: datetime, *, freezing: bool) -> Trouble | None:
    if status in _DENIED:
        return Trouble.DENIED
    if row.gone_count >= _GONE_TIMES and row.gone_since is not None and now - row.gone_since >= _GONE_OVER:
        return Trouble.GONE
    return Trouble.FAILING if freezing or row.failures >= _FAILURES else None


def _tell(session: Session, row: SourceState, source: SourceTable, fetched: Fetched, now: datetime) -> None:
    """Raise or end the alarms about what a whole answer held."""
    gap = alarms.find(session, Trouble.GAP, source.id)
    if fetched.gap:
        text = f"The source “{source.id}” may have had articles that we did not see: nothing of its last answer is in this one."
        alarms.raise_(session, Trouble.GAP, source.id, text, now)
    elif gap and now - gap.last_at >= _GAP_TOLD_FOR:
        alarms.over(session, Trouble.GAP, source.id, now)
    if row.future_dated and source.future_dates == "ask":
        text = f"Most articles of “{source.id}” are dated in the future. Set future_dates for it; until then they wait."
        alarms.raise_(session, Trouble.FUTURE, source.id, text, now)
    else:
        alarms.over(session, Trouble.FUTURE, source.id, now)
