"""One wave of a simulation: a turn and histories go in; what is owed to each group, and its choice by the real rules, come out."""

from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

from digest.config import Newsletter
from digest.pipeline import material
from digest.pipeline.material import Group, Material, Past
from digest.pipeline.simulation.archive import Archive
from digest.pipeline.simulation.timetable import Turn
from digest.values import Choice, LeftOutReason, PickKind


@dataclass(frozen=True, slots=True)
class History:
    """What readers were given in the last month, edition by edition; the number stands for it where the rules ask for renderings."""

    number: int
    by_day: tuple[tuple[date, frozenset[int]], ...] = ()
    articles: frozenset[int] = frozenset()

    def with_edition(self, number: int, day: date, printed: frozenset[int]) -> "History":
        """Return it with one more edition; what is older than the memory is forgotten."""
        kept = *((at, ids) for at, ids in self.by_day if at >= day - material.MEMORY), (day, printed)
        return History(number, kept, frozenset().union(*(ids for _, ids in kept)))


@dataclass
class Made:
    """One group's choice; the reasons for what was left out are worked out when somebody asks."""

    stuff: Material
    group: Group
    past: Past
    choice: Choice
    owed: frozenset[int]
    given: frozenset[int]
    older: frozenset[int]
    history: History
    readers: int = 0

    @cached_property
    def reasons(self) -> Mapping[int, LeftOutReason]:
        """Why each article that was owed and not given was left out, by its id."""
        known = self.choice.left_out
        left_out = (
            known or self.stuff.choose(self.group, self.past, explain=True, about=self.owed, extras=False).left_out
        )
        return {one.article_id: one.reason for one in left_out}

    def why(self) -> Mapping[int, LeftOutReason]:
        """Return the reasons."""
        return self.reasons


class WaveRun:
    """One wave at its instant: its material for each span, what is owed, and its choices, each made once."""

    def __init__(self, newsletter: Newsletter, archive: Archive, turn: Turn, numbers: Callable[[], int]) -> None:
        """Begin with nothing chosen; `numbers` gives each history a new one."""
        self.turn = turn
        self.made: dict[Group, Made] = {}
        self._newsletter, self._archive, self._numbers = newsletter, archive, numbers
        self._stuff: dict[tuple[bool, timedelta], tuple[Material, frozenset[int]]] = {}
        self._within: dict[timedelta, Mapping[str, AbstractSet[int]]] = {}
        self._owed: dict[tuple[tuple[str, ...], tuple[timedelta, ...]], frozenset[int]] = {}

    def owed(self, group: Group) -> frozenset[int]:
        """Return the articles that a group's sections reach now."""
        key = group.sections, group.spans
        if key not in self._owed:
            reach = [self._reach(span).get(id_, frozenset()) for id_, span in zip(*key, strict=True)]
            self._owed[key] = frozenset().union(*reach)
        return self._owed[key]

    def choose(self, template: Group, history: History, *, explain: bool) -> Made:
        """Choose for readers with a history by the real rules, or return what was chosen for such readers already.

        With `explain` the reasons are worked out along with it, which is cheaper than afterwards.
        """
        group = Group(template.sections, template.spans, template.best, template.look, frozenset({history.number}))
        if group not in self.made:
            self.made[group] = self._choose(group, history, explain=explain)
        return self.made[group]

    def _choose(self, group: Group, history: History, *, explain: bool) -> Made:
        stuff, known = self._material(group)
        past = Past({history.number: history.articles & known}, {})
        owed = frozenset(self._archive.articles[one].article_id for one in self.owed(group)) - history.articles
        choice = stuff.choose(group, past, explain=explain, about=owed, extras=False)
        new, place = choice.new, self._archive.place
        older = [one.article_id for one in choice.items if one.kind is PickKind.FALLBACK]
        printed = frozenset(one.article_id for one in new).union(older)
        return Made(
            stuff=stuff,
            group=group,
            past=past,
            choice=choice,
            owed=owed,
            given=frozenset(place[one.article_id] for one in new),
            older=frozenset(place[id_] for id_ in older),
            history=history.with_edition(self._numbers(), self.turn.day, printed) if printed else history,
        )

    def _material(self, group: Group) -> tuple[Material, frozenset[int]]:
        """Return what a group's choice is made from, and the ids of its candidates: no other bears on a choice."""
        key = group.best, max(group.spans)
        if key not in self._stuff:
            by_score = group.best or self._newsletter.ranking == "score"
            found = self._archive.candidates(self.turn.at, key[1], by_score=by_score)
            stuff = Material(self._newsletter, self.turn.day, self.turn.at, found, frozenset(), number=0)
            self._stuff[key] = stuff, frozenset(one.article_id for one in found)
        return self._stuff[key]

    def _reach(self, span: timedelta) -> Mapping[str, AbstractSet[int]]:
        if span not in self._within:
            self._within[span] = self._archive.within(self.turn.at, span)
        return self._within[span]
