"""Feeds parsed at arm's length: a feed's bytes go to a worker process, its articles come back, or an error in 20 s at the latest.

Workers are started when first needed, used again, and replaced when they overrun or die. They are new interpreters, never forks.
"""

import atexit
import os
import subprocess
import sys
import threading
from datetime import datetime
from multiprocessing import Pipe

from pydantic import TypeAdapter

from digest.errors import NotAFeedError
from digest.sources.feeds.reading import ParsedFeed
from digest.sources.feeds.worker import EXHAUSTED, MEMORY_MIB, READ, SECONDS

_FEED = TypeAdapter(ParsedFeed)
_MOST_WORKERS = 2
_START_SECONDS = 20.0  # a new interpreter on a busy machine


class Sandbox:
    """Some worker processes; its methods may be called from many threads."""

    def __init__(self, seconds: float = SECONDS) -> None:
        """Allow each feed so many seconds."""
        self._seconds = seconds
        self._free = threading.BoundedSemaphore(_MOST_WORKERS)
        self._idle: list[_Worker] = []

    def parse(self, body: bytes, url: str, content_type: str = "", now: datetime | None = None) -> ParsedFeed:
        """Read a feed of any format. Raises NotAFeedError when it is none, or takes more time or memory than a feed may."""
        with self._free:
            worker = self._worker()
            try:
                answer = worker.ask((url, content_type, now.isoformat() if now else ""), body, self._seconds)
            except BaseException:
                worker.close()
                raise
            self._idle.append(worker)
        if answer.startswith(READ):
            return _FEED.validate_json(answer[len(READ) :])
        detail, _, hint = answer[1:].decode().partition("\0")
        raise NotAFeedError(detail, hint=hint)

    def close(self) -> None:
        """End the workers that are idle."""
        while self._idle:
            self._idle.pop().close()

    def _worker(self) -> "_Worker":
        while True:
            try:
                worker = self._idle.pop()
            except IndexError:
                return _Worker()
            if worker.alive:
                return worker
            worker.close()


class _Worker:
    def __init__(self) -> None:
        self._connection, theirs = Pipe()
        self._patience = _START_SECONDS
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603 -- our own interpreter and module
                [sys.executable, "-m", "digest.sources.feeds.worker", str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            )

    @property
    def alive(self) -> bool:
        """Whether the process is still there."""
        return self._process.poll() is None

    def ask(self, said: tuple[str, str, str], body: bytes, seconds: float) -> bytes:
        """Return the answer to a request (address, content type, now). Raises NotAFeedError when there is none in time."""
        patience, self._patience = seconds + self._patience, 0.0
        try:
            for part in (*(one.encode(errors="replace") for one in said), body):
                self._connection.send_bytes(part)
            answer = self._connection.recv_bytes() if self._connection.poll(patience) else None
        except (EOFError, OSError):
            answer = EXHAUSTED
        if answer is None:
            raise _overrun(f"within {seconds:.0f} seconds")
        if answer == EXHAUSTED:
            raise _overrun(f"in {MEMORY_MIB} MiB of memory")
        return answer

    def close(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.wait()
        self._connection.close()


def _overrun(limit: str) -> NotAFeedError:
    return NotAFeedError(f"It cannot be read {limit}.", hint="Name a smaller feed in the source's url.")


SHARED = Sandbox()
atexit.register(SHARED.close)


def parse_feed(body: bytes, url: str, content_type: str = "", now: datetime | None = None) -> ParsedFeed:
    """Read a feed of any format within 20 s and 512 MiB; `now` (aware) tells the year of dates that lack it.

    Raises NotAFeedError when it is none, or needs more.
    """
    return SHARED.parse(body, url, content_type, now)
