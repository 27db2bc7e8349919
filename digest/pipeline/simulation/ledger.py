"""The books of a simulation: what some readers were owed and given goes in; each article's end, or a fault, comes out.

For readers who chose alike there is one byte for each article: given, or the last rule that kept it out. An article is owed at an
edition that it was known to and young enough for, in a section that they want: that is read from the archive, not from the choice, so
that a choice which forgets an article is found out.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from digest.pipeline.simulation.archive import Archive
from digest.pipeline.simulation.readers import Readers
from digest.values import LeftOutReason

GIVEN, MISSED, FIRST_EDITION = "given", "missed", "first_edition"
_OUTCOMES = ("", GIVEN, MISSED, FIRST_EDITION, *(str(one) for one in LeftOutReason), "gap")
_CODES = {name: code for code, name in enumerate(_OUTCOMES)}
_GIVEN, _MISSED, _GAP = _CODES[GIVEN], _CODES[MISSED], _CODES["gap"]
_KEEPS_OUT = frozenset(
    {
        LeftOutReason.SECTION_FULL,
        LeftOutReason.EDITION_FULL,
        LeftOutReason.AUTHOR_FULL,
        LeftOutReason.SOURCE_FULL,
        LeftOutReason.BELOW_MINIMUM,
        LeftOutReason.SAME_STORY,
        LeftOutReason.QUIET_DAY,
    }
)
Why = Callable[[Iterable[int]], Mapping[int, LeftOutReason]]


@dataclass(frozen=True, slots=True)
class Fault:
    """A broken promise: an article given again, kept out by no rule, or given to readers who were not owed it; `day` is the edition's."""

    kind: Literal["repeat", "gap", "not_owed"]
    article_id: int
    title: str
    day: date
    readers: str
    count: int


@dataclass(frozen=True, slots=True)
class Stayed:
    """An article that never reached some readers: how many by the last rule that kept it out."""

    article_id: int
    title: str
    kept_out: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Account:
    """Articles × readers: owed = given + kept out by rule + gaps. `later` of those given had been carried over.

    `articles` is how many could be given at all, `closed` counts the others by their reasons.
    """

    articles: int
    closed: Mapping[str, int]
    owed: int
    given: int
    later: int
    kept_out: Mapping[str, int]
    faults: Mapping[str, int]

    @property
    def is_clean(self) -> bool:
        """Whether each article reached each reader who was owed it once, or a rule stands."""
        return not any(self.faults.values()) and self.owed == self.given + sum(self.kept_out.values())


class Ledger:
    """What became of each article for readers who chose alike."""

    def __init__(self, readers: Readers, archive: Archive) -> None:
        """Begin with nothing owed."""
        self.readers = readers
        self.later = 0
        self.faults: list[Fault] = []
        self._archive = archive
        self._ends = bytearray(len(archive.articles))
        self._waiting: set[int] = set()
        self._why: Why = lambda _: {}
        self._day = date.min

    def edition(
        self, day: date, owed: AbstractSet[int], given: AbstractSet[int], older: Iterable[int], why: Why
    ) -> None:
        """Enter an edition: what these readers were owed by then, what they were given, and older news that filled a section.

        `why` tells the reasons for what was left out; it is asked about articles that leave their reach.
        """
        self._settle(self._waiting - owed)
        self.later += sum(place in self._waiting or self._ends[place] == _MISSED for place in given)
        for place in (*given, *older):
            if self._ends[place] == _GIVEN:
                self._fault("repeat", place, day)
            self._ends[place] = _GIVEN
        for place in given - owed:
            self._fault("not_owed", place, day)
        self._waiting = {place for place in owed - given if self._ends[place] != _GIVEN}
        self._why, self._day = why, day

    def miss(self, owed: AbstractSet[int]) -> None:
        """Enter an edition that was missed: what it owed is given by the next one if that still can."""
        self._settle(self._waiting - owed)
        self._waiting.clear()
        self._mark(owed, MISSED)

    def begin(self, before: AbstractSet[int]) -> None:
        """Note what these readers did not get because a first edition reaches back a day only."""
        self._mark(before, FIRST_EDITION)

    def close(self, since: datetime, last: Mapping[str, datetime]) -> None:
        """Settle what is left: of what was published after `since`, what is for a later edition, and what was too old for each.

        `last` says when each of their sections came last.
        """
        self._settle(self._waiting)
        self._waiting.clear()
        for place in self._archive.matching(self.readers.choices.chosen):
            if not self._ends[place] and self._archive.articles[place].published_at > since:
                known = self._archive.known[place]
                came = any(known <= last[id_] for id_ in self._archive.sections[place] if id_ in last)
                self._ends[place] = _CODES[LeftOutReason.TOO_OLD if came else LeftOutReason.NOT_YET]

    def counts(self) -> Counter[str]:
        """Return how many articles ended how."""
        return Counter({name: self._ends.count(code) for code, name in enumerate(_OUTCOMES) if code})

    def ends(self) -> Iterable[tuple[int, str]]:
        """Yield each article that was owed with its end."""
        return ((place, _OUTCOMES[code]) for place, code in enumerate(self._ends) if code)

    def _mark(self, places: Iterable[int], outcome: str) -> None:
        for place in places:
            if self._ends[place] != _GIVEN:
                self._ends[place] = _CODES[outcome]

    def _settle(self, places: Collection[int]) -> None:
        """Write down why articles that are beyond reach now were not given when they were within it last."""
        if not places:
            return
        reasons = self._why(places)
        for place in places:
            reason = reasons.get(place)
            if reason is not None and self._holds(place, reason):
                self._ends[place] = _CODES[reason]
            else:
                self._ends[place] = _GAP
                self._fault("gap", place, self._day)

    def _holds(self, place: int, reason: LeftOutReason) -> bool:
        """Say whether a reason may stand for an article that was owed; “had” only if they were given what tells the same."""
        if reason is LeftOutReason.ALREADY_HAD:
            return any(self._ends[copy] == _GIVEN for copy in self._archive.copies(place))
        return reason in _KEEPS_OUT

    def _fault(self, kind: Literal["repeat", "gap", "not_owed"], place: int, day: date) -> None:
        one = self._archive.articles[place]
        self.faults.append(Fault(kind, one.article_id, one.title, day, str(self.readers), self.readers.count))


def account(archive: Archive, ledgers: Iterable[Ledger]) -> Account:
    """Add up what all readers were owed and given."""
    ends, faults, later = Counter[str](), Counter({"gap": 0, "repeat": 0, "not_owed": 0}), 0
    for ledger in ledgers:
        number = ledger.readers.count
        ends.update({name: found * number for name, found in ledger.counts().items()})
        faults.update(Counter(fault.kind for fault in ledger.faults for _ in range(number)))
        later += ledger.later * number
    kept_out = {name: found for name, found in ends.items() if found and name not in {GIVEN, "gap"}}
    return Account(
        articles=len(archive.articles) - len(archive.closed),
        closed=dict(Counter(str(one.reason) for one in archive.closed.values())),
        owed=ends.total(),
        given=ends[GIVEN],
        later=later,
        kept_out=dict(sorted(kept_out.items(), key=lambda item: (-item[1], item[0]))),
        faults=dict(faults),
    )


def stayed(archive: Archive, ledgers: Iterable[Ledger]) -> list[Stayed]:
    """Return the articles that never reached some readers, those that the most lack first."""
    found: dict[int, Counter[str]] = {}
    for ledger in ledgers:
        for place, end in ledger.ends():
            if end != GIVEN:
                found.setdefault(place, Counter())[end] += ledger.readers.count
    order = sorted(found, key=lambda place: (-found[place].total(), place))
    return [
        Stayed(archive.articles[place].article_id, archive.articles[place].title, dict(found[place])) for place in order
    ]
