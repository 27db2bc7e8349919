import gzip
import threading
import zlib
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self

import pytest

from digest.errors import FetchError
from digest.sources.http import MIB, Http
from digest.sources.network import is_public
from digest.values import Validators


class Server:
    """Answers each path as scripted: (status, headers, body); remembers the headers of requests."""

    def __init__(self) -> None:
        self.answers: dict[str, tuple[int, dict[str, str], bytes]] = {}
        self.asked: list[tuple[str, dict[str, str]]] = []

    def __enter__(self) -> Self:
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                server.asked.append((self.path, dict(self.headers)))
                status, headers, body = server.answers.get(self.path, (404, {}, b"none"))
                self.send_response(status)
                for name, value in {"Content-Length": str(len(body)), **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                try:
                    self.wfile.write(body)
                except ConnectionError:
                    return

            def log_message(self, *args: object) -> None:
                del args

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as running:
        yield running


@pytest.fixture
def http() -> Iterator[Http]:
    with Http("https://news.example.org") as client:
        yield client


def get(http: Http, url: str) -> bytes:
    return http.get(url, allow_private=True).body


@pytest.mark.parametrize(
    ("encoding", "packed"), [("gzip", gzip.compress(b"x" * 5000, mtime=0)), ("deflate", zlib.compress(b"x" * 5000))]
)
def test_packed_bodies_are_unpacked(server: Server, http: Http, encoding: str, packed: bytes) -> None:
    server.answers["/"] = (200, {"Content-Encoding": encoding}, packed)
    assert get(http, f"{server.url}/") == b"x" * 5000


def test_a_raw_deflate_body_is_unpacked_too(server: Server, http: Http) -> None:
    packer = zlib.compressobj(wbits=-15)
    server.answers["/"] = (200, {"Content-Encoding": "deflate"}, packer.compress(b"hello") + packer.flush())
    assert get(http, f"{server.url}/") == b"hello"


def test_a_gzip_bomb_is_stopped_early(server: Server, http: Http) -> None:
    server.answers["/"] = (200, {"Content-Encoding": "gzip"}, gzip.compress(b"\0" * 200 * MIB, 1, mtime=0))
    with pytest.raises(FetchError, match="times its size|larger than"):
        get(http, f"{server.url}/")


def test_a_body_of_fifty_megabytes_is_refused(server: Server, http: Http) -> None:
    server.answers["/"] = (200, {}, b"x" * (50 * MIB))
    with pytest.raises(FetchError, match="larger than 10 MiB"):
        get(http, f"{server.url}/")


def test_an_empty_body_is_an_error(server: Server, http: Http) -> None:
    server.answers["/"] = (200, {}, b"")
    with pytest.raises(FetchError, match="answered with nothing"):
        get(http, f"{server.url}/")


def test_a_loop_of_redirects_ends(server: Server, http: Http) -> None:
    server.answers["/"] = (302, {"Location": "/"}, b"")
    with pytest.raises(FetchError, match="redirects in a circle"):
        get(http, f"{server.url}/")


def test_a_redirect_is_followed_and_secrets_do_not_travel_to_another_host(server: Server, http: Http) -> None:
    with Server() as other:
        server.answers["/"] = (301, {"Location": f"{other.url}/there"}, b"")
        other.answers["/there"] = (200, {}, b"hello")
        answer = http.get(f"{server.url}/", headers={"Authorization": "Basic x"}, allow_private=True)
        assert (answer.body, answer.url) == (b"hello", f"{other.url}/there")
        assert "Authorization" not in other.asked[0][1]
    assert server.asked[0][1]["Authorization"] == "Basic x"


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:9/", "http://localhost:9/", "http://[::1]:9/", "http://169.254.169.254/latest"]
)
def test_private_addresses_are_not_fetched_unless_the_source_says_so(http: Http, url: str) -> None:
    with pytest.raises(FetchError, match="private address"):
        http.get(url)


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("93.184.216.34", True),
        ("10.0.0.1", False),
        ("100.64.0.1", False),
        ("224.0.0.1", False),
        ("::ffff:127.0.0.1", False),
        ("64:ff9b::7f00:1", False),
        ("2002:7f00:1::", False),
        ("fe80::1%eth0", False),
        ("2606:2800:220:1:248:1893:25c8:1946", True),
    ],
)
def test_addresses_that_wrap_private_ones_are_seen_through(address: str, public: bool) -> None:
    assert is_public(address) is public


def test_validators_go_back_verbatim_and_a_304_is_unchanged(server: Server, http: Http) -> None:
    url = f"{server.url}/feed"
    server.answers["/feed"] = (304, {"ETag": 'W/"a"'}, b"")
    answer = http.get(url, validators=Validators(url, 'W/"a"', "Tue, 24 Nov 2026 06:00:00 GMT"), allow_private=True)
    assert answer.unchanged
    assert server.asked[0][1]["If-None-Match"] == 'W/"a"'
    assert server.asked[0][1]["If-Modified-Since"] == "Tue, 24 Nov 2026 06:00:00 GMT"


def test_validators_of_another_address_are_not_used(server: Server, http: Http) -> None:
    server.answers["/feed"] = (200, {}, b"x")
    http.get(f"{server.url}/feed", validators=Validators("http://elsewhere/", '"a"', ""), allow_private=True)
    assert "If-None-Match" not in server.asked[0][1]


def test_a_server_that_is_busy_says_when_to_come_back(server: Server, http: Http) -> None:
    server.answers["/"] = (503, {"Retry-After": "120"}, b"busy")
    with pytest.raises(FetchError) as caught:
        get(http, f"{server.url}/")
    assert caught.value.retry_after == "120"


def test_a_source_that_is_down_is_one_clear_sentence(http: Http) -> None:
    with Server() as gone:
        url = gone.url
    with pytest.raises(FetchError, match="It is tried again by itself"):
        get(http, url)


def test_names_of_other_schemes_are_refused(http: Http) -> None:
    with pytest.raises(FetchError, match="Only http and https"):
        http.get("file:///etc/passwd")
