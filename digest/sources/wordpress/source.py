"""The source of kind `wordpress`: its memory goes in, new and changed posts, categories and what was withdrawn come out."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta

from digest.config import SourceTable
from digest.errors import FetchError, NotAFeedError
from digest.sources.http import Http
from digest.sources.registry import address_of
from digest.sources.wordpress import discovery, tree
from digest.sources.wordpress.client import REFUSALS, Api, Client, refused
from digest.sources.wordpress.full import Reader
from digest.sources.wordpress.keys import login, own_keys
from digest.sources.wordpress.memory import Memory
from digest.sources.wordpress.posts import is_protected, parse_post
from digest.sources.wordpress.scan import Scan, scan
from digest.values import Fetched, FetchedArticle, SourceCategory, SourceState

_SWEEP_EVERY = timedelta(hours=24)
_CATEGORIES_EVERY = timedelta(hours=6)
_UNAUTHORIZED = 401


@dataclass(slots=True)
class _Taken:
    """What one fetch comes to."""

    articles: list[FetchedArticle] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


class WordPress:
    """A source of kind `wordpress`: url, and optionally username with password or password_file, post_types."""

    def __init__(self, table: SourceTable, http: Http) -> None:
        """Read the site at the table's url. Raises ConfigError."""
        address_of(table)
        keys = own_keys(table)
        self._login = login(table, keys)
        self._kinds = dict.fromkeys(keys.post_types)
        self._table = table
        self._http = http

    def fetch(self, state: SourceState) -> Fetched:
        """Return what is new or changed since the last fetch. Raises FetchError, NotAFeedError.

        Where the API was is remembered, and looked for again only when it is not there any more.
        """
        client = Client(self._table, self._http, self._login, state)
        root = Memory.load(state.memory, client.site).root
        if root:
            try:
                return self._read(client, state, root)
            except (FetchError, NotAFeedError) as error:
                if isinstance(error, FetchError) and error.status not in REFUSALS:
                    raise
                found, title = discovery.find(client)
                if found == root:
                    raise
        else:
            found, title = discovery.find(client)
        return self._read(client, state, found, title)

    def _read(self, client: Client, state: SourceState, root: str, title: str = "") -> Fetched:
        api, memory, taken = Api(client, root), Memory.load(state.memory, client.site), _Taken()
        memory.root, memory.title = root, title or memory.title
        sweep = memory.swept_at is None or state.now - memory.swept_at >= _SWEEP_EVERY
        if sweep:
            _check_login(api, client)
            memory.swept_at = state.now
        for kind in self._kinds:
            seen = memory.posts.get(kind, {})
            found = scan(api, kind, seen, state, sweep=sweep)
            self._take(api, kind, found, memory, taken)
        return Fetched(
            articles=tuple(taken.articles),
            categories=_categories(api, memory, taken.articles, state),
            gone=tuple(taken.gone),
            title=memory.title,
            notes=tuple(taken.notes),
            memory=memory.dump(state.now),
        )

    def _take(self, api: Api, kind: str, found: Scan, memory: Memory, taken: _Taken) -> None:
        """Read in full what is new or changed, and remember what was read: the rest is tried again the next time."""
        reader = Reader(api, kind)
        seen = memory.posts.setdefault(kind, {})
        seen |= found.counted
        rows = {one.id: one for one in found.changed}
        for post in reader.read([one.id for one in found.changed]):
            row = rows.get(post.get("id", 0))
            if row is None:
                continue
            if not is_protected(post):
                taken.articles.append(parse_post(post, self._table.url))
            elif row.id in seen:
                taken.gone.append(str(row.id))
            memory.remember(kind, [row])
        memory.remember(kind, found.passed_over)
        for id_ in found.gone:
            del seen[id_]
        taken.gone += map(str, found.gone)
        taken.notes += [*found.notes, *reader.notes]


def _check_login(api: Api, client: Client) -> None:
    """Raise FetchError when the site does not know our login: it would answer all the same, as to a stranger."""
    if client.has_login:
        said = api.get("users/me", {"_fields": "id"})
        if said.status == _UNAUTHORIZED:
            raise refused(said, client)


def _categories(
    api: Api, memory: Memory, articles: Iterable[FetchedArticle], state: SourceState
) -> tuple[SourceCategory, ...]:
    """Return all categories where they are older than six hours, or where an article is in one that we do not know."""
    named = {int(key) for one in articles for key in one.categories}
    fresh = memory.categories_at is not None and state.now - memory.categories_at < _CATEGORIES_EVERY
    if fresh and named <= memory.categories:
        return ()
    found = tree.read(api)
    memory.categories = {int(one.key) for one in found} | named  # one that stays unknown is not asked for at each fetch
    memory.categories_at = state.now
    return found
