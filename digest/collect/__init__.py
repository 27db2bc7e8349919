"""Fetched articles → articles: names decide what is known, pure rules decide what changed, one transaction keeps it all."""

from digest.collect.clocks import Clocks, clocks
from digest.collect.health import due, failed, state
from digest.collect.identity import Named, named
from digest.collect.taking import content_hash, take

__all__ = ["Clocks", "Named", "clocks", "content_hash", "due", "failed", "named", "state", "take"]
