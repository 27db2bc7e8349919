"""Takes batches until told to stop: the engine says which are due, the pipeline hands them over; notices go first."""

import logging
import threading

from digest import pipeline
from digest.engines.base import BatchId
from digest.errors import DigestError
from digest.runtime import Runtime

_NOTICES_EVERY_S = 1.0
_AFTER_FAULT_S = 30.0
_FINISH_S = 10.0
log = logging.getLogger(__name__)


def run(runtime: Runtime, stop: threading.Event) -> None:
    """Hand over batches and notices until `stop` is set; what was begun is finished first, in ten seconds at most."""
    done = threading.Event()
    threads = [
        threading.Thread(target=_notices, args=(runtime, stop), name="notices"),
        threading.Thread(target=_hang_up, args=(runtime, stop, done), name="hang-up"),
    ]
    for thread in threads:
        thread.start()
    try:
        runtime.engine.run(lambda batch_id: _batch(runtime, batch_id, stop), stop)
    finally:
        stop.set()
        threads[0].join()
        done.set()
        threads[1].join()


def _batch(runtime: Runtime, batch_id: BatchId, stop: threading.Event) -> None:
    pipeline.deliver_batch(runtime, batch_id, stop)


def _hang_up(runtime: Runtime, stop: threading.Event, done: threading.Event) -> None:
    """Close the provider under those who are not done in time: each message gets the result that is known of it."""
    stop.wait()
    if not done.wait(_FINISH_S):
        runtime.provider.close()


def _notices(runtime: Runtime, stop: threading.Event) -> None:
    while not stop.is_set():
        try:
            pipeline.deliver_notices(runtime)
            stop.wait(_NOTICES_EVERY_S)
        except DigestError as error:
            log.error("notices: %s", error)  # noqa: TRY400 -- the sentence is for the operator, the stack is not
            stop.wait(_AFTER_FAULT_S)
