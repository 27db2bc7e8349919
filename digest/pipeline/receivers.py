"""Receiving domains that were not looked up for a day → their lanes, a few at a time and never in the way of mail."""

from collections.abc import Callable

from digest.mail.mx import Lookup
from digest.runtime import Runtime
from digest.store import receivers

_AT_ONCE = 100
_SILENT = 3  # look-ups in a row without an answer: the name servers are away, and the rest waits for the next turn
_NO_NETWORK = ("console", "maildir", "memory")  # kinds of providers that no receiver sees


def look_up_receivers(runtime: Runtime, lane_of: Callable[[str], str | None] | None = None) -> int:
    """Look up the domains that are due by `lane_of`, else by this machine's name servers; return how many answered."""
    if runtime.settings.provider.kind in _NO_NETWORK:
        return 0
    now = runtime.clock()
    with runtime.store.reading() as session:
        domains = receivers.due(session, now, _AT_ONCE)
    if not domains:
        return 0
    lane_of = lane_of or Lookup()
    answered = silent = 0
    for domain in domains:
        lane = lane_of(domain)
        silent = silent + 1 if lane is None else 0
        answered += lane is not None
        with runtime.store.writing() as session:
            receivers.learn(session, domain, lane, now)
        if silent >= _SILENT:
            break
    return answered
