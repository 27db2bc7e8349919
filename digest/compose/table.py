"""The places of one choice as they fill: limits, what each section still has to offer, and the print order that comes of it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import timedelta
from functools import cached_property

from digest.compose.pool import Pool
from digest.config import Section
from digest.values import Candidate, LeftOutReason, PickKind, Pinned, Placed


class Table:
    """One group's choice in the making. A place is an index into the pool's open candidates, the best first."""

    def __init__(
        self, pool: Pool, wanted: tuple[str, ...], had: AbstractSet[int], spans: Mapping[str, timedelta]
    ) -> None:
        """Begin with nothing placed."""
        self.pool = pool
        self.wanted = wanted
        self.had = had
        self.order = {id_: position for position, id_ in enumerate(wanted)}
        self.sections: dict[str, Section] = {section.id: section for section in pool.newsletter.sections}
        self.placed: dict[int, str] = {}
        self.by_section = Counter(dict.fromkeys(wanted, 0))
        self._spans = spans
        self._since = {id_: pool.now - self.span(id_) for id_ in wanted}
        self._places: dict[int, list[str]] = {}
        self._kinds: dict[int, PickKind] = {}
        self._pinned: dict[int, int] = {}
        self._taken = Counter(dict.fromkeys(wanted, 0))  # placed articles it could have taken, wherever they stand
        self._by_source: Counter[str] = Counter()
        self._by_author: Counter[str] = Counter()
        self._told: dict[str, int] = {}
        self._refused: dict[int, tuple[LeftOutReason, str]] = {}
        self._next: dict[str, int] = {}

    @property
    def is_full(self) -> bool:
        """Whether the edition has all the articles it may."""
        return self.new >= self.pool.newsletter.max_stories

    @property
    def new(self) -> int:
        """How many new articles are placed: a section's older ones do not count."""
        return len(self.placed) - len(self._kinds)

    def span(self, section_id: str) -> timedelta:
        """Return how far back a section reaches."""
        return self._spans.get(section_id, self.pool.span)

    def too_old(self, one: Candidate, section_id: str) -> bool:
        """Say whether an article is too old for a section."""
        return one.published_at <= self._since[section_id]

    def wants(self, one: Candidate) -> bool:
        """Say whether these readers want a section in which an article may stand."""
        place = self.pool.rank.get(one.article_id)
        sections = self.pool.leaves[place] if place is not None else one.sections
        return not self.order.keys().isdisjoint(sections)

    def places(self, place: int) -> list[str]:
        """Return the wanted sections that could take the article at a place, the best first."""
        found = self._places.get(place)
        if found is None:
            found = self._places[place] = [id_ for id_ in self.pool.leaves[place] if id_ in self.order]
        return found

    def is_free(self, one: Candidate) -> bool:
        """Say whether an article was neither had nor placed, itself or another that tells the same, nor taken back."""
        id_ = one.article_id
        return id_ not in self.placed and id_ not in self.had and id_ not in self._refused and self.told(one) is None

    def is_owed(self, one: Candidate) -> bool:
        """Say whether these readers would be given an article if there were no limits."""
        place = self.pool.rank[one.article_id]
        return one.article_id not in self.had and any(not self.too_old(one, id_) for id_ in self.places(place))

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
            place = self.pool.rank.get(id_)
            if place is not None and id_ not in self.had and id_ not in self._refused and self.places(place):
                return id_
        return None

    def fits(self, one: Candidate, section_id: str) -> bool:
        """Say whether a section takes an article within every limit but the edition's own."""
        return not self.too_old(one, section_id) and self._limit(one, section_id) is None

    def section_is_full(self, section_id: str) -> bool:
        """Say whether a section has all the articles it may."""
        return self.by_section[section_id] >= self.sections[section_id].limit

    def limit(self, one: Candidate, sections: Sequence[str]) -> tuple[LeftOutReason, str]:
        """Return which limit keeps an article out of the first of its sections."""
        if one.article_id in self._refused:
            return self._refused[one.article_id]
        found = self._limit(one, next((id_ for id_ in sections if not self.too_old(one, id_)), sections[0]))
        return found or (LeftOutReason.EDITION_FULL, f"{self.pool.newsletter.max_stories} articles")

    def remaining(self, section_id: str) -> int:
        """Return how many articles a section has left: neither had, nor placed, nor too old."""
        return self._offered[section_id] - self._taken[section_id]

    def scarcest(self, short: AbstractSet[str]) -> str:
        """Return which of some sections has the fewest articles left, the first of the newsletter where it is the same."""
        offered, taken, order = self._offered, self._taken, self.order
        return min(short, key=lambda id_: (offered[id_] - taken[id_], order[id_]))

    def best(self, section_id: str) -> Candidate | None:
        """Return the best article that a section can take now; what it cannot take now it never will, for limits only fill."""
        place = self.next_place(section_id)
        while place is not None:
            one = self.pool.open[place]
            if self.is_free(one) and self.fits(one, section_id):
                return one
            place = self.next_place(section_id, after=place)
        return None

    def next_place(self, section_id: str, after: int = -1) -> int | None:
        """Return a section's next place after one, passing over what was had or placed already."""
        mine = self.pool.by_section[section_id]
        start = self._next.get(section_id, 0)
        while start < len(mine) and (mine[start] <= after or not self.is_free(self.pool.open[mine[start]])):
            start += 1
        self._next[section_id] = start
        return mine[start] if start < len(mine) else None

    def best_of_all(self, *, pictured: bool) -> tuple[Candidate, str] | None:
        """Return the best article of all wanted sections with the section it stands in."""
        found = min(
            (place for id_ in self.wanted if (place := self._first(id_, pictured=pictured)) is not None), default=None
        )
        if found is None:
            return None
        one = self.pool.open[found]
        section_id = next(id_ for id_ in self.places(found) if not self.too_old(one, id_))
        return one, section_id

    def may_pin(self, pin: Pinned) -> bool:
        """Say whether a pin holds for these readers: they want it, and did not have it unless it may be repeated."""
        place = self.pool.rank.get(pin.article_id)
        if place is None or pin.article_id in self.placed:
            return False
        return pin.repeat_ok or pin.article_id not in self.had

    def pinned_section(self, pin: Pinned) -> str | None:
        """Return the section that a pinned article stands in: the editors' where these readers want it, else its own."""
        if pin.section_id:
            return pin.section_id if pin.section_id in self.order else None
        return next(iter(self.places(self.pool.rank[pin.article_id])), None)

    def place(self, one: Candidate, section_id: str, *, pinned: int | None = None) -> None:
        """Give an article its place."""
        self.placed[one.article_id] = section_id
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
                self._kinds[one.article_id] = PickKind.FALLBACK
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
        """Take a section's articles back, to wait for the next edition; not if the lead or a pinned article is one of them."""
        section = self.sections[section_id]
        mine = [id_ for id_, here in self.placed.items() if here == section_id]
        keep = {pin.article_id for pin in self.pool.pins} | ({lead.article_id} if lead else set())
        if keep.intersection(mine):
            return False
        reason = LeftOutReason.BELOW_MINIMUM, f"{len(mine)} of {section.minimum} in {section.name}"
        for id_ in mine:
            one = self.pool.by_id[id_]
            self._count(one, section_id, -1)
            del self.placed[id_]
            self._told.pop(one.story, None)
            self._refused[id_] = reason
        self._next.clear()  # what their limits kept out may have room now
        return bool(mine)

    def corrections(self, corrected: AbstractSet[int]) -> tuple[Placed, ...]:
        """Return the corrections of articles that these readers had, the newest first."""
        known = (self.pool.by_id[id_] for id_ in corrected if id_ in self.pool.by_id)
        found = [one for one in known if one.correction and not one.withdrawn]
        found.sort(key=lambda one: (one.published_at, one.article_id), reverse=True)
        placed = []
        for position, one in enumerate(one for one in found if one.article_id not in self.placed):
            section_id = next((id_ for id_ in one.sections if id_ in self.order), None) or next(iter(one.sections), "")
            placed.append(Placed(one.article_id, section_id, position, PickKind.CORRECTION))
        return tuple(placed)

    def items(self, lead: Candidate | None) -> tuple[Placed, ...]:
        """Return all but the lead in print order: sections as the newsletter has them, in each the best first and pins in their places."""
        mine: dict[str, list[Candidate]] = {id_: [] for id_ in self.wanted}
        for id_, section_id in self.placed.items():
            if lead is None or id_ != lead.article_id:
                mine[section_id].append(self.pool.by_id[id_])
        return tuple(
            self.as_placed(one, self._kinds.get(one.article_id, PickKind.ITEM), position)
            for found in mine.values()
            for position, one in enumerate(self._ordered(found))
        )

    def as_placed(self, one: Candidate, kind: PickKind, position: int) -> Placed:
        """Describe a place; “also in” names the reader's other sections that could have taken it."""
        section_id = self.placed[one.article_id]
        place = self.pool.rank.get(one.article_id)
        others = [id_ for id_ in self.places(place) if id_ != section_id] if place is not None else []
        return Placed(
            one.article_id,
            section_id,
            position,
            kind,
            tuple(sorted(others, key=self.order.__getitem__)) if others else (),
        )

    @cached_property
    def _offered(self) -> Mapping[str, int]:
        """How many articles each section had to offer to these readers before any was placed."""
        offered = {id_: self.pool.count(id_, self.span(id_)) for id_ in self.wanted}
        for id_ in self.had:
            place = self.pool.rank.get(id_)
            if place is None:
                continue
            for section_id in self.places(place):
                offered[section_id] -= not self.too_old(self.pool.open[place], section_id)
        return offered

    def _first(self, section_id: str, *, pictured: bool) -> int | None:
        """Return a section's first free place that is young enough and, if asked, has a picture."""
        for place in self.pool.by_section[section_id]:
            one = self.pool.open[place]
            if (one.image or not pictured) and self.is_free(one) and not self.too_old(one, section_id):
                return place
        return None

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
        self._by_source[one.source_id] += by
        for author in one.authors:
            self._by_author[author] += by
        place = self.pool.rank[one.article_id]
        if one.article_id not in self.had:
            for id_ in self.places(place):
                self._taken[id_] += by * (not self.too_old(one, id_))

    def _limit(self, one: Candidate, section_id: str) -> tuple[LeftOutReason, str] | None:
        section, newsletter = self.sections[section_id], self.pool.newsletter
        if self.section_is_full(section_id):
            return LeftOutReason.SECTION_FULL, f"{section.limit} of {section.limit} in {section.name}"
        for author in one.authors:
            if self._by_author[author] >= section.max_per_author:
                return LeftOutReason.AUTHOR_FULL, f"{section.max_per_author} by {author}"
        if self._by_source[one.source_id] >= newsletter.max_per_source:
            return LeftOutReason.SOURCE_FULL, f"{newsletter.max_per_source} from {one.source_id}"
        return None
