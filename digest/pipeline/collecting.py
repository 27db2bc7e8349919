"""Sources → articles: due sources are fetched side by side, and what each gave is taken in one transaction."""

import logging
from collections.abc import Collection, Sequence
from concurrent.futures import ThreadPoolExecutor

from digest import collect
from digest.config import SourceTable
from digest.errors import ConfigError, SourceError
from digest.runtime import Runtime
from digest.values import Collected, Fetched

_AT_ONCE = 8
log = logging.getLogger(__name__)


def collect_due(runtime: Runtime) -> list[Collected]:
    """Fetch the sources whose time has come."""
    with runtime.store.reading() as session:
        due = collect.due(session, runtime.settings.sources, runtime.clock())
    return _collect(runtime, due, unconditional=False)


def collect_now(runtime: Runtime, only: Collection[str] = ()) -> list[Collected]:
    """Fetch the named sources, or all of them, whatever their next time. Raises ConfigError for a name that is none."""
    tables = runtime.settings.sources
    unknown = sorted(set(only) - {table.id for table in tables})
    if unknown:
        known = ", ".join(table.id for table in tables) or "none"
        raise ConfigError(f"There is no source “{unknown[0]}”.", hint=f"There are: {known}.")
    return _collect(runtime, [table for table in tables if not only or table.id in only], unconditional=False)


def refresh(runtime: Runtime, only: Collection[str]) -> list[Collected]:
    """Fetch the named sources without validators, as before a freeze: servers answer “unchanged” when they should not."""
    return _collect(runtime, [table for table in runtime.settings.sources if table.id in only], unconditional=True)


def _collect(runtime: Runtime, tables: Sequence[SourceTable], *, unconditional: bool) -> list[Collected]:
    """Fetch side by side, take one after the other: a source that fails keeps no other from being read."""
    if not tables:
        return []
    with ThreadPoolExecutor(min(_AT_ONCE, len(tables)), thread_name_prefix="collect") as pool:
        answers = pool.map(lambda table: _fetch(runtime, table, unconditional=unconditional), tables)
        return [_take(runtime, table, answer) for table, answer in zip(tables, answers, strict=True)]


def _fetch(runtime: Runtime, table: SourceTable, *, unconditional: bool) -> Fetched | SourceError:
    with runtime.store.reading() as session:
        state = collect.state(session, table, runtime.clock(), unconditional=unconditional)
    try:
        return runtime.source(table).fetch(state)
    except SourceError as error:
        return error


def _take(runtime: Runtime, table: SourceTable, answer: Fetched | SourceError) -> Collected:
    with runtime.store.writing() as session:
        if isinstance(answer, SourceError):
            log.warning("source %s: %s", table.id, answer)
            return collect.failed(session, table, answer, runtime.clock())
        return collect.take(session, table, answer, runtime.clock())
