"""Rates: over any window of a second, a minute, an hour or a day no more leaves than is allowed, and nearly all of it may."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from digest import deliver
from digest.store import Store, rates
from digest.store.rates import SLACK_S, Lease, Limits

BEGIN = datetime(2026, 11, 24, 6, 30, tzinfo=UTC).timestamp()


class Workers:
    """Processes that share a database and a clock, each taking messages as fast as it is allowed."""

    def __init__(self, store: Store, limits: Limits, monkeypatch: pytest.MonkeyPatch) -> None:
        self.store, self.limits, self.now = store, limits, BEGIN
        monkeypatch.setattr(rates, "database_now", lambda _session: datetime.fromtimestamp(self.now, UTC))
        self.left: list[float] = []

    def lease(self, wanted: int) -> Lease:
        with self.store.writing() as session:
            return rates.take(session, "smtp", self.limits, wanted)

    def run(self, seconds: float, processes: int = 4, *, most: int = 100_000) -> None:
        """Let each process, the one that may go next first, hand on a message when its token's time comes."""
        until = self.now + seconds
        clocks = [self.now] * processes
        streams = [self._stream(clocks, number) for number in range(processes)]
        while len(self.left) < most:
            number = min(range(processes), key=clocks.__getitem__)
            if clocks[number] >= until:
                break
            self.now = clocks[number]
            next(streams[number])
        self.now = until
        self.left.sort()

    def _stream(self, clocks: list[float], number: int) -> Iterator[None]:
        """Work as one process, giving way wherever it would sleep."""
        while True:
            got = self.lease(100)
            first = clocks[number] + got.first_in
            if not got.count:
                clocks[number] += got.first_in
                yield
            for token in range(got.count):
                clocks[number] = max(clocks[number], first + token * got.every)
                yield
                self.left.append(clocks[number])

    def most_in(self, window: float) -> int:
        """Return the most messages of any window of so many seconds."""
        most, start = 0, 0
        for end, moment in enumerate(self.left):
            while self.left[start] <= moment - window:
                start += 1
            most = max(most, end - start + 1)
        return most


@pytest.mark.parametrize(
    ("limits", "window", "allowed", "seconds"),
    [
        (Limits(second=2), 1, 2, 60),
        (Limits(second=50), 1, 50, 30),
        (Limits(minute=120), 60, 120, 600),
        (Limits(hour=500), 3600, 500, 5 * 3600),
        (Limits(day=1000), 86_400, 1000, 4 * 86_400),
        (Limits(second=10, minute=120), 60, 120, 600),
    ],
)
def test_four_processes_never_exceed_a_limit_and_use_nearly_all_of_it(
    store: Store,
    monkeypatch: pytest.MonkeyPatch,
    limits: Limits,
    window: float,
    allowed: int,
    seconds: float,
) -> None:
    workers = Workers(store, limits, monkeypatch)

    workers.run(seconds)

    assert workers.most_in(window) <= allowed
    assert len(workers.left) >= 0.95 * allowed * seconds / window


def test_a_limit_holds_over_restarts(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    workers = Workers(store, Limits(minute=60), monkeypatch)

    for _ in range(6):
        workers.run(20, processes=3)

    assert workers.most_in(60) <= 60
    assert len(workers.left) >= 0.95 * 60 * 2


def test_both_limits_hold_at_once(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    workers = Workers(store, Limits(second=5, minute=100), monkeypatch)

    workers.run(300)

    assert workers.most_in(1) <= 5
    assert workers.most_in(60) <= 100


def test_processes_that_ask_at_the_same_moment_share_a_limit(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    workers = Workers(store, Limits(minute=40), monkeypatch)
    got: list[int] = []

    def ask() -> None:
        got.append(workers.lease(25).count)

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sum(got) == 40


def test_what_is_paced_waits_for_its_tokens_and_loses_those_whose_time_is_over() -> None:
    now = [0.0]
    leases = iter([Lease(2, 0.5, 1.0), Lease(0, 3.0), Lease(3, 0.0, 1.0), Lease(9, 0.0)])

    def sleep(seconds: float) -> None:
        now[0] += seconds

    left = []
    for item in deliver.paced("abcde", lambda _wanted: next(leases), sleep=sleep, clock=lambda: now[0]):
        left.append((item, now[0]))
        if item == "c":
            now[0] += 1 + 2 * SLACK_S  # whoever is late for the next token waits for the one after it

    assert left == [("a", 0.5), ("b", 1.5), ("c", 4.5), ("d", 6.5), ("e", 6.5)]


def test_no_limit_asks_for_no_token() -> None:
    assert not Limits().any
    assert Limits(day=1).any
