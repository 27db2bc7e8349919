import hashlib
import hmac
import threading
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from sqlmodel import select

from digest import config, pipeline
from digest.demo.run import free_port
from digest.models import Article, WebSub
from digest.runtime import Runtime
from digest.store import alarms, sources, websub
from digest.testing.httpd import HttpServer, Reply
from digest.testing.hub import Hub
from digest.web import create_app
from tests.acceptance.house import morning


class Paper:
    """A feed with a hub, and an installation that reads it, whose pages are served and whose clock the test turns."""

    def __init__(self, database_url: str, folder: Path, site: HttpServer, hub: Hub) -> None:
        self.now = morning(24)
        self.hub = hub
        self.topic = f"{site.url}/feed"
        self._site = site
        self._stories: list[str] = []
        self.port = free_port(0)
        self.values: dict[str, Any] = {
            "site": {"url": f"http://127.0.0.1:{self.port}"},
            "database": {"url": database_url},
            "secrets": {"root": "r" * 32, "pepper": "p" * 32},
            "sources": [
                {"id": "feed", "kind": "feed", "url": self.topic, "allow_private_addresses": True, "settle": "0s"}
            ],
        }
        self._folder = folder
        self.runtime = Runtime(config.parse(self.values, folder / "config.toml"), lambda: self.now)

    def story(self, number: int, published: datetime) -> str:
        return (
            f"<item><title>Story {number} of the tram</title><link>https://news.example.org/{number}/</link>"
            f"<guid isPermaLink='false'>s{number}</guid><pubDate>{format_datetime(published)}</pubDate>"
            f"<category>News</category></item>"
        )

    def document(self, *items: str) -> bytes:
        links = f"<atom:link rel='hub' href='{self.hub.url}'/><atom:link rel='self' href='{self.topic}'/>"
        return (
            "<rss version='2.0' xmlns:atom='http://www.w3.org/2005/Atom'><channel><title>Town</title>"
            f"<link>https://news.example.org/</link>{links}{''.join(items)}</channel></rss>"
        ).encode()

    def publish(self, *items: str) -> None:
        """Put stories into the feed, the newest first."""
        self._stories[:0] = items
        self._site.replies["/feed"] = Reply(
            self.document(*self._stories), headers={"Content-Type": "application/rss+xml"}
        )

    def break_down(self) -> None:
        self._site.replies["/feed"] = Reply(b"down", 500)

    def poll(self) -> None:
        [result] = pipeline.collect_now(self.runtime)
        assert not result.error

    def subscribe(self) -> None:
        """Poll once and let the hub ask back."""
        self.publish(self.story(1, self.now))
        self.poll()
        pipeline.renew_due(self.runtime)

    def row(self) -> WebSub | None:
        with self.runtime.store.reading() as session:
            return session.get(WebSub, "feed")

    def subscription(self) -> WebSub:
        row = self.row()
        assert row is not None
        return row

    def live(self) -> bool:
        with self.runtime.store.reading() as session:
            return websub.live(session, "feed", self.now)

    def titles(self) -> set[str]:
        with self.runtime.store.reading() as session:
            return set(session.exec(select(Article.title)))

    def next_check(self) -> datetime | None:
        with self.runtime.store.reading() as session:
            row = sources.find(session, "feed")
        assert row is not None
        return row.next_check_at

    def standing(self) -> set[str]:
        with self.runtime.store.reading() as session:
            return {one.kind for one in alarms.standing(session)}

    def path(self) -> str:
        return f"http://127.0.0.1:{self.port}/websub/{self.subscription().token}"

    def question(self, **changes: str) -> httpx.Response:
        """Ask as a hub does, with some parameters changed."""
        asked = {"hub.mode": "subscribe", "hub.topic": self.topic, "hub.challenge": "c", "hub.lease_seconds": "60"}
        asked |= {f"hub.{name}": value for name, value in changes.items()}
        return httpx.get(self.path(), params=asked, trust_env=False)

    def without_the_source(self) -> None:
        self.runtime.settings = config.parse({**self.values, "sources": []}, self._folder / "config.toml")


@pytest.fixture
def hub() -> Iterator[Hub]:
    with Hub() as running:
        yield running


@pytest.fixture
def paper(database_url: str, tmp_path: Path, hub: Hub) -> Iterator[Paper]:
    with HttpServer() as site:
        built = Paper(database_url, tmp_path, site, hub)
        app = create_app(built.runtime)
        server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=built.port, log_config=None))
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.01)
        yield built
        server.should_exit = True
        thread.join()
        built.runtime.close()


def test_a_feeds_hub_is_asked_and_answered(paper: Paper, hub: Hub) -> None:
    paper.subscribe()
    [form] = hub.forms
    assert (form["hub.mode"], form["hub.topic"], form["hub.lease_seconds"]) == ("subscribe", paper.topic, "864000")
    assert len(form["hub.secret"]) >= 32
    assert len(form["hub.callback"].rpartition("/")[2]) >= 32
    row = paper.subscription()
    assert (row.state, row.lease_until) == ("active", paper.now + timedelta(days=10))
    assert paper.live()


def test_what_is_pushed_is_taken_at_once_and_puts_off_no_poll(paper: Paper, hub: Hub) -> None:
    paper.subscribe()
    due = paper.next_check()
    paper.now += timedelta(minutes=3)
    assert hub.publish(paper.topic, paper.document(paper.story(2, paper.now))) == [202]
    assert paper.titles() == {"Story 1 of the tram", "Story 2 of the tram"}
    assert paper.next_check() == due
    assert paper.subscription().pushed_at == paper.now


def test_a_push_does_not_hide_that_polling_fails(paper: Paper, hub: Hub) -> None:
    paper.subscribe()
    paper.break_down()
    for _ in range(3):
        paper.now += timedelta(minutes=10)
        pipeline.collect_now(paper.runtime)
    assert paper.standing() == {"source_failing"}
    hub.publish(paper.topic, paper.document(paper.story(2, paper.now)))
    assert "Story 2 of the tram" in paper.titles()
    assert paper.standing() == {"source_failing"}


def test_what_was_pushed_is_polled_as_known(paper: Paper, hub: Hub) -> None:
    paper.subscribe()
    new = paper.story(2, paper.now)
    hub.publish(paper.topic, paper.document(new))
    paper.publish(new)
    paper.now += timedelta(minutes=30)
    paper.poll()
    assert len(paper.titles()) == 2
    assert paper.subscription().misses == 0


@pytest.mark.parametrize("method", ["sha1", "sha384", "sha512"])
def test_hubs_that_sign_otherwise_are_heard(paper: Paper, hub: Hub, method: str) -> None:
    paper.subscribe()
    hub.publish(paper.topic, paper.document(paper.story(2, paper.now)), method=method)
    assert "Story 2 of the tram" in paper.titles()


def test_what_is_signed_wrongly_is_answered_alike_and_ignored(paper: Paper, hub: Hub) -> None:
    paper.subscribe()
    body = paper.document(paper.story(2, paper.now))
    assert hub.publish(paper.topic, body, key="guess") == [202]
    assert httpx.post(paper.path(), content=body, trust_env=False).status_code == 202
    assert paper.titles() == {"Story 1 of the tram"}
    assert paper.subscription().pushed_at is None


@pytest.mark.parametrize("body", [b"", b"ping", b"<html></html>", b"{"])
def test_a_push_without_articles_has_the_feed_polled_soon(paper: Paper, hub: Hub, body: bytes) -> None:
    paper.subscribe()
    paper.now += timedelta(minutes=3)
    assert hub.publish(paper.topic, body) == [202]
    assert paper.next_check() == paper.now


def test_a_push_beyond_ten_mebibytes_is_refused(paper: Paper) -> None:
    paper.subscribe()
    body = b"x" * (10 * 2**20 + 1)
    signature = hmac.new(paper.subscription().secret.encode(), body, hashlib.sha256).hexdigest()
    headers = {"X-Hub-Signature": f"sha256={signature}"}
    assert httpx.post(paper.path(), content=body, headers=headers, trust_env=False).status_code == 413


@pytest.mark.parametrize(
    "changes",
    [
        {"topic": "https://elsewhere.example.org/"},
        {"challenge": ""},
        {"mode": "unsubscribe"},
        {"mode": "publish"},
        {"mode": ""},
    ],
)
def test_a_question_about_what_we_did_not_ask_is_refused(paper: Paper, changes: dict[str, str]) -> None:
    paper.subscribe()
    before = paper.subscription()
    assert paper.question(**changes).status_code == 404
    assert paper.subscription() == before


def test_an_unknown_callback_is_not_there(paper: Paper) -> None:
    paper.subscribe()
    wrong = paper.path()[:-1] + "~"
    assert httpx.post(f"{wrong}%00", content=b"x", trust_env=False).status_code == 404
    for answer in (
        httpx.get(
            wrong, params={"hub.mode": "subscribe", "hub.topic": paper.topic, "hub.challenge": "c"}, trust_env=False
        ),
        httpx.post(wrong, content=b"x", trust_env=False),
    ):
        assert answer.status_code == 404


def test_the_challenge_comes_back_as_plain_text_and_a_lease_is_two_weeks_at_most(paper: Paper) -> None:
    paper.subscribe()
    answer = paper.question(challenge="<b>x</b>", lease_seconds="99999999")
    assert (answer.text, answer.headers["content-type"]) == ("<b>x</b>", "text/plain; charset=utf-8")
    assert paper.subscription().lease_until == paper.now + timedelta(days=14)


def test_a_renewal_comes_at_four_fifths_and_changes_neither_state_nor_token_nor_secret(paper: Paper, hub: Hub) -> None:
    """Bug 43."""
    paper.subscribe()
    first = paper.subscription()
    paper.now += timedelta(days=7, hours=23)
    pipeline.renew_due(paper.runtime)
    assert len(hub.forms) == 1
    hub.asleep = True
    paper.now += timedelta(hours=2)
    pipeline.renew_due(paper.runtime)
    asked = paper.subscription()
    assert (asked.state, asked.lease_until) == ("active", first.lease_until)
    assert hub.forms[1] == hub.forms[0]
    assert paper.live()
    hub.asleep = False
    assert hub.verify(hub.forms[1])
    renewed = paper.subscription()
    assert (renewed.state, renewed.token, renewed.secret) == ("active", first.token, first.secret)
    assert renewed.lease_until == paper.now + timedelta(days=10)


def test_a_hub_that_does_not_renew_is_asked_again_until_the_lease_is_over_and_after(paper: Paper, hub: Hub) -> None:
    paper.subscribe()
    hub.busy = True
    hours = 11 * 24
    for _ in range(hours):
        paper.now += timedelta(hours=1)
        pipeline.renew_due(paper.runtime)
    assert not paper.live()
    tried = len(hub.forms) - 1
    assert 24 <= tried <= 48
    hub.busy = False
    paper.now += timedelta(hours=1)
    pipeline.renew_due(paper.runtime)
    assert paper.live()


def test_a_hub_that_never_asks_back_is_asked_hourly_and_not_believed(paper: Paper, hub: Hub) -> None:
    hub.asleep = True
    paper.subscribe()
    for _ in range(3):
        pipeline.renew_due(paper.runtime)
    assert len(hub.forms) == 1
    paper.now += timedelta(hours=1)
    pipeline.renew_due(paper.runtime)
    assert len(hub.forms) == 2
    assert not paper.live()


def test_a_hub_that_says_no_is_left_alone_for_a_week_with_an_alarm(paper: Paper, hub: Hub) -> None:
    hub.denies = True
    paper.subscribe()
    assert paper.subscription().state == "denied"
    assert paper.standing() == {"hub_denied"}
    hub.denies = False
    paper.now += timedelta(days=6)
    pipeline.renew_due(paper.runtime)
    assert len(hub.forms) == 1
    assert paper.question().status_code == 404
    paper.now += timedelta(days=1)
    pipeline.renew_due(paper.runtime)
    assert paper.live()
    assert paper.standing() == set()


def test_a_denial_about_another_topic_denies_nothing(paper: Paper) -> None:
    paper.subscribe()
    assert paper.question(mode="denied", topic="https://elsewhere.example.org/").status_code == 404
    assert paper.live()


def test_a_hub_that_falls_silent_is_believed_no_more_until_it_is_heard_again(paper: Paper, hub: Hub) -> None:
    """Bug 43."""
    paper.subscribe()
    hub.silent = True
    for number in range(2, 5):
        assert paper.live()
        paper.publish(paper.story(number, paper.now + timedelta(minutes=1)))
        paper.now += timedelta(minutes=30)
        paper.poll()
    assert paper.subscription().misses == 3
    assert not paper.live()
    assert paper.standing() == {"hub_silent"}
    hub.silent = False
    hub.publish(paper.topic, paper.document(paper.story(9, paper.now)))
    assert paper.live()
    assert paper.standing() == set()


def test_what_a_poll_finds_before_the_hub_could_push_it_is_no_miss(paper: Paper) -> None:
    paper.subscribe()
    paper.now += timedelta(minutes=30)
    paper.publish(paper.story(2, paper.now - timedelta(minutes=2)))
    paper.poll()
    assert paper.subscription().misses == 0


def test_a_source_that_left_the_configuration_is_taken_off_at_its_hub(paper: Paper, hub: Hub) -> None:
    paper.subscribe()
    paper.without_the_source()
    assert paper.question(mode="unsubscribe").status_code == 404
    pipeline.renew_due(paper.runtime)
    assert [form["hub.mode"] for form in hub.forms] == ["subscribe", "unsubscribe"]
    assert (hub.subscribers, paper.row()) == ({}, None)


def test_a_hub_that_is_gone_too_is_forgotten_when_its_lease_is_over(paper: Paper, hub: Hub) -> None:
    paper.subscribe()
    paper.without_the_source()
    hub.busy = True
    pipeline.renew_due(paper.runtime)
    assert paper.subscription().state == "leaving"
    paper.now += timedelta(days=11)
    pipeline.renew_due(paper.runtime)
    assert paper.row() is None


def test_another_hub_is_another_subscription(paper: Paper, hub: Hub) -> None:
    paper.subscribe()
    first = paper.subscription()
    with Hub() as other:
        paper.hub = other
        paper.publish(paper.story(2, paper.now))
        paper.now += timedelta(minutes=30)
        paper.poll()
        pipeline.renew_due(paper.runtime)
        second = paper.subscription()
        assert second.hub == other.url
        assert second.state == "active"
        assert first.token != second.token
        assert first.secret != second.secret
    assert hub.publish(paper.topic, paper.document(paper.story(3, paper.now))) == [404]


def test_two_schedulers_ask_a_hub_once(paper: Paper, hub: Hub) -> None:
    hub.asleep = True
    paper.publish(paper.story(1, paper.now))
    paper.poll()
    threads = [threading.Thread(target=pipeline.renew_due, args=(paper.runtime,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(hub.forms) == 1


@pytest.mark.parametrize("site", ["http://digest.example.org", "http://192.0.2.1:8765"])
def test_where_no_hub_could_call_back_safely_none_is_asked(paper: Paper, hub: Hub, site: str, tmp_path: Path) -> None:
    paper.runtime.settings = config.parse({**paper.values, "site": {"url": site}}, tmp_path / "config.toml")
    paper.subscribe()
    assert paper.row() is None
    assert hub.forms == []
