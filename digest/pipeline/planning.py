"""Waves × audience → deliveries: every candidate gets a row, range by range, each range with its batches in one transaction."""

from digest.config import Newsletter
from digest.deliver import BATCH_SIZE, LIFETIME
from digest.engines.base import BatchId
from digest.models import Wave
from digest.pipeline import alerting, editing, material
from digest.pipeline.editing import id_of
from digest.runtime import Runtime
from digest.store import allotment, audience, editions, groups, histories, waves
from digest.store.allotment import Range
from digest.store.audience import Audience
from digest.store.base import Session
from digest.values import EditionState

CHUNK = 10_000
PLANNABLE = (EditionState.FROZEN, EditionState.SENDING)


def plan_wave(runtime: Runtime, newsletter: Newsletter, wave: Wave) -> None:
    """Plan the deliveries of a frozen wave whose instant has come; a crash resumes after the last whole range."""
    now = runtime.clock()
    with runtime.store.writing() as session:
        edition = editions.locked(session, wave.edition_id)
        if edition.state not in editing.ALIVE:
            return
        if not waves.move(session, id_of(wave), source=PLANNABLE, to=EditionState.SENDING):
            return
        editions.change(session, wave.edition_id, started_at=edition.started_at or now)
        if edition.frozen_at is not None:  # else it is an early wave: the desk still has the home wave before it
            editions.move(session, wave.edition_id, source=PLANNABLE, to=EditionState.SENDING)
        allotment.prepare(session)
    while _plan_range(runtime, newsletter, id_of(wave)):
        continue


def _plan_range(runtime: Runtime, newsletter: Newsletter, wave_id: int) -> bool:
    """Plan the next readers; False once there are none."""
    now = runtime.clock()
    with runtime.store.writing() as session:
        allotment.by_key(session)
        wave = waves.lock(session, wave_id)
        edition = editions.get(session, wave.edition_id)
        if wave.state != EditionState.SENDING or wave.planned_at is not None or edition.state not in editing.ALIVE:
            return False
        mine = alerting.audience_for(session, newsletter, edition, wave)
        through, most = audience.next_range(session, mine, wave.planned_through, CHUNK)
        if not most:
            waves.move(session, wave_id, source=PLANNABLE, to=EditionState.SENDING, planned_at=now)
            return False
        _serve_latecomers(runtime, session, newsletter, wave, mine, through)
        due_at = max(wave.due_at, wave.frozen_at or now)
        ids = allotment.allot(
            session,
            Range(wave, mine, wave.planned_through, through),
            due_at=due_at,
            expires_at=max(due_at, wave.due_at) + LIFETIME,
            size=BATCH_SIZE,
            now=now,
        )
        runtime.engine.enqueue(session, [BatchId(id_) for id_ in ids], due_at)
        progress = {"planned_through": through, "started_at": wave.started_at or now}
        return waves.move(session, wave_id, source=PLANNABLE, to=EditionState.SENDING, **progress)


def _serve_latecomers(
    runtime: Runtime, session: Session, newsletter: Newsletter, wave: Wave, mine: Audience, through: int
) -> None:
    """Give combinations that nobody had at the freeze their group, served from what was frozen."""
    edition = editions.get(session, wave.edition_id)
    unsettled = audience.unsettled(session, mine, after=wave.planned_through, through=through)
    histories.settle(session, unsettled, edition.edition_date - material.MEMORY)
    found = audience.without_group(session, mine, id_of(wave), after=wave.planned_through, through=through)
    shares = [editing.late_share(runtime, session, newsletter, edition, wave, one) for one in found]
    groups.save(session, id_of(wave), shares)
