"""Sources that nobody could read for hours: an edition without them waits, says so, or is skipped, as its newsletter wants."""

import logging
from datetime import datetime, timedelta

from digest.config import Newsletter
from digest.models import Edition, Wave
from digest.pipeline import collecting, editing
from digest.pipeline.editing import OPEN, id_of
from digest.runtime import Runtime
from digest.store import alarms, editions, sources, waves
from digest.values import EditionState

_LONGEST_WAIT = timedelta(minutes=60)
_KIND = "sources_stale"
log = logging.getLogger(__name__)


def allows(runtime: Runtime, newsletter: Newsletter, edition: Edition, wave: Wave) -> bool:
    """Say whether a wave may freeze as far as its sources go; those that are stale are asked once more before it is decided."""
    now = runtime.clock()
    if _stale(runtime, newsletter, now):
        collecting.refresh(runtime, _stale(runtime, newsletter, now))
    stale = _stale(runtime, newsletter, now)
    if not stale:
        with runtime.store.writing() as session:
            alarms.over(session, _KIND, newsletter.id, now)
        return True
    _tell(runtime, newsletter, edition, sorted(stale), now)
    match newsletter.stale:
        case "hold":
            return now >= wave.due_at + _LONGEST_WAIT
        case "skip":
            _skip(runtime, edition, wave)
            return False
        case "send_with_notice":
            if not edition.note:
                words = runtime.renderer.say("incomplete", newsletter.language or runtime.settings.site.language)
                with runtime.store.writing() as session:
                    editions.change(session, id_of(edition), note=words)
            return True


def _stale(runtime: Runtime, newsletter: Newsletter, now: datetime) -> set[str]:
    """Return the newsletter's sources that were read once and then not for as long as it bears."""
    mine = editing.sources_of(runtime, newsletter)
    with runtime.store.reading() as session:
        rows = sources.rows(session)
    return {
        id_
        for id_ in mine
        if (row := rows.get(id_)) is not None
        and row.failures
        and row.last_ok_at is not None
        and now - row.last_ok_at > newsletter.stale_after
    }


def _tell(runtime: Runtime, newsletter: Newsletter, edition: Edition, stale: list[str], now: datetime) -> None:
    hours = newsletter.stale_after.total_seconds() / 3600
    text = f"{', '.join(stale)} could not be read for {hours:g} hours; {newsletter.name} of {edition.edition_date} lacks it."
    with runtime.store.writing() as session:
        if alarms.raise_(session, _KIND, newsletter.id, text, now):
            log.warning(text)


def _skip(runtime: Runtime, edition: Edition, wave: Wave) -> None:
    reason = "its sources could not be read"
    with runtime.store.writing() as session:
        planned = [EditionState.PLANNED]
        editions.locked(session, id_of(edition))
        waves.move(session, id_of(wave), source=planned, to=EditionState.SKIPPED, reason=reason)
        if all(one.state == EditionState.SKIPPED for one in waves.of(session, id_of(edition))):
            editions.move(session, id_of(edition), source=OPEN, to=EditionState.SKIPPED, reason=reason)
