"""What a site's robots.txt lets us fetch (RFC 9309): an address goes in, yes or no comes out; kept for a day in the source's memory."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urljoin, urlsplit

from protego import Protego

from digest.config import SourceTable
from digest.errors import FetchError
from digest.sources import dates
from digest.sources.http import Http

AGENT = "newsroom-digest"
_LIMIT = 512 * 1024  # RFC 9309, section 2.5: at least 500 KiB are read
_FRESH = timedelta(hours=24)
_MOST_SITES = 10
_FAILING = {429, *range(500, 600)}  # all else, an empty answer too, is a site without rules


class Robots:
    """The rules of the sites that one fetch touches."""

    def __init__(self, table: SourceTable, http: Http, memory: object, now: datetime) -> None:
        """Begin with what an earlier fetch kept (`kept`)."""
        self._table = table
        self._http = http
        self._now = now
        self._kept: dict[str, dict[str, str]] = {}
        for site, one in memory.items() if isinstance(memory, Mapping) else ():
            if isinstance(one, Mapping):
                self._kept[str(site)] = {"at": str(one.get("at", "")), "text": str(one.get("text", ""))}
        self._parsed: dict[str, Any] = {}

    @property
    def kept(self) -> dict[str, dict[str, str]]:
        """What to remember until the next fetch, JSON values only."""
        newest = sorted(self._kept.items(), key=lambda one: one[1]["at"], reverse=True)
        return dict(newest[:_MOST_SITES])

    def allows(self, url: str) -> bool:
        """Say whether we may fetch an address. Raises FetchError when its site cannot say: then nothing of it may be fetched."""
        return bool(self._rules(url).can_fetch(url, AGENT))

    def sitemaps(self, url: str) -> list[str]:
        """Return the sitemaps that a site's robots.txt names. Raises FetchError."""
        return [urljoin(url, one) for one in self._rules(url).sitemaps]

    def _rules(self, url: str) -> Any:  # noqa: ANN401 -- Protego ships no types
        site = f"{urlsplit(url).scheme}://{urlsplit(url).netloc}"
        if site not in self._parsed:
            self._parsed[site] = Protego.parse(self._text(site))
        return self._parsed[site]

    def _text(self, site: str) -> str:
        """Return the file as it is now; when its server fails, as it was last (section 2.4); none at all allows everything (2.3.1.3)."""
        known = self._kept.get(site)
        if known and (at := dates.parse(known["at"])) and timedelta() <= self._now - at < _FRESH:
            return known["text"]
        table = self._table
        try:
            answer = self._http.head_of(
                f"{site}/robots.txt", most=_LIMIT, headers=table.headers, allow_private=table.allow_private_addresses
            )
            text = answer.body.decode("utf-8", "replace").replace("\x00", "")
        except FetchError as error:
            if error.status is None or error.status in _FAILING:
                if known:
                    return known["text"]
                raise
            text = ""
        self._kept[site] = {"at": self._now.isoformat(), "text": text}
        return text
