"""The source of kind `sitemap`: a news sitemap, a plain one or an index of them is read, and the articles that are new come out.

Being absent from a sitemap withdraws nothing: a news sitemap holds two days, and may be empty.
"""

import hashlib
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from tempfile import SpooledTemporaryFile
from typing import Annotated, Any, BinaryIO, cast
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from digest.config import SourceTable, explain
from digest.errors import ConfigError, FetchError, SourceError
from digest.sources import text, urls
from digest.sources.http import Answer, Http
from digest.sources.listing import is_front
from digest.sources.opening import Opener
from digest.sources.registry import address_of
from digest.sources.robots import Robots
from digest.sources.sitemapxml import LIMIT, Listed, parse_sitemap
from digest.values import DateQuality, Fetched, FetchedArticle, SourceCategory, SourceState, Validators

_MOST_FILES = 50
_MOST_URLS = 50_000
_DEEPEST = 2
_IN_MEMORY = 1024 * 1024  # bytes of a file; what is larger is read from the disk
_RECENT = timedelta(hours=72)
_MOST_TRIES = 3
_GONE = {404, 410}


class _Keys(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    most: Annotated[int, Field(ge=1, le=100)] = 20


@dataclass(slots=True)
class _Read:
    """What the files of one fetch came to."""

    pages: dict[str, Listed] = field(default_factory=dict)
    files: int = 0
    notes: list[str] = field(default_factory=list)
    answer: Answer | None = None
    _hosts: dict[str, bool] = field(default_factory=dict)

    def is_of_site(self, url: str, site: str) -> bool:
        """Say whether an address is of the sitemap's own site: nobody lists another's articles."""
        host = urlsplit(url).netloc
        if host not in self._hosts:
            self._hosts[host] = urls.same_site(url, site)
        return self._hosts[host]


class Sitemap:
    """A source of kind `sitemap`: url (of a sitemap, an index, or a site), and optionally `most` (pages opened in one fetch)."""

    def __init__(self, table: SourceTable, http: Http) -> None:
        """Read the sitemap at the table's url. Raises ConfigError."""
        address_of(table)
        try:
            self._keys = _Keys.model_validate(dict(table.rest))
        except ValidationError as error:
            raise ConfigError(f"“sources.{table.id}”, of kind sitemap: {explain(error)}") from error
        self._table = table
        self._http = http

    def fetch(self, state: SourceState) -> Fetched:
        """Return the articles that are new or changed in the sitemap, newest first. Raises SourceError.

        The newest are opened for what a sitemap does not say; the other news are taken as the sitemap gives them, other addresses wait.
        """
        robots = Robots(self._table, self._http, state.memory.get("robots"), state.now)
        opener = Opener(self._table, self._http, robots, state.now)
        read = _Read()
        if error := self._read(self._starts(state, robots), state, opener, read, 0):
            raise error
        answer = read.answer
        if answer is not None and answer.unchanged:
            return Fetched(unchanged=True, validators=answer.validators, moved_to=answer.moved_to)
        memory = _Memory(state.memory)
        articles = self._taken(read, memory, opener, state)
        sections = dict.fromkeys(one.lead_category for one in articles if one.lead_category)
        whole = answer is not None and read.files == 1 and not memory.waiting
        return Fetched(
            articles=tuple(articles),
            categories=tuple(SourceCategory(key=name, name=name) for name in sections),
            validators=answer.validators
            if whole and answer
            else Validators(),  # an index that is unchanged says nothing of its files
            notes=tuple(read.notes),
            memory={**memory.kept(), "robots": robots.kept},
            moved_to=answer.moved_to if answer else "",
        )

    def _starts(self, state: SourceState, robots: Robots) -> list[str]:
        """Return where to begin: the address itself; of a site's front page the sitemaps that its robots.txt names, else /sitemap.xml."""
        url = state.url or self._table.url
        if not is_front(url):
            return [url]
        try:
            named = [one for one in robots.sitemaps(url) if urls.same_site(one, url)]
        except FetchError:
            named = []
        return sorted(named, key=lambda one: "news" not in one.lower()) or [urls.canonical("/sitemap.xml", url)]

    def _read(
        self, addresses: list[str], state: SourceState, opener: Opener, read: _Read, depth: int
    ) -> SourceError | None:
        """Read sitemaps and what they lead to, noting those that fail; where all of them did, return the last failure."""
        failures: list[SourceError] = []
        for address in addresses:
            if read.files >= _MOST_FILES or len(read.pages) >= _MOST_URLS:
                read.notes.append(
                    f"There are more than {_MOST_FILES} files or {_MOST_URLS:,} addresses; the first were read."
                )
                return None
            try:
                self._read_one(address, state, opener, read, depth)
            except SourceError as error:
                failures.append(error)
                read.notes.append(error.detail)
        return failures[-1] if failures and len(failures) == len(addresses) else None

    def _read_one(self, address: str, state: SourceState, opener: Opener, read: _Read, depth: int) -> None:
        if not opener.allowed(address):
            raise SourceError(
                f"{address} may not be fetched, says its robots.txt.", hint="Ask its publisher, or for a feed."
            )
        read.files += 1
        table = self._table
        with SpooledTemporaryFile(_IN_MEMORY) as file:
            answer = self._http.stream(
                address,
                cast("BinaryIO", file),
                headers=table.headers,
                validators=None if depth else state.validators,
                allow_private=table.allow_private_addresses,
                limit=LIMIT,
            )
            read.answer = read.answer or answer
            if answer.unchanged:
                return
            file.seek(0)
            found = parse_sitemap(cast("BinaryIO", file), answer.url, _MOST_URLS - len(read.pages))
        if found.cut:
            read.notes.append(f"{address} is longer than a sitemap may be, or breaks off; its first part was read.")
        for one in found.pages:
            if read.is_of_site(one.url, answer.url) and not is_front(one.url):
                read.pages.setdefault(one.url, one)
        further = _worth_reading(found.sitemaps, answer.url, state) if depth < _DEEPEST else []
        if error := self._read(further, state, opener, read, depth + 1):
            raise error

    def _taken(self, read: _Read, memory: "_Memory", opener: Opener, state: SourceState) -> list[FetchedArticle]:
        """Return articles of the new addresses, newest first."""
        horizon = state.now - _RECENT
        fresh = [one for one in read.pages.values() if memory.is_new(one)]
        fresh.sort(key=lambda one: (one.newest is None, -(one.newest or horizon).timestamp()))
        articles: list[FetchedArticle] = []
        opened = 0
        for one in fresh:
            recent = one.newest is None or one.newest >= horizon
            if recent and opened < self._keys.most and not opener.gives_up:
                opened += 1
                article, done = self._opened(one, memory, opener, read)
            else:
                article = _from_sitemap(one)
                done = not recent or article is not None or state.last_ok_at is None
            if article is not None:
                articles.append(article)
            memory.learn(one, done=done)
        return articles

    def _opened(
        self, one: Listed, memory: "_Memory", opener: Opener, read: _Read
    ) -> tuple[FetchedArticle | None, bool]:
        """Return what a page and its entry say together, and whether that settles it; a page that fails keeps no other back."""
        try:
            page = opener.article(one.url)
        except FetchError as error:
            read.notes.append(error.detail)
            settled = error.status in _GONE or memory.failed(one) >= _MOST_TRIES
            return _from_sitemap(one), settled
        if page is None:
            return _from_sitemap(one), True
        if not one.title:
            return page, True
        published = one.published or page.published
        quality = DateQuality.SOURCE if one.published else page.date_quality
        return replace(page, title=one.title, published=published, date_quality=quality), True


class _Memory:
    """What is known of addresses from earlier fetches, by a hash of them: when they were last changed, how often they failed."""

    def __init__(self, memory: Any) -> None:  # noqa: ANN401 -- JSON of whatever shape
        known, tries = memory.get("known"), memory.get("tries")
        self._known: dict[str, str] = dict(known) if isinstance(known, dict) else {}
        self._tries: dict[str, int] = dict(tries) if isinstance(tries, dict) else {}
        self._learned: dict[str, str] = {}
        self.waiting = False

    def is_new(self, one: Listed) -> bool:
        """Say whether an address is new or was changed since; one that was dealt with stays in memory as long as it is listed."""
        name = _hash(one)
        said = self._known.get(name)
        if said is None or said != _change(one):
            return True
        self._learned[name] = said
        return False

    def learn(self, one: Listed, *, done: bool) -> None:
        """Keep that an address is dealt with; the others wait for the next fetch."""
        if done:
            self._learned[_hash(one)] = _change(one)
            self._tries.pop(_hash(one), None)
        else:
            self.waiting = True

    def failed(self, one: Listed) -> int:
        """Count a failure of an address and return how many there were."""
        self._tries[_hash(one)] = self._tries.get(_hash(one), 0) + 1
        return self._tries[_hash(one)]

    def kept(self) -> dict[str, Any]:
        """Return it as JSON values, bounded; what is no longer listed goes last."""
        known = {**self._learned, **{name: said for name, said in self._known.items() if name not in self._learned}}
        return {
            "known": dict(list(known.items())[:_MOST_URLS]),
            "tries": dict(list(self._tries.items())[-_MOST_FILES:]),
        }


def _worth_reading(sitemaps: list[Listed], url: str, state: SourceState) -> list[str]:
    """Return an index's files of this site, those of news and the newest first, without those that have not changed since long before."""
    since = state.now - _RECENT
    found = [one for one in sitemaps if urls.same_site(one.url, url)]
    if state.last_ok_at is not None:
        found = [one for one in found if one.modified is None or one.modified >= since]
    found.sort(key=lambda one: ("news" not in one.url.lower(), -(one.modified or state.now).timestamp()))
    return [one.url for one in found]


def _from_sitemap(one: Listed) -> FetchedArticle | None:
    """Make an article of what a news sitemap says of it; None where it says too little."""
    if not one.title:
        return None
    return FetchedArticle(
        url=urls.canonical(one.url),
        title=one.title,
        external_id=urls.key(one.url),
        image=text.picture(one.image, one.url) if one.image else None,
        published=one.published,
        updated=one.modified,
        date_quality=DateQuality.SOURCE if one.published else DateQuality.MISSING,
        language=one.language,
        direction=text.direction(one.title),
    )


def _change(one: Listed) -> str:
    at: datetime | None = one.modified
    return at.strftime("%Y%m%d%H%M%S") if at else ""


def _hash(one: Listed) -> str:
    return hashlib.sha256(one.url.encode("utf-8", "replace")).hexdigest()[:12]
