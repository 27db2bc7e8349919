"""The accounting of an edition."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from digest.values.states import EditionState, Excluded


@dataclass(frozen=True, slots=True)
class Report:
    """The accounting of one edition: candidates = accepted + rejected + uncertain + owed + the sum of excluded."""

    newsletter: str
    edition_date: date
    state: EditionState
    candidates: int
    accepted: int
    rejected: int
    uncertain: int
    owed: int
    excluded: Mapping[Excluded, int]
    started: datetime | None = None
    finished: datetime | None = None

    @property
    def balances(self) -> bool:
        """Whether every candidate is accounted for."""
        return self.candidates == self.accepted + self.rejected + self.uncertain + self.owed + sum(
            self.excluded.values()
        )
