"""Fetching with bounds: an address goes in, at most so many bytes of its body come out, from no place that we were not sent to.

What each bound is for: `network` checks every connection's address and keeps the deadline, `unpack` stops bombs, `turns` spares hosts.
"""

import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from types import TracebackType
from typing import BinaryIO, Self
from urllib.parse import urlencode

import httpx

from digest import __version__
from digest.errors import FetchError
from digest.sources import network
from digest.sources.hops import PORTS, Redirect, Request, astray, port_of, redirected, split, without_user
from digest.sources.turns import Turns, host_of
from digest.sources.unpack import PIECE, unpacked
from digest.values import Validators

MIB = 1024 * 1024
FEED_LIMIT = 10 * MIB
PAGE_LIMIT = 3 * MIB
SITEMAP_LIMIT = 50 * MIB
HEAD_LIMIT = 256 * 1024
_REDIRECTS = 5
_PERMANENT = {301, 308}
_AGAIN = "It is tried again by itself."
_HINTS = {
    401: "Check the user and password in the source's headers.",
    403: "Ask the site's operator to let us in; our User-Agent names us.",
    404: "Check the source's url.",
    410: "It is gone for good: look for its new address, or take the source out.",
}


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds that a connection, a silence of the server, and a whole fetch with its redirects may take."""

    connect: float = 10.0
    idle: float = 10.0
    total: float = 30.0


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server said: the final address, lower-case header names, the decoded body; `unchanged` for a 304.

    `moved_to` is the final address when there were redirects and every one of them was permanent (301 or 308).
    """

    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes
    validators: Validators
    unchanged: bool = False
    moved_to: str = ""


class Http:
    """The one HTTP client of all sources; its methods may be called from many threads."""

    def __init__(
        self,
        contact: str = "",
        *,
        proxy: str = "",
        limits: Limits | None = None,
        turns: Turns | None = None,
        resolve: network.Resolve = network.resolve,
        connect: network.Connect = network.connect,
    ) -> None:
        """Name ourselves to servers with a `contact` address.

        Public hosts are asked through `proxy` where one is given; it is trusted to check addresses. Private ones are asked directly: they
        are our own network. Raises ConfigError for a proxy that is none.
        """
        about = f" (+{contact})" if contact else ""
        self._limits = limits or Limits()
        self._turns = turns or Turns()
        self._deadline = network.Deadline()
        self._headers = {
            "User-Agent": f"newsroom-digest/{__version__}{about}",
            "Accept-Encoding": "gzip, deflate",
            "Accept": "*/*",
        }
        context = httpx.create_ssl_context(trust_env=False)
        self._transports = {
            private: network.Transport(
                network.Backend(self._deadline, checked=not private and not proxy, resolve=resolve, connect=connect),
                context,
                proxy="" if private else proxy,
            )
            for private in (False, True)
        }

    def get(
        self,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        validators: Validators | None = None,
        allow_private: bool = False,
        limit: int = FEED_LIMIT,
        accept: Iterable[int] = (),
    ) -> Answer:
        """Fetch an address within 30 s and `limit` bytes. Statuses other than 200, 304 and `accept` raise FetchError."""
        request = Request("GET", url, headers or {}, limit=limit, accept=frozenset(accept))
        return self._follow(_conditional(without_user(request), validators), allow_private=allow_private)

    def stream(
        self,
        url: str,
        sink: BinaryIO,
        *,
        headers: Mapping[str, str] | None = None,
        validators: Validators | None = None,
        allow_private: bool = False,
        limit: int = SITEMAP_LIMIT,
    ) -> Answer:
        """Fetch as `get` does, but into an empty file, so that a huge body never stands in memory; the answer's own is empty."""
        request = Request("GET", url, headers or {}, limit=limit, sink=sink)
        return self._follow(_conditional(without_user(request), validators), allow_private=allow_private)

    def head_of(
        self,
        url: str,
        *,
        most: int = HEAD_LIMIT,
        headers: Mapping[str, str] | None = None,
        allow_private: bool = False,
    ) -> Answer:
        """Fetch the first `most` bytes of a body and no more; a longer one is no error. Raises FetchError like `get`."""
        request = Request("GET", url, headers or {}, limit=most, cut=True)
        return self._follow(without_user(request), allow_private=allow_private)

    def post(
        self,
        url: str,
        form: Mapping[str, str],
        *,
        headers: Mapping[str, str] | None = None,
        allow_private: bool = False,
        redirects: int = 0,
    ) -> Answer:
        """Send a form, urlencoded. Every 2xx is an answer, with or without a body; other statuses raise FetchError.

        A redirect is an error too, for the form was meant for this address, but for so many `redirects` by 307 and 308.
        """
        asked = {**(headers or {}), "Content-Type": "application/x-www-form-urlencoded"}
        content, every2xx = urlencode(form).encode(), frozenset(range(200, 300))
        request = Request("POST", url, asked, limit=FEED_LIMIT, content=content, accept=every2xx, hops=redirects)
        return self._follow(without_user(request), allow_private=allow_private)

    def close(self) -> None:
        """Close all connections."""
        for transport in self._transports.values():
            transport.close()

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close all connections."""
        self.close()

    def _follow(self, first: Request, *, allow_private: bool) -> Answer:
        """Ask, and go where redirects lead: each hop is a connection of its own, checked like the first."""
        self._deadline.start(self._limits.total)
        ports = {*PORTS.values(), port_of(split(first.url))}
        request, permanent, seen = first, True, {first.url}
        while isinstance(found := self._hop(request, allow_private=allow_private), Redirect):
            permanent &= found.status in _PERMANENT
            request = redirected(request, found)
            if request.url in seen:
                raise astray(first, "redirects in a circle", found.status)
            if len(seen) > _REDIRECTS:
                raise astray(first, f"redirects more than {_REDIRECTS} times", found.status)
            if not allow_private and port_of(split(request.url)) not in ports:
                raise astray(first, f"redirects to another port: {request.url}", found.status)
            seen.add(request.url)
        moved = found.url if permanent and len(seen) > 1 else ""
        return replace(found, validators=replace(found.validators, url=first.url), moved_to=moved)

    def _hop(self, request: Request, *, allow_private: bool) -> Answer | Redirect:
        """Ask one server when it is its turn; return its answer, or where it redirects to."""
        url = request.url
        try:
            with self._turns.turn(host_of(url), spaced=not allow_private) as waited:
                self._deadline.extend(waited)
                return self._asked(request, self._transports[allow_private])
        except (httpx.InvalidURL, UnicodeError) as error:
            raise FetchError(f"{url} is no valid address.", hint="Correct the source's url.") from error
        except httpx.TimeoutException as error:
            long = f"{url} takes longer than {self._limits.total:g} s."
            raise FetchError(long if self._deadline.over else f"{url}: no answer in time.", hint=_AGAIN) from error
        except httpx.HTTPError as error:
            raise FetchError(f"{url}: {_reason(error)}.", hint=_AGAIN) from error

    def _asked(self, request: Request, transport: network.Transport) -> Answer | Redirect:
        """Send one request. The transport alone knows no cookies, no users in addresses, no redirects and no environment."""
        timeout = httpx.Timeout(self._limits.idle, connect=self._limits.connect).as_dict()
        headers = httpx.Headers(self._headers)
        headers.update(request.headers)
        response = transport.handle_request(
            httpx.Request(
                request.method, request.url, headers=headers, content=request.content, extensions={"timeout": timeout}
            )
        )
        try:
            if response.has_redirect_location:
                return Redirect(response.status_code, response.headers["location"].strip())
            return _judged(response, request)
        finally:
            response.close()


def _conditional(request: Request, validators: Validators | None) -> Request:
    """Ask for what changed only, where the validators are of this very address."""
    if validators is None or validators.url != request.url:
        return request
    named = {"If-None-Match": validators.etag, "If-Modified-Since": validators.last_modified}
    return replace(request, headers={**request.headers, **{name: value for name, value in named.items() if value}})


def _judged(response: httpx.Response, request: Request) -> Answer:
    """Read what counts as an answer; of anything else not even the body, which may be broken or huge."""
    headers = {name.lower(): value for name, value in response.headers.items()}
    told = headers if headers.get("expires", "").strip() != "0" else {}  # such a server never means “unchanged”
    validators = Validators(request.url, told.get("etag", ""), told.get("last-modified", ""))
    status = response.status_code
    if status == httpx.codes.NOT_MODIFIED:
        return Answer(request.url, status, headers, b"", validators, unchanged=True)
    if status != httpx.codes.OK and status not in request.accept:
        why = "Cloudflare challenge" if headers.get("cf-mitigated") == "challenge" else f"status {status}"
        raise FetchError(
            f"{request.url} answered with {why}.",
            hint=_HINTS.get(status, _AGAIN),
            retry_after=headers.get("retry-after", ""),
            status=status,
        )
    memory = io.BytesIO()
    if not _read(response, request, request.sink or memory) and status not in request.accept:
        raise FetchError(f"{request.url} answered with nothing.", hint=_AGAIN, status=status)
    return Answer(request.url, status, headers, memory.getvalue(), validators)


def _read(response: httpx.Response, request: Request, sink: BinaryIO) -> int:
    """Read and unpack a body up to the limit, which the packed bytes keep as well; return its length in bytes."""
    if _declared(response) > request.limit and not request.cut:
        raise _too_large(request)
    length = 0
    for piece in unpacked(response.iter_raw(PIECE), response.headers.get("content-encoding", ""), request.url):
        length += sink.write(piece[: request.limit - length] if request.cut else piece)
        if request.cut and length == request.limit:
            break
        if max(length, response.num_bytes_downloaded) > request.limit:
            raise _too_large(request)
    return length


def _declared(response: httpx.Response) -> int:
    """Return the length that a server announces, in bytes; 0 where it says none."""
    text = response.headers.get("content-length", "")
    return int(text) if text.isdecimal() and len(text) < len(str(2**63)) else 0


def _too_large(request: Request) -> FetchError:
    size = f"{request.limit / MIB:g} MiB"
    return FetchError(f"{request.url} is larger than {size}.", hint="Name a smaller one in the source's url.")


def _reason(error: httpx.HTTPError) -> str:
    text = str(error) or type(error).__name__
    return text[0].lower() + text[1:].rstrip(".")
