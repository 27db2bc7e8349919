"""The places of one choice as they fill: limits, what each section still has to offer, and the print order that comes of it."""

from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from datetime import timedelta

from digest.compose.pool import Pool, places_in
from digest.values import Candidate, LeftOutReason, PickKind, Pinned, Placed


class Table:
    """One group's choice in the making. A place is an index into the pool's open candidates, the best first; sets of places are bits."""

    def __init__(
        self, pool: Pool, wanted: tuple[str, ...], had: AbstractSet[int], spans: Mapping[str, timedelta]
    ) -> None:
        """Begin with nothing placed; `left` counts for each section what it could still take, `older` is what does not count as new."""
        self.pool = pool
        self.wanted = wanted
        self.had = had
        self.sections = pool.sections
        self.placed: dict[int, str] = {}
        self.by_section = dict.fromkeys(wanted, 0)
        self._spans = spans
        self._reach = {id_: pool.reach(self.span(id_))[id_] for id_ in wanted}
        self._free = pool.every & ~pool.bits_of(had)  # neither had nor placed
        self.left = {id_: (places & self._free).bit_count() for id_, places in self._reach.items()}
        self.older: set[int] = set()
        self._pinned: dict[int, int] = {}
        self._by_source: dict[str, int] = {}
        self._by_author: dict[str, int] = {}
        self._told: dict[str, int] = {}
        self._hidden: dict[str, tuple[LeftOutReason, str]] = {}

    @property
    def is_full(self) -> bool:
        """Whether the edition has all the articles it may."""
        return self.new >= self.pool.newsletter.max_stories

    @property
    def new(self) -> int:
        """How many new articles are placed: a section's older ones do not count."""
        return len(self.placed) - len(self.older)

    def span(self, section_id: str) -> timedelta:
        """Return how far back a section reaches."""
        return self._spans.get(section_id, self.pool.span)

    def wanted_of(self, one: Candidate) -> list[str]:
        """Return the wanted sections in which an article may stand, the best first."""
        place = self.pool.rank.get(one.article_id)
        sections = self.pool.leaves[place] if place is not None else one.sections
        return [id_ for id_ in sections if id_ in self.by_section]

    def takers(self, place: int) -> Iterator[str]:
        """Yield the wanted sections that the article at a place is young enough for, the best first."""
        return (id_ for id_ in self.pool.leaves[place] if self._reach.get(id_, 0) >> place & 1)

    def owed(self) -> list[Candidate]:
        """Return what these readers would be given if there were no limits."""
        return [self.pool.open[place] for place in places_in(self._within(self.wanted) & ~self.pool.bits_of(self.had))]

    def told(self, one: Candidate) -> int | None:
        """Return the article that tells the same story in this choice: one that is placed, or a better teller that may be."""
        if not one.story or one.story not in self.pool.stories:
            return None
        placed = self._told.get(one.story)
        if placed is not None:
            return placed if placed != one.article_id else None
        for id_ in self.pool.stories[one.story]:
            if id_ == one.article_id:
                return None
            may_come = id_ in self.pool.rank and id_ not in self.had
            if may_come and not self._hidden.keys() >= set(self.wanted_of(self.pool.by_id[id_])):
                return id_
        return None

    def room(self, place: int) -> str | None:
        """Return the first of an article's sections that takes it within every limit but the edition's own; none if it is told already."""
        one = self.pool.open[place]
        if self.told(one) is not None:
            return None
        return next((id_ for id_ in self.takers(place) if self._limit(one, id_) is None), None)

    def section_is_full(self, section_id: str) -> bool:
        """Say whether a section has all the articles it may: none where it is hidden."""
        return section_id in self._hidden or self.by_section[section_id] >= self.sections[section_id].limit

    def limit(self, one: Candidate, section_id: str) -> tuple[LeftOutReason, str]:
        """Return which limit keeps an article out of a section."""
        return self._limit(one, section_id) or (
            LeftOutReason.EDITION_FULL,
            f"{self.pool.newsletter.max_stories} articles",
        )

    def on_offer(self) -> int:
        """Return the places of all that sections with room could take: young enough, neither had nor placed."""
        return self._free & self._within(id_ for id_ in self.wanted if not self.section_is_full(id_))

    def best(self, section_id: str) -> Candidate | None:
        """Return the best article that a section can take now."""
        if self.section_is_full(section_id):
            return None
        for place in places_in(self._free & self._reach[section_id]):
            one = self.pool.open[place]
            if self.told(one) is None and self._limit(one, section_id) is None:
                return one
        return None

    def best_of_all(self, among: int) -> tuple[Candidate, str] | None:
        """Return the best article of all wanted sections whose place is `among` some, with the section it stands in."""
        for place in places_in(self._free & self._within(self.wanted) & among):
            one = self.pool.open[place]
            if self.told(one) is None:
                return one, next(self.takers(place))
        return None

    def may_pin(self, pin: Pinned) -> bool:
        """Say whether a pin holds for these readers: they want it, and did not have it unless it may be repeated."""
        place = self.pool.rank.get(pin.article_id)
        if place is None or pin.article_id in self.placed:
            return False
        return pin.repeat_ok or pin.article_id not in self.had

    def pinned_section(self, pin: Pinned) -> str | None:
        """Return the section that a pinned article stands in: the editors' where these readers want it, else its own."""
        if pin.section_id:
            return pin.section_id if pin.section_id in self.by_section else None
        return next(iter(self.wanted_of(self.pool.by_id[pin.article_id])), None)

    def place(self, one: Candidate, section_id: str, *, pinned: int | None = None) -> None:
        """Give an article its place."""
        self.placed[one.article_id] = section_id
        self._free &= ~(1 << self.pool.rank[one.article_id])
        self._count(one, section_id, 1)
        if one.story:
            self._told[one.story] = one.article_id
        if pinned is not None:
            self._pinned[one.article_id] = pinned

    def fill_with_older(self, section_id: str, span: timedelta) -> None:
        """Fill a section up to its minimum with older articles that these readers never had; they do not count as new."""
        missing = self.sections[section_id].minimum - self.by_section[section_id]
        for one in self.pool.closing.older(section_id, span):
            if missing <= 0:
                return
            if one.article_id not in self.had and one.article_id not in self.placed:
                self.placed[one.article_id] = section_id
                self.older.add(one.article_id)
                self.by_section[section_id] += 1
                missing -= 1

    def move_all(self, section_id: str, to: str) -> None:
        """Print a section's articles within another."""
        for id_, here in self.placed.items():
            if here == section_id:
                self.placed[id_] = to
                self.by_section[to] += 1
        self.by_section[section_id] = 0

    def hide(self, section_id: str, lead: Candidate | None) -> bool:
        """Close a section and free its articles for their others; not if the lead or a pinned article is one of them."""
        section = self.sections[section_id]
        mine = [id_ for id_, here in self.placed.items() if here == section_id]
        keep = {pin.article_id for pin in self.pool.pins} | ({lead.article_id} if lead else set())
        if keep.intersection(mine):
            return False
        self._hidden[section_id] = LeftOutReason.BELOW_MINIMUM, f"{len(mine)} of {section.minimum} in {section.name}"
        for id_ in mine:
            one = self.pool.by_id[id_]
            self._count(one, section_id, -1)
            del self.placed[id_]
            self._told.pop(one.story, None)
            self._free |= 1 << self.pool.rank[id_]
        return True

    def corrections(self, corrected: AbstractSet[int]) -> tuple[Placed, ...]:
        """Return the corrections of articles that these readers had, the newest first."""
        known = (self.pool.by_id[id_] for id_ in corrected if id_ in self.pool.by_id)
        found = [one for one in known if one.correction and not one.withdrawn]
        found.sort(key=lambda one: (one.published_at, one.article_id), reverse=True)
        placed = []
        for position, one in enumerate(one for one in found if one.article_id not in self.placed):
            section_id = next((id_ for id_ in one.sections if id_ in self.by_section), None) or next(
                iter(one.sections), ""
            )
            placed.append(Placed(one.article_id, section_id, position, PickKind.CORRECTION))
        return tuple(placed)

    def items(self, lead: Candidate | None) -> tuple[Placed, ...]:
        """Return all but the lead in print order: sections as the newsletter has them, in each the best first and pins in their places."""
        mine: dict[str, list[Candidate]] = {id_: [] for id_ in self.wanted}
        for id_, section_id in self.placed.items():
            if lead is None or id_ != lead.article_id:
                mine[section_id].append(self.pool.by_id[id_])
        return tuple(
            self.as_placed(one, PickKind.FALLBACK if one.article_id in self.older else PickKind.ITEM, position)
            for found in mine.values()
            for position, one in enumerate(self._ordered(found))
        )

    def as_placed(self, one: Candidate, kind: PickKind, position: int) -> Placed:
        """Describe a place; “also in” names the reader's other sections that could have taken it."""
        section_id = self.placed[one.article_id]
        others = [id_ for id_ in self.wanted_of(one) if id_ != section_id] if one.article_id in self.pool.rank else []
        others.sort(key=self.wanted.index)
        return Placed(one.article_id, section_id, position, kind, tuple(others))

    def _within(self, sections: Iterable[str]) -> int:
        """Return the places of all that is young enough for one of some sections."""
        found = 0
        for id_ in sections:
            found |= self._reach[id_]
        return found

    def _ordered(self, found: list[Candidate]) -> list[Candidate]:
        """Return a section's articles, the best first, those with a place of their own put there."""
        last = len(self.pool.open)
        free = [one for one in found if one.article_id not in self._pinned]
        ordered = sorted(
            free, key=lambda one: (self.pool.rank.get(one.article_id, last), -one.published_at.timestamp())
        )
        for one in sorted(
            (one for one in found if one.article_id in self._pinned), key=lambda one: self._pinned[one.article_id]
        ):
            ordered.insert(self._pinned[one.article_id], one)
        return ordered

    def _count(self, one: Candidate, section_id: str, by: int) -> None:
        self.by_section[section_id] += by
        self._by_source[one.source_id] = self._by_source.get(one.source_id, 0) + by
        for author in one.authors:
            self._by_author[author] = self._by_author.get(author, 0) + by
        if one.article_id not in self.had:
            for id_ in self.takers(self.pool.rank[one.article_id]):
                self.left[id_] -= by

    def _limit(self, one: Candidate, section_id: str) -> tuple[LeftOutReason, str] | None:
        section, newsletter = self.sections[section_id], self.pool.newsletter
        if section_id in self._hidden:
            return self._hidden[section_id]
        if self.section_is_full(section_id):
            return LeftOutReason.SECTION_FULL, f"{section.limit} of {section.limit} in {section.name}"
        for author in one.authors:
            if self._by_author.get(author, 0) >= section.max_per_author:
                return LeftOutReason.AUTHOR_FULL, f"{section.max_per_author} by {author}"
        if self._by_source.get(one.source_id, 0) >= newsletter.max_per_source:
            return LeftOutReason.SOURCE_FULL, f"{newsletter.max_per_source} from {one.source_id}"
        return None
