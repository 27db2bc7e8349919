"""The way to a server: a host's name goes in, a connection to an address that was checked comes out, all of it within a deadline."""

import ipaddress
import math
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable, Sequence

import httpcore
import httpx

from digest.errors import ConfigError, FetchError

Resolve = Callable[[str, int], Sequence[str]]
Connect = Callable[[str, int, float | None], httpcore.NetworkStream]
_CONNECTIONS = 100
_KEPT_S = 3.0  # shorter than servers keep an idle connection, so that none is closed as we write to it
_UNICAST = ipaddress.IPv6Network("2000::/3")  # all that was ever given out (RFC 4291, section 2.4)
_DOCUMENTATION = ipaddress.IPv6Network("3fff::/20")  # RFC 9637; older Pythons do not know it
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


class Deadline(threading.local):
    """When the fetch of this very thread must be over: a connection that is kept for later serves many fetches."""

    at = math.inf

    def start(self, seconds: float) -> None:
        """Give this thread's fetch so many seconds from now."""
        self.at = time.monotonic() + seconds

    def extend(self, seconds: float) -> None:
        """Leave out time that was spent waiting for our own turn."""
        self.at += seconds

    @property
    def over(self) -> bool:
        """Whether the time is up."""
        return time.monotonic() >= self.at

    def within(self, most: float | None) -> float:
        """Return how many seconds one step may take. Raises httpcore.ReadTimeout when none are left."""
        left = self.at - time.monotonic()
        if left <= 0:
            raise httpcore.ReadTimeout
        return left if most is None else min(left, most)


def is_public(text: str) -> bool:
    """Say whether an IP address is one of the open Internet, looking through the forms that wrap IPv4 in IPv6."""
    address = ipaddress.ip_address(text.partition("%")[0])
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour or _nat64(address)
        if inner is None:
            return address in _UNICAST and address.is_global and address not in _DOCUMENTATION
        address = inner
    return address.is_global and not address.is_multicast and not address.is_reserved


def resolve(host: str, port: int) -> list[str]:
    """Return a host's addresses; numbers in any spelling (decimal, octal, hexadecimal, short) are addresses and no names.

    Raises FetchError for a name that nobody knows.
    """
    if literal := _literal(host):
        return [literal]
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise FetchError(
            f"The name {host} is not known.", hint="Check the address; it is tried again by itself."
        ) from error
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def connect(address: str, port: int, timeout: float | None) -> httpcore.NetworkStream:
    """Connect to an IP address. Raises httpcore.ConnectError, httpcore.ConnectTimeout."""
    return httpcore.SyncBackend().connect_tcp(address, port, timeout)


class Transport(httpx.HTTPTransport):
    """httpx's transport over a pool whose connections check where they go. A proxy is trusted to check that itself.

    Raises ConfigError for a proxy that is no http or https address.
    """

    def __init__(self, backend: httpcore.NetworkBackend, context: ssl.SSLContext, proxy: str = "") -> None:
        """Replace the pool, for httpx has no parameter for a pool's network."""
        super().__init__(verify=context, trust_env=False)
        if not proxy:
            self._pool = httpcore.ConnectionPool(
                ssl_context=context,
                network_backend=backend,
                max_connections=_CONNECTIONS,
                keepalive_expiry=_KEPT_S,
            )
            return
        through = _proxy(proxy)
        self._pool = httpcore.HTTPProxy(
            proxy_url=str(through.url),
            proxy_auth=through.raw_auth,
            ssl_context=context,
            network_backend=backend,
            max_connections=_CONNECTIONS,
            keepalive_expiry=_KEPT_S,
        )


class Backend(httpcore.NetworkBackend):
    """Resolves a name, refuses it when any of its addresses is not public, and connects to the very address it checked."""

    def __init__(self, deadline: Deadline, *, checked: bool, resolve: Resolve, connect: Connect) -> None:
        """Check addresses where `checked` says so."""
        self._deadline = deadline
        self._checked = checked
        self._resolve = resolve
        self._connect = connect

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect to the first address that answers, all of them together within `timeout` seconds. Raises FetchError."""
        del local_address, socket_options
        addresses = self._resolve(host, port)
        private = next((one for one in addresses if self._checked and not is_public(one)), "")
        if private:
            raise FetchError(
                f"{host} is the private address {private}, which is not fetched.",
                hint="If it is your own server, set allow_private_addresses = true for its source.",
            )
        return self._first(host, port, addresses, timeout)

    def _first(self, host: str, port: int, addresses: Sequence[str], timeout: float | None) -> httpcore.NetworkStream:
        until = time.monotonic() + self._deadline.within(timeout)
        failure: Exception = httpcore.ConnectError(f"{host} has no address")
        for tried, address in enumerate(addresses):
            share = (until - time.monotonic()) / (len(addresses) - tried)
            try:
                return _Stream(self._connect(address, port, max(share, 0.001)), self._deadline)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure

    def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        """Refuse: it is no web server. Raises httpcore.ConnectError."""
        del timeout, socket_options
        raise httpcore.ConnectError(f"{path} is no web server")

    def sleep(self, seconds: float) -> None:
        """Wait, as the pool does between tries."""
        time.sleep(seconds)


class _Stream(httpcore.NetworkStream):
    """A connection whose every step ends at its thread's deadline: a server that drips a byte a second gains nothing."""

    def __init__(self, inner: httpcore.NetworkStream, deadline: Deadline) -> None:
        self._inner = inner
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, self._deadline.within(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, self._deadline.within(timeout))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        inner = self._inner.start_tls(ssl_context, server_hostname, self._deadline.within(timeout))
        return _Stream(inner, self._deadline)

    def get_extra_info(self, info: str) -> object:
        return self._inner.get_extra_info(info)


def _literal(host: str) -> str:
    try:
        ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        try:
            return socket.inet_ntoa(socket.inet_aton(host))
        except OSError:
            return ""
    return host


def _nat64(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """Unwrap 64:ff9b::/96 (RFC 6052, section 2.1)."""
    return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF) if address in _NAT64 else None


def _proxy(url: str) -> httpx.Proxy:
    try:
        proxy = httpx.Proxy(url)
    except (ValueError, httpx.InvalidURL) as error:
        raise ConfigError(f"“collect.proxy” is no proxy: {url}.", hint="Write it like http://proxy:3128.") from error
    if proxy.url.scheme not in {"http", "https"}:
        raise ConfigError("“collect.proxy” is no http or https proxy.", hint="Write it like http://proxy:3128.")
    return proxy
