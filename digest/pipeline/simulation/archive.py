"""What was known of the articles at any instant: candidates of a whole archive go in; those within reach, by section, come out.

An article is its place here: its number in the order of publication.
"""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime, timedelta

from digest import compose
from digest.compose.pool import OLDER
from digest.config import Newsletter
from digest.pipeline.material import REACH
from digest.values import Candidate, LeftOut

_MOMENT = timedelta(microseconds=1)


class Archive:
    """All articles that were seen until the end of a simulation, in the state in which they are now."""

    def __init__(self, newsletter: Newsletter, found: Iterable[Candidate], until: datetime) -> None:
        """Sort the articles; those that no edition could ever take (hidden, baseline, in no section …) are `closed`."""
        seen = [one for one in found if one.first_seen_at <= until]
        self.articles = sorted(seen, key=lambda one: (one.published_at, one.article_id))
        self.place = {one.article_id: place for place, one in enumerate(self.articles)}
        self.known = [max(one.first_seen_at, one.eligible_at) for one in self.articles]
        self._published = [one.published_at for one in self.articles]
        self.closed, self.sections = self._judged(newsletter, until)
        self.has_stories = any(one.story for one in self.articles)
        self._ahead = [place for place, one in enumerate(self.articles) if one.published_at > one.first_seen_at]
        self._copies = self._by_story()
        self._read = any(one.views for one in self.articles)
        self._newsletter = newsletter
        self._matching: dict[tuple[str, ...], Sequence[int]] = {}
        self._fills = any(section.fallback == "older" for section in newsletter.sections)

    def candidates(self, now: datetime, span: timedelta, *, by_score: bool) -> tuple[Candidate, ...]:
        """Return what a choice at an instant, with this span, may be made from.

        That is what was seen by then and is young enough, with copies of the same story, and older news where a section is filled
        with it. A rank by score compares with all that was read in a month. Nothing else bears on a choice but its closing blocks.
        """
        places = set(self._since(now, self.window(span, by_score=by_score)))
        if self.has_stories:
            stories = {self.articles[place].story for place in places} - {""}
            places.update(place for story in stories for place in self._copies[story] if self._is_near(place, now))
        return tuple(self.articles[place] for place in sorted(places) if self.articles[place].first_seen_at <= now)

    def window(self, span: timedelta, *, by_score: bool) -> timedelta:
        """Return how far back candidates have to reach for a choice of this span."""
        if by_score and self._read:
            return max(span, REACH)
        return max(span, OLDER) if self._fills else span

    def within(self, now: datetime, span: timedelta) -> Mapping[str, AbstractSet[int]]:
        """Return for each section the articles that were eligible at an instant and younger than a span."""
        found: dict[str, set[int]] = {}
        for place in self._since(now, span):
            if self.known[place] <= now:
                for section in self.sections[place]:
                    found.setdefault(section, set()).add(place)
        return found

    def matching(self, chosen: tuple[str, ...]) -> Sequence[int]:
        """Return the articles that may stand in a section that readers chose."""
        if chosen not in self._matching:
            wanted = frozenset(compose.wanted(self._newsletter, chosen))
            self._matching[chosen] = [
                place for place, sections in enumerate(self.sections) if not wanted.isdisjoint(sections)
            ]
        return self._matching[chosen]

    def copies(self, place: int) -> Sequence[int]:
        """Return the articles that surely tell the same as one, itself among them."""
        one = self.articles[place]
        return (
            [other for other in self._copies.get(one.story, ()) if self.articles[other].certain] if one.certain else ()
        )

    def _judged(self, newsletter: Newsletter, until: datetime) -> tuple[dict[int, LeftOut], list[tuple[str, ...]]]:
        """Ask the rules which articles are out of the question whatever the day, and in which sections the others may stand."""
        span = until - self._published[0] + _MOMENT if self._published else _MOMENT
        pool = compose.Pool(newsletter, self.articles, until, max(span, _MOMENT))
        sections: list[tuple[str, ...]] = [()] * len(self.articles)
        for one, mine in zip(pool.open, pool.leaves, strict=True):
            sections[self.place[one.article_id]] = mine
        return pool.closed, sections

    def _since(self, now: datetime, span: timedelta) -> Iterable[int]:
        """Yield what was published after `now - span`, and not after `now` but for what was seen before its date."""
        first, end = bisect_right(self._published, now - span), bisect_right(self._published, now)
        yield from range(first, end)
        yield from (place for place in self._ahead if place >= end)

    def _is_near(self, place: int, now: datetime) -> bool:
        one = self.articles[place]
        return max(one.published_at, one.eligible_at) >= now - REACH

    def _by_story(self) -> Mapping[str, list[int]]:
        found: dict[str, list[int]] = {}
        for place, one in enumerate(self.articles):
            if one.story:
                found.setdefault(one.story, []).append(place)
        return found
