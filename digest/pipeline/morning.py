"""What is due now: editions are drafted, waves frozen and planned when their instants have come, whoever asks and however often."""

import logging
from datetime import date, datetime, timedelta

from digest import recurrence
from digest.config import Newsletter
from digest.deliver import LIFETIME
from digest.errors import DigestError
from digest.models import Edition, Wave
from digest.pipeline import (
    alerting,
    closing,
    collecting,
    deciding,
    delivering,
    editing,
    freshness,
    material,
    pictures,
    planning,
    recalling,
    views,
)
from digest.pipeline.editing import ALIVE, OPEN, id_of
from digest.runtime import Runtime
from digest.store import alarms, editions, heartbeats, waves
from digest.values import EditionState

_LOOK_BACK = timedelta(days=7)
_GRACE = timedelta(minutes=15)  # a scheduler that was busy is no outage
_AHEAD = timedelta(days=1)  # a reader far east has the date that its newsletter has tomorrow
_CLOSED = (EditionState.SKIPPED, EditionState.MISSED, EditionState.CANCELLED)
_NOT_PLANNED = (EditionState.PLANNED, EditionState.FROZEN)
log = logging.getLogger(__name__)


def run_due(runtime: Runtime) -> None:
    """Do everything that is due: collect, look at pictures, count what is read, draft, freeze, plan, hand over."""
    collecting.collect_due(runtime)
    pictures.look_at_pictures(runtime)
    views.count_due(runtime)
    advance_editions(runtime)
    delivering.deliver_due(runtime)


def advance_editions(runtime: Runtime) -> None:
    """Bring every newsletter's editions as far as the time allows; a fault in one keeps no other back."""
    recalling.recall_withdrawn(runtime)
    for newsletter in runtime.settings.newsletters:
        for day in _dates(runtime, newsletter):
            try:
                _advance(runtime, newsletter, day)
            except DigestError as error:
                log.error("%s of %s: %s", newsletter.id, day, error)  # noqa: TRY400 -- one sentence for the operator
        try:
            _advance_others(runtime, newsletter)
        except DigestError as error:
            log.error("an alert of %s: %s", newsletter.id, error)  # noqa: TRY400 -- one sentence for the operator
    closing.close_books(runtime)
    with runtime.store.writing() as session:
        heartbeats.beat(session, "scheduler", runtime.clock())


def _dates(runtime: Runtime, newsletter: Newsletter) -> list[date]:
    """Return the local dates with an edition that may have something due, the oldest first."""
    now = runtime.clock()
    first, last = (now - _LOOK_BACK).date(), (now + _AHEAD).date() + _AHEAD
    return [day for day, _ in recurrence.slots(newsletter, first, last)]


def _advance(runtime: Runtime, newsletter: Newsletter, day: date) -> None:
    """Bring the edition of one date on, wave by wave."""
    now = runtime.clock()
    with runtime.store.reading() as session:
        edition = editions.find(session, newsletter.id, day)
        instants = sorted(material.instants(session, newsletter, day))
        known = editions.is_known(session, newsletter.id, before=day)
        if editions.is_paused(session, newsletter.id) or (edition is not None and edition.state in _CLOSED):
            return
    if edition is not None and edition.state == EditionState.DONE and not _goes_on(runtime, edition, instants):
        return
    draft = timedelta(minutes=max(newsletter.draft_minutes, newsletter.freeze_minutes))
    if now < instants[0] - draft:
        return
    if edition is None and is_over(newsletter, instants[-1], now):
        if known:  # an installation that is new missed nothing
            _note_missed(runtime, newsletter, day)
        return
    _advance_edition(runtime, newsletter, editing.draft_edition(runtime, newsletter, day), instants[-1])


def _goes_on(runtime: Runtime, edition: Edition, instants: list[datetime]) -> bool:
    """Take up a digest that was done if there is a reader by now whose hour is still to come, or has just come."""
    with runtime.store.reading() as session:
        known = {wave.due_at for wave in waves.of(session, id_of(edition))}
    if all(instant in known or instant < runtime.clock() - _GRACE for instant in instants):
        return False
    with runtime.store.writing() as session:
        done = [EditionState.DONE]
        return editions.move(session, id_of(edition), source=done, to=EditionState.SENDING, finished_at=None)


def _advance_others(runtime: Runtime, newsletter: Newsletter) -> None:
    """Make an alert of what is breaking, after the digest had its chance to print it; bring all alerts on, and what is long past."""
    alerting.make_due(runtime, newsletter)
    going_on = (*ALIVE, EditionState.HELD)
    with runtime.store.reading() as session:
        if editions.is_paused(session, newsletter.id):
            return
        past = editions.standing(session, newsletter.id, going_on, before=(runtime.clock() - _LOOK_BACK).date())
        alerts = editions.alerts(session, newsletter.id, going_on)
    for edition in (*past, *alerts):
        _advance_edition(runtime, newsletter, edition, edition.slot_at)


def _advance_edition(runtime: Runtime, newsletter: Newsletter, edition: Edition, last: datetime) -> None:
    """Bring an edition on, wave by wave; its last wave is due at `last`."""
    if edition.state == EditionState.HELD:
        _give_up_when_over(runtime, newsletter, edition, last)
        return
    with runtime.store.writing() as session:
        found = editing.make_waves(session, newsletter, edition)
    for wave in found:
        _advance_wave(runtime, newsletter, edition, wave)
    _close(runtime, edition)


def _advance_wave(runtime: Runtime, newsletter: Newsletter, edition: Edition, wave: Wave) -> None:
    now = runtime.clock()
    if wave.state in _NOT_PLANNED and _is_too_late(newsletter, edition, wave.due_at, now):
        _miss(runtime, newsletter, edition, wave)
        return
    if wave.state == EditionState.PLANNED:
        if now < wave.freeze_at or not _may_freeze(runtime, newsletter, edition, wave):
            return
        editing.freeze_wave(runtime, newsletter, edition, wave)
        with runtime.store.reading() as session:
            wave = waves.get(session, id_of(wave))
    if wave.state in planning.PLANNABLE and wave.planned_at is None and now >= wave.due_at:
        planning.plan_wave(runtime, newsletter, wave)


def _may_freeze(runtime: Runtime, newsletter: Newsletter, edition: Edition, wave: Wave) -> bool:
    """Say whether nothing stands against a wave's freeze: an approval that is owed, or sources nobody could read for hours."""
    if newsletter.review == "approve" and edition.approved_at is None:
        if runtime.clock() >= edition.freeze_at:
            _ask_for_approval(runtime, newsletter, edition)
        return False
    return edition.alert > 0 or freshness.allows(runtime, newsletter, edition, wave)


def _ask_for_approval(runtime: Runtime, newsletter: Newsletter, edition: Edition) -> None:
    which = f"alert {edition.alert} of {edition.edition_date}" if edition.alert else f"{edition.edition_date}"
    how = f"digest approve {newsletter.id} --date {edition.edition_date}" + (
        f" --alert {edition.alert}" if edition.alert else ""
    )
    text = f"{newsletter.name}, {which}, waits for approval. “{how}” lets it go at once."
    with runtime.store.writing() as session:
        if alarms.raise_(session, "approval_owed", deciding.subject(edition), text, runtime.clock()):
            log.warning(text)


def is_over(newsletter: Newsletter, instant: datetime, now: datetime) -> bool:
    """Say whether it is too late for what was due at an instant, by the newsletter's rule of catching up."""
    late = {"none": _GRACE, "latest_only": max(newsletter.late, _GRACE), "each": _LOOK_BACK}[newsletter.catch_up]
    return now - instant > late


def _is_too_late(newsletter: Newsletter, edition: Edition, instant: datetime, now: datetime) -> bool:
    """Say whether nothing of an edition may leave any more that was due at an instant: nobody is alerted to old news."""
    if edition.alert:
        return now - instant > alerting.MAX_AGE
    return is_over(newsletter, instant, now) and not _is_awaited(newsletter, edition, now)


def _is_awaited(newsletter: Newsletter, edition: Edition, now: datetime) -> bool:
    """Say whether a late edition still has its time: one that waited for its editors has, until the next one freezes, a week at most."""
    if newsletter.review != "approve" or now - edition.slot_at > _LOOK_BACK:
        return False
    following = next(
        (
            instant
            for _, instant in recurrence.slots(
                newsletter, edition.edition_date + _AHEAD, edition.edition_date + 8 * _AHEAD
            )
        ),
        None,
    )
    return following is None or now < recurrence.freeze_at(newsletter, following)


def _note_missed(runtime: Runtime, newsletter: Newsletter, day: date) -> None:
    """Keep that a date went by without an edition while nothing ran: its articles come with the next one."""
    edition = editing.open_edition(runtime, newsletter, day)
    with runtime.store.writing() as session:
        changes = {"reason": "nothing ran at its slot", "finished_at": runtime.clock()}
        if editions.move(session, id_of(edition), source=OPEN, to=EditionState.MISSED, **changes):
            log.warning("%s of %s is missed: nothing ran at its slot", newsletter.id, day)


def _miss(runtime: Runtime, newsletter: Newsletter, edition: Edition, wave: Wave) -> None:
    """Close a wave whose time went by: nobody gets yesterday's paper at noon, and its articles carry over."""
    late = alerting.MAX_AGE if edition.alert else newsletter.late
    what = "frozen" if wave.state == EditionState.PLANNED else "planned"
    reason = f"not {what} within {late.total_seconds() / 3600:.0f} hours of its slot"
    with runtime.store.writing() as session:
        if waves.move(session, id_of(wave), source=_NOT_PLANNED, to=EditionState.MISSED, reason=reason):
            log.warning("%s is missed for %s: %s", newsletter.id, wave.due_at.isoformat(), reason)


def _close(runtime: Runtime, edition: Edition) -> None:
    """Close an edition whose waves were all missed or skipped."""
    over = {EditionState.MISSED, EditionState.SKIPPED}
    with runtime.store.writing() as session:
        found = waves.of(session, id_of(edition))
        if not found or any(wave.state not in over for wave in found):
            return
        last = next((wave for wave in found if wave.home), found[-1])
        changes = {"reason": last.reason, "finished_at": runtime.clock()}
        editions.move(session, id_of(edition), source=ALIVE, to=EditionState(last.state), **changes)
        alarms.over(session, "approval_owed", deciding.subject(edition), runtime.clock())


def _give_up_when_over(runtime: Runtime, newsletter: Newsletter, edition: Edition, last: datetime) -> None:
    """Close the waves of an edition that was held until it was too late, and the edition itself if nothing of it left.

    Of one that goes out what is queued expires by itself, and what was not planned to its end with it.
    """
    now = runtime.clock()
    if not _is_too_late(newsletter, edition, last, now):
        return
    reason = f"held: {edition.reason}"
    with runtime.store.writing() as session:
        if edition.started_at is None:
            changes = {"reason": reason, "finished_at": now}
            editions.move(session, id_of(edition), source=[EditionState.HELD], to=EditionState.MISSED, **changes)
        for wave in waves.of(session, id_of(edition)):
            begun = wave.state == EditionState.SENDING and wave.planned_at is None and now > wave.due_at + LIFETIME
            if wave.state in _NOT_PLANNED or begun:
                waves.move(
                    session, id_of(wave), source=[EditionState(wave.state)], to=EditionState.MISSED, reason=reason
                )
