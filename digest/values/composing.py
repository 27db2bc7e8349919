"""What a choice is made of: candidates go in, places and left-out reasons come out."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from digest.values.collecting import Image
from digest.values.states import LeftOutReason, PickKind


@dataclass(frozen=True, slots=True)
class Candidate:
    """An article that a newsletter's sections could take; `sections` are ids of the newsletter, deepest first, in its order.

    `sections` holds every section whose categories match, and the parents of those.
    """

    article_id: int
    source_id: str
    url: str
    title: str
    published_at: datetime
    first_seen_at: datetime
    eligible_at: datetime
    sections: tuple[str, ...]
    summary: str = ""
    authors: tuple[str, ...] = ()
    image: Image | None = None
    language: str = ""
    direction: Literal["ltr", "rtl"] = "ltr"
    minutes: int | None = None
    views: int | None = None
    baseline: bool = False
    withdrawn: bool = False
    hidden: bool = False
    paywalled: bool = False


@dataclass(frozen=True, slots=True)
class Placed:
    """An article's place in one choice: its section, its position from 0, and the reader's other sections it also belongs to."""

    article_id: int
    section_id: str
    position: int
    kind: PickKind
    also_in: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LeftOut:
    """An article that is not in a choice, and why; `detail` completes the reason for people (“48 h”, “5 of 5”)."""

    article_id: int
    reason: LeftOutReason
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Choice:
    """What one group of readers gets: lead and items (in print order), the two closing blocks, and what was left out."""

    lead: Placed | None = None
    items: tuple[Placed, ...] = ()
    most_read: tuple[Placed, ...] = ()
    also_like: tuple[Placed, ...] = ()
    left_out: tuple[LeftOut, ...] = ()

    @property
    def placed(self) -> tuple[Placed, ...]:
        """Everything that is printed, top to bottom."""
        return ((self.lead,) if self.lead else ()) + self.items + self.most_read + self.also_like

    @property
    def count(self) -> int:
        """How many articles the dateline counts: lead and items, not the closing blocks."""
        return len(self.items) + (1 if self.lead else 0)
