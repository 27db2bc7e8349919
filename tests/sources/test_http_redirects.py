from collections.abc import Iterator

import pytest

from digest.errors import FetchError
from digest.sources.http import Http
from digest.sources.turns import Turns
from digest.testing.httpd import Asked, HttpServer, Reply

from .internet import Hours, Internet


@pytest.fixture
def server() -> Iterator[HttpServer]:
    with HttpServer() as running:
        yield running


@pytest.fixture
def http() -> Iterator[Http]:
    with Http() as client:
        yield client


@pytest.fixture
def public(server: HttpServer) -> Iterator[Http]:
    """Return a client to which every name is a public host, all of them served by the one server."""
    hours, net = Hours(), Internet(server.url)
    turns = Turns(clock=hours.clock, sleep=hours.sleep)
    with Http(turns=turns, resolve=net.resolve, connect=net.connect) as client:
        yield client


def to(location: str, status: int = 302) -> Reply:
    return Reply(b"", status, {"Location": location})


def test_five_redirects_are_followed_and_a_sixth_is_not(server: HttpServer, http: Http) -> None:
    for number in range(6):
        server.replies[f"/{number}"] = to(f"/{number + 1}")
    server.replies["/6"] = Reply(b"here")
    assert http.get(f"{server.url}/1", allow_private=True).body == b"here"
    with pytest.raises(FetchError, match="redirects more than 5 times"):
        http.get(f"{server.url}/0", allow_private=True)


@pytest.mark.parametrize("ways", [{"/a": "/a"}, {"/a": "/b", "/b": "/a"}, {"/a": "/b#x", "/b": "/b#y"}])
def test_a_circle_is_told_from_a_long_way(server: HttpServer, http: Http, ways: dict[str, str]) -> None:
    server.replies = {path: to(target) for path, target in ways.items()}
    with pytest.raises(FetchError, match="redirects in a circle"):
        http.get(f"{server.url}/a", allow_private=True)
    assert len(server.asked) == len(ways)


@pytest.mark.parametrize(
    "location",
    ["/dir/there", "there", "../dir/there", "?q=1", "//{host}/dir/there", " {url}/dir/there ", "{url}/dir/there#x"],
)
def test_every_way_to_write_a_location_is_understood(server: HttpServer, http: Http, location: str) -> None:
    host = server.url.removeprefix("http://")
    server.replies["/dir/here"] = to(location.format(url=server.url, host=host))
    server.replies["/dir/there"] = server.replies["/dir/here?q=1"] = Reply(b"found")
    assert http.get(f"{server.url}/dir/here", allow_private=True).body == b"found"


@pytest.mark.parametrize("location", ["file:///etc/passwd", "ftp://x/", "javascript:alert(1)", "http://[::1"])
def test_a_redirect_to_something_else_than_the_web_is_refused(server: HttpServer, http: Http, location: str) -> None:
    server.replies["/"] = to(location)
    with pytest.raises(FetchError, match="Only http and https|no valid address"):
        http.get(f"{server.url}/", allow_private=True)


def test_a_status_without_a_location_is_no_redirect(server: HttpServer, http: Http) -> None:
    server.replies["/"] = Reply(b"", 302)
    with pytest.raises(FetchError, match="status 302"):
        http.get(f"{server.url}/", allow_private=True)


@pytest.mark.parametrize(
    ("statuses", "moved"),
    [
        ((301,), True),
        ((308,), True),
        ((301, 308), True),
        ((302,), False),
        ((301, 302), False),
        ((307, 301), False),
        ((), False),
    ],
)
def test_only_redirects_that_all_are_permanent_move_an_address(
    server: HttpServer, http: Http, statuses: tuple[int, ...], moved: bool
) -> None:
    for number, status in enumerate(statuses):
        server.replies[f"/{number}"] = to(f"/{number + 1}", status)
    server.replies[f"/{len(statuses)}"] = Reply(b"x")
    answer = http.get(f"{server.url}/0", allow_private=True)
    assert answer.url == f"{server.url}/{len(statuses)}"
    assert answer.moved_to == (answer.url if moved else "")


def test_what_moved_and_is_unchanged_moved_all_the_same(server: HttpServer, http: Http) -> None:
    server.replies["/"] = to("/there", 301)
    server.replies["/there"] = Reply(status=304)
    assert http.get(f"{server.url}/", allow_private=True).moved_to == f"{server.url}/there"


HEADERS = {"Authorization": "Basic x", "Cookie": "a=1", "X-Api-Key": "secret", "Accept": "text/xml"}


def test_secrets_stay_on_their_origin(server: HttpServer, http: Http) -> None:
    server.replies = {"/": to("/there"), "/there": Reply(b"x")}
    http.get(f"{server.url}/", headers=HEADERS, allow_private=True)
    assert server.asked[1].headers["authorization"] == "Basic x"
    assert server.asked[1].headers["x-api-key"] == "secret"


def test_secrets_do_not_travel_to_another_port(server: HttpServer, http: Http) -> None:
    with HttpServer() as other:
        server.replies["/"] = to(f"{other.url}/there")
        other.replies["/there"] = Reply(b"x")
        assert http.get(f"{server.url}/", headers=HEADERS, allow_private=True).url == f"{other.url}/there"
        [asked] = other.asked
    assert not {"authorization", "cookie", "x-api-key"} & set(asked.headers)
    assert asked.headers["accept"] == "text/xml"


def test_secrets_do_not_travel_to_another_host_nor_back(server: HttpServer, public: Http) -> None:
    ways = {"a.example.org/": "http://b.example.org/", "b.example.org/": "http://a.example.org/last"}

    def reply(asked: Asked) -> Reply:
        found = ways.get(asked.headers["host"] + asked.path)
        return to(found) if found else Reply(b"x")

    server.replies = {"/": reply, "/last": reply}
    public.get("http://a.example.org/", headers=HEADERS)
    assert ["authorization" in one.headers for one in server.asked] == [True, False, False]


def test_a_user_in_a_redirect_is_dropped(server: HttpServer, http: Http) -> None:
    host = server.url.removeprefix("http://")
    server.replies = {"/": to(f"http://ana:secret@{host}/there"), "/there": Reply(b"x")}
    answer = http.get(f"{server.url}/", allow_private=True)
    assert answer.url == f"{server.url}/there"
    assert "authorization" not in server.asked[1].headers


@pytest.mark.parametrize(
    ("url", "location", "goes"),
    [
        ("http://a.example.org/", "http://a.example.org:80/x", True),
        ("http://a.example.org:8080/", "http://b.example.org:8080/x", True),
        ("http://a.example.org:8080/", "http://a.example.org/x", True),
        ("http://a.example.org/", "http://a.example.org:8080/x", False),
        ("http://a.example.org/", "http://a.example.org:25/x", False),
    ],
)
def test_a_redirect_reaches_the_ports_of_the_web_and_the_sources_own(
    server: HttpServer, public: Http, url: str, location: str, goes: bool
) -> None:
    server.replies = {"/": to(location), "/x": Reply(b"x")}
    if goes:
        assert public.get(url).body == b"x"
        return
    with pytest.raises(FetchError, match="redirects to another port"):
        public.get(url)


@pytest.mark.parametrize(
    "location",
    ["http://127.0.0.1/", "http://10.0.0.1/", "http://[::1]/", "http://169.254.169.254/latest", "http://2130706433/"],
)
def test_a_redirect_to_a_private_address_is_refused(server: HttpServer, public: Http, location: str) -> None:
    server.replies["/"] = to(location)
    with pytest.raises(FetchError, match="private address"):
        public.get("http://news.example.org/")
    assert len(server.asked) == 1
