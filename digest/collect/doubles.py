"""New articles → which of them we have in nearly the same words already, and which pairs editors are asked about."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations

from digest.collect.duplicates import APART, Wording, near, sketch, title_key, tokens
from digest.store import articles, near_duplicates
from digest.store.articles import URL
from digest.store.base import Session
from digest.store.near_duplicates import LARGEST_GROUP, Words

LONGEST_TEXT = 20_000  # characters that are kept and compared
_COMMON = 32  # articles that share a hash: it says nothing then


@dataclass(slots=True)
class Doubles:
    """`joined` tells for a new article (by its number below 0) which other is the same; `pairs` are suggestions with their likeness."""

    joined: dict[int, int] = field(default_factory=dict)
    pairs: list[tuple[int, int, float]] = field(default_factory=list)


def wording(one: Words) -> Wording:
    """Return an article's words as they are compared."""
    text = tokens(one.text[:LONGEST_TEXT])
    summary = () if text else tokens(one.summary)
    return Wording(one.id, one.source_id, title_key(one.title), text, summary, one.language, one.published_at)


def find(session: Session, fresh: Sequence[Wording]) -> Doubles:
    """Compare new articles, numbered -1, -2 …, with one another and with those of the same days.

    Within a source near-duplicates are one article, unless more than four are alike: that is a series. Others are suggested.
    """
    candidates = _candidates(session, fresh)
    words = {one.id: one for one in fresh}
    ids = {id_ for pair in candidates for id_ in pair if id_ > 0}
    words.update({one.id: wording(one) for one in near_duplicates.words(session, ids)})
    sure: list[tuple[int, int]] = []
    result = Doubles()
    for one, other in sorted(candidates):
        found = near(words[one], words[other])
        if found is None:
            continue
        if found.sure and words[one].source_id == words[other].source_id:
            sure.append((one, other))
        else:
            result.pairs.append((one, other, round(found.likeness, 3)))
    result.joined = _joined(sure, _sizes(session, sure))
    return result


def _candidates(session: Session, fresh: Sequence[Wording]) -> set[tuple[int, int]]:
    """Return the pairs that share a hash of their sketches."""
    by_value: dict[int, list[int]] = defaultdict(list)
    for one in fresh:
        for value in sketch(one):
            by_value[value].append(one.id)
    if not by_value:
        return set()
    since = min(one.published_at for one in fresh) - APART
    until = max(one.published_at for one in fresh) + APART
    for value, ids in near_duplicates.sharing(session, by_value.keys(), since, until).items():
        by_value[value] += ids
    return {
        (min(pair), max(pair))
        for ids in by_value.values()
        if len(ids) <= _COMMON
        for pair in combinations(ids, 2)
        if min(pair) < 0
    }


def _sizes(session: Session, sure: Sequence[tuple[int, int]]) -> Mapping[int, int]:
    """Return how many articles each known one is already: as many as it has addresses."""
    ids = {id_ for pair in sure for id_ in pair if id_ > 0}
    return {id_: len(found) for id_, found in articles.names(session, ids, "", URL).items()}


def _joined(sure: Sequence[tuple[int, int]], sizes: Mapping[int, int]) -> dict[int, int]:
    """Return for each new article of a group the one that it belongs to: the oldest known, else the first of the answer."""
    groups: dict[int, set[int]] = {}
    for one, other in sure:
        both = groups.get(one, {one}) | groups.get(other, {other})
        groups.update(dict.fromkeys(both, both))
    joined: dict[int, int] = {}
    for group in groups.values():
        if sum(sizes.get(id_, 1) for id_ in group) <= LARGEST_GROUP:
            root = min((id_ for id_ in group if id_ > 0), default=max(group))
            joined.update({id_: root for id_ in group if id_ < 0 and id_ != root})
    return joined
