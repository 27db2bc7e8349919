"""Lanes that are not simply open: kept for all processes, changed by what replies say, and in the way of no other lane."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import delete, update
from sqlmodel import Session, col, select

from digest.mail.lanes import COOLING, OF_ALL, LaneState, Phase, Signal
from digest.models import Lane
from digest.store.rows import insert_new, table_of

WHOLE = "*"  # the lane of what concerns every message of a provider
_CALM = (Signal.ACCEPTED, Signal.OTHER)
_PROBING = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class Admission:
    """`until`: when to ask again, None for now; `probes`: one message at first, whose answer decides."""

    until: datetime | None = None
    probes: bool = False


def state(session: Session, provider: str, lane: str, now: datetime) -> LaneState:
    """Return a lane's state as time leaves it."""
    row = session.exec(select(Lane).where(col(Lane.provider) == provider, col(Lane.lane) == lane)).one_or_none()
    return (LaneState() if row is None else _state(row)).at(now)


def listed(session: Session, provider: str, now: datetime) -> list[tuple[str, LaneState]]:
    """Return the lanes of a provider that were ever in trouble, with their states."""
    rows = session.exec(select(Lane).where(col(Lane.provider) == provider).order_by(col(Lane.lane)))
    return [(row.lane, _state(row).at(now)) for row in rows]


def note(
    session: Session, provider: str, lane: str, signals: Sequence[tuple[Signal, str]], now: datetime
) -> list[tuple[str, LaneState]]:
    """Take note of replies of one lane, each with its words; return the lanes whose phase that changed.

    While a lane is open and all is well nothing is written.
    """
    all_rest = state(session, provider, WHOLE, now).phase is not Phase.OPEN
    is_open = not all_rest and state(session, provider, lane, now).phase is Phase.OPEN
    if is_open and all(signal in _CALM for signal, _ in signals):
        return []
    # Any lane's answer may be the one that all wait for.
    of_all = [one for one in signals if all_rest or one[0] in OF_ALL]
    changed = []
    for name, mine in ((lane, _own(signals)), (WHOLE, of_all)):
        before = after = _locked(session, provider, name, now) if mine else LaneState()
        for signal, words in mine:
            after = after.after(signal, now, words)
        if mine:
            _save(session, provider, name, after, now)
        if after.phase is not before.phase:
            changed.append((name, after))
    return changed


def open_again(session: Session, provider: str, lane: str) -> bool:
    """Open a lane by an operator's word; False when it was open."""
    gone = session.execute(
        delete(Lane).where(col(Lane.provider) == provider, col(Lane.lane) == lane).returning(col(Lane.lane))
    )
    return gone.first() is not None


def admit(session: Session, provider: str, lane: str, now: datetime) -> Admission:
    """Say whether a batch of a lane may be handed over now. Who probes a lane that has rested is alone with it for a while."""
    for name in (WHOLE, lane):
        if state(session, provider, name, now).phase is Phase.OPEN:
            continue
        here = _locked(session, provider, name, now)
        if here.phase is Phase.HALTED:
            return Admission(now + COOLING)
        if here.until is not None and here.until > now:  # it rests, or another probes it
            return Admission(here.until)
        if here.phase is Phase.PROBE:
            _save(session, provider, name, replace(here, until=now + _PROBING), now)
            return Admission(probes=True)
    return Admission()


def _own(signals: Sequence[tuple[Signal, str]]) -> list[tuple[Signal, str]]:
    return [one for one in signals if one[0] not in OF_ALL]


def _locked(session: Session, provider: str, lane: str, now: datetime) -> LaneState:
    fresh = {"provider": provider, "lane": lane, "phase": Phase.OPEN, "reason": "", "state": {}, "changed_at": now}
    insert_new(session, Lane, fresh)
    found = select(Lane).where(col(Lane.provider) == provider, col(Lane.lane) == lane)
    return _state(session.exec(found.with_for_update().execution_options(populate_existing=True)).one()).at(now)


def _save(session: Session, provider: str, lane: str, after: LaneState, now: datetime) -> None:
    counted = {
        "faults": [at.isoformat() for at in after.faults],
        "attempts": after.attempts,
        "failed": after.failed,
        "since": after.since.isoformat() if after.since else None,
    }
    session.execute(
        update(table_of(Lane))
        .where(col(Lane.provider) == provider, col(Lane.lane) == lane)
        .values(phase=after.phase, until=after.until, reason=after.reason, state=counted, changed_at=now)
    )


def _state(row: Lane) -> LaneState:
    since = row.state.get("since")
    return LaneState(
        phase=Phase(row.phase),
        until=row.until,
        reason=row.reason,
        faults=tuple(datetime.fromisoformat(at) for at in row.state.get("faults", ())),
        attempts=row.state.get("attempts", 0),
        failed=row.state.get("failed", 0),
        since=datetime.fromisoformat(since) if since else None,
    )
