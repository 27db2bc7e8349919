"""The source of kind `page`: a page that lists articles is watched; what is new on it is opened, and its articles come out.

For sites without a feed. What is known, what failed and what the site's robots.txt says are kept in the source's memory.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from digest.config import SourceTable, explain
from digest.errors import ConfigError, FetchError, SourceError
from digest.sources import dates, urls
from digest.sources.http import Answer, Http
from digest.sources.listing import article_links
from digest.sources.opening import PAGE_LIMIT, Opener
from digest.sources.registry import address_of
from digest.sources.robots import Robots
from digest.values import Fetched, FetchedArticle, SourceCategory, SourceState, Validators

_MOST_KNOWN = 1_000
_MOST_TRIES = 3
_WATCHED = 10
_WATCHED_FOR = timedelta(hours=72)
_WATCHED_EVERY = timedelta(hours=1)
_GONE = {404, 410}
_GONE_AFTER = 2  # answers in a row: one may be a hiccup


class _Keys(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    links: str = ""
    most: Annotated[int, Field(ge=1, le=100)] = 20

    @field_validator("links")
    @classmethod
    def _compiles(cls, value: str) -> str:
        try:
            re.compile(value)
        except re.error as error:
            raise ValueError(f"it is no regular expression: {error}") from error
        return value


@dataclass(slots=True)
class _Memory:
    """What is known from earlier fetches: keys of links, newest first; tries of pages that failed; the newest articles and their misses."""

    known: dict[str, None] = field(default_factory=dict)
    tries: dict[str, int] = field(default_factory=dict)
    watched: list[dict[str, Any]] = field(default_factory=list)
    looked_at: datetime | None = None

    @classmethod
    def of(cls, state: SourceState) -> "_Memory":
        """Read it from a source's state; another kind's memory is none."""
        known, tries, watched = (state.memory.get(name) for name in ("known", "tries", "watched"))
        return cls(
            known={str(one): None for one in known} if isinstance(known, list) else {},
            tries={str(one): int(many) for one, many in tries.items()} if isinstance(tries, dict) else {},
            watched=[one for one in watched if isinstance(one, dict)] if isinstance(watched, list) else [],
            looked_at=dates.parse(str(state.memory.get("looked_at") or "")),
        )

    def learn(self, keys: Iterable[str]) -> None:
        """Put keys in front."""
        fresh = dict.fromkeys(keys)
        self.known = {**fresh, **{one: None for one in self.known if one not in fresh}}
        self.tries = {one: many for one, many in self.tries.items() if one not in self.known}

    def kept(self) -> dict[str, Any]:
        """Return it as JSON values, bounded."""
        return {
            "known": list(self.known)[:_MOST_KNOWN],
            "tries": dict(list(self.tries.items())[-_MOST_KNOWN:]),
            "watched": self.watched[:_WATCHED],
            "looked_at": self.looked_at.isoformat() if self.looked_at else "",
        }


@dataclass(slots=True)
class _Taken:
    """What one fetch comes to."""

    articles: list[FetchedArticle] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


class Pages:
    """A source of kind `page`: url, and optionally `links` (a regular expression of its articles' addresses), `most` (pages a fetch)."""

    def __init__(self, table: SourceTable, http: Http) -> None:
        """Watch the page at the table's url. Raises ConfigError."""
        address_of(table)
        try:
            self._keys = _Keys.model_validate(dict(table.rest))
        except ValidationError as error:
            raise ConfigError(f"“sources.{table.id}”, of kind page: {explain(error)}") from error
        self._table = table
        self._http = http

    def fetch(self, state: SourceState) -> Fetched:
        """Return the articles that are new on the page, and those of the newest that changed or are gone. Raises SourceError.

        The newest ten articles of the last 72 hours are opened again once an hour; two answers of 404 or 410 in a row withdraw one.
        """
        robots = Robots(self._table, self._http, state.memory.get("robots"), state.now)
        opener = Opener(self._table, self._http, robots, state.now)
        memory, taken = _Memory.of(state), _Taken()
        answer = self._listing(state, opener)
        self._look_again(memory, taken, opener, state.now)
        waiting = 0 if answer.unchanged else self._open_new(answer, memory, taken, opener, state)
        sections = dict.fromkeys(one.lead_category for one in taken.articles if one.lead_category)
        return Fetched(
            articles=tuple(taken.articles),
            categories=tuple(SourceCategory(key=name, name=name) for name in sections),
            validators=Validators() if waiting else answer.validators,  # what waits needs the listing once more
            unchanged=answer.unchanged and not (taken.articles or taken.gone),
            gone=tuple(taken.gone),
            notes=tuple(taken.notes),
            memory={**memory.kept(), "robots": robots.kept},
            moved_to=answer.moved_to,
        )

    def _listing(self, state: SourceState, opener: Opener) -> Answer:
        url, table = state.url or self._table.url, self._table
        if not opener.allowed(url):
            raise SourceError(
                f"{url} may not be fetched, says its robots.txt.", hint="Ask its publisher, or for a feed."
            )
        return self._http.get(
            url,
            headers=table.headers,
            validators=state.validators,
            allow_private=table.allow_private_addresses,
            limit=PAGE_LIMIT,
        )

    def _open_new(self, answer: Answer, memory: _Memory, taken: _Taken, opener: Opener, state: SourceState) -> int:
        """Open what is new, in the page's order, and return how many wait for the next fetch.

        At first nothing waits: what is left over is older than what was opened, and never to be mailed.
        """
        links = article_links(answer.body, answer.url, answer.headers.get("content-type", ""), self._keys.links)
        if not links:
            taken.notes.append("The page links to nothing that looks like an article; “links” may say what does.")
        fresh = [one for one in links if urls.key(one) not in memory.known]
        opened, left = fresh[: self._keys.most], fresh[self._keys.most :]
        done = [
            urls.key(one) for one in opened if not opener.gives_up and self._open(one, memory, taken, opener, state.now)
        ]
        failed = len(opened) - len(done)
        if state.last_ok_at is None:
            done += [urls.key(one) for one in left]
            left = []
        memory.learn(done)
        return len(left) + failed

    def _open(self, url: str, memory: _Memory, taken: _Taken, opener: Opener, now: datetime) -> bool:
        """Open one page; say whether it is dealt with. One that fails keeps no other back and is tried again, three times in all."""
        key = urls.key(url)
        try:
            article = opener.article(url)
        except FetchError as error:
            memory.tries[key] = memory.tries.get(key, 0) + 1
            taken.notes.append(error.detail)
            return error.status in _GONE or memory.tries[key] >= _MOST_TRIES
        if article is not None:
            taken.articles.append(article)
            memory.watched.insert(0, {"id": article.external_id, "url": url, "at": now.isoformat(), "misses": 0})
        return True

    def _look_again(self, memory: _Memory, taken: _Taken, opener: Opener, now: datetime) -> None:
        """Open the newest known articles again where an hour has passed: they may have been corrected, or taken down."""
        if memory.looked_at and now - memory.looked_at < _WATCHED_EVERY:
            return
        memory.looked_at = now
        memory.watched = [one for one in memory.watched[:_WATCHED] if _is_recent(one, now)]
        for one in list(memory.watched):
            if opener.gives_up:
                return
            try:
                article = opener.article(str(one.get("url")))
            except FetchError as error:
                one["misses"] = int(one.get("misses", 0)) + 1 if error.status in _GONE else 0
                if one["misses"] >= _GONE_AFTER:
                    taken.gone.append(str(one.get("id")))
                    memory.watched.remove(one)
                continue
            one["misses"] = 0
            if article is not None and article.external_id == one.get("id"):
                taken.articles.append(article)


def _is_recent(one: dict[str, Any], now: datetime) -> bool:
    at = dates.parse(str(one.get("at") or ""))
    return at is not None and now - at <= _WATCHED_FOR
