"""The process that parses feeds, and does nothing else: requests come over a connection, answers go back; it ends with its parent."""

import contextlib
import json
import resource
import signal
import sys
from dataclasses import asdict
from datetime import datetime
from multiprocessing.connection import Connection

from digest.errors import NotAFeedError
from digest.sources.feeds import reading

MEMORY_MIB = 512
SECONDS = 20.0
READ, REFUSED, EXHAUSTED = b"+", b"-", b"!"
_GRACE_SECONDS = 10  # by then the parent, where there is still one, has ended us


def serve(connection: Connection) -> None:
    """Answer requests (address, content type, now, body) until nobody asks any more: READ and the feed as JSON, or why there is none."""
    while True:
        try:
            url, content_type, now, body = (connection.recv_bytes() for _ in range(4))
        except (EOFError, OSError):
            return
        signal.alarm(int(SECONDS) + _GRACE_SECONDS)
        answer = _answer(body, url.decode(), content_type.decode(), now.decode())
        signal.alarm(0)
        with contextlib.suppress(OSError):
            connection.send_bytes(answer)


def _answer(body: bytes, url: str, content_type: str, now: str) -> bytes:
    try:
        found = reading.read(body, url, content_type, datetime.fromisoformat(now) if now else None)
        return READ + json.dumps(asdict(found), default=datetime.isoformat).encode()
    except NotAFeedError as error:
        return REFUSED + f"{error.detail}\0{error.hint}".encode()
    except MemoryError:
        return EXHAUSTED
    except Exception as error:  # noqa: BLE001 -- what a hostile feed provokes is its own error, never the service's
        reason = f"It cannot be read ({type(error).__name__})."
        return REFUSED + f"{reason}\0Report it with the feed.".encode()


def bounded() -> None:
    """Bound this process's memory where the platform can, and leave Ctrl-C to its parent."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_MIB * 1024 * 1024,) * 2)
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


if __name__ == "__main__":
    bounded()
    serve(Connection(int(sys.argv[1])))
