"""One wave of a simulation: a turn and histories go in; what is owed to each group, and its choice by the real rules, come out."""

from collections.abc import Callable, Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date, timedelta

from digest import compose
from digest.config import Newsletter
from digest.pipeline import material
from digest.pipeline.material import Group, Material
from digest.pipeline.simulation.archive import Archive
from digest.pipeline.simulation.timetable import Turn
from digest.values import LeftOutReason


@dataclass(frozen=True, slots=True)
class History:
    """What readers were given in the last month, edition by edition; the number stands for it where the rules ask for renderings."""

    number: int
    by_day: tuple[tuple[date, frozenset[int]], ...] = ()
    articles: frozenset[int] = frozenset()

    def with_edition(self, number: int, day: date, printed: frozenset[int]) -> "History":
        """Return it with one more edition; what is older than the memory is forgotten."""
        first = day - material.MEMORY
        kept = *[one for one in self.by_day if one[0] >= first], (day, printed)
        return History(number, kept, frozenset().union(*[ids for _, ids in kept]))


@dataclass
class Made:
    """What one group was given, and the outcome behind it, which tells why the rest was left out."""

    outcome: compose.Outcome
    given: frozenset[int]
    older: frozenset[int]
    history: History
    readers: int = 0


class WaveRun:
    """One wave at its instant: its material for each span, what is owed, and its choices, each made once."""

    def __init__(self, newsletter: Newsletter, archive: Archive, turn: Turn, numbers: Callable[[], int]) -> None:
        """Begin with nothing chosen; `numbers` gives each history a new one."""
        self.turn = turn
        self.made: dict[tuple[Group, int], Made] = {}
        self._newsletter, self._archive, self._numbers = newsletter, archive, numbers
        self._stuff: dict[tuple[bool, timedelta], Material] = {}
        self._within: dict[timedelta, Mapping[str, AbstractSet[int]]] = {}
        self._owed: dict[tuple[tuple[str, ...], tuple[timedelta, ...]], frozenset[int]] = {}

    def owed(self, group: Group) -> frozenset[int]:
        """Return the articles that a group's sections reach now."""
        key = group.sections, group.spans
        if key not in self._owed:
            reach = [self._reach(span).get(id_, frozenset()) for id_, span in zip(*key, strict=True)]
            self._owed[key] = frozenset().union(*reach)
        return self._owed[key]

    def choose(self, template: Group, history: History) -> Made:
        """Choose for readers with a history by the real rules, or return what was chosen for such readers already."""
        key = template, history.number
        if key not in self.made:
            self.made[key] = self._choose(template, history)
        return self.made[key]

    def why(self, made: Made, places: Iterable[int]) -> Mapping[int, LeftOutReason]:
        """Return why articles were left out of a choice of this wave."""
        known = made.outcome.table.pool.by_id
        asked = [one for place in places if (one := self._archive.articles[place]).article_id in known]
        return {self._archive.place[one.article_id]: one.reason for one in made.outcome.left_out(asked)}

    def _choose(self, group: Group, history: History) -> Made:
        outcome = self._material(group).outcome(group, history.articles)
        new, older, place = outcome.new, outcome.older, self._archive.place
        printed = frozenset(new | older)
        return Made(
            outcome=outcome,
            given=frozenset([place[id_] for id_ in new]),
            older=frozenset([place[id_] for id_ in older]),
            history=history.with_edition(self._numbers(), self.turn.day, printed) if printed else history,
        )

    def _material(self, group: Group) -> Material:
        """Return what a group's choice is made from."""
        key = group.best, max(group.spans)
        if key not in self._stuff:
            by_score = group.best or self._newsletter.ranking == "score"
            found = self._archive.candidates(self.turn.at, key[1], by_score=by_score)
            self._stuff[key] = Material(self._newsletter, self.turn.day, self.turn.at, found, frozenset(), number=0)
        return self._stuff[key]

    def _reach(self, span: timedelta) -> Mapping[str, AbstractSet[int]]:
        if span not in self._within:
            self._within[span] = self._archive.within(self.turn.at, span)
        return self._within[span]
