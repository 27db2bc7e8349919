"""Which articles are one: the names of what was fetched go in, the stories that it tells come out, each known or new."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from hashlib import sha256

from digest.collect.duplicates import title_key
from digest.config import SourceTable
from digest.sources import urls
from digest.store.articles import URL, Alias
from digest.values import FetchedArticle

_NOTHING = frozenset(
    {"", "-", "-1", "null", "nil", "none", "undefined", "nan", "n/a"}
)  # a guid that a program wrote for lack of one
_BOTH = "guid|url"
_LONGEST = 500  # bytes of a name: databases index no more than some thousand


@dataclass(frozen=True, slots=True)
class Named:
    """A fetched article with the names that identify it here, the most reliable first, and its address as it is compared."""

    fetched: FetchedArticle
    aliases: tuple[Alias, ...]
    key: str = ""


@dataclass(slots=True, eq=False)
class Story:
    """What one answer says of one article, in its order; `id` is the article's where we have it."""

    items: list[Named] = field(default_factory=list)
    id: int | None = None

    @property
    def aliases(self) -> list[Alias]:
        """Return every name of the article in this answer once."""
        return list(dict.fromkeys(alias for one in self.items for alias in one.aliases))


def named(
    source: SourceTable, found: Sequence[FetchedArticle], shared: AbstractSet[Alias] | None = None
) -> list[Named]:
    """Name each article: the source's id, its guid, its address; where these do not tell it from others, its title and day.

    What several articles share names none of them: `shared`, or by itself what is shared here.
    """
    nameless = sharing(source, found) if shared is None else shared
    nowhere = {urls.key(source.url)} if source.url else set()
    keys = [urls.key(one.url) for one in found]
    drafts = [_aliases(source.id, one, key, nameless, nowhere) for one, key in zip(found, keys, strict=True)]
    return [Named(one, tuple(aliases), key) for one, aliases, key in zip(found, drafts, keys, strict=True)]


def sharing(source: SourceTable, found: Sequence[FetchedArticle]) -> set[Alias]:
    """Return the guids and addresses that several different articles of one answer have in common."""
    users: dict[Alias, set[tuple[str, ...]]] = defaultdict(set)
    for one in found:
        key = urls.key(one.url)
        same = ("id", one.external_id) if one.external_id else (one.guid, key, title_key(one.title))
        for alias in loose(source, one, key):
            users[alias].add(same)
    return {alias for alias, which in users.items() if len(which) > 1}


def loose(source: SourceTable, one: FetchedArticle, key: str = "") -> list[Alias]:
    """Return the names of an article that others of its source might have too: its guid, its address, the two together."""
    key = key or urls.key(one.url)
    url = _alias("", URL, key)
    if not _is_guid(one.guid):
        return [url]
    return [_alias(source.id, "guid", one.guid), url, _alias(source.id, _BOTH, f"{one.guid}|{key}")]


def stories(everyone: Iterable[Named]) -> list[Story]:
    """Gather what comes more than once in an answer under one name."""
    found: list[Story] = []
    by_alias: dict[Alias, Story] = {}
    for one in everyone:
        known = {id(story): story for alias in one.aliases if (story := by_alias.get(alias)) is not None}
        story, *others = list(known.values()) or [Story()]
        if not known:
            found.append(story)
        story.items.append(one)
        for other in others:
            story.items += other.items
            found.remove(other)
        by_alias.update(dict.fromkeys(story.aliases if others else one.aliases, story))
    return found


def speaker(story: Story, key: str = "") -> FetchedArticle:
    """Return the item that speaks for a story: of the highest revision, then the one at the address we know, then the first."""

    def rank(one: Named) -> tuple[int, bool]:
        return (-1 if one.fetched.revision is None else one.fetched.revision, bool(key) and one.key == key)

    return max(story.items, key=rank).fetched


def _aliases(
    source_id: str, one: FetchedArticle, key: str, nameless: Collection[Alias], nowhere: Collection[str]
) -> list[Alias]:
    found = [_alias(source_id, "id", one.external_id)] if one.external_id else []
    guid, url, both = (
        _alias(source_id, "guid", one.guid),
        _alias("", URL, key),
        _alias(source_id, _BOTH, f"{one.guid}|{key}"),
    )
    if _is_guid(one.guid) and guid not in nameless:
        found.append(guid)
    if _is_article(key) and key not in nowhere and url not in nameless:
        found.append(url)
        if len(found) == 1:  # else nothing would say that this source has it
            found.append(_alias(source_id, "link", key))
    if not found and _is_guid(one.guid) and both not in nameless:
        found.append(both)
    if not found:
        day = one.published.date().isoformat() if one.published else ""
        found.append(_alias(source_id, "title", f"{title_key(one.title) or one.title}|{day}"))
    return found


def _alias(source_id: str, kind: str, value: str) -> Alias:
    """Make a name; one too long for an index is known by its hash."""
    if len(value.encode()) > _LONGEST:
        value = f"{value[:100]}…{sha256(value.encode()).hexdigest()}"
    return Alias(source_id, kind, value)


def _is_guid(guid: str) -> bool:
    """Say whether a guid may identify: not where it is a word for nothing, a zero, or the address of a home page."""
    bare = guid.strip().casefold()
    if bare in _NOTHING or not bare.strip("0"):
        return False
    return _is_article(urls.key(guid)) if bare.startswith(("http://", "https://")) else True


def _is_article(key: str) -> bool:
    """Say whether an address may be an article's: a home page is none."""
    return "/" in key or "?" in key
