"""An edition's candidates, ranked and sorted by section once, so that thousands of choices may be made from them."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property

from digest.compose.closing import Closing
from digest.compose.reasons import in_hours
from digest.compose.sections import lineage
from digest.config import Newsletter, Section
from digest.values import Candidate, LeftOut, LeftOutReason, PinKind, Pinned

_PRIORITY, _STICKY, _POPULAR = 0.5, 0.25, 0.3
OLDER = timedelta(days=7)  # how far back a section's fallback reaches


@dataclass(frozen=True)
class Pool:
    """What choices are made from: all candidates of one edition at one instant (`now`), with its editors' pins.

    `span` is how far back any section of any reader may reach. `by_score` ranks by age, priority and how often an article was read
    (a week's best); else the newest are first.
    """

    newsletter: Newsletter
    candidates: Sequence[Candidate]
    now: datetime
    span: timedelta
    pins: Sequence[Pinned] = ()
    by_score: bool = False
    closed: dict[int, LeftOut] = field(init=False, default_factory=dict)
    open: list[Candidate] = field(init=False, default_factory=list)
    _reach: dict[timedelta, Mapping[str, int]] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        """Part what may be chosen from what is out of the question for everybody."""
        for one in self.ranked:
            found = self._guard(one)
            if found is None:
                self.open.append(one)
            else:
                self.closed[one.article_id] = LeftOut(one.article_id, *found)

    @cached_property
    def ranked(self) -> list[Candidate]:
        """All candidates, the best first; ties by the time, then by the higher id."""
        if not self.by_score:
            return sorted(self.candidates, key=lambda one: (one.published_at, one.article_id), reverse=True)
        scores = self._scores()
        return sorted(
            self.candidates, key=lambda one: (scores[one.article_id], one.published_at, one.article_id), reverse=True
        )

    @cached_property
    def rank(self) -> Mapping[int, int]:
        """The place of each open candidate, by its id."""
        return {one.article_id: place for place, one in enumerate(self.open)}

    @cached_property
    def leaves(self) -> Sequence[tuple[str, ...]]:
        """The sections in which each open candidate may stand, best first: its publisher's own, then the deepest.

        A section that holds another of an article's sections is none of them: who hides the child does not get it by the parent.
        """
        parents = {section.id: section.parent for section in self.newsletter.sections}
        above = {id_: frozenset(list(lineage(id_, parents))[1:]) for id_ in parents}
        alike: dict[tuple[tuple[str, ...], str], tuple[str, ...]] = {}
        for one in self.open:
            key = one.sections, one.lead_section
            if key not in alike:
                alike[key] = self._leaves(one, above)
        return [alike[one.sections, one.lead_section] for one in self.open]

    @cached_property
    def sections(self) -> Mapping[str, Section]:
        """The newsletter's sections by their ids."""
        return {section.id: section for section in self.newsletter.sections}

    @cached_property
    def every(self) -> int:
        """The places of all open candidates, a bit for each."""
        return (1 << len(self.open)) - 1

    @cached_property
    def pictured(self) -> int:
        """The places of the open candidates with a picture."""
        return self._bits(place for place, one in enumerate(self.open) if one.image)

    @cached_property
    def stories(self) -> Mapping[str, list[int]]:
        """The ids of all candidates that tell one story, its best teller first: our own site, then the earliest, then the longest."""
        found: dict[str, list[Candidate]] = {}
        for one in self.candidates:
            if one.story:
                found.setdefault(one.story, []).append(one)
        return {
            story: [
                one.article_id
                for one in sorted(
                    tellers, key=lambda one: (one.third_party, one.published_at, -len(one.summary), one.article_id)
                )
            ]
            for story, tellers in found.items()
            if len(tellers) > 1
        }

    @cached_property
    def by_id(self) -> Mapping[int, Candidate]:
        """All candidates by their ids."""
        return {one.article_id: one for one in self.candidates}

    @cached_property
    def closing(self) -> Closing:
        """What the closing blocks are made of: what no later edition will take."""
        gone = {LeftOutReason.TOO_OLD, LeftOutReason.BASELINE}
        return Closing(
            [one for one in self.ranked if (left := self.closed.get(one.article_id)) and left.reason in gone], self.now
        )

    def reach(self, span: timedelta) -> Mapping[str, int]:
        """Return the places of the open candidates that each section could take within a span."""
        if span not in self._reach:
            oldest = self.now - span
            young = self._bits(place for place, one in enumerate(self.open) if one.published_at > oldest)
            self._reach[span] = {id_: places & young for id_, places in self._by_section.items()}
        return self._reach[span]

    def bits_of(self, ids: AbstractSet[int]) -> int:
        """Return the places of the open candidates among some articles."""
        return self._bits(self.rank[id_] for id_ in self.rank.keys() & ids)

    def all_had(self, had: AbstractSet[int]) -> AbstractSet[int]:
        """Return what readers had, with the articles that surely tell the same."""
        more = {
            other
            for tellers in self.stories.values()
            if any(id_ in had for id_ in tellers) and all(self.by_id[id_].certain for id_ in tellers)
            for other in tellers
        }
        return had | more if more else had

    @cached_property
    def _by_section(self) -> Mapping[str, int]:
        found: dict[str, list[int]] = {id_: [] for id_ in self.sections}
        for place, sections in enumerate(self.leaves):
            for id_ in sections:
                found[id_].append(place)
        return {id_: self._bits(places) for id_, places in found.items()}

    def _bits(self, places: Iterable[int]) -> int:
        found = bytearray(len(self.open) // 8 + 1)
        for place in places:
            found[place >> 3] |= 1 << (place & 7)
        return int.from_bytes(found, "little")

    def _guard(self, one: Candidate) -> tuple[LeftOutReason, str] | None:
        never = self._never(one)
        if never is not None or one.article_id in self._pinned:  # an editor's word passes over age and limits
            return never
        return self._not_now(one)

    def _never(self, one: Candidate) -> tuple[LeftOutReason, str] | None:
        if one.withdrawn:
            return LeftOutReason.WITHDRAWN, ""
        if one.hidden:
            return LeftOutReason.HIDDEN, ""
        if one.article_id in self._dropped:
            return LeftOutReason.DROPPED, self._dropped[one.article_id].by or "an editor"
        return None if one.sections else (LeftOutReason.NO_SECTION, "")

    def _not_now(self, one: Candidate) -> tuple[LeftOutReason, str] | None:
        if one.baseline:
            return LeftOutReason.BASELINE, ""
        if one.paywalled and self.newsletter.paywalled == "exclude":
            return LeftOutReason.PAYWALLED, ""
        if self._foreign(one):
            return LeftOutReason.LANGUAGE, one.language
        if one.eligible_at > self.now:
            return LeftOutReason.NOT_YET, f"until {one.eligible_at:%Y-%m-%d %H:%M} UTC"
        return self._too_old if one.published_at <= self._oldest else None

    @cached_property
    def _oldest(self) -> datetime:
        return self.now - self.span

    @cached_property
    def _too_old(self) -> tuple[LeftOutReason, str]:
        return LeftOutReason.TOO_OLD, in_hours(self.span)

    @cached_property
    def _dropped(self) -> Mapping[int, Pinned]:
        return {pin.article_id: pin for pin in self.pins if pin.kind is PinKind.DROP}

    @cached_property
    def _pinned(self) -> frozenset[int]:
        return frozenset(pin.article_id for pin in self.pins if pin.kind is not PinKind.DROP)

    def _foreign(self, one: Candidate) -> bool:
        languages = self.newsletter.languages
        return bool(languages and one.language) and one.language.partition("-")[0].lower() not in languages

    def _leaves(self, one: Candidate, above: Mapping[str, frozenset[str]]) -> tuple[str, ...]:
        holders = frozenset().union(*(above[id_] for id_ in one.sections))
        mine = [id_ for id_ in one.sections if id_ not in holders]
        if one.lead_section in mine:
            mine.sort(key=lambda id_: id_ != one.lead_section)
        return tuple(mine)

    def _scores(self) -> Mapping[int, float]:
        """Return 2^(−age / half-life) × (1 + what editors and readers think of it) for each article."""
        read = sorted(one.views for one in self.candidates if one.views)
        half = self.newsletter.half_life.total_seconds()
        return {one.article_id: self._score(one, half, read) for one in self.candidates}

    def _score(self, one: Candidate, half: float, read: Sequence[int]) -> float:
        age = max((self.now - one.published_at).total_seconds(), 0.0)
        popular = bisect_left(read, one.views) / len(read) if one.views and read else 0.0
        return float(2 ** (-age / half)) * (1 + _PRIORITY * one.priority + _STICKY * one.sticky + _POPULAR * popular)


def places_in(bits: int) -> Iterator[int]:
    """Yield the places whose bits are set, the best first."""
    while bits:
        best = bits & -bits
        yield best.bit_length() - 1
        bits ^= best
