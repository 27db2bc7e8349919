"""The two closing blocks: what others read most, and two that a reader might also like. They never repeat and take from no section."""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta

from digest.values import Candidate, PickKind, Placed

_MOST_READ = 5
_MOST_READ_LEAST = 3
_MOST_READ_SPAN = timedelta(days=7)
_ALSO_LIKE = 2
_ALSO_LIKE_SPAN = timedelta(days=30)
_WORD = re.compile(r"\w{5,}")


def blocks(
    passed_by: Sequence[Candidate], lead: Candidate | None, wanted: Sequence[str], now: datetime
) -> tuple[tuple[Placed, ...], tuple[Placed, ...]]:
    """Return “most read” (none, or three to five) and “you might also like” (none or two) for one choice.

    `passed_by` are articles of the `wanted` sections that these readers did not have and that no later edition will take.
    """
    most_read = _most_read(passed_by, now)
    taken = {one.article_id for one in most_read}
    also_like = _also_like([one for one in passed_by if one.article_id not in taken], lead, now)
    return (_placed(most_read, PickKind.MOST_READ, wanted), _placed(also_like, PickKind.ALSO_LIKE, wanted))


def _most_read(free: Sequence[Candidate], now: datetime) -> list[Candidate]:
    read = [one for one in free if one.views and one.published_at > now - _MOST_READ_SPAN]
    best = sorted(read, key=lambda one: (one.views or 0, one.article_id), reverse=True)[:_MOST_READ]
    return best if len(best) >= _MOST_READ_LEAST else []


def _also_like(free: Sequence[Candidate], lead: Candidate | None, now: datetime) -> list[Candidate]:
    """Return the two nearest to the lead in words and sections, with pictures."""
    if lead is None:
        return []
    near = [
        (nearness, one)
        for one in free
        if one.image is not None and one.published_at > now - _ALSO_LIKE_SPAN and (nearness := _nearness(one, lead))
    ]
    best = sorted(near, key=lambda pair: (pair[0], pair[1].published_at, pair[1].article_id), reverse=True)
    return [one for _, one in best[:_ALSO_LIKE]] if len(best) >= _ALSO_LIKE else []


def _nearness(one: Candidate, lead: Candidate) -> int:
    shared = len(set(one.sections) & set(lead.sections))
    return shared + 2 * len(_words(one) & _words(lead))


def _words(one: Candidate) -> set[str]:
    return {word.casefold() for word in _WORD.findall(f"{one.title} {one.summary}")}


def _placed(found: Sequence[Candidate], kind: PickKind, wanted: Sequence[str]) -> tuple[Placed, ...]:
    return tuple(
        Placed(one.article_id, next(id_ for id_ in one.sections if id_ in wanted), position, kind)
        for position, one in enumerate(found)
    )
