"""Renderings × audience → deliveries in batches, and a claimed batch's way through a provider: gate, results, retries."""

import logging
import random
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Protocol, TypeVar, assert_never

from digest.clock import Clock
from digest.mail import lanes
from digest.mail import reply as reply_map
from digest.mail.lanes import Signal
from digest.store import batches, handover, notices, rates
from digest.store import lanes as lane_states
from digest.store.base import Session
from digest.store.batches import Claim
from digest.store.handover import Outcome
from digest.store.rates import Lease
from digest.values import (
    Accepted,
    Deferred,
    DeliveryState,
    Handover,
    MessageKey,
    Refused,
    Rejected,
    SendResult,
    Uncertain,
)

BATCH_SIZE = 500
AT_ONCE = 3  # batches in hand: while one drains and one is handed over, the next is claimed
LIFETIME = timedelta(hours=20)  # a daily edition is stale after that
GIVE_BACK_WAIT = timedelta(minutes=1)  # what a provider did not come to is tried again after this
NOTICE_WAIT = timedelta(minutes=1)
_RENEW_EVERY_S = 60.0  # a lease lasts fifteen minutes
_FIRST_RETRY_S = 300  # greylisting asks for five minutes
_LONGEST_RETRY_S = 4000
_REPLY_MAX = 1000
_TOKENS_AT_ONCE = 100

T = TypeVar("T")
log = logging.getLogger(__name__)


class Writer(Protocol):
    """What commits small pieces of work from many threads together (`digest.store.writer.GroupWriter`)."""

    def submit(self, work: Callable[[Session], T], *, at_once: bool = True) -> Future[T]:
        """Have `work` done in the next transaction; what need not be `at_once` may wait for what must."""
        ...


def retry_delay(deferrals: int, chance: Callable[[], float] = random.random) -> timedelta:
    """Return how long to wait before a deferral's next try: five minutes at least, doubling, with jitter, about 67 minutes at most.

    `deferrals` counts from 1; `chance` gives a number from 0 up to 1.
    """
    most = min(_LONGEST_RETRY_S, _FIRST_RETRY_S * 2**deferrals)
    return timedelta(seconds=_FIRST_RETRY_S + chance() * (most - _FIRST_RETRY_S))


def paced(
    items: Iterable[T],
    lease: Callable[[int], Lease],
    *,
    sleep: Callable[[float], object] = time.sleep,
    clock: Callable[[], float] = time.monotonic,
) -> Iterator[T]:
    """Hand items on no faster than `lease` gives tokens for them; it is asked for some at a time, by how many are wanted."""
    tokens = _tokens(lease, sleep, clock)
    for item in items:
        next(tokens)
        yield item


def _tokens(
    lease: Callable[[int], Lease], sleep: Callable[[float], object], clock: Callable[[], float]
) -> Iterator[None]:
    """Yield when the next item may leave. A token whose time is over is lost: used late it would crowd those behind it."""
    while True:
        got = lease(_TOKENS_AT_ONCE)
        first = clock() + got.first_in
        if not got.count:
            sleep(got.first_in)
        for number in range(got.count):
            at = first + number * got.every
            if (wait := at - clock()) > 0:
                sleep(wait)
            elif got.every and -wait > rates.SLACK_S:
                continue
            yield


@dataclass(slots=True, eq=False)
class _Notes:
    """Results for one transaction; `wait` is the longest that the provider asked for."""

    outcomes: list[Outcome] = field(default_factory=list)
    deferred: list[Outcome] = field(default_factory=list)
    signals: list[tuple[Signal, str]] = field(default_factory=list)
    wait: timedelta = timedelta(0)


@dataclass(slots=True, eq=False)
class BatchRun:
    """One claimed batch on its way through a provider: it answers the provider's last look and writes each result down."""

    claim: Claim
    writer: Writer
    clock: Clock
    provider: str
    halted: str = ""
    _later: int | None = None
    _renewed: float = field(default_factory=time.monotonic)
    _pending: list[Future[Any]] = field(default_factory=list)
    _notes: "_Notes | None" = None  # results that no transaction has taken yet
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def last_look(self, keys: Sequence[MessageKey]) -> Handover:
        """Commit those of `keys` in flight that may still leave, with the results so far. Blocks until the commit is on the disk."""
        self._keep_lease()
        ids = [key.id for key in keys]
        gate = partial(handover.gate, claim=self.claim, delivery_ids=ids, now=self.clock())
        allowed = self.writer.submit(gate).result()
        return Handover(frozenset([key for key in keys if key.id in allowed]))

    def take(self, key: MessageKey, result: SendResult) -> None:
        """Write down one result, within the next commit."""
        match result:
            case Accepted(provider_id, reply):
                self._note(key, DeliveryState.ACCEPTED, reply, provider_id, signal=Signal.ACCEPTED)
            case Rejected(category, _, reply):
                signal = self._signal(reply, category, deferred=False)
                self._note(key, DeliveryState.REJECTED, f"{category}: {reply}", signal=signal)
            case Uncertain(reason):
                self._note(key, DeliveryState.UNCERTAIN, reason)
            case Deferred(reply):
                if result.halt:
                    self.halted = reply
                signal = self._signal(reply, "transient", deferred=True)
                self._note(key, DeliveryState.QUEUED, reply, wait=result.retry_after or timedelta(0), signal=signal)
            case Refused():
                return
            case _:
                assert_never(result)

    def check(self) -> None:
        """Raise what kept a result from being written."""
        for future in self._pending:
            if future.done():
                future.result()

    def settle(self) -> None:
        """Wait until every result is committed. Raises DatabaseError when one could not be: nothing more may leave then."""
        for future in self._pending:
            future.result()

    def _signal(self, words: str, category: str, *, deferred: bool) -> Signal:
        """Return what a result says of the batch's lane: by an SMTP reply's words, else by the category that the provider found."""
        is_reply = words[:3].isdigit() and not words[3:4].strip()
        verdict = reply_map.judge(words, lane=self.claim.lane) if is_reply else reply_map.of_category(category)
        return lanes.signal_of(verdict, deferred=deferred)

    def _keep_lease(self) -> None:
        """Push the batch's lease now and then, for as long as messages come to their end."""
        if time.monotonic() - self._renewed > _RENEW_EVERY_S:
            self._renewed = time.monotonic()
            self._pending.append(self.writer.submit(partial(batches.renew, claim_=self.claim), at_once=False))

    def _note(
        self,
        key: MessageKey,
        state: DeliveryState,
        reply: str,
        provider_id: str = "",
        wait: timedelta = timedelta(0),
        signal: Signal = Signal.OTHER,
    ) -> None:
        """Add a result to those that the next transaction takes along."""
        outcome = Outcome(key.id, state, reply[:_REPLY_MAX], provider_id)
        with self._lock:
            notes = self._notes
            if notes is None:
                notes = self._notes = _Notes()
                future = self.writer.submit(partial(self._write, notes=notes), at_once=False)
                future.add_done_callback(self._written)
                self._pending.append(future)
            notes.signals.append((signal, outcome.reply))
            if state is DeliveryState.QUEUED:
                notes.deferred.append(outcome)
                notes.wait = max(notes.wait, wait)
            else:
                notes.outcomes.append(outcome)

    def _write(self, session: Session, notes: "_Notes") -> int | None:
        """Write results down, in the writer's thread; return the batch to which deferrals went. May run again after a rollback."""
        with self._lock:
            if self._notes is notes:
                self._notes = None  # what comes now goes into the next transaction
        now = self.clock()
        handover.record(session, self.claim, notes.outcomes, now)
        for lane, found in lane_states.note(session, self.provider, self.claim.lane, notes.signals, now):
            log.warning("the lane %s is %s: %s", lane or "of other receivers", found.phase, found.reason)
        if not notes.deferred:
            return self._later
        due_at = now + max(retry_delay(self.claim.deferrals + 1), notes.wait)
        return handover.defer(session, self.claim, notes.deferred, to_batch=self._later, due_at=due_at, now=now)

    def _written(self, future: Future[int | None]) -> None:
        """Keep the deferrals' batch once it is committed, before the writer begins anything else."""
        if not future.cancelled() and future.exception() is None:
            self._later = future.result()


@dataclass(slots=True)
class NoticeRun:
    """Claimed notices on their way through a provider; like BatchRun, each notice fenced by its own attempt."""

    attempts: Mapping[int, int]
    writer: Writer
    clock: Clock

    def last_look(self, keys: Sequence[MessageKey]) -> Handover:
        """Commit those of `keys` in flight that may still leave."""
        now = self.clock()

        def gate(session: Session) -> list[MessageKey]:
            return [key for key in keys if notices.gate(session, key.id, self.attempts[key.id], now)]

        return Handover(frozenset(self.writer.submit(gate).result()))

    def take(self, key: MessageKey, result: SendResult) -> None:
        """Write down one result and wait for the commit: notices are few."""
        state, reply, provider_id, due_at = self._outcome(result)
        if state is None:
            return
        work = partial(
            notices.record,
            notice_id=key.id,
            attempt=self.attempts[key.id],
            state=state,
            reply=reply[:_REPLY_MAX],
            provider_id=provider_id,
            due_at=due_at,
        )
        self.writer.submit(work).result()

    def _outcome(self, result: SendResult) -> tuple[DeliveryState | None, str, str, datetime | None]:
        match result:
            case Accepted(provider_id, reply):
                return DeliveryState.ACCEPTED, reply, provider_id, None
            case Rejected(category, _, reply):
                return DeliveryState.REJECTED, f"{category}: {reply}", "", None
            case Uncertain(reason):
                return DeliveryState.UNCERTAIN, reason, "", self.clock() + NOTICE_WAIT
            case Deferred(reply, retry_after):
                return DeliveryState.QUEUED, reply, "", self.clock() + (retry_after or NOTICE_WAIT)
            case Refused():
                return None, "", "", None
            case _:
                assert_never(result)


def give_back(session: Session, run: BatchRun) -> int:
    """Close a run's batch, or queue again what the provider never came to. Raises what kept a result from being written."""
    run.check()
    now = run.clock()
    left = batches.give_back(session, run.claim, due_at=now + GIVE_BACK_WAIT, now=now)
    if left:
        log.warning("batch %d: %d deliveries queued again, the provider did not take them", run.claim.batch_id, left)
    return left
