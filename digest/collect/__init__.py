"""Fetched articles → articles: names decide what is known, pure rules decide what changed, one transaction keeps it all."""

from digest.collect.clocks import Clocks, clocks
from digest.collect.duplicates import representative
from digest.collect.health import Trouble, due, failed, forget, left_alone, state, timed
from digest.collect.identity import Named, named
from digest.collect.overview import SourceAlarm, SourceHealth, overview
from digest.collect.rows import content_hash
from digest.collect.taking import MOST_PURGED, purge, take, take_pushed

__all__ = [
    "MOST_PURGED",
    "Clocks",
    "Named",
    "SourceAlarm",
    "SourceHealth",
    "Trouble",
    "clocks",
    "content_hash",
    "due",
    "failed",
    "forget",
    "left_alone",
    "named",
    "overview",
    "purge",
    "representative",
    "state",
    "take",
    "take_pushed",
    "timed",
]
