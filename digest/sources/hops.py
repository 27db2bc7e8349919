"""Hops: a request goes in with where a server sends it, the next request comes out, with what must not travel left behind."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import BinaryIO
from urllib.parse import SplitResult, unquote, urljoin, urlsplit

from digest.errors import FetchError

PORTS = {"http": 80, "https": 443}
_AS_IT_IS = {307, 308}
_TRAVELS = {
    "accept",
    "accept-language",
    "content-type",
    "if-none-match",
    "if-modified-since",
}  # any other header may be a secret


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked of a server; statuses beside 200 that count as an answer are in `accept`.

    `limit` bounds the unpacked body in bytes, `cut` takes what is there up to it; a body that may be huge goes into `sink`. `hops` is how
    many redirects a request with content may follow: only those that say it is to be sent again as it is.
    """

    method: str
    url: str
    headers: Mapping[str, str]
    limit: int
    cut: bool = False
    content: bytes | None = None
    accept: frozenset[int] = frozenset()
    sink: BinaryIO | None = None
    hops: int = 0


@dataclass(frozen=True, slots=True)
class Redirect:
    """A status and where it sends us, as the server wrote it: perhaps relative."""

    status: int
    location: str


def split(url: str) -> SplitResult:
    """Take an address apart. Raises FetchError unless it is one of http or https with a host."""
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018 -- it is read here, where a wrong one raises
    except ValueError as error:
        raise FetchError(f"{url} is no valid address.", hint="Correct the source's url.") from error
    if parts.scheme not in PORTS or not parts.hostname:
        raise FetchError(f"{url} is no web address.", hint="Only http and https are fetched.")
    return parts


def port_of(parts: SplitResult) -> int:
    """Return the port that is asked."""
    return parts.port or PORTS[parts.scheme]


def without_user(request: Request) -> Request:
    """Turn a user and password in an address into the header they stand for, so that neither is logged nor travels with a redirect."""
    parts = split(request.url)
    user, at, host = parts.netloc.rpartition("@")
    if not at:
        return request
    word = base64.b64encode(unquote(user).encode()).decode()
    return replace(
        request,
        url=parts._replace(netloc=host).geturl(),
        headers={"Authorization": f"Basic {word}", **request.headers},
    )


def redirected(request: Request, found: Redirect) -> Request:
    """Return what to ask next. To another scheme, host or port no header goes that could be a secret (RFC 9110, section 15.4).

    A step from https down to http is followed too: what is fetched is public, and what was secret stays behind.
    """
    here, there = split(request.url), split(_joined(request.url, found.location))
    if request.method != "GET" and not _goes_on(request, found, here, there):
        raise astray(request, f"redirects to {found.location}", found.status)
    url = there._replace(netloc=there.netloc.rpartition("@")[2], fragment="").geturl()
    headers = request.headers
    if (here.scheme, here.hostname, port_of(here)) != (there.scheme, there.hostname, port_of(there)):
        headers = {name: value for name, value in headers.items() if name.lower() in _TRAVELS}
    return replace(request, url=url, headers=headers, hops=request.hops - 1)


def _goes_on(request: Request, found: Redirect, here: SplitResult, there: SplitResult) -> bool:
    """Say whether content may be sent on: by 307 and 308 alone (RFC 9110, section 15.4), and never down to http, where it can be read."""
    return request.hops > 0 and found.status in _AS_IT_IS and (here.scheme == "http" or there.scheme == "https")


def _joined(base: str, location: str) -> str:
    try:
        return urljoin(base, location)
    except ValueError:
        return location  # it is refused with its name


def astray(request: Request, what: str, status: int) -> FetchError:
    """Return the error of a request whose redirects lead nowhere."""
    hint = "Open it in a browser and use the final address."
    return FetchError(f"{request.url} {what}.", hint=hint, status=status)
