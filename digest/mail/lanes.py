"""How fast a lane may go: what became of messages goes in, how many connections, and whether at all, comes out; no clock of its own.

A lane is a provider with a group of receivers (Google, Microsoft, Yahoo, Apple, the others), for receivers count by the group.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from digest.mail.reply import Scope, Verdict

COOLING = timedelta(minutes=10)  # Gmail's procedure for 4.7.28: nothing for ten minutes, then one connection
_FAULTS, _FAULTS_WITHIN = 5, timedelta(seconds=60)
_ATTEMPTS, _SHARE, _ATTEMPTS_WITHIN = 50, 0.2, timedelta(minutes=10)
_MOST = {"microsoft": 500}  # connections that a group allows in any case


class Concurrency:
    """Additive increase, multiplicative decrease: one connection more after a window of acceptances, half when told to slow down."""

    def __init__(self, start: int = 2, ceiling: int = 20) -> None:
        """Begin with `start` connections, never more than `ceiling`."""
        self._ceiling = max(1, ceiling)
        self.limit = min(max(1, start), self._ceiling)
        self._in_a_row = 0

    def accepted(self) -> None:
        """Know that a message was accepted; as many in a row as there are connections allow one more."""
        self._in_a_row += 1
        if self._in_a_row >= self.limit:
            self._in_a_row = 0
            self.limit = min(self.limit + 1, self._ceiling)

    def deferred(self) -> None:
        """Know that a message was put off: one connection less."""
        self._in_a_row = 0
        self.limit = max(1, self.limit - 1)

    def rate_limited(self) -> None:
        """Know that messages come too fast: half the connections."""
        self._in_a_row = 0
        self.limit = max(1, self.limit // 2)


def most_connections(lane: str, configured: int) -> int:
    """Return how many connections a lane may have at most."""
    return min(configured, _MOST.get(lane, configured))


class Phase(StrEnum):
    """Where a lane is in its recovery."""

    OPEN = "open"
    COOLING = "cooling"
    PROBE = "probe"
    HALTED = "halted"


class Signal(StrEnum):
    """What a reply says about its lane."""

    ACCEPTED = "accepted"
    DEFERRED = "deferred"
    RATE = "rate"  # slow down: x.7.28, RP-00x, TSxx
    FAULT = "fault"  # the stream is disliked: x.7.x
    QUOTA = "quota"  # our own account's limit is used up: all lanes rest
    HALT = "halt"  # authentication, DMARC, TLS, PTR: trying again cannot help
    OTHER = "other"  # said of the address or the content


_SLOWER = (Signal.RATE, Signal.QUOTA)
OF_ALL = (Signal.QUOTA, Signal.HALT)  # what they say is said of every lane of the provider


@dataclass(frozen=True, slots=True)
class LaneState:
    """A lane's recovery as it is kept: what all processes know. `until` is when a cooling lane is tried again."""

    phase: Phase = Phase.OPEN
    until: datetime | None = None
    reason: str = ""
    faults: tuple[datetime, ...] = ()
    attempts: int = 0
    failed: int = 0
    since: datetime | None = None

    def at(self, now: datetime) -> "LaneState":
        """Return the state as time leaves it: a lane that has cooled down is to be probed, with one message on one connection."""
        if self.phase is Phase.COOLING and self.until is not None and now >= self.until:
            return replace(self, phase=Phase.PROBE, until=None)
        return self

    def after(self, signal: Signal, now: datetime, reason: str = "") -> "LaneState":
        """Return the state after a reply."""
        here = _counted(self.at(now), signal, now)
        if signal is Signal.HALT:
            return LaneState(Phase.HALTED, reason=reason)
        if here.phase is Phase.HALTED:
            return here
        if here.phase is Phase.PROBE:
            return _probed(signal, now, reason)
        if here.phase is Phase.COOLING:
            return here  # what was under way when it began to cool says nothing new
        if signal in _SLOWER or _trips(here):
            return LaneState(Phase.COOLING, now + COOLING, reason)
        return here

    @property
    def may_go(self) -> bool:
        """Whether anything may be handed over."""
        return self.phase in (Phase.OPEN, Phase.PROBE)


def _counted(state: LaneState, signal: Signal, now: datetime) -> LaneState:
    failed = signal in (Signal.DEFERRED, Signal.FAULT, *_SLOWER)
    fresh = state.since is not None and now - state.since < _ATTEMPTS_WITHIN
    faults = tuple(at for at in state.faults if now - at < _FAULTS_WITHIN)
    return replace(
        state,
        since=state.since if fresh else now,
        attempts=(state.attempts if fresh else 0) + 1,
        failed=(state.failed if fresh else 0) + failed,
        faults=(*faults, now)[-_FAULTS:] if signal is Signal.FAULT else faults,
    )


def _trips(state: LaneState) -> bool:
    """Whether the breaker opens: five faults of the stream within a minute, or a fifth of at least fifty attempts failed."""
    return len(state.faults) >= _FAULTS or (state.attempts >= _ATTEMPTS and state.failed >= _SHARE * state.attempts)


def _probed(signal: Signal, now: datetime, reason: str) -> LaneState:
    """Open after a probe that was taken (connections are added one at a time from there), cool again after one that was not."""
    if signal in (Signal.ACCEPTED, Signal.OTHER):
        return LaneState()
    return LaneState(Phase.COOLING, now + COOLING, reason)


def signal_of(verdict: Verdict, *, deferred: bool) -> Signal:
    """Return what a reply says of its lane.

    One server's own words about our authentication count as a fault, of which some make the lane rest; to stop everything takes a code
    that says so or a receiver that is known.
    """
    match verdict.category:
        case "auth":
            return Signal.HALT if verdict.strict else Signal.FAULT
        case "rate":
            return Signal.QUOTA if verdict.scope is Scope.PROVIDER else Signal.RATE
        case "reputation" | "policy" | "sender_fault":
            return Signal.FAULT
        case _:
            return Signal.DEFERRED if deferred else Signal.OTHER
