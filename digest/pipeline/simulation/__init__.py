"""An archive of articles, a newsletter, readers → every edition that would have gone out, and where each article stayed.

Nothing is written and nobody gets mail. The rules are the real ones (`recurrence`, `material`, `compose`); what is the simulation's own
is the bookkeeping: `timetable` (when each wave runs, outages included), `archive` (what was known when), `readers`, `ledger` (for each
reader and article: given, or the rule that kept it out), `running` (joins them).
"""

from digest.pipeline.simulation.archive import Archive
from digest.pipeline.simulation.ledger import Account, Fault, Stayed
from digest.pipeline.simulation.readers import Readers, invented, of_newsletter
from digest.pipeline.simulation.running import EditionSimulated, Simulated, archive_of, simulate
from digest.pipeline.simulation.timetable import Outage

__all__ = [
    "Account",
    "Archive",
    "EditionSimulated",
    "Fault",
    "Outage",
    "Readers",
    "Simulated",
    "Stayed",
    "archive_of",
    "invented",
    "of_newsletter",
    "simulate",
]
