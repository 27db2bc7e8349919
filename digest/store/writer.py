"""Many small changes in one commit: work from any thread goes in, one transaction carries all that is waiting, futures answer.

A commit that must survive a power cut costs a wait for the disk; with one for each message the disk sets the pace of sending. What
nobody waits for is written with what somebody does wait for, or a moment later.
"""

import queue
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, NamedTuple, TypeVar

from sqlmodel import Session

from digest.errors import DatabaseError
from digest.store.base import Store

T = TypeVar("T")
_MOST = 500
_SOON_S = 0.05


class _Work(NamedTuple):
    do: Callable[[Session], Any]
    future: Future[Any]
    at_once: bool


class GroupWriter:
    """One thread that writes for all others; started by the first call, stopped by `close`."""

    def __init__(self, store: Store) -> None:
        """Write to `store`."""
        self._store = store
        self._waiting: queue.SimpleQueue[_Work | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def submit(self, work: Callable[[Session], T], *, at_once: bool = True) -> Future[T]:
        """Have `work` done in the next transaction; the future answers once that is committed, or raises what went wrong.

        Work is done in the order in which it came. What need not be done `at_once` waits 50 ms at most for what must. Where one piece
        of work in a transaction fails, the others are done again: `work` may run more than once, after a rollback.
        """
        future: Future[T] = Future()
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="group-writer", daemon=True)
                self._thread.start()
        self._waiting.put(_Work(work, future, at_once))
        return future

    def close(self) -> None:
        """Finish what was submitted and stop the thread."""
        with self._lock:
            thread, self._thread = self._thread, None
        if thread is not None:
            self._waiting.put(None)
            thread.join()

    def _run(self) -> None:
        while (first := self._waiting.get()) is not None:
            group, last = self._gather(first)
            self._write(group)
            if last:
                return

    def _gather(self, first: _Work) -> tuple[list[_Work], bool]:
        """Return what goes into one transaction, and whether it is the last."""
        group, until = [first], time.monotonic() + _SOON_S
        while len(group) < _MOST:
            wait = 0.0 if group[-1].at_once else max(0.0, until - time.monotonic())
            try:
                item = self._waiting.get(timeout=wait) if wait else self._waiting.get_nowait()
            except queue.Empty:
                break
            if item is None:
                return group, True
            group.append(item)
        return group, False

    def _write(self, group: list[_Work]) -> None:
        """Commit the group; where one piece of work fails, do each alone, so that none fails for another's fault."""
        try:
            with self._store.writing() as session:
                results = [work.do(session) for work in group]
        except Exception as error:  # noqa: BLE001 -- it is the callers' to handle, through their futures
            if len(group) == 1 or isinstance(error, DatabaseError):
                for work in group:
                    work.future.set_exception(error)
            else:
                for item in group:
                    self._write([item])
            return
        for work, result in zip(group, results, strict=True):
            work.future.set_result(result)
