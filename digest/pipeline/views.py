"""Most-read counts → articles: sources that count are asked when their time has come; one that fails keeps nothing else back."""

import logging

from digest.collect import Trouble
from digest.config import SourceTable, Views
from digest.errors import SourceError
from digest.runtime import Runtime
from digest.sources import views
from digest.store import alarms
from digest.store import views as counts

log = logging.getLogger(__name__)


def count_due(runtime: Runtime) -> None:
    """Ask every source whose counts are due."""
    for table in runtime.settings.sources:
        if table.views is not None:
            _count(runtime, table, table.views)


def _count(runtime: Runtime, table: SourceTable, wanted: Views) -> None:
    now = runtime.clock()
    with runtime.store.writing() as session:
        if not counts.claim(session, table.id, now - wanted.every, now):
            return
    try:
        found = views.fetch(runtime.http, table, wanted)
    except SourceError as error:
        log.warning("source %s: most-read counts: %s", table.id, error)
        with runtime.store.writing() as session:
            text = f"How often the articles of {table.id} are read is not known: {error}"
            alarms.raise_(session, Trouble.VIEWS, table.id, text, now)
        return
    with runtime.store.writing() as session:
        counts.save(session, found)
        alarms.over(session, Trouble.VIEWS, table.id, now)
