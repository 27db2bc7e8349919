"""The two closing blocks: what others read most, and two that a reader might also like. They never repeat and take from no section."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime, timedelta
from functools import cached_property

from digest.values import Candidate, PickKind, Placed

_MOST_READ = 5
_MOST_READ_LEAST = 3
_MOST_READ_SPAN = timedelta(days=7)
_ALSO_LIKE = 2
_ALSO_LIKE_SPAN = timedelta(days=30)
_WORD = re.compile(r"\w{5,}")


class Closing:
    """Articles that no later edition will take, ready for any reader: the most read, and those near to any lead."""

    def __init__(self, free: Sequence[Candidate], now: datetime) -> None:
        """Take articles, the best first, as they stand at an instant."""
        self._free = free
        self._now = now
        self._near: dict[int, list[Candidate]] = {}

    def blocks(
        self, lead: Candidate | None, wanted: Sequence[str], had: AbstractSet[int]
    ) -> tuple[tuple[Placed, ...], tuple[Placed, ...]]:
        """Return “most read” (none, or three to five) and “you might also like” (none or two) of these sections, nothing that was had."""
        sections = frozenset(wanted)
        most_read = _first(self._most_read, _MOST_READ, sections, had)
        if len(most_read) < _MOST_READ_LEAST:
            most_read = []
        taken = had | {one.article_id for one in most_read}
        also_like = _first(self._nearest(lead), _ALSO_LIKE, sections, taken) if lead else []
        if len(also_like) < _ALSO_LIKE:
            also_like = []
        return _placed(most_read, PickKind.MOST_READ, wanted), _placed(also_like, PickKind.ALSO_LIKE, wanted)

    def older(self, section_id: str, span: timedelta) -> Iterator[Candidate]:
        """Yield a section's articles that no later edition will take, within a span, the best first."""
        return (one for one in self._free if section_id in one.sections and one.published_at > self._now - span)

    @cached_property
    def _most_read(self) -> list[Candidate]:
        read = [one for one in self._free if one.views and one.published_at > self._now - _MOST_READ_SPAN]
        return sorted(read, key=lambda one: (one.views or 0, one.article_id), reverse=True)

    def _nearest(self, lead: Candidate) -> list[Candidate]:
        """Return pictured articles near to a lead in words and sections, the nearest first; worked out once for each lead."""
        if lead.article_id not in self._near:
            scores = Counter[int]()
            for word in _words(lead):
                scores.update(dict.fromkeys(self._by_word.get(word, ()), 2))
            for section in set(lead.sections):
                scores.update(self._by_section.get(section, ()))
            order = sorted(scores, key=lambda place: (-scores[place], place))
            self._near[lead.article_id] = [self._pictured[place] for place in order]
        return self._near[lead.article_id]

    @cached_property
    def _pictured(self) -> list[Candidate]:
        found = [one for one in self._free if one.image and one.published_at > self._now - _ALSO_LIKE_SPAN]
        return sorted(found, key=lambda one: (one.published_at, one.article_id), reverse=True)

    @cached_property
    def _by_word(self) -> Mapping[str, list[int]]:
        found: dict[str, list[int]] = {}
        for place, one in enumerate(self._pictured):
            for word in _words(one):
                found.setdefault(word, []).append(place)
        return found

    @cached_property
    def _by_section(self) -> Mapping[str, list[int]]:
        found: dict[str, list[int]] = {}
        for place, one in enumerate(self._pictured):
            for section in set(one.sections):
                found.setdefault(section, []).append(place)
        return found


def _first(found: Sequence[Candidate], most: int, sections: frozenset[str], had: AbstractSet[int]) -> list[Candidate]:
    """Return the first `most` of these sections that were not had."""
    return [one for one, _ in zip(_fit(found, sections, had), range(most), strict=False)]


def _fit(found: Sequence[Candidate], sections: frozenset[str], had: AbstractSet[int]) -> Iterator[Candidate]:
    return (one for one in found if one.article_id not in had and not sections.isdisjoint(one.sections))


def _words(one: Candidate) -> set[str]:
    return {word.casefold() for word in _WORD.findall(f"{one.title} {one.summary}")}


def _placed(found: Sequence[Candidate], kind: PickKind, wanted: Sequence[str]) -> tuple[Placed, ...]:
    return tuple(
        Placed(one.article_id, next(id_ for id_ in one.sections if id_ in wanted), position, kind)
        for position, one in enumerate(found)
    )
