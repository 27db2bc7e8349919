"""What is due now: editions are drafted, frozen and planned when their instants have come, whoever asks and however often."""

import logging
from datetime import date, timedelta

from digest import recurrence
from digest.config import Newsletter
from digest.errors import DigestError
from digest.pipeline import collecting, delivering, editing, planning, views
from digest.runtime import Runtime
from digest.store import editions, heartbeats
from digest.values import EditionState

LATE = timedelta(
    hours=6
)  # an edition that could not leave within this time after its slot is missed; its articles carry over
_LOOK_BACK = timedelta(days=2)
log = logging.getLogger(__name__)


def run_due(runtime: Runtime) -> None:
    """Do everything that is due: collect, count what is read, draft, freeze, plan, hand over."""
    collecting.collect_due(runtime)
    views.count_due(runtime)
    advance_editions(runtime)
    delivering.deliver_due(runtime)


def advance_editions(runtime: Runtime) -> None:
    """Bring every newsletter's editions as far as the time allows; a fault in one keeps no other back."""
    for newsletter in runtime.settings.newsletters:
        for day in recurrence.due_dates(newsletter, runtime.clock(), back=_LOOK_BACK):
            try:
                _advance(runtime, newsletter, day)
            except DigestError as error:
                log.error("%s of %s: %s", newsletter.id, day, error)  # noqa: TRY400 -- one sentence for the operator
    with runtime.store.writing() as session:
        heartbeats.beat(session, "scheduler", runtime.clock())


def _advance(runtime: Runtime, newsletter: Newsletter, day: date) -> None:
    now, slot = runtime.clock(), recurrence.slot(newsletter, day)
    if slot is None:
        return
    with runtime.store.reading() as session:
        edition = editions.find(session, newsletter.id, day)
        paused = editions.is_paused(session, newsletter.id)
    if paused:
        return
    if edition is None or edition.state in editing.OPEN:
        if now - slot > LATE:
            _miss(runtime, newsletter, day)
            return
        freeze = now >= recurrence.freeze_at(newsletter, slot)
        edition = (editing.freeze_edition if freeze else editing.draft_edition)(runtime, newsletter, day)
    if edition.id is not None and edition.state in planning.PLANNABLE and now >= slot:
        planning.plan_edition(runtime, newsletter, edition.id)


def _miss(runtime: Runtime, newsletter: Newsletter, day: date) -> None:
    """Close an edition whose time went by, if this installation knew of it: nobody gets yesterday's paper at noon."""
    with runtime.store.writing() as session:
        edition = editions.find(session, newsletter.id, day)
        if edition is None or edition.id is None:
            return
        reason = f"not frozen within {LATE.total_seconds() / 3600:.0f} hours of its slot"
        changes = {"reason": reason, "finished_at": runtime.clock()}
        editions.move(session, edition.id, source=editing.OPEN, to=EditionState.MISSED, **changes)
    log.warning("%s of %s is missed: %s", newsletter.id, day, reason)
