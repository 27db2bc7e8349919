"""What editors and operators decide about an edition: approve, hold, release, cancel, reopen; each one conditional step."""

import logging
from datetime import date

from digest.config import Newsletter
from digest.errors import EditionError
from digest.models import Edition
from digest.pipeline.editing import OPEN, id_of
from digest.runtime import Runtime
from digest.store import alarms, deliveries, editions, groups, waves
from digest.store.base import Session
from digest.values import EditionState, Excluded

_MAY_STOP = (*OPEN, EditionState.FROZEN, EditionState.SENDING)
_MAY_CANCEL = (*_MAY_STOP, EditionState.HELD)
log = logging.getLogger(__name__)


def approve(
    runtime: Runtime, newsletter: Newsletter, day: date, *, alert: int = 0, by: str = "", shown: str = ""
) -> Edition:
    """Let an edition go out as its draft stands: nothing is fetched or added afterwards. Late approval lets it go at once.

    Raises EditionError when it is no draft, holds nothing, or is not the revision any more that was `shown` to whoever approves.
    """
    now = runtime.clock()
    with runtime.store.writing() as session:
        edition = _found(session, newsletter, day, alert)
        edition = editions.locked(session, id_of(edition))  # no draft is kept between the look and the deed
        if edition.approved_at is not None:
            return edition
        if not editions.picks(session, id_of(edition)):
            raise EditionError(
                f"{newsletter.name} of {day} holds no article yet.", hint=f"Run `digest draft {newsletter.id}`."
            )
        if shown and shown != editions.revision(session, id_of(edition)):
            raise EditionError(
                f"{newsletter.name} of {day} has changed since it was shown.", hint="Look at it again, then approve it."
            )
        changes = {"approved_at": now, "approved_by": by}
        if not editions.move(session, id_of(edition), source=OPEN, to=EditionState.DRAFT, **changes):
            raise EditionError(f"{newsletter.name} of {day} is {edition.state}.", hint="Only a draft can be approved.")
        alarms.over(session, "approval_owed", subject(edition), now)
        return editions.get(session, id_of(edition))


def hold(runtime: Runtime, newsletter: Newsletter, day: date, *, alert: int = 0, reason: str = "") -> Edition:
    """Stop an edition where it stands; of one that goes out no further message leaves. Raises EditionError."""
    with runtime.store.writing() as session:
        edition = _found(session, newsletter, day, alert)
        changes = {"held_at": runtime.clock(), "reason": reason or "held by an editor"}
        _move(session, edition, newsletter, _MAY_STOP, EditionState.HELD, **changes)
        return editions.get(session, id_of(edition))


def release(runtime: Runtime, newsletter: Newsletter, day: date, *, alert: int = 0) -> Edition:
    """Let a held edition go on from where it stood. Raises EditionError."""
    with runtime.store.writing() as session:
        edition = _found(session, newsletter, day, alert)
        to = EditionState.DRAFT
        if edition.frozen_at is not None:
            to = EditionState.FROZEN if edition.started_at is None else EditionState.SENDING
        _move(session, edition, newsletter, [EditionState.HELD], to, held_at=None, reason="")
        return editions.get(session, id_of(edition))


def cancel(runtime: Runtime, newsletter: Newsletter, day: date, *, alert: int = 0, reason: str = "") -> Edition:
    """End an edition: what was not handed over is excluded, each reader in the books. Raises EditionError."""
    now = runtime.clock()
    with runtime.store.writing() as session:
        edition = _found(session, newsletter, day, alert)
        changes = {"reason": reason or "cancelled by an editor", "finished_at": now}
        _move(session, edition, newsletter, _MAY_CANCEL, EditionState.CANCELLED, **changes)
        stopped = (EditionState.PLANNED, EditionState.FROZEN, EditionState.SENDING)
        waves.move_all(session, id_of(edition), source=stopped, to=EditionState.CANCELLED, changes={})
        alarms.over(session, "approval_owed", subject(edition), now)
        number = deliveries.exclude_queued(session, id_of(edition), Excluded.CANCELLED, now)
        log.info("%s of %s is cancelled; %d deliveries were not handed over", newsletter.id, day, number)
        return editions.get(session, id_of(edition))


def reopen(runtime: Runtime, newsletter: Newsletter, day: date, *, alert: int = 0) -> Edition:
    """Take a frozen edition, or an approved one, back to a draft, as long as no worker took any of its deliveries. Raises EditionError."""
    with runtime.store.writing() as session:
        edition = _found(session, newsletter, day, alert)
        changes = {"frozen_at": None, "started_at": None, "approved_at": None, "approved_by": ""}
        closed = (EditionState.FROZEN, EditionState.SENDING, *(OPEN if edition.approved_at else ()))
        _move(session, edition, newsletter, closed, EditionState.DRAFT, **changes)
        if not deliveries.take_back(session, id_of(edition)):
            raise EditionError(f"{newsletter.name} of {day} goes out already.", hint="It can be held or cancelled.")
        groups.drop(session, id_of(edition))
        editions.drop_frozen(session, id_of(edition))
        back = {"frozen_at": None, "started_at": None, "planned_at": None, "planned_through": 0, "reason": ""}
        stood = (EditionState.FROZEN, EditionState.SENDING, EditionState.SKIPPED)
        waves.move_all(session, id_of(edition), source=stood, to=EditionState.PLANNED, changes=back)
        return editions.get(session, id_of(edition))


def subject(edition: Edition) -> str:
    """Return what alarms call an edition."""
    return f"{edition.newsletter}/{edition.edition_date}" + (f"/{edition.alert}" if edition.alert else "")


def _found(session: Session, newsletter: Newsletter, day: date, alert: int) -> Edition:
    edition = editions.find(session, newsletter.id, day, alert)
    if edition is None and alert:
        raise EditionError(f"{newsletter.name} has no alert {alert} of {day}.")
    if edition is None:
        raise EditionError(
            f"{newsletter.name} has no edition of {day} yet.", hint=f"Run `digest draft {newsletter.id}`."
        )
    return edition


def _move(
    session: Session,
    edition: Edition,
    newsletter: Newsletter,
    source: "list[EditionState] | tuple[EditionState, ...]",
    to: EditionState,
    **changes: object,
) -> None:
    if not editions.move(session, id_of(edition), source=source, to=to, **changes):
        states = ", ".join(source)
        state = editions.get(session, id_of(edition)).state  # as it is by now
        raise EditionError(
            f"{newsletter.name} of {edition.edition_date} is {state}.",
            hint=f"This is for one that is {states}.",
        )
