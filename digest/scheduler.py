"""Ticks, nothing else: APScheduler asks every few seconds what is due; what is due is data in the database."""

import logging
import threading
from collections.abc import Callable

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

from digest import pipeline
from digest.errors import DigestError
from digest.runtime import Runtime

_COLLECT_EVERY_S = 30
_EDITIONS_EVERY_S = 15
_HOUSEKEEPING_EVERY_S = 30
_SOURCES_EVERY_S = 60
_PICTURES_EVERY_S = 30
_TIDY_EVERY_S = 24 * 60 * 60
_RECEIVERS_EVERY_S = 60
log = logging.getLogger(__name__)


def run(runtime: Runtime, stop: threading.Event) -> None:
    """Tick until `stop` is set. Any number of schedulers may run: what one has done, another finds done.

    The job store is in memory, for two schedulers on a shared one both fire; intervals only, for a cron trigger fires twice in a
    repeated hour and not at all in a missing one; a late tick is run late rather than dropped.
    """
    scheduler = BackgroundScheduler(
        timezone="UTC",
        executors={"default": ThreadPoolExecutor(4)},
        job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
    )
    for every_s, tick in (
        (_COLLECT_EVERY_S, _collect),
        (_EDITIONS_EVERY_S, pipeline.advance_editions),
        (_HOUSEKEEPING_EVERY_S, _keep_house),
        (_SOURCES_EVERY_S, _keep_sources),
        (_PICTURES_EVERY_S, pipeline.look_at_pictures),
        (_TIDY_EVERY_S, pipeline.tidy),
        (_RECEIVERS_EVERY_S, _look_up_receivers),
    ):
        scheduler.add_job(_guarded, "interval", seconds=every_s, args=(tick, runtime), id=tick.__name__)
        scheduler.modify_job(tick.__name__, next_run_time=runtime.clock())
    scheduler.start()
    try:
        stop.wait()
    finally:
        scheduler.shutdown(wait=True)


def _collect(runtime: Runtime) -> None:
    pipeline.collect_due(runtime)


def _keep_house(runtime: Runtime) -> None:
    pipeline.release_stale(runtime)
    pipeline.finish_editions(runtime)


def _look_up_receivers(runtime: Runtime) -> None:
    pipeline.look_up_receivers(runtime)


def _keep_sources(runtime: Runtime) -> None:
    pipeline.renew_due(runtime)
    pipeline.count_due(runtime)
    pipeline.check_categories(runtime)


def _guarded(tick: Callable[[Runtime], None], runtime: Runtime) -> None:
    """Log a fault as one sentence; the next tick tries again."""
    try:
        tick(runtime)
    except DigestError as error:
        log.error("%s: %s", tick.__name__, error)  # noqa: TRY400 -- the sentence is for the operator, the stack is not
