"""Which articles are one: the names of what was fetched go in, the ids of the articles that they belong to come out."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from digest.sources import urls
from digest.store import articles
from digest.store.articles import URL, Alias
from digest.store.base import Session
from digest.values import FetchedArticle


@dataclass(frozen=True, slots=True)
class Named:
    """A fetched article with the names that identify it here, the most reliable first."""

    fetched: FetchedArticle
    aliases: tuple[Alias, ...]


def named(source_id: str, found: Sequence[FetchedArticle]) -> list[Named]:
    """Name each article: the source's id, its guid, its address, its title and day. What several share names none of them."""
    guids = Counter(one.guid for one in found)
    keys = Counter(urls.key(one.url) for one in found)
    return [Named(one, tuple(_aliases(source_id, one, guids, keys))) for one in found]


def identify(session: Session, everyone: Sequence[Named], known: Mapping[Alias, int]) -> list[int | None]:
    """Return each article's id where a name of it is known; two articles that turn out to be one become one, the older."""
    merged: dict[int, int] = {}

    def current(id_: int) -> int:
        while id_ in merged:
            id_ = merged[id_]
        return id_

    found: list[int | None] = []
    for one in everyone:
        ids = sorted({current(known[alias]) for alias in one.aliases if alias in known})
        for newer in ids[1:]:
            articles.merge(session, ids[0], newer)
            merged[newer] = ids[0]
        found.append(ids[0] if ids else None)
    return [None if id_ is None else current(id_) for id_ in found]


def first_of_each(fresh: Sequence[Named]) -> list[Named]:
    """Leave out an article that comes twice under one name in the same answer."""
    seen: set[Alias] = set()
    kept = []
    for one in fresh:
        if seen.isdisjoint(one.aliases):
            kept.append(one)
        seen.update(one.aliases)
    return kept


def _aliases(source_id: str, one: FetchedArticle, guids: Counter[str], keys: Counter[str]) -> list[Alias]:
    found = []
    if one.external_id:
        found.append(Alias(source_id, "id", one.external_id))
    if one.guid and guids[one.guid] == 1:
        found.append(Alias(source_id, "guid", one.guid))
    key = urls.key(one.url)
    if keys[key] == 1:
        found.append(Alias("", URL, key))
    if not found or (not one.external_id and keys[key] > 1 and guids[one.guid] > 1):
        day = one.published.date().isoformat() if one.published else ""
        found.append(Alias(source_id, "title", f"{' '.join(one.title.casefold().split())}|{day}"))
    return found
