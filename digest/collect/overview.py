"""How the sources are doing, for the desk and the command line: the configured tables go in, a value for each comes out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from digest.collect.health import Trouble
from digest.config import SourceTable
from digest.models import SourceState
from digest.sources import urls
from digest.store import alarms, sources
from digest.store.base import Session

_LATE = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class SourceAlarm:
    """What to tell of a source: its kind is a `Trouble`."""

    kind: str
    text: str
    since: datetime


@dataclass(frozen=True, slots=True)
class SourceHealth:
    """How one configured source is doing; `counts` are of the last answer that brought something, times are UTC.

    `url` is without user and query; `late` says that it should have been asked long ago: nobody asks.
    """

    id: str
    kind: str
    url: str
    last_ok_at: datetime | None = None
    last_attempt_at: datetime | None = None
    next_check_at: datetime | None = None
    failures: int = 0
    error: str = ""
    counts: Mapping[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    latency_ms: int | None = None
    alarms: tuple[SourceAlarm, ...] = ()
    late: bool = False

    @property
    def state(self) -> str:
        """One word: waiting (never asked), ok, failing, denied, gone, late."""
        standing = {one.kind for one in self.alarms}
        for kind, word in ((Trouble.GONE, "gone"), (Trouble.DENIED, "denied")):
            if kind in standing:
                return word
        if self.failures:
            return "failing"
        if self.late:
            return "late"
        return "ok" if self.last_ok_at else "waiting"


def overview(session: Session, tables: Sequence[SourceTable], now: datetime) -> list[SourceHealth]:
    """Return how every configured source is doing at `now`, in the order of the configuration."""
    rows = sources.rows(session)
    told: dict[str, list[SourceAlarm]] = {}
    for one in alarms.standing(session):
        if one.kind in set(Trouble):
            told.setdefault(one.subject, []).append(SourceAlarm(one.kind, one.text, one.since))
    return [_health(table, rows.get(table.id), told.get(table.id, ()), now) for table in tables]


def _health(table: SourceTable, row: SourceState | None, told: Sequence[SourceAlarm], now: datetime) -> SourceHealth:
    if row is None:
        return SourceHealth(table.id, table.kind, urls.shown(table.url))
    return SourceHealth(
        id=table.id,
        kind=table.kind,
        url=urls.shown(row.moved_url or table.url),
        last_ok_at=row.last_ok_at,
        last_attempt_at=row.last_attempt_at,
        next_check_at=row.next_check_at,
        failures=row.failures,
        error=row.error,
        counts=row.counts,
        notes=tuple(row.notes),
        latency_ms=row.latency_ms,
        alarms=tuple(told),
        late=bool(table.url) and row.next_check_at is not None and now - row.next_check_at > _LATE,
    )
