"""What is read most: counted by the newsroom's own statistics, else by the mails' links, and never by reader."""

import asyncio
import json
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlmodel import select

from digest import config, pipeline
from digest.mail import mime
from digest.models import Article, Click
from digest.pipeline import material
from digest.store import alarms, sources
from digest.testing.httpd import HttpServer, Reply
from digest.tokens import TokenType
from digest.values import Message
from digest.web import create_app
from tests.acceptance.house import Newsroom, morning
from tests.pipeline.test_mornings import DAY, Office, values

BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
PHONE = "Mozilla/5.0 (Linux; Android 14; CUBOT P80) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Mobile Safari/537.36"


class Paper(Office):
    """An installation with or without counted links, and statistics that the test writes."""

    def __init__(self, newsroom: Newsroom, database_url: str, folder: Path, statistics: HttpServer) -> None:
        found = values(newsroom.url, database_url)
        found["sources"][0]["views"] = {"url": f"{statistics.url}/most-read", "every": "30m"}
        found["tracking"] = {"clicks": True}
        super().__init__(config.parse(found, folder / "config.toml"))
        self.statistics = statistics
        self._values = found
        self._folder = folder

    def without_counted_links(self) -> None:
        self._values["tracking"] = {"clicks": False}
        self.runtime.settings = config.parse(self._values, self._folder / "config.toml")

    def count(self, answer: object, at: datetime) -> None:
        """Have the statistics answer, and ask what is due."""
        self.statistics.replies["/most-read"] = Reply(json.dumps(answer).encode())
        self.now = at
        pipeline.count_due(self.runtime)

    def views(self) -> dict[str, int]:
        with self.runtime.store.reading() as session:
            rows = session.exec(select(Article).where(Article.views != None)).all()  # noqa: E711 -- a condition of SQL
        return {row.url.rstrip("/").rpartition("/")[2]: row.views or 0 for row in rows}

    def clicks(self) -> list[tuple[int, str, int]]:
        with self.runtime.store.reading() as session:
            return sorted((row.article_id, row.day.isoformat(), row.count) for row in session.exec(select(Click)))

    def ask(self, path: str, method: str = "GET", **headers: str) -> httpx.Response:
        """Follow a link as a browser does, unless the headers say otherwise; go nowhere from there."""
        sent = {"User-Agent": BROWSER, **{name.replace("_", "-"): value for name, value in headers.items()}}

        async def follow() -> httpx.Response:
            transport = httpx.ASGITransport(app=create_app(self.runtime))
            async with httpx.AsyncClient(transport=transport, base_url=self.settings.site.url) as client:
                return await client.request(method, path, headers=sent)

        return asyncio.run(follow())

    def standing(self) -> set[str]:
        with self.runtime.store.reading() as session:
            return {one.kind for one in alarms.standing(session)}


@pytest.fixture
def newsroom() -> Iterator[Newsroom]:
    with Newsroom() as running:
        running.publish(9, morning(24, 5))
        yield running


@pytest.fixture
def paper(newsroom: Newsroom, database_url: str, tmp_path: Path) -> Iterator[Paper]:
    with HttpServer() as statistics:
        built = Paper(newsroom, database_url, tmp_path, statistics)
        yield built
        built.runtime.close()


def links(message: Message) -> tuple[set[str], set[str]]:
    """Return the tokens of counted links in the HTML and in the text."""
    html = mime.filled(message.html, message.tokens, escape=True)
    text = mime.filled(message.text, message.tokens, escape=False)
    found = re.compile(r"http://127\.0\.0\.1:8765/c/([\w-]{35})\b")
    return set(found.findall(html)), set(found.findall(text))


def mailed(paper: Paper, *addresses: str) -> list[Message]:
    paper.join(dict.fromkeys(addresses or ("ana@example.org",), ""))
    return paper.run(morning(24))


def test_counts_are_asked_for_when_they_are_due_and_the_latest_wins(paper: Paper) -> None:
    pipeline.collect_now(paper.runtime)
    paper.count(
        [{"url": "/story/1/", "views": 5}, {"url": "/story/2/", "views": 7}, {"url": "/no/such/", "views": 9}],
        morning(24, 5),
    )
    assert paper.views() == {"1": 5, "2": 7}
    paper.count([{"url": "/story/1/", "views": 50}], morning(24, 5, 59))
    assert paper.views() == {"1": 5, "2": 7}
    paper.count([{"url": "/story/1/", "views": 3}], morning(24, 6, 0))
    assert paper.views() == {"1": 3, "2": 7}
    assert len(paper.statistics.asked) == 2


def test_whatever_is_due_at_once_includes_the_counts(paper: Paper) -> None:
    paper.statistics.replies["/most-read"] = Reply(b'[{"url": "/story/1/", "views": 5}]')
    paper.run(morning(24, 5))
    assert paper.views() == {"1": 5}


def test_statistics_that_fail_are_an_alarm_and_stop_nothing(paper: Paper) -> None:
    paper.statistics.replies["/most-read"] = Reply(b"down", 500)
    pipeline.count_due(paper.runtime)
    assert paper.standing() == {"views"}
    assert len(mailed(paper)) == 1
    with paper.runtime.store.reading() as session:
        row = sources.find(session, "feed")
    assert row is not None
    assert (row.failures, row.error) == (0, "")
    paper.count([], paper.now + timedelta(minutes=30))
    assert paper.standing() == set()


def test_a_link_of_the_mail_leads_to_its_article_and_counts_one(paper: Paper, newsroom: Newsroom) -> None:
    first, second = mailed(paper, "ana@example.org", "bo@example.org")
    html, text = links(first)
    assert html == text
    assert len(html) == 9
    assert links(first) == links(second)
    assert newsroom.url not in mime.filled(first.text, first.tokens, escape=False)
    token = min(html)
    answer = paper.ask(f"/c/{token}")
    assert (answer.status_code, answer.headers["cache-control"]) == (302, "no-store")
    assert re.fullmatch(rf"{newsroom.url}/story/\d/", answer.headers["location"])
    id_ = paper.runtime.tokens.read(TokenType.ARTICLE, token, paper.now)
    assert paper.clicks() == [(id_, "2026-11-24", 1)]
    paper.ask(f"/c/{token}")
    paper.now = morning(25)
    paper.ask(f"/c/{token}", User_Agent=PHONE)
    assert paper.clicks() == [(id_, "2026-11-24", 2), (id_, "2026-11-25", 1)]


@pytest.mark.parametrize(
    ("method", "headers"),
    [
        ("HEAD", {}),
        ("GET", {"Purpose": "prefetch"}),
        ("GET", {"Sec_Purpose": "prefetch;prerender"}),
        ("GET", {"X_Purpose": "preview"}),
        ("GET", {"X_Moz": "prefetch"}),
        ("GET", {"User_Agent": "Mozilla/5.0 (compatible; Examplebot/2.1; +https://bot.example.org/)"}),
        ("GET", {"User_Agent": "curl/8.0"}),
        ("GET", {"User_Agent": ""}),
    ],
)
def test_who_only_looks_ahead_is_led_there_and_counts_nothing(
    paper: Paper, method: str, headers: dict[str, str]
) -> None:
    [message] = mailed(paper)
    token = min(links(message)[0])
    assert paper.ask(f"/c/{token}", method, **headers).status_code == 302
    assert paper.clicks() == []


@pytest.mark.parametrize("token", ["x", "A" * 35, "https://elsewhere.example.org/", "..%2F.."])
def test_a_link_that_we_did_not_make_leads_nowhere(paper: Paper, token: str) -> None:
    answer = paper.ask(f"/c/{token}")
    assert answer.status_code == 404
    assert "location" not in answer.headers


def test_tokens_of_readers_and_of_articles_that_are_gone_lead_nowhere(paper: Paper) -> None:
    mailed(paper)
    tokens = paper.runtime.tokens
    for token in (tokens.mint(TokenType.UNSUBSCRIBE, 1), tokens.mint(TokenType.ARTICLE, 999)):
        assert paper.ask(f"/c/{token}").status_code == 404
    assert paper.clicks() == []


def test_without_counting_the_mail_holds_the_articles_own_addresses(paper: Paper, newsroom: Newsroom) -> None:
    paper.without_counted_links()
    [message] = mailed(paper)
    assert links(message) == (set(), set())
    text = mime.filled(message.text, message.tokens, escape=False)
    assert len(set(re.findall(rf"{newsroom.url}/story/\d+/", text))) == 9


def test_links_of_old_mails_still_lead_there_when_counting_is_switched_off(paper: Paper) -> None:
    [message] = mailed(paper)
    paper.without_counted_links()
    assert paper.ask(f"/c/{min(links(message)[0])}").status_code == 302
    assert paper.clicks() == []


def test_clicks_rank_where_nothing_else_is_known_and_are_never_printed_as_views(paper: Paper) -> None:
    [message] = mailed(paper)
    token = min(links(message)[0])
    id_ = paper.runtime.tokens.read(TokenType.ARTICLE, token, paper.now)
    for _ in range(3):
        paper.ask(f"/c/{token}")
    assert ranked(paper) == {id_: 3}
    assert printed(paper, id_) is None
    with paper.runtime.store.reading() as session:
        url = session.get_one(Article, id_).url
    paper.count([{"url": url, "views": 40}], paper.now + timedelta(minutes=30))
    assert ranked(paper) == {id_: 40}
    assert printed(paper, id_) == 40


def test_clicks_of_last_week_rank_no_more(paper: Paper) -> None:
    [message] = mailed(paper)
    paper.ask(f"/c/{min(links(message)[0])}")
    paper.now += timedelta(days=8)
    assert ranked(paper) == {}


def gathered(paper: Paper) -> material.Material:
    newsletter = paper.runtime.settings.newsletter("daily")
    with paper.runtime.store.reading() as session:
        return material.gather(session, newsletter, None, DAY, paper.now, paper.runtime.settings)


def ranked(paper: Paper) -> dict[int, int]:
    found: Any = gathered(paper).candidates
    return {one.article_id: one.views for one in found if one.views is not None}


def printed(paper: Paper, article_id: int) -> int | None:
    return gathered(paper).content(paper.runtime.settings, frozenset({article_id})).articles[article_id].views
