"""One call of `send`: messages are written in threads, travel in the event loop, and come out as results in the caller's thread.

The last look is taken in the caller's thread, too, between two results: who does not listen any more has nothing completed.
"""

import asyncio
import contextlib
import queue
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence

from digest.errors import DigestError
from digest.mail.dkim import Signer
from digest.mail.smtp.jobs import Asker, Job, job
from digest.mail.smtp.pool import Pool
from digest.values import LastLook, Message, MessageKey, Permanence, Rejected, SendResult

_AHEAD = 64  # messages written before a connection is free for them

Result = tuple[MessageKey, SendResult]
Question = tuple[Asker, Job]


class HandOver:
    """Messages on their way through a pool."""

    def __init__(self, loop: asyncio.AbstractEventLoop, pool: Pool, signer: Signer | None, connections: int) -> None:
        """Keep at most so many messages in hand that `connections` always find their next."""
        self._loop, self._pool, self._signer = loop, pool, signer
        self._most = 2 * connections + _AHEAD
        self._few = self._most - _AHEAD // 2
        # The feeding threads write these:
        self._lock = threading.Lock()
        self._room = threading.Event()
        self._written: deque[Job | Result] = deque()
        self._fed = 0
        self._feeders = 0
        self._noted = False
        # The loop writes these:
        self._over = False
        self._fault: BaseException | None = None
        self._under_way = 0
        self._finished = 0
        self._results: list[Result] = []
        self._questions: list[Question] = []
        self._flushing = False
        # And from the loop to the caller:
        self._news: queue.SimpleQueue[tuple[list[Result], list[Question], bool]] = queue.SimpleQueue()

    def results(self, messages: Iterable[Message], last_look: LastLook, threads: int) -> Iterator[Result]:
        """Yield one result for each message as it is known. Raises what `fail` was told, and what `messages` raises."""
        self._feeders = threads
        source = iter(messages)
        for number in range(threads):
            threading.Thread(target=self._feed, args=(source,), name=f"smtp-writer-{number}", daemon=True).start()
        over = False
        while not over:
            results, questions, over = self._wait()
            yield from results
            asked = [(asker, one) for asker, one in questions if not one.done]
            if asked:
                allowed = last_look([one.key for _, one in asked]).allowed
                self._soon(self._answer, asked, allowed)
        if self._fault is not None:
            raise self._fault

    def fail(self, error: BaseException) -> None:
        """Start nothing more; what is under way comes to its end, then the caller hears of the fault. In the loop."""
        self._fault = self._fault or error
        self.stop()

    def stop(self) -> None:
        """Start nothing more. In the loop."""
        self._over = True
        self._room.set()
        self._under_way -= self._pool.drop_waiting(lambda one: one.caller is self)
        self._flush_soon()

    def abandon(self) -> None:
        """End it all, whatever is under way. In the loop."""
        self.stop()
        self._pool.abandon(lambda one: one.caller is self)
        self._under_way -= self._pool.drop_waiting(lambda one: one.caller is self)

    def finished(self, job: Job, result: SendResult) -> None:
        """Take a result. In the loop."""
        self._under_way -= 1
        self._tell((job.key, result))

    def asks(self, asker: Asker, job: Job) -> None:
        """Take a question. In the loop."""
        self._questions.append((asker, job))
        self._flush_soon()

    def _wait(self) -> tuple[list[Result], list[Question], bool]:
        """Return all news; blocks until there are some."""
        results, questions, over = self._news.get()
        while not over:
            try:
                more = self._news.get_nowait()
            except queue.Empty:
                break
            results += more[0]
            questions += more[1]
            over = more[2]
        return results, questions, over

    def _feed(self, source: Iterator[Message]) -> None:
        """Write messages for as long as there are some, not too many ahead."""
        fault: BaseException | None = None
        try:
            while (message := self._next(source)) is not None:
                self._written.append(self._job(message))
                self._note()
        except BaseException as error:  # noqa: BLE001 -- handed to the caller's thread
            fault = error
        self._soon(self._fed_up, fault)

    def _next(self, source: Iterator[Message]) -> Message | None:
        with self._lock:
            if self._fed - self._finished >= self._most:
                self._room.clear()
                while self._fed - self._finished > self._few and not self._over:
                    self._room.wait()
                    self._room.clear()
            message = None if self._over else next(source, None)
            self._fed += message is not None
            return message

    def _job(self, message: Message) -> Job | Result:
        try:
            return job(message, self._signer, self)
        except DigestError as error:
            return message.key, Rejected("content", Permanence.NONE, str(error))

    def _note(self) -> None:
        if not self._noted:
            self._noted = True
            self._soon(self._take)

    def _take(self) -> None:
        """Give what was written to the pool. In the loop."""
        self._noted = False
        while self._written:
            one = self._written.popleft()
            if not isinstance(one, Job):
                self._tell(one)
            elif not self._over:
                self._under_way += 1
                self._pool.add(one)

    def _fed_up(self, fault: BaseException | None) -> None:
        """Know that a feeding thread ended. In the loop."""
        self._take()
        self._feeders -= 1
        if fault is not None:
            self.fail(fault)
        self._flush_soon()

    def _tell(self, result: Result) -> None:
        self._finished += 1
        self._results.append(result)
        self._flush_soon()

    def _flush_soon(self) -> None:
        if not self._flushing:
            self._flushing = True
            self._loop.call_soon(self._flush)

    def _flush(self) -> None:
        """Hand the caller what came up in one turn of the loop, and wake who writes messages."""
        self._flushing = False
        results, self._results = self._results, []
        questions, self._questions = self._questions, []
        over = not self._under_way and (self._over or not self._feeders)
        self._news.put((results, questions, over))
        if self._fed - self._finished <= self._few:
            self._room.set()

    def _answer(self, asked: Sequence[Question], allowed: frozenset[MessageKey]) -> None:
        """Bring the last look's answer, two turns of the loop later: what the server said before it is heard first. In the loop."""
        self._loop.call_soon(self._loop.call_soon, self._complete, asked, allowed)

    def _complete(self, asked: Sequence[Question], allowed: frozenset[MessageKey]) -> None:
        for asker, one in asked:
            asker.answered(one, allowed=one.key in allowed)

    def _soon(self, work: Callable[..., object], *args: object) -> None:
        with contextlib.suppress(
            RuntimeError
        ):  # the loop is closed, and so is the pool: nobody waits for this any more
            self._loop.call_soon_threadsafe(work, *args)
