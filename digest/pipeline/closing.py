"""What is over → the books: what waited too long is expired, and readers of waves that gave nothing get their rows with the reason."""

import logging

from digest.config import Newsletter
from digest.errors import ConfigError
from digest.models import Wave
from digest.pipeline import alerting
from digest.pipeline.editing import id_of
from digest.pipeline.planning import CHUNK
from digest.runtime import Runtime
from digest.store import allotment, audience, editions, expiry, groups, waves
from digest.store.allotment import Range
from digest.store.groups import GroupShare
from digest.values import EditionState, Excluded

_WHY = {
    EditionState.SKIPPED: Excluded.NO_ARTICLE,
    EditionState.MISSED: Excluded.EXPIRED,
    EditionState.CANCELLED: Excluded.CANCELLED,
}
log = logging.getLogger(__name__)


def close_books(runtime: Runtime) -> None:
    """Exclude what is queued though its time is over, and give every reader of a wave that ended without a mail a row.

    A wave of an edition of which nothing left has no candidates.
    """
    more = True
    while more:
        with runtime.store.writing() as session:
            more = expiry.expire(session, runtime.clock())
    with runtime.store.reading() as session:
        found = [(wave, editions.get(session, wave.edition_id).newsletter) for wave in waves.unwritten(session, _WHY)]
    for wave, newsletter_id in found:
        try:
            newsletter = runtime.settings.newsletter(newsletter_id)
        except ConfigError:
            continue  # it was taken out of the configuration: who its readers were cannot be said
        write_off(runtime, newsletter, wave)


def write_off(runtime: Runtime, newsletter: Newsletter, wave: Wave) -> None:
    """Exclude all readers of a wave that is skipped, missed or cancelled who have no row yet; a crash resumes where it was."""
    reason = _WHY[EditionState(wave.state)]
    with runtime.store.writing() as session:
        groups.close(session, id_of(wave), reason)
    while _write_range(runtime, newsletter, id_of(wave), reason):
        continue


def _write_range(runtime: Runtime, newsletter: Newsletter, wave_id: int, reason: Excluded) -> bool:
    """Exclude the next readers; False once there are none."""
    now = runtime.clock()
    with runtime.store.writing() as session:
        allotment.by_key(session)
        wave = waves.lock(session, wave_id)
        if wave.state not in _WHY or wave.planned_at is not None:
            return False
        mine = alerting.audience_for(session, newsletter, editions.get(session, wave.edition_id), wave)
        after = wave.planned_through
        through, most = audience.next_range(session, mine, after, CHUNK)
        if not most:
            return waves.move(session, wave_id, source=_WHY, to=EditionState(wave.state), planned_at=now) and False
        found = audience.without_group(session, mine, wave_id, after=after, through=through)
        groups.save(session, wave_id, [GroupShare(one, None, None, reason) for one in found])
        range_ = Range(wave, mine, after, through)
        allotment.allot(session, range_, due_at=now, expires_at=now, size=CHUNK, now=now)
        return waves.move(session, wave_id, source=_WHY, to=EditionState(wave.state), planned_through=through)
