"""Feeds as sources: an address is fetched, and whatever its format its articles come out; a site's page leads to its feed."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from digest.config import SourceTable, explain
from digest.errors import ConfigError, FetchError, NotAFeedError
from digest.sources import websub
from digest.sources.discovery import feed_addresses
from digest.sources.feeds import backfill, headers, memory
from digest.sources.feeds.reading import ParsedFeed
from digest.sources.feeds.sandbox import parse_feed
from digest.sources.http import Answer, Http
from digest.sources.registry import address_of
from digest.values import Fetched, FetchedArticle, Hub, SourceCategory, SourceState, Validators

__all__ = ["Feed", "ParsedFeed", "parse_feed"]

_LONGEST_WAIT = timedelta(days=1)
_GONE = {404, 410}
_Memory = Mapping[str, Any]


class _Keys(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    websub: bool = True


class Feed:
    """A source of kind `feed`: url, and optionally `websub` (false: no hub is asked to push it)."""

    def __init__(self, table: SourceTable, http: Http) -> None:
        """Read the feed at the table's url, or the one that the page there names. Raises ConfigError."""
        address_of(table)
        try:
            _Keys.model_validate(dict(table.rest))
        except ValidationError as error:
            raise ConfigError(f"“sources.{table.id}”, of kind feed: {explain(error)}") from error
        self._table = table
        self._http = http

    def fetch(self, state: SourceState) -> Fetched:
        """Return what the feed has now. Raises FetchError, NotAFeedError."""
        before = state.memory if state.memory.get("address") == self._table.url else {}
        if before.get("feed"):
            try:
                return self._of_page(str(before["feed"]), state, before)
            except NotAFeedError:
                pass  # the page may know where it went
            except FetchError as error:
                if error.status not in _GONE:
                    raise
        answer = self._get(state.url or self._table.url, state)
        if answer.unchanged:
            return self._unchanged(answer, state, before)
        try:
            return self._taken(answer, self._parsed(answer, state), state, before)
        except NotAFeedError:
            found = self._discovered(answer, before)
            if not found:
                raise
        fetched = self._of_page(found, state, before)
        return replace(
            fetched,
            moved_to=answer.moved_to,
            notes=(f"The address is a web page; its feed is {found}.", *fetched.notes),
        )

    def _of_page(self, address: str, state: SourceState, before: _Memory) -> Fetched:
        """Fetch the feed that a page named; where it moved for good, that is remembered, and the page keeps its own address."""
        answer = self._get(address, state)
        if answer.unchanged:
            return replace(self._unchanged(answer, state, before), moved_to="")
        fetched = self._taken(answer, self._parsed(answer, state), state, before)
        return replace(fetched, moved_to="", memory={**(fetched.memory or {}), "feed": answer.moved_to or address})

    def _discovered(self, answer: Answer, before: _Memory) -> str:
        """Return the feed that a web page names; none where a feed was before: such a page is a login, a challenge or the way home."""
        if before.get("items") and not before.get("feed"):
            return ""
        return next(iter(feed_addresses(answer.body, answer.url)), "")

    def _get(self, address: str, state: SourceState) -> Answer:
        table = self._table
        return self._http.get(
            address, headers=table.headers, validators=state.validators, allow_private=table.allow_private_addresses
        )

    def _parsed(self, answer: Answer, state: SourceState) -> ParsedFeed:
        try:
            return parse_feed(answer.body, answer.url, answer.headers.get("content-type", ""), state.now)
        except NotAFeedError as error:
            raise NotAFeedError(f"{answer.url}: {error.detail}", hint=error.hint) from error

    def _taken(self, answer: Answer, parsed: ParsedFeed, state: SourceState, before: _Memory) -> Fetched:
        articles, notes, gap = parsed.articles, parsed.notes, memory.has_gap(parsed.articles, before)
        if gap and "wordpress" in parsed.generator.lower():
            older = backfill.older(lambda url: self._page(url, state), answer.url, before["items"])
            articles, notes, gap = backfill.joined(articles, older.articles), (*notes, *older.notes), not older.closed
        links = headers.links(answer.headers, answer.url)
        kept = {
            "address": self._table.url,
            "items": memory.remembered(parsed.articles),
            "length": len(parsed.articles),
            "minutes": parsed.minutes or 0,
            "hub": links.get("hub") or parsed.hub,
            "topic": links.get("self") or parsed.topic or answer.url,
        }
        return Fetched(
            articles=articles,
            categories=_categories(articles),
            validators=answer.validators,
            title=parsed.title,
            notes=notes,
            memory=kept,
            moved_to=answer.moved_to,
            wait=_wait(answer, kept, state),
            gap=gap,
            hub=self._hub(kept),
        )

    def _page(self, url: str, state: SourceState) -> ParsedFeed:
        return self._parsed(self._get(url, replace(state, validators=Validators())), state)

    def _unchanged(self, answer: Answer, state: SourceState, before: _Memory) -> Fetched:
        return Fetched(
            unchanged=True,
            validators=answer.validators,
            moved_to=answer.moved_to,
            wait=_wait(answer, before, state),
            hub=self._hub(before),
        )

    def _hub(self, known: _Memory) -> Hub | None:
        return Hub(str(known["hub"]), str(known["topic"])) if known.get("hub") and websub.wanted(self._table) else None


def _categories(articles: Iterable[FetchedArticle]) -> tuple[SourceCategory, ...]:
    names = dict.fromkeys(name for one in articles for name in one.categories)
    return tuple(SourceCategory(key=name, name=name) for name in names)


def _wait(answer: Answer, known: _Memory, state: SourceState) -> timedelta | None:
    """Return how long the publisher asks to be left alone: what the feed says or its server, whichever is longer; a day at most."""
    said = min(timedelta(minutes=int(known.get("minutes") or 0)), _LONGEST_WAIT)
    return max(said, headers.wait(answer.headers, state.now) or timedelta()) or None
