import ipaddress
import socket
import threading
from collections.abc import Iterator

import httpcore
import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.errors import ConfigError, FetchError
from digest.sources import network
from digest.sources.http import Http, Limits
from digest.sources.turns import Turns
from digest.testing.httpd import HttpServer, Reply

from .internet import PUBLIC, Hours, Internet, raw_server

OTHER = "151.101.1.1"


@pytest.fixture
def server() -> Iterator[HttpServer]:
    with HttpServer() as running:
        running.replies["/"] = Reply(b"x", headers={"Connection": "close"})
        yield running


def client(net: Internet) -> Http:
    hours = Hours()
    return Http(turns=Turns(clock=hours.clock, sleep=hours.sleep), resolve=net.resolve, connect=net.connect)


# --- addresses -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.1", "0.1.2.3", "10.0.0.1", "100.64.0.1", "127.0.0.1", "127.255.255.255", "169.254.169.254", "172.16.0.1", "192.0.0.1",
        "192.0.2.1", "192.168.1.1", "198.18.0.1", "203.0.113.1", "224.0.0.1", "240.0.0.1", "255.255.255.255",
        "::", "::1", "::127.0.0.1", "::8.8.8.8", "100::1", "2001:db8::1", "3fff::1", "5f00::1", "fc00::1", "fd12::1", "fe80::1",
        "fe80::1%eth0", "fec0::1", "ff02::1",
        "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "64:ff9b:1::808:808", "2002:7f00:1::", "2002:a00:1::1",
        "2001:0:808:808::1", "2001::1",
    ],
)  # fmt: skip
def test_what_is_not_the_open_internet_is_private(address: str) -> None:
    assert not network.is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        PUBLIC,
        OTHER,
        "1.1.1.1",
        "2606:2800:220:1:248:1893:25c8:1946",
        "2a00:1450::1",
        "::ffff:8.8.8.8",
        "64:ff9b::808:808",
    ],
)
def test_what_is_the_open_internet_is_public(address: str) -> None:
    assert network.is_public(address)


@given(st.ip_addresses(v=4))
def test_an_ipv4_address_in_a_wrapper_is_as_public_as_by_itself(address: ipaddress.IPv4Address) -> None:
    number, itself = int(address), network.is_public(str(address))
    wrapped = (
        ipaddress.IPv6Address((0xFFFF << 32) | number),
        ipaddress.IPv6Address((0x2002 << 112) | (number << 80)),
        ipaddress.IPv6Address((0x64FF9B << 96) | number),
    )
    assert [network.is_public(str(one)) for one in wrapped] == [itself] * 3


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:9/", "http://localhost:9/", "http://[::1]:9/", "http://169.254.169.254/latest", "http://2130706433/",
        "http://0x7f000001/", "http://0x7f.1/", "http://127.1/", "http://017700000001/", "http://0/", "http://[::ffff:7f00:1]/",
        "http://[64:ff9b::7f00:1]/", "http://100.64.1.1/",
    ],
)  # fmt: skip
def test_a_private_address_is_not_fetched_in_whatever_spelling(url: str) -> None:
    with Http() as http, pytest.raises(FetchError, match="private address") as caught:
        http.get(url)
    assert "allow_private_addresses" in caught.value.hint


def test_a_name_is_refused_when_any_of_its_addresses_is_private(server: HttpServer) -> None:
    net = Internet(server.url, {"news.example.org": [[PUBLIC, "10.0.0.1"]]})
    with client(net) as http, pytest.raises(FetchError, match="private address 10.0.0.1"):
        http.get("http://news.example.org/")
    assert net.connected == []


def test_the_address_that_was_checked_is_the_one_connected_to(server: HttpServer) -> None:
    net = Internet(server.url, {"news.example.org": [[PUBLIC], ["127.0.0.1"]]})
    with client(net) as http:
        http.get("http://news.example.org/")
        assert net.connected == [(PUBLIC, 80)]
        with pytest.raises(FetchError, match="private address 127.0.0.1"):
            http.get("http://news.example.org/feed")
    assert net.connected == [(PUBLIC, 80)]


def test_the_host_keeps_its_name_whatever_its_address(server: HttpServer) -> None:
    net = Internet(server.url)
    with client(net) as http:
        http.get("http://news.example.org/")
    assert server.asked[0].headers["host"] == "news.example.org"


def test_an_address_that_does_not_answer_gives_way_to_the_next(server: HttpServer) -> None:
    net = Internet(server.url, {"news.example.org": [["2a00:1450::1", PUBLIC]]})
    net.down.add("2a00:1450::1")
    with client(net) as http:
        assert http.get("http://news.example.org/").body == b"x"
    assert net.connected == [("2a00:1450::1", 80), (PUBLIC, 80)]


def test_when_no_address_answers_it_is_one_sentence(server: HttpServer) -> None:
    net = Internet(server.url, {"news.example.org": [[OTHER, PUBLIC]]})
    net.down |= {OTHER, PUBLIC}
    with client(net) as http, pytest.raises(FetchError, match="http://news.example.org/: refused") as caught:
        http.get("http://news.example.org/")
    assert caught.value.status is None


def test_a_proxy_that_is_configured_may_be_anywhere_and_looks_up_the_names(server: HttpServer) -> None:
    server.replies["http://news.example.org/feed"] = Reply(b"through")
    with Http(proxy=server.url) as http:
        assert http.get("http://news.example.org/feed").body == b"through"
        assert http.get(f"{server.url}/", allow_private=True).body == b"x"
    assert [one.path for one in server.asked] == ["http://news.example.org/feed", "/"]


@pytest.mark.parametrize("proxy", ["proxy:3128", "socks5://127.0.0.1:1080", "http://[::1"])
def test_a_proxy_that_is_none_is_named(proxy: str) -> None:
    with pytest.raises(ConfigError, match="collect.proxy"):
        Http(proxy=proxy)


# --- time ----------------------------------------------------------------------------------------------------------

HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"


def drip(connection: socket.socket, what: bytes) -> None:
    """Send a byte at a time, sooner than any silence is noticed, until the other side has enough."""
    never = threading.Event()
    for one in what * 100:
        connection.sendall(bytes([one]))
        never.wait(0.02)


@pytest.mark.parametrize("begin", [b"", HEAD], ids=["headers", "body"])
def test_a_server_that_drips_is_left_when_the_time_is_up(begin: bytes) -> None:
    def talk(connection: socket.socket) -> None:
        connection.sendall(begin)
        drip(connection, b"X" if begin else b"HTTP/1.1 200 OK\r\nX-Long: ")

    limits = Limits(connect=5, idle=5, total=0.2)
    with raw_server(talk) as url, Http(limits=limits) as http, pytest.raises(FetchError, match=r"longer than 0\.2 s"):
        http.get(url, allow_private=True)


@pytest.mark.parametrize("begin", [b"", HEAD], ids=["headers", "body"])
def test_a_server_that_falls_silent_is_left(begin: bytes) -> None:
    over = threading.Event()

    def talk(connection: socket.socket) -> None:
        connection.sendall(begin)
        over.wait()

    with raw_server(talk) as url, Http(limits=Limits(connect=5, idle=0.1, total=30)) as http:
        with pytest.raises(FetchError, match="no answer in time"):
            http.get(url, allow_private=True)
        over.set()


def test_redirects_share_one_time() -> None:
    never = threading.Event()

    def talk(connection: socket.socket) -> None:
        never.wait(0.15)
        talk.number += 1  # type: ignore[attr-defined]
        connection.sendall(
            b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\nConnection: close\r\nLocation: /%d\r\n\r\n" % talk.number  # type: ignore[attr-defined]
        )

    talk.number = 0  # type: ignore[attr-defined]
    limits = Limits(connect=5, idle=5, total=0.4)
    with raw_server(talk) as url, Http(limits=limits) as http, pytest.raises(FetchError, match=r"longer than 0\.4 s"):
        http.get(url, allow_private=True)


def test_the_limits_are_those_that_are_documented() -> None:
    assert Limits() == Limits(connect=10, idle=10, total=30)


def test_addresses_share_the_time_to_connect(server: HttpServer) -> None:
    net = Internet(server.url, {"news.example.org": [[OTHER, PUBLIC]]})
    given_up: list[float] = []

    def connect(address: str, port: int, timeout: float | None) -> httpcore.NetworkStream:
        assert timeout is not None
        given_up.append(timeout)
        if address == OTHER:
            raise httpcore.ConnectTimeout
        return net.connect(address, port, timeout)

    with Http(limits=Limits(connect=8), resolve=net.resolve, connect=connect) as http:
        http.get("http://news.example.org/")
    assert 3 < given_up[0] <= 4
    assert 7 < given_up[1] <= 8
