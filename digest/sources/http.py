"""Fetching with bounds: an address goes in, at most so many bytes of its body come out, from no place that we were not sent to.

Every hop's resolved addresses are checked at the connection itself, so that a name which changes its address between check and connect
gains nothing; bodies are decompressed by ourselves, for a library's decoder may hand out a bomb in one piece.
"""

import ipaddress
import socket
import time
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Self
from urllib.parse import urljoin, urlsplit

import httpcore
import httpx

from digest import __version__
from digest.errors import FetchError
from digest.values import Validators

MIB = 1024 * 1024
FEED_LIMIT = 10 * MIB
_CONNECT_S = 10.0
_READ_S = 10.0
_TOTAL_S = 30.0
_REDIRECTS = 5
_RATIO = 200  # a body that unpacks to more than this many times its size is a bomb
_RATIO_FROM = MIB
_PIECE = 64 * 1024
_SECRET_HEADERS = {"authorization", "cookie", "proxy-authorization"}
_TELLING = {401, 403, 404, 410, 429}


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server said: the final address, lower-case header names, the decoded body; `unchanged` for a 304."""

    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes
    validators: Validators
    unchanged: bool = False


class Http:
    """The one HTTP client of all sources; its methods may be called from many threads."""

    def __init__(self, contact: str = "") -> None:
        """Name ourselves to servers with a `contact` address."""
        about = f" (+{contact})" if contact else ""
        headers = {"User-Agent": f"newsroom-digest/{__version__}{about}", "Accept-Encoding": "gzip, deflate"}
        timeout = httpx.Timeout(_READ_S, connect=_CONNECT_S)
        self._clients = {
            private: httpx.Client(
                transport=_CheckedTransport(allow_private=private),
                headers=headers,
                timeout=timeout,
                follow_redirects=False,
                trust_env=False,
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
        asked = dict(headers or {})
        if validators and validators.url == url:
            asked |= _conditions(validators)
        deadline = time.monotonic() + _TOTAL_S
        ports = {80, 443, urlsplit(url).port}
        here = url
        for _ in range(_REDIRECTS + 1):
            found = self._hop(here, asked, allow_private=allow_private, limit=limit, deadline=deadline, origin=url)
            if isinstance(found, Answer):
                return _judged(found, set(accept))
            if not allow_private and urlsplit(found).port not in {*ports, None}:
                raise FetchError(
                    f"{url} redirects to another port: {found}.", hint="Name the final address in the source's url."
                )
            if urlsplit(found).netloc != urlsplit(here).netloc:
                asked = {name: value for name, value in asked.items() if name.lower() not in _SECRET_HEADERS}
            here = found
        raise FetchError(
            f"{url} redirects more than {_REDIRECTS} times.", hint="Open it in a browser and use the final address."
        )

    def close(self) -> None:
        """Close all connections."""
        for client in self._clients.values():
            client.close()

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close all connections."""
        self.close()

    def _hop(
        self, url: str, headers: Mapping[str, str], *, allow_private: bool, limit: int, deadline: float, origin: str
    ) -> Answer | str:
        """Ask one server; return its answer, or the address that it redirects to."""
        if urlsplit(url).scheme not in {"http", "https"}:
            raise FetchError(f"{url} is no web address.", hint="Only http and https are fetched.")
        try:
            with self._clients[allow_private].stream("GET", url, headers=headers) as response:
                if response.has_redirect_location:
                    return urljoin(url, response.headers["location"])
                body = b"" if response.status_code == httpx.codes.NOT_MODIFIED else _body(response, limit, deadline)
                return _answer(url, response, body, origin)
        except (httpx.InvalidURL, UnicodeError) as error:
            raise FetchError(f"{url} is no valid address.", hint="Correct the source's url.") from error
        except httpx.TimeoutException as error:
            raise FetchError(f"{url}: no answer in time.", hint="It is tried again by itself.") from error
        except httpx.HTTPError as error:
            raise FetchError(f"{url}: {_reason(error)}.", hint="It is tried again by itself.") from error


class _CheckedTransport(httpx.HTTPTransport):
    """httpx's transport over a pool whose connections check the address they go to."""

    def __init__(self, *, allow_private: bool) -> None:
        super().__init__(trust_env=False)
        self._pool = httpcore.ConnectionPool(
            ssl_context=httpx.create_ssl_context(trust_env=False),
            network_backend=_CheckedBackend(allow_private=allow_private),
            max_connections=32,
            keepalive_expiry=5.0,
        )


class _CheckedBackend(httpcore.NetworkBackend):
    """Resolves a name, refuses it when any of its addresses is not public, and connects to the very address it checked."""

    def __init__(self, *, allow_private: bool) -> None:
        self._allow_private = allow_private
        self._tcp = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        addresses = _resolve(host, port)
        if not self._allow_private:
            for address in addresses:
                if not is_public(address):
                    raise httpcore.ConnectError(f"{host} is the private address {address}, which is not fetched")
        failure: Exception | None = None
        for address in addresses:
            try:
                return self._tcp.connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure or httpcore.ConnectError(f"{host} has no address")

    def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        del timeout, socket_options
        raise httpcore.ConnectError(f"{path} is no web server")

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)


def is_public(text: str) -> bool:
    """Say whether an IP address is one of the open Internet, looking through the forms that wrap IPv4 in IPv6."""
    address = ipaddress.ip_address(text.partition("%")[0])
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour or _nat64(address)
        if inner is not None:
            address = inner
    return address.is_global and not address.is_multicast and not address.is_reserved


def _nat64(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """Unwrap 64:ff9b::/96 (RFC 6052, section 2.1)."""
    inside = address in ipaddress.IPv6Network("64:ff9b::/96")
    return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF) if inside else None


def _resolve(host: str, port: int) -> list[str]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise httpcore.ConnectError(f"the name {host} is not known") from error
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def _conditions(validators: Validators) -> dict[str, str]:
    named = {"If-None-Match": validators.etag, "If-Modified-Since": validators.last_modified}
    return {name: value for name, value in named.items() if value}


def _answer(url: str, response: httpx.Response, body: bytes, origin: str) -> Answer:
    headers = {name.lower(): value for name, value in response.headers.items()}
    validators = Validators(origin, headers.get("etag", ""), headers.get("last-modified", ""))
    return Answer(
        url, response.status_code, headers, body, validators, response.status_code == httpx.codes.NOT_MODIFIED
    )


def _judged(answer: Answer, accept: set[int]) -> Answer:
    if answer.unchanged or answer.status in accept:
        return answer
    if answer.status != httpx.codes.OK:
        why = "Cloudflare challenge" if answer.headers.get("cf-mitigated") == "challenge" else f"status {answer.status}"
        hint = "Look at it in a browser." if answer.status in _TELLING else "It is tried again by itself."
        raise FetchError(
            f"{answer.url} answered with {why}.", hint=hint, retry_after=answer.headers.get("retry-after", "")
        )
    if not answer.body:
        raise FetchError(f"{answer.url} answered with nothing.", hint="It is tried again by itself.")
    return answer


def _body(response: httpx.Response, limit: int, deadline: float) -> bytes:
    """Read and unpack a body, stopping at the limit, at the deadline, and at what can only be a bomb."""
    if int(response.headers.get("content-length") or 0) > limit:
        raise FetchError(
            f"{response.url} is larger than {limit // MIB} MiB.", hint="Name a smaller feed in the source's url."
        )
    whole = bytearray()
    for piece in _unpacked(_timed(response, deadline), response.headers.get("content-encoding", ""), str(response.url)):
        whole += piece
        if len(whole) > limit:
            raise FetchError(
                f"{response.url} is larger than {limit // MIB} MiB.", hint="Name a smaller feed in the source's url."
            )
    return bytes(whole)


def _timed(response: httpx.Response, deadline: float) -> Iterator[bytes]:
    for piece in response.iter_raw(_PIECE):
        if time.monotonic() > deadline:
            raise FetchError(f"{response.url} takes longer than {_TOTAL_S:.0f} s.", hint="It is tried again by itself.")
        yield piece


def _unpacked(raw: Iterable[bytes], encoding: str, url: str) -> Iterator[bytes]:
    names = [name.strip().lower() for name in encoding.split(",") if name.strip().lower() not in {"", "identity"}]
    if not names:
        yield from raw
        return
    if len(names) > 1 or names[0] not in {"gzip", "x-gzip", "deflate"}:
        raise FetchError(
            f"{url} is packed as “{encoding}”, which we did not ask for.", hint="Its server is set up wrongly."
        )
    yield from _inflated(raw, names[0], url)


def _inflated(raw: Iterable[bytes], name: str, url: str) -> Iterator[bytes]:
    """Unpack in pieces of 64 KiB at most (gzip: RFC 1952; deflate: zlib's RFC 1950 or the raw RFC 1951)."""
    decoder: zlib._Decompress | None = None
    taken = given = 0
    for piece in raw:
        taken += len(piece)
        if decoder is None:
            decoder = zlib.decompressobj(_window(name, piece))
        rest = piece
        while rest:
            try:
                out = decoder.decompress(rest, _PIECE)
            except zlib.error as error:
                raise FetchError(f"{url} is packed wrongly.", hint="It is tried again by itself.") from error
            given += len(out)
            if given > _RATIO_FROM and given > _RATIO * taken:
                raise FetchError(
                    f"{url} unpacks to more than {_RATIO} times its size.", hint="It looks like an attack."
                )
            yield out
            rest = decoder.unconsumed_tail if not decoder.eof else b""


def _window(name: str, first: bytes) -> int:
    if name != "deflate":
        return 31
    zlib_header = first[:1] and first[0] & 0x0F == zlib.DEFLATED and int.from_bytes(first[:2], "big") % 31 == 0
    return 15 if zlib_header else -15


def _reason(error: httpx.HTTPError) -> str:
    text = str(error) or type(error).__name__
    return text[0].lower() + text[1:].rstrip(".")
