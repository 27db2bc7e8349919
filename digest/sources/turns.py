"""Manners: one connection to a host at a time, and a pause between two requests; a host goes in, its turn comes out."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit

SPACING_S = 1.0
_TIDY_ABOVE = 1000


def host_of(url: str) -> str:
    """Return an address's host with its port, lower-case and without a user: what has one connection."""
    return urlsplit(url).netloc.rpartition("@")[2].lower()


@dataclass(slots=True)
class _Host:
    lock: threading.Lock = field(default_factory=threading.Lock)
    users: int = 0
    free_at: float = 0.0


class Turns:
    """Hands out turns at hosts; its method may be called from many threads, and hosts do not wait for each other."""

    def __init__(
        self, *, clock: Callable[[], float] = time.monotonic, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        """Tell time by `clock`, in seconds, and wait by `sleep`."""
        self._clock = clock
        self._sleep = sleep
        self._guard = threading.Lock()
        self._hosts: dict[str, _Host] = {}

    @contextmanager
    def turn(self, host: str, *, spaced: bool) -> Iterator[float]:
        """Wait until nobody else is at `host`, and a second longer where `spaced`; yield how many seconds that took."""
        came_at = self._clock()
        with self._guard:
            mine = self._hosts.setdefault(host, _Host())
            mine.users += 1
        try:
            with mine.lock:
                if spaced and (pause := mine.free_at - self._clock()) > 0:
                    self._sleep(pause)
                try:
                    yield self._clock() - came_at
                finally:
                    mine.free_at = self._clock() + SPACING_S
        finally:
            with self._guard:
                mine.users -= 1
                self._tidy()

    def _tidy(self) -> None:
        if len(self._hosts) > _TIDY_ABOVE:
            now = self._clock()
            self._hosts = {name: one for name, one in self._hosts.items() if one.users or one.free_at > now}
