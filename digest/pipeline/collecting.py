"""Sources → articles: due sources are fetched side by side, and what each gave is taken as it comes, in one transaction a source."""

import logging
import queue
import time
from collections import deque
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

from digest import collect
from digest.config import SourceTable
from digest.errors import ConfigError, DigestError, SourceError
from digest.pipeline import hubs
from digest.runtime import Runtime
from digest.sources import urls
from digest.sources.turns import host_of
from digest.store.base import Session
from digest.values import Collected, Fetched

_ROUND = timedelta(minutes=10)
_BEFORE_A_FREEZE = timedelta(minutes=5)
_MOST_IN_ONE = 500  # unchanged sources that share a transaction
Told = Callable[[Collected], None]
log = logging.getLogger(__name__)


def collect_due(runtime: Runtime, *, within: timedelta = _ROUND) -> list[Collected]:
    """Fetch the sources whose time has come; those not reached `within` this time are due still."""
    tables, now = runtime.settings.sources, runtime.clock()
    with runtime.store.writing() as session:
        collect.forget(session, tables, now)
    with runtime.store.reading() as session:
        due = collect.due(session, tables, now)
    return _Round(runtime, due, within=within).run()


def collect_now(runtime: Runtime, only: Collection[str] = (), told: Told | None = None) -> list[Collected]:
    """Fetch the named sources, or all of them, whatever their next time; `told` hears of each as it comes.

    Raises ConfigError for a name that is none.
    """
    tables = runtime.settings.sources
    unknown = sorted(set(only) - {table.id for table in tables})
    if unknown:
        known = ", ".join(table.id for table in tables) or "none"
        raise ConfigError(f"There is no source “{unknown[0]}”.", hint=f"There are: {known}.")
    return _Round(runtime, [table for table in tables if not only or table.id in only], told=told).run()


def refresh(runtime: Runtime, only: Collection[str], *, within: timedelta = _BEFORE_A_FREEZE) -> list[Collected]:
    """Fetch the named sources without validators, as before a freeze: servers answer “unchanged” when they should not.

    Those that are not read `within` this time keep nobody waiting; a server that asked to be left alone is.
    """
    tables = [table for table in runtime.settings.sources if table.id in only]
    with runtime.store.reading() as session:
        waiting = collect.left_alone(session, tables, runtime.clock())
    asked = [table for table in tables if table.id not in waiting]
    left = [
        Collected(id_, error=f"It asked to be left alone until {until:%H:%M} UTC.") for id_, until in waiting.items()
    ]
    return left + _Round(runtime, asked, freezing=True, within=within).run()


@dataclass(frozen=True, slots=True)
class _Answer:
    """What one source said, and after how many milliseconds."""

    table: SourceTable
    said: Fetched | DigestError
    latency_ms: int


class _Round:
    """One fetch of many sources. Of each host one source is asked at a time, so that a host of many keeps no other waiting."""

    def __init__(
        self,
        runtime: Runtime,
        tables: Sequence[SourceTable],
        *,
        freezing: bool = False,
        within: timedelta | None = None,
        told: Told | None = None,
    ) -> None:
        self._runtime = runtime
        self._freezing = freezing
        self._within = within
        self._told = told
        self._open = {table.id: table for table in tables if table.url}  # one without an address is pushed
        self._hosts: dict[str, deque[SourceTable]] = {}
        for table in self._open.values():
            self._hosts.setdefault(host_of(table.url), deque()).append(table)
        self._begun: set[str] = set()
        self._answers: queue.SimpleQueue[_Answer] = queue.SimpleQueue()
        self._results: list[Collected] = []
        self._fault: DigestError | None = None

    def run(self) -> list[Collected]:
        """Fetch side by side, take one after the other; return what each source came to, in the order of their answers.

        Raises ConfigError, DatabaseError, but only when all others were read.
        """
        if not self._open:
            return []
        most = min(self._runtime.settings.collect.connections, len(self._hosts))
        pool = ThreadPoolExecutor(most, thread_name_prefix="collect")
        until = None if self._within is None else time.monotonic() + self._within.total_seconds()
        try:
            for host in self._hosts:
                self._ask(pool, host)
            while self._open and (arrived := self._arrived(until)):
                for one in arrived:
                    del self._open[one.table.id]
                    self._ask(pool, host_of(one.table.url))
                self._take(arrived)
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
        self._give_up(self._within or timedelta())
        if self._fault:
            raise self._fault
        return self._results

    def _ask(self, pool: ThreadPoolExecutor, host: str) -> None:
        """Let the next source of a host wait for a thread, behind those of the other hosts."""
        if self._hosts[host]:
            pool.submit(self._fetch, self._hosts[host].popleft())

    def _arrived(self, until: float | None) -> list[_Answer]:
        """Wait for an answer and return all that are there by then; none when the time is up."""
        found: list[_Answer] = []
        left = None if until is None else max(until - time.monotonic(), 0)
        with suppress(queue.Empty):
            found.append(self._answers.get(timeout=left))
            while len(found) < _MOST_IN_ONE:
                found.append(self._answers.get_nowait())
        return found

    def _fetch(self, table: SourceTable) -> None:
        self._begun.add(table.id)
        began = time.monotonic()
        said = self._said(table)
        self._answers.put(_Answer(table, said, round((time.monotonic() - began) * 1000)))

    def _said(self, table: SourceTable) -> Fetched | DigestError:
        runtime = self._runtime
        try:
            with runtime.store.reading() as session:
                state = collect.state(session, table, runtime.clock(), unconditional=self._freezing)
            return runtime.source(table).fetch(state)
        except DigestError as error:
            return error
        except Exception as error:  # whatever a stranger's bytes bring out in a parser, the other sources are read
            log.exception("source %s", table.id)
            return _unread(error)

    def _take(self, arrived: Sequence[_Answer]) -> None:
        """Keep what came: articles in a transaction a source, all unchanged sources in one, for each costs the disk a write."""
        known = sorted(arrived, key=lambda one: one.table.id)  # rows are locked in one order
        quiet = [(one, one.said) for one in known if isinstance(one.said, Fetched) and one.said.unchanged]
        for result in self._kept_together(quiet):
            self._tell(result)
        for one in arrived:
            if isinstance(one.said, SourceError) or (isinstance(one.said, Fetched) and not one.said.unchanged):
                self._tell(self._kept(one.table, one.said, one.latency_ms))
            elif isinstance(one.said, DigestError):
                self._fault = self._fault or one.said

    def _kept_together(self, quiet: Sequence[tuple[_Answer, Fetched]]) -> list[Collected]:
        """Keep unchanged sources in one transaction; where one of them cannot be kept, each by itself."""
        if not quiet:
            return []
        try:
            with self._runtime.store.writing() as session, session.no_autoflush:  # all rows are written at the end
                return [self._keep(session, one.table, said, one.latency_ms) for one, said in quiet]
        except DigestError:
            raise
        except Exception:
            log.exception("%d unchanged sources", len(quiet))
        return [self._kept(one.table, said, one.latency_ms) for one, said in quiet]

    def _kept(self, table: SourceTable, said: Fetched | SourceError, latency_ms: int) -> Collected:
        try:
            with self._runtime.store.writing() as session:
                return self._keep(session, table, said, latency_ms)
        except DigestError:
            raise
        except Exception as error:  # what cannot be kept of one source is that source's failure
            log.exception("source %s", table.id)
            with self._runtime.store.writing() as session:
                return self._keep(session, table, _unread(error), latency_ms)

    def _keep(self, session: Session, table: SourceTable, said: Fetched | SourceError, latency_ms: int) -> Collected:
        now = self._runtime.clock()
        if isinstance(said, Fetched):
            result = collect.take(session, table, said, now)
            if not said.unchanged:
                hubs.after_poll(self._runtime, session, table, said, now)
        else:
            result = collect.failed(session, table, said, now, freezing=self._freezing)
            log.warning("source %s: %s", table.id, result.error)
        collect.timed(session, table, latency_ms)
        return result

    def _give_up(self, waited: timedelta) -> None:
        """Count those that did not answer in time as failed; those not even asked are due still."""
        for table in self._open.values():
            late = SourceError(f"{urls.shown(table.url)} was not read in time.", hint="It is tried again by itself.")
            begun = table.id in self._begun
            result = self._kept(table, late, round(waited.total_seconds() * 1000)) if begun else None
            self._tell(result or Collected(table.id, error=str(late)))

    def _tell(self, result: Collected) -> None:
        self._results.append(result)
        if self._told:
            self._told(result)


def _unread(error: Exception) -> SourceError:
    return SourceError(
        f"It brought out a fault of this software ({type(error).__name__}).", hint="Please report it with the log."
    )
