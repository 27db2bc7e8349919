import hashlib
import hmac
from datetime import timedelta
from urllib.parse import parse_qs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.errors import FetchError
from digest.sources import websub
from digest.sources.hops import Redirect, Request, redirected
from digest.sources.http import Http
from digest.testing.httpd import HttpServer, Reply


@pytest.mark.parametrize("method", ["sha1", "sha256", "sha384", "sha512"])
def test_the_recommendations_own_methods_sign(method: str) -> None:
    made = hmac.new(b"key", b"body", getattr(hashlib, method)).hexdigest()
    assert websub.genuine(f"{method}={made}", "key", b"body")
    assert websub.genuine(f" {method}={made.upper()} ", "key", b"body")
    assert not websub.genuine(f"{method}={made}", "other", b"body")
    assert not websub.genuine(f"{method}={made}", "key", b"changed")


@pytest.mark.parametrize(
    "signature", ["", "sha256=", "sha256", "md5=" + hmac.new(b"key", b"body", "md5").hexdigest(), "=", "sha256=zz"]
)
def test_other_methods_and_none_do_not(signature: str) -> None:
    assert not websub.genuine(signature, "key", b"body")


@given(st.text(max_size=100), st.binary(max_size=30))
def test_no_guess_is_genuine(signature: str, body: bytes) -> None:
    assert not websub.genuine(signature, "key", body)


@pytest.mark.parametrize(
    ("granted", "days"),
    [
        ("86400", 1),
        ("864000", 10),
        ("1209600", 14),
        ("99999999", 14),
        ("0", 10),
        ("", 10),
        ("-5", 10),
        ("ten", 10),
        ("٣", 10),
    ],
)
def test_a_lease_is_what_the_hub_grants_up_to_two_weeks(granted: str, days: int) -> None:
    assert websub.lease(granted) == timedelta(days=days)


@pytest.mark.parametrize(
    ("hub", "usable"),
    [
        ("https://hub.example.org/", True),
        ("http://127.0.0.1:8000/", True),
        ("http://hub.example.org/", False),
        ("ftp://127.0.0.1/", False),
        ("", False),
    ],
)
def test_a_secret_is_told_only_where_nobody_can_listen(hub: str, usable: bool) -> None:
    assert websub.usable(hub, "https://news.example.org/feed") is usable
    assert not websub.usable(hub, "urn:feed")


def test_a_hub_is_asked_with_a_form() -> None:
    with HttpServer() as server, Http() as http:
        server.replies["/"] = Reply(b"", 202)
        ask = {
            "topic": "https://news.example.org/feed",
            "callback": "https://digest.example.org/websub/t",
            "secret": "s",
        }
        websub.ask(http, "subscribe", f"{server.url}/", **ask, allow_private=True)
        websub.ask(http, "unsubscribe", f"{server.url}/", **ask, allow_private=True)
        first, second = (parse_qs(one.body.decode()) for one in server.asked)
    assert first == {
        "hub.mode": ["subscribe"],
        "hub.topic": ["https://news.example.org/feed"],
        "hub.callback": ["https://digest.example.org/websub/t"],
        "hub.secret": ["s"],
        "hub.lease_seconds": ["864000"],
    }
    assert set(second) == {"hub.mode", "hub.topic", "hub.callback"}


def test_a_hub_on_a_private_address_is_not_asked_unless_the_source_says_so() -> None:
    with HttpServer() as server, Http() as http, pytest.raises(FetchError, match="private address"):
        websub.ask(http, "subscribe", f"{server.url}/", topic="t", callback="c", secret="s")


def sent_on(server: HttpServer, *statuses: int) -> None:
    for number, status in enumerate(statuses):
        server.replies[f"/{number}"] = Reply(b"", status, {"Location": f"/{number + 1}"})
    server.replies[f"/{len(statuses)}"] = Reply(b"", 202)


def test_a_hub_may_send_us_on_three_times_with_the_whole_form() -> None:
    with HttpServer() as server, Http() as http:
        sent_on(server, 307, 308, 307)
        websub.ask(http, "subscribe", f"{server.url}/0", topic="t", callback="c", secret="s", allow_private=True)
        forms = [(one.method, one.body, one.headers["content-type"]) for one in server.asked]
    assert forms == [("POST", forms[0][1], "application/x-www-form-urlencoded")] * 4


@pytest.mark.parametrize("statuses", [(307,) * 4, (302,), (303,), (307, 301)])
def test_a_hub_that_sends_us_on_too_often_or_by_another_status_is_not_followed(statuses: tuple[int, ...]) -> None:
    with HttpServer() as server, Http() as http, pytest.raises(FetchError, match="redirects to"):
        sent_on(server, *statuses)
        websub.ask(http, "subscribe", f"{server.url}/0", topic="t", callback="c", secret="s", allow_private=True)


def test_a_hub_may_not_send_the_secret_where_it_can_be_read_on_the_way() -> None:
    request = Request("POST", "https://hub.example/", {}, limit=1, content=b"secret", hops=3)
    assert redirected(request, Redirect(307, "https://other.example/")).content == b"secret"
    with pytest.raises(FetchError, match="redirects to"):
        redirected(request, Redirect(307, "http://hub.example/"))
