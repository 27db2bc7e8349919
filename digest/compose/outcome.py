"""What became of each article in one group's choice: a full table goes in; what is printed, and why the rest is not, come out."""

from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from digest.compose.reasons import in_hours
from digest.compose.table import Table
from digest.values import Candidate, Choice, LeftOut, LeftOutReason, PickKind

_ALWAYS = frozenset({LeftOutReason.WITHDRAWN, LeftOutReason.HIDDEN, LeftOutReason.DROPPED})


@dataclass(frozen=True, slots=True)
class Outcome:
    """One group's table with everything in its place, and the lead."""

    table: Table
    lead: Candidate | None

    @property
    def is_quiet(self) -> bool:
        """Whether too little is new for an edition: all of it waits for the next one."""
        new, newsletter = self.table.new, self.table.pool.newsletter
        return new < newsletter.min_stories and (newsletter.quiet_day == "skip" or not new)

    @property
    def new(self) -> AbstractSet[int]:
        """The ids of the articles that are the day's own."""
        return frozenset() if self.is_quiet else self.table.placed.keys() - self.table.older

    @property
    def older(self) -> AbstractSet[int]:
        """The ids of older articles in sections that would stay empty."""
        return frozenset() if self.is_quiet else self.table.older

    def choice(self, corrected: AbstractSet[int] = frozenset(), *, explain: bool = True) -> Choice:
        """Return what is printed; `corrected` are articles that these readers had and that were corrected since.

        With `explain` every candidate is placed once or left out with its reason.
        """
        table, lead = self.table, self.lead
        asked = table.pool.ranked if explain else ()
        if self.is_quiet:
            return Choice(left_out=self.left_out(asked))
        corrections = table.corrections(corrected)
        most_read, also_like = table.pool.closing.blocks(lead, table.wanted, table.had | set(table.placed))
        beside = {one.article_id for one in (*corrections, *most_read, *also_like)}
        return Choice(
            lead=table.as_placed(lead, PickKind.LEAD, 0) if lead else None,
            items=table.items(lead),
            corrections=corrections,
            most_read=most_read,
            also_like=also_like,
            left_out=self.left_out(one for one in asked if one.article_id not in beside),
            overflow={id_: more for id_ in table.wanted if (more := table.left[id_]) > 0},
        )

    def left_out(self, asked: Iterable[Candidate]) -> tuple[LeftOut, ...]:
        """Return why some articles have no place, without those that have one."""
        if not self.is_quiet:
            return tuple(_why(self.table, one) for one in asked if one.article_id not in self.table.placed)
        waiting = {one.article_id for one in self.table.owed()}
        detail = f"{len(waiting)} new, {self.table.pool.newsletter.min_stories} needed"
        return tuple(
            LeftOut(one.article_id, LeftOutReason.QUIET_DAY, detail)
            if one.article_id in waiting
            else _why(self.table, one)
            for one in asked
        )


def _why(table: Table, one: Candidate) -> LeftOut:
    """Return why an article has no place."""
    pool, id_ = table.pool, one.article_id
    closed = pool.closed.get(id_)
    if closed is not None and closed.reason in _ALWAYS:
        return closed
    wanted = table.wanted_of(one)
    if not wanted:
        return LeftOut(id_, LeftOutReason.NO_SECTION)
    if id_ in table.had:
        return LeftOut(id_, LeftOutReason.ALREADY_HAD)
    if closed is not None:
        return closed
    first = next(table.takers(pool.rank[id_]), None)
    if first is None:
        return LeftOut(id_, LeftOutReason.TOO_OLD, in_hours(max(table.span(at) for at in wanted)))
    teller = table.told(one)
    if teller is not None:
        return LeftOut(id_, LeftOutReason.SAME_STORY, pool.by_id[teller].title)
    return LeftOut(id_, *table.limit(one, first))
