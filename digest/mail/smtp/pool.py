"""Connections by lane: jobs go in, each is given to a connection that is free, and as many are opened as the lane's pace allows."""

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable
from typing import Protocol

from digest.mail import reply as reply_map
from digest.mail.smtp.jobs import Job
from digest.mail.smtp.opening import OpeningError, Server, opened
from digest.mail.smtp.transactions import LIFETIME_S, Transactions
from digest.values import Accepted, Deferred, SendResult

_CHECK_EVERY_S = 1.0
_GIVE_UP_AFTER = 3  # connections in a row that could not be made
_GOODBYE_S = 2.0
_MOST_MESSAGES = 100  # on one connection
_MOST_OF_LANE = {"yahoo": 20}


class Pace(Protocol):
    """How many connections a lane may have just now; it learns from what became of messages."""

    @property
    def limit(self) -> int:
        """The connections that may be open."""
        ...

    def accepted(self) -> None:
        """Know that a message was accepted."""

    def deferred(self) -> None:
        """Know that a message was put off."""

    def rate_limited(self) -> None:
        """Know that a message was put off because they come too fast."""


class Steady:
    """A pace that learns nothing."""

    def __init__(self, limit: int) -> None:
        """Allow `limit` connections."""
        self.limit = limit

    def accepted(self) -> None:
        """Do nothing."""

    deferred = rate_limited = accepted


class Pool:
    """All connections to one server. Everything happens in one event loop."""

    def __init__(self, server: Server, pace: Callable[[str], Pace], broken: Callable[[Exception], None]) -> None:
        """Open nothing yet. `pace` makes the pace of a lane; `broken` is told when the server cannot be used at all."""
        self.server, self.broken = server, broken
        self._pace = pace
        self._lanes: dict[str, Lane] = {}
        self._ticking = False
        self._quiet = asyncio.Event()

    def add(self, job: Job) -> None:
        """Give a job to its lane."""
        lane = self._lanes.get(job.lane)
        if lane is None:
            lane = self._lanes[job.lane] = Lane(self, job.lane, self._pace(job.lane))
        lane.add(job)
        self._tick_on()

    def drop_waiting(self, wanted: Callable[[Job], bool]) -> int:
        """Forget the waiting jobs that `wanted` names, of which nothing was handed over; return how many they were."""
        return sum(lane.drop_waiting(wanted) for lane in self._lanes.values())

    def abandon(self, wanted: Callable[[Job], bool]) -> None:
        """Hang up where those jobs are under way; each has a result then, or waits again."""
        for lane in self._lanes.values():
            lane.abandon(wanted)

    async def rest(self) -> None:
        """Say goodbye on every connection that carries nothing, and wait a moment for the answers."""
        for lane in self._lanes.values():
            lane.dismiss()
        self._quiet.clear()
        self.noted()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._quiet.wait(), _GOODBYE_S)

    def noted(self) -> None:
        """Know that a connection ended: the last goodbye may be answered now."""
        if not any(lane.leaving for lane in self._lanes.values()):
            self._quiet.set()

    async def close(self) -> None:
        """Say goodbye everywhere, then hang up."""
        await self.rest()
        self.abandon(lambda _: True)
        for lane in self._lanes.values():
            lane.hang_up()
        self._lanes.clear()

    def _tick_on(self) -> None:
        if not self._ticking:
            self._ticking = True
            asyncio.get_running_loop().call_later(_CHECK_EVERY_S, self._tick)

    def _tick(self) -> None:
        """Look for servers that do not answer; stop ticking when no connection is open."""
        now = asyncio.get_running_loop().time()
        for lane in self._lanes.values():
            lane.check(now)
        self._ticking = False
        if any(lane.alive for lane in self._lanes.values()):
            self._tick_on()


class Lane:
    """The connections and waiting jobs of one lane."""

    def __init__(self, pool: Pool, name: str, pace: Pace) -> None:
        """Open nothing yet."""
        self._pool, self._pace = pool, pace
        self._most_messages = _MOST_OF_LANE.get(name, _MOST_MESSAGES)
        self._waiting: deque[Job] = deque()
        self._open: set[Transactions] = set()
        self._idle: list[Transactions] = []
        self._opening: set[asyncio.Task[None]] = set()
        self._failures = 0
        self._proven = False  # a connection could be made since the last fault
        self._pumping = False
        self.leaving: set[Transactions] = set()

    @property
    def alive(self) -> bool:
        """Whether a connection is open or being made."""
        return bool(self._open or self._opening or self.leaving)

    def add(self, job: Job) -> None:
        """Have a job done when its turn comes."""
        self._waiting.append(job)
        self._pump()

    def next_for(self, one: Transactions) -> Job | None:
        """Return the job that a connection goes on with."""
        return None if not self._waiting or self._too_many(one) else self._waiting.popleft()

    def rests(self, one: Transactions) -> None:
        """Take a connection that carries nothing."""
        if self._too_many(one):
            self._dismiss(one)
        else:
            self._idle.append(one)
        self._pump_soon()

    def ended(self, one: Transactions) -> None:
        """Forget a connection."""
        self._open.discard(one)
        if one in self.leaving:
            self.leaving.discard(one)
            self._pool.noted()
        if one in self._idle:
            self._idle.remove(one)
        self._pump_soon()

    def again(self, job: Job) -> None:
        """Put a job in front that no server said a word about."""
        self._waiting.appendleft(job)
        self._pump_soon()

    def told(self, job: Job, result: SendResult) -> None:
        """Have the pace learn."""
        del job
        if isinstance(result, Accepted):
            self._pace.accepted()
        elif isinstance(result, Deferred):
            self._slow_down(result.reply)

    def drop_waiting(self, wanted: Callable[[Job], bool]) -> int:
        """Forget waiting jobs; return how many they were."""
        before = len(self._waiting)
        self._waiting = deque(job for job in self._waiting if not wanted(job))
        return before - len(self._waiting)

    def abandon(self, wanted: Callable[[Job], bool]) -> None:
        """Hang up where one of these jobs is under way."""
        for one in [one for one in self._open if any(wanted(job) for job in one.jobs)]:
            one.abandon()

    def dismiss(self) -> None:
        """Say goodbye on the connections that carry nothing, and stop making new ones nobody waits for."""
        idle, self._idle = self._idle, []
        for one in idle:
            self._dismiss(one)
        if not self._waiting:
            for task in self._opening:
                task.cancel()

    def hang_up(self) -> None:
        """End every connection."""
        for one in [*self._open, *self.leaving]:
            one.abandon()

    def check(self, now: float) -> None:
        """Look for servers that do not answer, and for connections that rested too long."""
        for one in [*self._open, *self.leaving]:
            one.check(now)
        for one in [one for one in self._idle if now - one.born > LIFETIME_S]:
            self._idle.remove(one)
            self._dismiss(one)

    def _too_many(self, one: Transactions) -> bool:
        """Say whether a connection shall end: it has carried its share, or the pace is slower now."""
        return one.carried >= self._most_messages or one.age > LIFETIME_S or len(self._open) > self._pace.limit

    def _dismiss(self, one: Transactions) -> None:
        self._open.discard(one)
        self.leaving.add(one)
        one.quit()

    def _pump_soon(self) -> None:
        if self._waiting and not self._pumping:
            self._pumping = True
            asyncio.get_running_loop().call_soon(self._pump)

    def _pump(self) -> None:
        """Give waiting jobs to free connections; open more where there are too few."""
        self._pumping = False
        while self._waiting and self._idle:
            one = self._idle.pop()
            if asyncio.get_running_loop().time() - one.born > LIFETIME_S:
                self._dismiss(one)
            else:
                one.start(self._waiting.popleft())
        most = self._pace.limit if self._proven else 1  # a wrong password is shown once
        room = most - len(self._open) - len(self._opening)
        for _ in range(min(room, len(self._waiting) - len(self._opening))):
            task = asyncio.get_running_loop().create_task(self._connect())
            self._opening.add(task)
            task.add_done_callback(self._connected)

    async def _connect(self) -> None:
        line, offers = await opened(self._pool.server)
        one = Transactions(line, offers, self, chunking=self._pool.server.chunking)
        self._failures, self._proven = 0, True
        self._open.add(one)
        if self._waiting:
            one.start(self._waiting.popleft())
        else:
            one.rest()

    def _connected(self, task: asyncio.Task[None]) -> None:
        self._opening.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            if isinstance(error, OpeningError):
                self._unreachable(error)
            else:
                self._pool.broken(error if isinstance(error, Exception) else RuntimeError(str(error)))
        self._pump_soon()

    def _unreachable(self, error: OpeningError) -> None:
        """Take it that a connection could not be made: a job waits for the next try only where no other connection is there for it."""
        self._failures += 1
        self._pace.deferred()
        if error.fault or (self._failures >= _GIVE_UP_AFTER and not self._open):
            self._failures, self._proven = 0, False
            self._pool.broken(error)
        elif not self._open and self._waiting:
            job = self._waiting.popleft()
            job.done = True
            job.caller.finished(job, Deferred(f"{self._pool.server.place}: {error}"))

    def _slow_down(self, words: str) -> None:
        code, _, text = words.partition(" ")
        rate = code.isdigit() and reply_map.classify(int(code), text)[0] == "rate"
        (self._pace.rate_limited if rate else self._pace.deferred)()
