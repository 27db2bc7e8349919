"""Takes batches until told to stop: the engine says which are due, the pipeline hands them over; notices go first."""

import logging
import threading

from digest import pipeline
from digest.engines.base import BatchId
from digest.errors import DigestError
from digest.runtime import Runtime

_NOTICES_EVERY_S = 1.0
_AFTER_FAULT_S = 30.0
log = logging.getLogger(__name__)


def run(runtime: Runtime, stop: threading.Event) -> None:
    """Hand over batches and notices until `stop` is set; what was begun is finished first."""
    notices = threading.Thread(target=_notices, args=(runtime, stop), name="notices")
    notices.start()
    try:
        runtime.engine.run(lambda batch_id: _batch(runtime, batch_id), stop)
    finally:
        stop.set()
        notices.join()


def _batch(runtime: Runtime, batch_id: BatchId) -> None:
    pipeline.deliver_batch(runtime, batch_id)


def _notices(runtime: Runtime, stop: threading.Event) -> None:
    while not stop.is_set():
        try:
            pipeline.deliver_notices(runtime)
            stop.wait(_NOTICES_EVERY_S)
        except DigestError as error:
            log.error("notices: %s", error)  # noqa: TRY400 -- the sentence is for the operator, the stack is not
            stop.wait(_AFTER_FAULT_S)
