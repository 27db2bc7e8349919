"""Many small changes in one commit: work from any thread goes in, one transaction carries all that is waiting, futures answer.

A commit that must survive a power cut costs a wait for the disk; with one for each message the disk sets the pace of sending.
"""

import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar

from sqlmodel import Session

from digest.errors import DatabaseError
from digest.store.base import Store

T = TypeVar("T")
_Work = tuple[Callable[[Session], Any], Future[Any]]
_MOST = 500


class GroupWriter:
    """One thread that writes for all others; started by the first call, stopped by `close`."""

    def __init__(self, store: Store) -> None:
        """Write to `store`."""
        self._store = store
        self._waiting: queue.SimpleQueue[_Work | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def submit(self, work: Callable[[Session], T]) -> Future[T]:
        """Have `work` done in the next transaction; the future answers once that is committed, or raises what went wrong."""
        future: Future[T] = Future()
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="group-writer", daemon=True)
                self._thread.start()
        self._waiting.put((work, future))
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
        group = [first]
        while len(group) < _MOST:
            try:
                item = self._waiting.get_nowait()
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
                results = [work(session) for work, _ in group]
        except Exception as error:  # noqa: BLE001 -- it is the callers' to handle, through their futures
            if len(group) == 1 or isinstance(error, DatabaseError):
                for _, future in group:
                    future.set_exception(error)
            else:
                for item in group:
                    self._write([item])
            return
        for (_, future), result in zip(group, results, strict=True):
            future.set_result(result)
