"""What is old → gone: articles that no edition printed, words kept for comparing, alarms that are over; a chunk a transaction."""

from datetime import timedelta

from digest import collect
from digest.runtime import Runtime
from digest.store import alarms, pushes

_ALARMS_KEPT = timedelta(days=30)


def tidy(runtime: Runtime) -> None:
    """Drop what nobody needs any more; whatever is written meanwhile waits for one chunk at most."""
    now = runtime.clock()
    with runtime.store.writing() as session:
        alarms.forget(session, now - _ALARMS_KEPT)
        pushes.forget(session, now)
    more = True
    while more:
        with runtime.store.writing() as session:
            more = collect.purge(session, runtime.settings.collect.keep, now) >= collect.MOST_PURGED
