from collections.abc import Iterator

import pytest

from digest.errors import FetchError
from digest.sources.http import MIB, Answer, Http
from digest.testing.httpd import HttpServer, Reply
from digest.values import Validators

from .internet import raw_server


@pytest.fixture
def server() -> Iterator[HttpServer]:
    with HttpServer() as running:
        yield running


@pytest.fixture
def http() -> Iterator[Http]:
    with Http("https://news.example.org") as client:
        yield client


def get(http: Http, url: str) -> Answer:
    return http.get(url, allow_private=True)


def failure(http: Http, url: str) -> FetchError:
    with pytest.raises(FetchError) as caught:
        get(http, url)
    return caught.value


def test_a_server_is_told_who_asks_and_what_we_can_unpack(server: HttpServer, http: Http) -> None:
    server.replies["/"] = Reply(b"hello")
    get(http, f"{server.url}/")
    [asked] = server.asked
    assert asked.headers["user-agent"].startswith("newsroom-digest/")
    assert asked.headers["user-agent"].endswith("(+https://news.example.org)")
    assert asked.headers["accept-encoding"] == "gzip, deflate"


def test_a_proxy_of_the_environment_is_not_used(
    server: HttpServer, http: Http, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    server.replies["/"] = Reply(b"hello")
    assert get(http, f"{server.url}/").body == b"hello"


# --- bodies --------------------------------------------------------------------------------------------------------


def test_a_body_of_fifty_megabytes_is_refused(server: HttpServer, http: Http) -> None:
    server.replies["/"] = Reply(b"x" * (50 * MIB))
    assert "larger than 10 MiB" in failure(http, f"{server.url}/").detail


def test_a_body_whose_length_nobody_said_is_refused_as_soon_as_it_is_too_long(http: Http) -> None:
    def talk(connection: object) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\n\r\n")  # type: ignore[attr-defined]
        while True:
            connection.sendall(b"x" * MIB)  # type: ignore[attr-defined]

    with raw_server(talk) as url, pytest.raises(FetchError, match="larger than 2 MiB"):
        http.get(url, allow_private=True, limit=2 * MIB)


@pytest.mark.parametrize("size", [MIB, MIB + 1])
def test_the_limit_itself_is_allowed(server: HttpServer, http: Http, size: int) -> None:
    server.replies["/"] = Reply(b"x" * size)
    if size <= MIB:
        assert len(http.get(f"{server.url}/", allow_private=True, limit=MIB).body) == MIB
        return
    with pytest.raises(FetchError, match="larger than 1 MiB"):
        http.get(f"{server.url}/", allow_private=True, limit=MIB)


def test_an_empty_body_is_an_error(server: HttpServer, http: Http) -> None:
    server.replies["/"] = Reply(b"")
    assert "answered with nothing" in failure(http, f"{server.url}/").detail


def test_a_body_that_breaks_off_is_an_error(server: HttpServer, http: Http) -> None:
    server.replies["/"] = Reply(b"half", headers={"Content-Length": "8", "Connection": "close"})
    with raw_server(lambda one: one.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\nhalf")) as url:
        assert failure(http, url).hint == "It is tried again by itself."


def test_the_head_of_a_body_is_read_and_no_more(server: HttpServer, http: Http) -> None:
    server.replies["/long"] = Reply(b"x" * MIB)
    server.replies["/short"] = Reply(b"hello")
    assert len(http.head_of(f"{server.url}/long", most=1000, allow_private=True).body) == 1000
    assert http.head_of(f"{server.url}/short", most=1000, allow_private=True).body == b"hello"


def test_of_an_error_not_even_the_body_is_read(server: HttpServer, http: Http) -> None:
    server.replies["/"] = Reply(b"no gzip", 503, {"Content-Encoding": "gzip", "Retry-After": "120"})
    error = failure(http, f"{server.url}/")
    assert (error.status, error.retry_after) == (503, "120")


# --- statuses ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [204, 400, 401, 403, 404, 410, 429, 500, 502, 503])
def test_an_error_says_the_status(server: HttpServer, http: Http, status: int) -> None:
    server.replies["/"] = Reply(b"", status)
    error = failure(http, f"{server.url}/")
    assert error.status == status
    assert f"status {status}" in error.detail


def test_a_status_that_is_asked_for_is_an_answer(server: HttpServer, http: Http) -> None:
    server.replies["/"] = Reply(b"none left", 400)
    answer = http.get(f"{server.url}/", allow_private=True, accept=(400,))
    assert (answer.status, answer.body) == (400, b"none left")


def test_a_challenge_that_only_people_pass_has_its_name(server: HttpServer, http: Http) -> None:
    server.replies["/"] = Reply(b"", 403, {"cf-mitigated": "challenge"})
    assert "Cloudflare challenge" in failure(http, f"{server.url}/").detail


def test_a_server_that_is_down_is_one_clear_sentence(http: Http) -> None:
    with HttpServer() as gone:
        url = gone.url
    error = failure(http, url)
    assert error.detail.startswith(url)
    assert error.hint == "It is tried again by itself."


def test_a_name_that_nobody_knows_is_one_clear_sentence(http: Http) -> None:
    assert failure(http, "http://nowhere.example.org/").detail == "The name nowhere.example.org is not known."


@pytest.mark.parametrize(
    "url", ["file:///etc/passwd", "ftp://news.example.org/", "javascript:alert(1)", "http://", "http:///x", "//x/", ""]
)
def test_only_web_addresses_are_fetched(http: Http, url: str) -> None:
    with pytest.raises(FetchError, match="Only http and https"):
        http.get(url)


@pytest.mark.parametrize("url", ["http://[::1", "http://news.example.org:x/", "http://a:99999/", "http://0177.0.0.1/"])
def test_an_address_that_is_none_is_named(http: Http, url: str) -> None:
    with pytest.raises(FetchError, match="is no valid address"):
        http.get(url, allow_private=True)


# --- validators ----------------------------------------------------------------------------------------------------

DATE = "Tue, 24 Nov 2026 06:00:00 GMT"


@pytest.mark.parametrize("etag", ['"a"', 'W/"a"', "a", '"a;gzip"'])
def test_validators_go_back_verbatim_and_a_304_is_unchanged(server: HttpServer, http: Http, etag: str) -> None:
    """Bug 32."""
    url = f"{server.url}/feed"
    server.replies["/feed"] = Reply(status=304, headers={"ETag": etag})
    answer = http.get(url, validators=Validators(url, etag, DATE), allow_private=True)
    assert (answer.unchanged, answer.body, answer.validators) == (True, b"", Validators(url, etag, ""))
    assert server.asked[0].headers["if-none-match"] == etag
    assert server.asked[0].headers["if-modified-since"] == DATE


def test_validators_of_another_address_are_not_used(server: HttpServer, http: Http) -> None:
    server.replies["/feed"] = Reply(b"x")
    http.get(f"{server.url}/feed", validators=Validators("http://elsewhere/", '"a"', ""), allow_private=True)
    assert "if-none-match" not in server.asked[0].headers


def test_a_server_without_a_date_is_sent_none(server: HttpServer, http: Http) -> None:
    url = f"{server.url}/feed"
    server.replies["/feed"] = Reply(b"x")
    http.get(url, validators=Validators(url, '"a"', ""), allow_private=True)
    assert "if-modified-since" not in server.asked[0].headers


def test_an_answer_that_expired_long_ago_has_no_validators(server: HttpServer, http: Http) -> None:
    server.replies["/"] = Reply(b"x", headers={"ETag": '"a"', "Last-Modified": DATE, "Expires": "0"})
    assert get(http, f"{server.url}/").validators == Validators(f"{server.url}/")


def test_validators_belong_to_the_address_that_was_asked_first(server: HttpServer, http: Http) -> None:
    server.replies["/"] = Reply(status=302, headers={"Location": "/there"})
    server.replies["/there"] = Reply(b"x", headers={"ETag": '"a"'})
    kept = get(http, f"{server.url}/").validators
    assert kept == Validators(f"{server.url}/", '"a"')
    http.get(f"{server.url}/", validators=kept, allow_private=True)
    assert [one.headers.get("if-none-match") for one in server.asked[2:]] == ['"a"', '"a"']


# --- cookies and secrets -------------------------------------------------------------------------------------------


def test_a_cookie_is_not_kept(server: HttpServer, http: Http) -> None:
    server.replies["/"] = Reply(b"x", headers={"Set-Cookie": "a=1; Path=/"})
    get(http, f"{server.url}/")
    get(http, f"{server.url}/")
    assert "cookie" not in server.asked[1].headers


def test_a_user_in_the_address_becomes_a_header_and_is_named_nowhere(server: HttpServer, http: Http) -> None:
    server.replies["/"] = Reply(b"x", headers={"ETag": '"a"'})
    secret = server.url.replace("http://", "http://ana:p%40ss@")
    answer = get(http, f"{secret}/")
    assert server.asked[0].headers["authorization"] == "Basic YW5hOnBAc3M="
    assert (answer.url, answer.validators.url) == (f"{server.url}/", f"{server.url}/")
    assert "p%40ss" not in str(failure(http, f"{secret}/none"))


# --- forms ---------------------------------------------------------------------------------------------------------


def test_a_form_is_posted_and_every_good_status_is_an_answer(server: HttpServer, http: Http) -> None:
    server.replies["/hub"] = Reply(b"", 202)
    answer = http.post(f"{server.url}/hub", {"hub.mode": "subscribe", "hub.topic": "http://a/?b=ä"}, allow_private=True)
    [asked] = server.asked
    assert (answer.status, asked.method) == (202, "POST")
    assert asked.headers["content-type"] == "application/x-www-form-urlencoded"
    assert asked.body == b"hub.mode=subscribe&hub.topic=http%3A%2F%2Fa%2F%3Fb%3D%C3%A4"


@pytest.mark.parametrize("status", [302, 307, 400, 500])
def test_a_form_that_is_not_taken_is_an_error(server: HttpServer, http: Http, status: int) -> None:
    server.replies["/hub"] = Reply(b"no", status, {"Location": "/other"} if status < 400 else {})
    with pytest.raises(FetchError) as caught:
        http.post(f"{server.url}/hub", {"a": "b"}, allow_private=True)
    assert caught.value.status == status
    assert len(server.asked) == 1


def test_a_query_is_sent_as_it_is_written(server: HttpServer, http: Http) -> None:
    server.replies["/feed"] = lambda asked: Reply(asked.path.encode())
    assert get(http, f"{server.url}/feed?a=1&b=%20c").body == b"/feed?a=1&b=%20c"
