"""Message after message over one connection: jobs go in, and each one's result comes out as the server's replies prove it.

The dot gate: the body leaves whole, then the last look is asked for, and only what it allows gets its end. With that end the next
message's commands leave together where the server takes them so (RFC 2920). Never more than one message is past its end unanswered.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from enum import Enum, auto
from typing import Protocol

from digest.mail import reply as reply_map
from digest.mail.smtp.jobs import Job, envelope
from digest.mail.smtp.line import Line
from digest.mail.smtp.opening import COMMAND_S, Offers
from digest.mail.smtp.replies import CLOSING, Reply
from digest.values import Accepted, Deferred, Permanence, Refused, Rejected, SendResult, Uncertain

LIFETIME_S = 300.0
_START_DATA = 354
_PERMANENT = 500


class Phase(Enum):
    """What a reply is the answer to."""

    RSET = auto()
    MAIL = auto()
    RCPT = auto()
    DATA = auto()
    CHUNK = auto()  # BDAT with the body (RFC 3030)
    END = auto()  # the dot, or BDAT LAST
    LONE = auto()  # a dot without a body
    QUIT = auto()


_PATIENCE_S = {Phase.DATA: 120.0, Phase.CHUNK: 600.0, Phase.END: 600.0, Phase.LONE: 600.0, Phase.QUIT: 5.0}
_BLOCK_S = 180.0


class Owner(Protocol):
    """Who gives a connection its jobs."""

    def next_for(self, one: "Transactions") -> Job | None:
        """Return the job to go on with at once, None where there is none or this connection shall carry no more."""

    def rests(self, one: "Transactions") -> None:
        """Know that the connection waits for a job."""

    def ended(self, one: "Transactions") -> None:
        """Know that the connection carries nothing more."""

    def again(self, job: Job) -> None:
        """Take a job back that the server never answered a word about: it is no attempt."""

    def told(self, job: Job, result: SendResult) -> None:
        """Know what became of a job."""


class Transactions:
    """One connection's conversation; all of it in the event loop."""

    def __init__(self, line: Line, offers: Offers, owner: Owner, *, chunking: bool) -> None:
        """Take a line that is ready for MAIL; `chunking` allows BDAT."""
        self._line, self._offers, self._owner = line, offers, owner
        self._clock: Callable[[], float] = asyncio.get_running_loop().time
        self.born = self._since = self._clock()
        self.carried = 0
        self._pipelines = "PIPELINING" in offers
        self._chunks = chunking and "CHUNKING" in offers
        self._expected: deque[Phase] = deque()
        self._steps: deque[tuple[Phase, bytes]] = deque()
        self._job: Job | None = None  # in its envelope or its body
        self._ending: Job | None = None  # past its end, unanswered
        self._refusal: Reply | None = None
        self._heard_of = False  # the server said something about the job
        self._asking = False  # the whole body has left
        self._streaming = False
        self._stale = False  # a transaction, or a time of rest, came before
        line.listener = self

    @property
    def jobs(self) -> tuple[Job, ...]:
        """What is on its way here."""
        return tuple(job for job in (self._ending, self._job) if job is not None)

    @property
    def age(self) -> float:
        """How long the connection had been open, in seconds, when something last happened on it."""
        return self._since - self.born

    def start(self, job: Job) -> None:
        """Begin with a job; the connection rests."""
        self._begin(job, b"")

    def answered(self, job: Job, *, allowed: bool) -> None:
        """Write the end of the body that last look allows; hang up on one that it does not: without its end nothing is kept."""
        if self._job is not job or not self._asking:
            return  # the server had more to say meanwhile
        self._asking = False
        self._job = None
        if not allowed:
            self._result(job, Refused())
            self._close()
            return
        self._ending = job
        self.carried += 1
        self._stale = True
        end = b"BDAT 0 LAST\r\n" if self._chunks else b".\r\n"
        self._expected.append(Phase.END)
        following = self._owner.next_for(self) if self._pipelines else None
        if following is None:
            self._write(end)
        else:
            self._begin(following, end)

    def quit(self) -> None:
        """Say goodbye; whether the server answers is its affair."""
        self._expected.append(Phase.QUIT)
        self._write(b"QUIT\r\n")

    def abandon(self) -> None:
        """Hang up. What is past its end cannot be known any more, all else was not handed over."""
        self._break("given up", closing="the caller left")

    def check(self, now: float) -> None:
        """Give up on a server that does not answer in time (RFC 5321, section 4.5.3.2)."""
        phase = self._expected[0] if self._expected else None
        patience = _BLOCK_S if self._streaming else _PATIENCE_S.get(phase, COMMAND_S) if phase else None
        if patience is not None and now - self._since > patience:
            self._break("no answer in time")

    def heard(self, replies: Sequence[Reply]) -> None:
        """Take the answers to what was said first and is still unanswered; what is said now cannot be answered among them."""
        self._since = self._clock()
        asked = len(self._expected)
        for at, reply in enumerate(replies):
            if self._line.gone:
                return
            if at < asked:
                self._hear(reply)
            else:
                self._unasked(reply)

    def _hear(self, reply: Reply) -> None:
        phase = self._expected.popleft()
        if phase is Phase.END:
            self._ended(reply)
        elif phase is Phase.QUIT:
            self._close()
        elif reply.code == CLOSING:
            self._closing(reply)
        elif phase is Phase.RSET:
            self._next_step() if reply.positive else self._break(reply.words)
        elif phase is Phase.LONE:
            self._conclude(reply)
            if reply.positive:
                self._close()  # it took an empty message for nobody: who knows what else it takes
        else:
            self._about_job(phase, reply)

    def surprised(self, words: str) -> None:
        """Hang up: what came is no reply, so nothing after it can be told apart."""
        if self._expected and self._expected[0] is not Phase.RSET:
            self._heard_of = self._heard_of or self._expected[0] is not Phase.END
        self._break(words)

    def drained(self) -> None:
        """Know that the body has left."""
        if self._streaming:
            self._ask()

    def lost(self, words: str) -> None:
        """Know that the connection is gone."""
        self._break(words)

    def _begin(self, job: Job, before: bytes) -> None:
        """Say what the job begins with, behind what ends the one before."""
        self._job, self._refusal, self._heard_of = job, None, not self._stale
        self._streaming = self._asking = False
        if job.utf8 and "SMTPUTF8" not in self._offers:
            if before:
                self._write(before)
            self._job = None
            self._result(job, Rejected("policy", Permanence.NONE, "5.6.7 The address needs SMTPUTF8."))
            self.rest()
            return
        mail, rcpt = envelope(job, self._offers)
        steps = [(Phase.RSET, b"RSET\r\n")] if self._stale else []
        steps += [(Phase.MAIL, mail.encode()), (Phase.RCPT, rcpt.encode())]
        if self._chunks:
            steps.append((Phase.CHUNK, b"BDAT %d\r\n%b" % (len(job.content), job.content)))
        else:
            steps.append((Phase.DATA, b"DATA\r\n"))
        if self._pipelines:
            self._expected.extend([phase for phase, _ in steps])
            self._write(before + b"".join([said for _, said in steps]))
        else:
            self._steps = deque(steps)
            self._next_step()

    def _next_step(self) -> None:
        """Say the next command to a server that wants them one at a time."""
        if self._steps:
            phase, said = self._steps.popleft()
            self._expected.append(phase)
            self._write(said)

    def _about_job(self, phase: Phase, reply: Reply) -> None:
        """Take a reply to MAIL, RCPT, DATA or a chunk."""
        self._heard_of = True
        welcome = reply.code == _START_DATA if phase is Phase.DATA else reply.positive
        if not (welcome or reply.negative):
            self._break(f"the server answered {reply.words}")
            return
        if not welcome:
            self._refusal = self._refusal or reply
        last = phase in {Phase.DATA, Phase.CHUNK}
        if self._refusal is not None and (last or not self._pipelines):
            self._refused(lone=last and welcome and phase is Phase.DATA)
        elif last:
            self._stream(phase)
        else:
            self._next_step()

    def _refused(self, *, lone: bool) -> None:
        """End what the server refused; where it wants a body all the same it gets none (RFC 2920, section 3.1)."""
        self._steps.clear()
        if lone:
            self._expected.append(Phase.LONE)
            self._write(b".\r\n")
        elif self._refusal is not None:
            self._conclude(self._refusal)

    def _stream(self, phase: Phase) -> None:
        job = self._job
        if job is None:
            return
        if phase is Phase.DATA:
            self._write(job.content)
        if self._line.waits:
            self._streaming = True
        else:
            self._ask()

    def _ask(self) -> None:
        """Ask for the last look: the whole body has left this process."""
        self._streaming = False
        self._asking = True
        if self._job is not None:
            self._job.caller.asks(self, self._job)

    def _ended(self, reply: Reply) -> None:
        """Take the answer to a complete message."""
        job, self._ending = self._ending, None
        if job is not None:
            self._result(job, _outcome(reply, complete=True))
        if reply.code == CLOSING or not (reply.positive or reply.negative):
            self._break(reply.words)
        elif self._job is None:
            self.rest()

    def _conclude(self, reply: Reply) -> None:
        """End a job that the server refused, and go on."""
        job, self._job = self._job, None
        refusal, self._refusal = self._refusal or reply, None
        self._stale = True
        if job is not None:
            self._result(job, _outcome(refusal))
        self.rest()

    def _closing(self, reply: Reply) -> None:
        """Take 421, which may come at any time: the job that it answers is put off, one that it did not come to is not."""
        job = self._job
        if job is not None and self._heard_of:
            self._job = None
            self._result(job, _outcome(self._refusal or reply))
        self._break(reply.words)

    def _unasked(self, reply: Reply) -> None:
        """Take a reply to nothing: before the end of a body it is the answer to DATA, and no end may follow."""
        job = self._job
        if job is not None and (self._asking or self._streaming) and reply.negative:
            self._job = None
            self._result(job, _outcome(reply))
        self._break(reply.words)

    def rest(self) -> None:
        """Wait for a job. A server may close a connection meanwhile: the next job says RSET first, and that proves nothing of the job."""
        self._stale = True
        if not self.jobs and not self._line.gone:
            self._owner.rests(self)

    def _result(self, job: Job, result: SendResult) -> None:
        job.done = True
        self._owner.told(job, result)
        job.caller.finished(job, result)

    def _break(self, words: str, closing: str = "") -> None:
        """Hang up, and say what that means for what was on its way."""
        job, self._job = self._job, None
        ending, self._ending = self._ending, None
        self._close()
        if ending is not None:
            self._result(ending, Uncertain(f"No answer after the message was complete: {closing or words}"))
        if job is None:
            return
        if self._heard_of:
            self._result(job, Deferred(f"The connection broke before the message was complete: {words}"))
        else:
            self._owner.again(job)

    def _close(self) -> None:
        """Hang up, once."""
        listener, self._line.listener = self._line.listener, None
        self._line.abort()
        self._expected.clear()
        if listener is not None:
            self._owner.ended(self)

    def _write(self, data: bytes) -> None:
        self._since = self._clock()
        self._line.write(data)


def _outcome(reply: Reply, *, complete: bool = False) -> SendResult:
    """Say what a reply proves. 421 is a reply, too: not accepted."""
    if complete and reply.positive:
        return Accepted(reply=reply.words)
    if not reply.negative:
        words = f"The server answered {reply.words}"
        return Uncertain(words) if complete else Deferred(words)
    if reply.code < _PERMANENT:
        return Deferred(reply.words)
    category, permanence = reply_map.classify(reply.code, reply.text, "dot" if complete else "")
    return Rejected(category, permanence, reply.words)
