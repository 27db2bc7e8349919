import threading
from collections.abc import Iterator

import pytest

from digest.sources.http import Http
from digest.sources.turns import Turns, host_of
from digest.testing.httpd import Asked, HttpServer, Reply

from .internet import Hours, Internet


@pytest.fixture
def server() -> Iterator[HttpServer]:
    with HttpServer() as running:
        running.replies["/"] = Reply(b"x")
        yield running


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("http://News.Example.org/feed", "news.example.org"),
        ("https://ana:x@news.example.org/", "news.example.org"),
        ("http://news.example.org:8080/", "news.example.org:8080"),
    ],
)
def test_a_host_is_known_by_its_name_and_port(url: str, host: str) -> None:
    assert host_of(url) == host


def test_a_public_host_is_asked_once_a_second(server: HttpServer) -> None:
    hours, net = Hours(), Internet(server.url)
    turns = Turns(clock=hours.clock, sleep=hours.sleep)
    with Http(turns=turns, resolve=net.resolve, connect=net.connect) as http:
        for _ in range(3):
            http.get("http://news.example.org/")
        http.get("http://other.example.org/")
    assert hours.slept == [1.0, 1.0]


def test_our_own_network_is_asked_without_a_pause(server: HttpServer) -> None:
    hours = Hours()
    with Http(turns=Turns(clock=hours.clock, sleep=hours.sleep)) as http:
        for _ in range(3):
            http.get(f"{server.url}/", allow_private=True)
    assert hours.slept == []


def test_time_that_went_by_counts_as_pause() -> None:
    hours = Hours()
    turns = Turns(clock=hours.clock, sleep=hours.sleep)
    for wait in (0.0, 0.25, 5.0):
        hours.now += wait
        with turns.turn("a", spaced=True):
            pass
    assert hours.slept == [0.75]


def test_a_host_has_one_connection_and_another_is_not_kept_waiting(server: HttpServer) -> None:
    inside, leave, most = threading.Semaphore(0), threading.Event(), []
    now: set[str] = set()

    def reply(asked: Asked) -> Reply:
        now.add(asked.path)
        most.append(len(now))
        inside.release()
        leave.wait(10)
        now.discard(asked.path)
        return Reply(b"x")

    server.replies = {"/1": reply, "/2": reply}
    with HttpServer() as other, Http() as http:
        other.replies["/"] = Reply(b"x")
        threads = [
            threading.Thread(target=http.get, args=(f"{server.url}/{number}",), kwargs={"allow_private": True})
            for number in (1, 2)
        ]
        for one in threads:
            one.start()
        inside.acquire()
        assert http.get(f"{other.url}/", allow_private=True).body == b"x"
        leave.set()
        for one in threads:
            one.join()
    assert most == [1, 1]


def test_hosts_are_forgotten_when_nobody_asks_them_any_more() -> None:
    hours = Hours()
    turns = Turns(clock=hours.clock, sleep=hours.sleep)
    for number in range(5000):
        hours.now += 2
        with turns.turn(f"host{number}", spaced=True):
            pass
    assert len(turns._hosts) <= 1001
