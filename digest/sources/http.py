"""Fetching with bounds: an address goes in, at most so many bytes of its body come out, from no place that we were not sent to.

Every hop's resolved addresses are checked at the connection itself, so that a name which changes its address between check and connect
gains nothing; bodies are decompressed by ourselves, for a library's decoder may hand out a bomb in one piece.
"""

import ipaddress
import socket
import time
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Self
from urllib.parse import urlencode, urljoin, urlsplit

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
_PERMANENT = {301, 308}
_TELLING = {401, 403, 404, 410, 429}


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
        answer = self._follow(_Request("GET", url, asked, limit=limit), allow_private=allow_private)
        return _judged(answer, set(accept))

    def head_of(
        self,
        url: str,
        *,
        most: int = 262_144,
        headers: Mapping[str, str] | None = None,
        allow_private: bool = False,
    ) -> Answer:
        """Fetch the first `most` bytes of a body and no more; a longer one is no error. Raises FetchError like `get`."""
        request = _Request("GET", url, headers or {}, limit=most, cut=True)
        return _judged(self._follow(request, allow_private=allow_private), set())

    def post(
        self,
        url: str,
        form: Mapping[str, str],
        *,
        headers: Mapping[str, str] | None = None,
        allow_private: bool = False,
    ) -> Answer:
        """Send a form, urlencoded. Every 2xx is an answer, with or without a body; other statuses raise FetchError.

        A redirect is an error too: the form was meant for this address.
        """
        asked = {**(headers or {}), "Content-Type": "application/x-www-form-urlencoded"}
        request = _Request("POST", url, asked, limit=FEED_LIMIT, content=urlencode(form).encode())
        return _judged(self._follow(request, allow_private=allow_private), set(range(200, 300)))

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

    def _follow(self, first: "_Request", *, allow_private: bool) -> Answer:
        """Ask, and go where redirects lead, within the deadline and to ports that may be asked."""
        deadline = time.monotonic() + _TOTAL_S
        ports = {80, 443, urlsplit(first.url).port, None}
        request, permanent = first, True
        for _ in range(_REDIRECTS + 1):
            found = self._hop(request, deadline, allow_private=allow_private)
            if isinstance(found, Answer):
                moved = found.url if permanent and found.url != first.url else ""
                return replace(found, validators=replace(found.validators, url=first.url), moved_to=moved)
            if not allow_private and urlsplit(found.url).port not in ports:
                raise FetchError(
                    f"{first.url} redirects to another port: {found.url}.",
                    hint="Name the final address in the source's url.",
                    status=found.status,
                )
            if first.method != "GET":
                raise FetchError(
                    f"{first.url} redirects to {found.url}.", hint="Name that address.", status=found.status
                )
            permanent &= found.status in _PERMANENT
            headers = request.headers
            if urlsplit(found.url)[:2] != urlsplit(request.url)[:2]:
                headers = {name: value for name, value in headers.items() if name.lower() not in _SECRET_HEADERS}
            request = replace(request, url=found.url, headers=headers)
        raise FetchError(
            f"{first.url} redirects more than {_REDIRECTS} times.",
            hint="Open it in a browser and use the final address.",
        )

    def _hop(self, request: "_Request", deadline: float, *, allow_private: bool) -> "Answer | _Redirect":
        """Ask one server; return its answer, or where it redirects to."""
        url = request.url
        if urlsplit(url).scheme not in {"http", "https"}:
            raise FetchError(f"{url} is no web address.", hint="Only http and https are fetched.")
        client = self._clients[allow_private]
        try:
            with client.stream(request.method, url, headers=request.headers, content=request.content) as response:
                if response.has_redirect_location:
                    return _Redirect(response.status_code, urljoin(url, response.headers["location"]))
                bodiless = response.status_code == httpx.codes.NOT_MODIFIED
                return _answer(url, response, b"" if bodiless else _body(response, request, deadline))
        except (httpx.InvalidURL, UnicodeError) as error:
            raise FetchError(f"{url} is no valid address.", hint="Correct the source's url.") from error
        except httpx.TimeoutException as error:
            raise FetchError(f"{url}: no answer in time.", hint="It is tried again by itself.") from error
        except httpx.HTTPError as error:
            raise FetchError(f"{url}: {_reason(error)}.", hint="It is tried again by itself.") from error


@dataclass(frozen=True, slots=True)
class _Request:
    """What is asked of a server; `limit` bounds the unpacked body, `cut` takes what is there up to it."""

    method: str
    url: str
    headers: Mapping[str, str]
    limit: int
    cut: bool = False
    content: bytes | None = None


@dataclass(frozen=True, slots=True)
class _Redirect:
    status: int
    url: str


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


def _answer(url: str, response: httpx.Response, body: bytes) -> Answer:
    headers = {name.lower(): value for name, value in response.headers.items()}
    validators = Validators(url, headers.get("etag", ""), headers.get("last-modified", ""))
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
            f"{answer.url} answered with {why}.",
            hint=hint,
            retry_after=answer.headers.get("retry-after", ""),
            status=answer.status,
        )
    if not answer.body:
        raise FetchError(
            f"{answer.url} answered with nothing.", hint="It is tried again by itself.", status=answer.status
        )
    return answer


def _body(response: httpx.Response, request: _Request, deadline: float) -> bytes:
    """Read and unpack a body, stopping at the limit, at the deadline, and at what can only be a bomb."""
    length = response.headers.get("content-length") or ""
    if length.isdecimal() and int(length) > request.limit and not request.cut:
        raise _too_large(request)
    whole = bytearray()
    for piece in _unpacked(_timed(response, deadline), response.headers.get("content-encoding", ""), request.url):
        whole += piece
        if len(whole) > request.limit and not request.cut:
            raise _too_large(request)
        if len(whole) >= request.limit and request.cut:
            break
    return bytes(whole[: request.limit])


def _too_large(request: _Request) -> FetchError:
    return FetchError(
        f"{request.url} is larger than {request.limit // MIB} MiB.", hint="Name a smaller feed in the source's url."
    )


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
