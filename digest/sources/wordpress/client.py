"""One WordPress REST API: a route and its parameters go in, the JSON that the site says comes out, within a budget of requests."""

import base64
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

from digest.config import SourceTable
from digest.errors import FetchError, NotAFeedError
from digest.sources import text
from digest.sources.http import Answer, Http
from digest.values import SourceState

PAGE = 100  # more is refused with 400
_MOST_REQUESTS = 200
_MOST_PAGES = 20
_HEAD = 262_144
_REFUSED = {401, 403}
REFUSALS = (400, 401, 403, 404, 410)  # those that WordPress explains in JSON


@dataclass(frozen=True, slots=True)
class Said:
    """What the API said: the status, headers by lower-case names, the JSON (None where it is none)."""

    url: str
    status: int
    headers: Mapping[str, str]
    found: Any

    @property
    def code(self) -> str:
        """WordPress's own name of an error, empty where there is none."""
        return str(self.found.get("code") or "") if isinstance(self.found, dict) else ""

    @property
    def words(self) -> str:
        """What the site says of an error, without the full stop."""
        said = self.found.get("message") if isinstance(self.found, dict) else ""
        return text.line(str(said or self.code or f"status {self.status}"), 200).rstrip(".")


@dataclass(frozen=True, slots=True)
class Listing:
    """All objects of a collection by id; `whole` is False where there were more pages than are read."""

    found: Mapping[int, Mapping[str, Any]]
    whole: bool


class Client:
    """Asks one site during one fetch. A login is shown to the configured host only, never to one that the site names."""

    def __init__(self, table: SourceTable, http: Http, login: tuple[str, str] | None, state: SourceState) -> None:
        """Prepare; before a freeze, caches on the way are asked to look again."""
        self._table = table
        self._http = http
        self._login = login
        self._fresh = {"Cache-Control": "no-cache"} if state.unconditional else {}
        self._asked = 0
        self.site = state.url or table.url

    @property
    def has_login(self) -> bool:
        """Whether the source's table has a user name."""
        return self._login is not None

    def page(self, url: str) -> Answer:
        """Return the first part of a web page. Raises FetchError."""
        self._count()
        headers = self._headers(url)
        return self._http.head_of(url, most=_HEAD, headers=headers, allow_private=self._table.allow_private_addresses)

    def ask(self, url: str) -> Said:
        """Return what an address says, refusals included. Raises FetchError."""
        self._count()
        private = self._table.allow_private_addresses
        answer = self._http.get(url, headers=self._headers(url), allow_private=private, accept=REFUSALS)
        return Said(answer.url, answer.status, answer.headers, _json(answer.body))

    def _count(self) -> None:
        self._asked += 1
        if self._asked > _MOST_REQUESTS:
            raise FetchError(
                f"{self.site} needs more than {_MOST_REQUESTS} requests.", hint="It is tried again by itself."
            )

    def _headers(self, url: str) -> dict[str, str]:
        headers = {**self._table.headers, **self._fresh}
        if self._login is None:
            return headers
        if urlsplit(url)[:2] != urlsplit(self._table.url)[:2]:
            raise FetchError(
                f"The API of {self._table.url} is at another place, {url.partition('?')[0]}, and a login is not sent there.",
                hint="Name that place in the source's url.",
            )
        pair = base64.b64encode(":".join(self._login).encode()).decode()
        return {**headers, "Authorization": f"Basic {pair}"}


class Api:
    """A site's API at its root, which ends in `/wp-json` or in `rest_route=`."""

    def __init__(self, client: Client, root: str) -> None:
        """Ask with `client`, from `root`."""
        self._client = client
        self._root = root

    def get(self, route: str, asked: Mapping[str, object]) -> Said:
        """Ask one route (“posts/7”) of the core's namespace. Raises FetchError."""
        return self._client.ask(address(self._root, f"/wp/v2/{route}", asked))

    def listed(self, route: str, asked: Mapping[str, object]) -> list[Mapping[str, Any]]:
        """Return the objects that one answer lists. Raises FetchError, NotAFeedError."""
        return _objects(self._judged(self.get(route, asked)))

    def collection(
        self, route: str, asked: Mapping[str, object], enough: Callable[[Mapping[str, Any]], bool] | None = None
    ) -> Listing:
        """Return all pages of a collection, or those up to one that ends in `enough`. Raises FetchError, NotAFeedError.

        Pages shift while they are read: a new post pushes one over to the next page, a deleted one pulls one out of it. Where the
        total changes meanwhile, all pages are read once more and both readings count.
        """
        found, steady, whole = self._pages(route, asked, enough)
        if not steady:
            again, _, whole = self._pages(route, asked, enough)
            found |= again
        return Listing(found, whole)

    def _pages(
        self, route: str, asked: Mapping[str, object], enough: Callable[[Mapping[str, Any]], bool] | None
    ) -> tuple[dict[int, Mapping[str, Any]], bool, bool]:
        """Return a collection by id, whether it stood still, and whether this is all of it."""
        found: dict[int, Mapping[str, Any]] = {}
        totals: set[str] = set()
        page = pages = 1
        while page <= min(pages, _MOST_PAGES):
            said = self.get(route, {**asked, "per_page": PAGE, "page": page})
            if page > 1 and said.code.endswith("_invalid_page_number"):  # an end, not an error: posts went meanwhile
                return found, False, True
            objects = _objects(self._judged(said))
            found |= {one["id"]: one for one in objects if isinstance(one.get("id"), int)}
            if enough and objects and enough(objects[-1]):
                break
            totals.add(said.headers.get("x-wp-total", ""))
            full = page + (len(objects) == PAGE)  # where a proxy drops the headers, a full page is not the last
            pages = text.number(said.headers.get("x-wp-totalpages")) or full
            page += 1
        return found, len(totals) <= 1, page > pages

    def _judged(self, said: Said) -> Said:
        """Let a good answer through. Raises FetchError for a refusal, in words that say what to do."""
        if said.status in _REFUSED:
            raise refused(said, self._client)
        if said.status in REFUSALS:
            raise FetchError(
                f"{said.url.partition('?')[0]} answered: {said.words}.",
                hint="Look at it in a browser.",
                status=said.status,
            )
        return said


def refused(said: Said, client: Client) -> FetchError:
    """Return the error of an API that asks who we are."""
    hint = (
        "Correct the source's username and its application password; does the user have the right to read posts?"
        if client.has_login
        else "Give the source a username and an application password, or use kind = “feed” with the site's feed."
    )
    return FetchError(f"{said.url.partition('?')[0]} refuses: {said.words}.", hint=hint, status=said.status)


def address(root: str, route: str, asked: Mapping[str, object]) -> str:
    """Return the address of a route; behind `?rest_route=` the parameters follow with `&`."""
    query = urlencode(asked, safe=",:")
    joint = "&" if "?" in root else "?"
    return f"{root}{route}{joint}{query}" if query else f"{root}{route}"


def _objects(said: Said) -> list[Mapping[str, Any]]:
    if not isinstance(said.found, list):
        raise NotAFeedError(
            f"{said.url.partition('?')[0]} answered with something that is no list of posts.",
            hint="Is it a WordPress site, and does no plugin print into its answers?",
        )
    return [one for one in said.found if isinstance(one, dict)]


def _json(body: bytes) -> Any:  # noqa: ANN401 -- whatever the server says
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None
