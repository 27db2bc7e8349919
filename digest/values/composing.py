"""What a choice is made of: candidates go in, places and left-out reasons come out."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from digest.values.collecting import Image
from digest.values.states import LeftOutReason, PickKind, PinKind


@dataclass(frozen=True, slots=True)
class Candidate:
    """An article that a newsletter's sections could take; `sections` are ids of the newsletter, deepest first, in its order.

    `sections` holds every section whose categories match, and the parents of those; `lead_section` is the one that its publisher put
    first. Articles of one `story` tell the same in nearly the same words: an edition prints one of them, and where that is `certain`
    (an editor said so), who had one had them all.
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
    sticky: bool = False
    priority: int = 0
    lead_section: str = ""
    story: str = ""
    certain: bool = False
    third_party: bool = False
    correction: str = ""
    corrected_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Pinned:
    """An editor's word on an article: the lead, a place in a section (the first is 0), or dropped; `by` says whose.

    `repeat_ok` lets it come again to readers who had it.
    """

    article_id: int
    kind: PinKind
    section_id: str = ""
    position: int = 0
    repeat_ok: bool = False
    by: str = ""


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
    """What one group of readers gets: lead and items (in print order), corrections, the two closing blocks, and what was left out.

    `overflow` counts, for each section that has more than was printed, the articles that wait or were passed over.
    """

    lead: Placed | None = None
    items: tuple[Placed, ...] = ()
    corrections: tuple[Placed, ...] = ()
    most_read: tuple[Placed, ...] = ()
    also_like: tuple[Placed, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    overflow: Mapping[str, int] = field(default_factory=dict)

    @property
    def placed(self) -> tuple[Placed, ...]:
        """Everything that is printed, top to bottom."""
        return ((self.lead,) if self.lead else ()) + self.items + self.corrections + self.most_read + self.also_like

    @property
    def new(self) -> tuple[Placed, ...]:
        """What is the day's own: lead and items, without the older news of sections that would stay empty."""
        return ((self.lead,) if self.lead else ()) + tuple(
            one for one in self.items if one.kind is not PickKind.FALLBACK
        )

    @property
    def count(self) -> int:
        """How many articles the dateline counts: the new ones, not older news, corrections or the closing blocks."""
        return len(self.new)
