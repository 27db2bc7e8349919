"""Stories → those that we know, those that are new: names are looked up, articles that turn out to be one are merged."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from digest.collect.clocks import FAR
from digest.collect.duplicates import titles_alike
from digest.collect.identity import Story, speaker
from digest.config import SourceTable
from digest.models import Article, Tombstone
from digest.store import articles, merging, tombstones
from digest.store.articles import Alias
from digest.store.base import Session
from digest.values import FetchedArticle

_LATER = timedelta(days=30)  # a name may be used again after that
_SAME_DAY = timedelta(days=1)


@dataclass(slots=True)
class Recognised:
    """The stories of one answer: those of articles we have, new ones, and how many are of articles that were purged.

    `moves` are names that other articles had until now, by the story that uses them again; `owners` says whose the known names were.
    """

    known: list[Story] = field(default_factory=list)
    fresh: list[Story] = field(default_factory=list)
    buried: int = 0
    moves: list[tuple[Story, tuple[Alias, ...]]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    owners: Mapping[Alias, int] = field(default_factory=dict)


def recognise(session: Session, source: SourceTable, found: Sequence[Story], now: datetime) -> Recognised:
    """Find each story's article by its names, the most reliable first. Two articles of one story become one, the older."""
    aliases = {alias for story in found for alias in story.aliases}
    owners = articles.known(session, aliases)
    rows = articles.by_ids(session, set(owners.values()))
    judge = _Judge(source, rows, _other_ids(session, source, found, owners), now)
    result, merged = Recognised(owners=owners), _Merged(session, rows)
    unknown = []
    for story in found:
        owned = {alias: merged.current(owners[alias]) for alias in story.aliases if alias in owners}
        strange = judge.strange(speaker(story), owned)
        if strange:
            result.moves.append((story, strange))
            result.notes.append(f"“{speaker(story).title}” has a name that another article had until now.")
        mine = [id_ for alias, id_ in owned.items() if alias not in strange]
        if mine:
            story.id = merged.join(mine)
            result.known.append(story)
        else:
            unknown.append(story)
    unknown = _look_among_doubted(session, unknown, result, merged)
    result.known = _one_for_each(result.known, merged)
    _look_among_graves(session, unknown, judge, result, now)
    return result


def _look_among_doubted(
    session: Session, unknown: Sequence[Story], result: Recognised, merged: "_Merged"
) -> list[Story]:
    """Find articles by the ids that their source had for them at another site, where the title agrees; return the stories left."""
    doubted = {articles.doubted(alias): story for story in unknown for alias in story.aliases}
    owners = articles.known(session, [alias for alias in doubted if alias is not None])
    rows = articles.by_ids(session, set(owners.values()))
    for alias, id_ in owners.items():
        story = doubted[alias]
        if story.id is None and titles_alike(speaker(story).title, rows[id_].title):
            story.id = merged.current(id_)
            result.known.append(story)
    return [story for story in unknown if story.id is None]


def _look_among_graves(
    session: Session, unknown: Sequence[Story], judge: "_Judge", result: Recognised, now: datetime
) -> None:
    """Tell what is new from what was purged: the most reliable name that a purged article had decides."""
    graves = tombstones.buried(session, {alias for story in unknown for alias in story.aliases})
    again: list[tuple[Tombstone, list[Alias]]] = []
    for story in unknown:
        one = speaker(story)
        grave = next((graves[alias] for alias in story.aliases if alias in graves), None)
        if grave is None:
            result.fresh.append(story)
        elif judge.is_another(one, grave.title, grave.published_at):
            tombstones.dig_up(session, story.aliases)
            result.notes.append(f"“{one.title}” has a name that an older article had: it is taken for a new one.")
            result.fresh.append(story)
        else:
            again.append((grave, [alias for alias in story.aliases if alias not in graves]))
            result.buried += 1
    tombstones.bury(session, again, now)


@dataclass(frozen=True, slots=True)
class _Judge:
    """Tells an article from another text under its old name."""

    source: SourceTable
    rows: Mapping[int, Article]
    ids: Mapping[int, set[str]]
    now: datetime

    def strange(self, one: FetchedArticle, owned: Mapping[Alias, int]) -> tuple[Alias, ...]:
        """Return those names of an article that are another's; the source's own id is believed."""
        own = {id_ for alias, id_ in owned.items() if alias.kind == "id"}
        return tuple(alias for alias, id_ in owned.items() if id_ not in own and self.is_strange(one, self.rows[id_]))

    def is_strange(self, one: FetchedArticle, owner: Article) -> bool:
        """Say whether what has an article's name is another article: of another id of the source, or much later and unlike."""
        others = self.ids.get(owner.id or 0, set())
        if one.external_id and others and one.external_id not in others:
            moved = one.published is None or abs(one.published - owner.published_at) <= _SAME_DAY
            return not (moved and titles_alike(one.title, owner.title))
        return self.is_another(one, owner.title, owner.published_at)

    def is_another(self, one: FetchedArticle, title: str, published_at: datetime) -> bool:
        """Say whether a text is not the older one of this title: unlike, and more than 30 days newer."""
        if one.published is None or not published_at + _LATER < one.published <= self.now + FAR:
            return False
        return not titles_alike(one.title, title)


class _Merged:
    """The merges of one answer."""

    def __init__(self, session: Session, rows: Mapping[int, Article]) -> None:
        self._session = session
        self._rows = rows
        self._into: dict[int, int] = {}

    def current(self, id_: int) -> int:
        """Return what became of an article."""
        while id_ in self._into:
            id_ = self._into[id_]
        return id_

    def join(self, ids: Sequence[int]) -> int:
        """Make one of the articles that have a story's names, the most reliable name's first; return the one that is left.

        An article that is unlike the first and of quite another time keeps to itself: its name was used again.
        """
        first = ids[0]
        same = sorted({first, *(id_ for id_ in ids[1:] if not self._apart(first, id_))})
        for newer in same[1:]:
            merging.merge(self._session, same[0], newer)
            self._into[newer] = same[0]
        return same[0]

    def _apart(self, one: int, other: int) -> bool:
        first, second = self._rows[one], self._rows[other]
        return abs(first.published_at - second.published_at) > _LATER and not titles_alike(first.title, second.title)


def _other_ids(
    session: Session, source: SourceTable, found: Iterable[Story], owners: Mapping[Alias, int]
) -> Mapping[int, set[str]]:
    """Return the source's ids of those articles that a story has by another name than its own id."""
    doubtful: set[int] = set()
    for story in found:
        mine = {owners[alias] for alias in story.aliases if alias in owners and alias.kind == "id"}
        if any(alias.kind == "id" for alias in story.aliases):
            doubtful.update(owners[alias] for alias in story.aliases if alias in owners and owners[alias] not in mine)
    return articles.names(session, doubtful, source.id, "id") if doubtful else {}


def _one_for_each(known: Iterable[Story], merged: _Merged) -> list[Story]:
    """Gather the stories that turned out to be of one article."""
    by_id: dict[int, Story] = {}
    for story in known:
        id_ = merged.current(story.id or 0)
        story.id = id_
        first = by_id.setdefault(id_, story)
        if first is not story:
            first.items += story.items
    return list(by_id.values())
