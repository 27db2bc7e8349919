import asyncio
import hashlib
import hmac
import json
import re
import threading
import time
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest
import uvicorn
from fastapi import FastAPI
from sqlmodel import select

from digest import config
from digest.demo.run import free_port
from digest.models import Article, PushSeen
from digest.runtime import Runtime
from digest.sources import push
from digest.store import articles, pushes
from digest.web import create_app
from tests.acceptance.house import morning

KEY = "k" * 32
GUIDE = (Path(__file__).parents[2] / "docs" / "pushing-articles.md").read_text(encoding="utf-8")


class Cms:
    """A newsroom's own system, which signs what it sends to an installation whose clock the test turns."""

    def __init__(self, database_url: str, folder: Path) -> None:
        own = {"id": "own", "kind": "push", "secret": KEY, "previous": ["o" * 32], "settle": "10m"}
        other = {"id": "other", "kind": "push", "secret": "q" * 32}
        feed = {"id": "feed", "kind": "feed", "url": "http://127.0.0.1:9/"}
        values = {
            "database": {"url": database_url},
            "secrets": {"root": "r" * 32, "pepper": "p" * 32},
            "sources": [own, other, feed],
        }
        self.now = morning(24)
        self.runtime = Runtime(config.parse(values, folder / "config.toml"), lambda: self.now)
        self.app: FastAPI = create_app(self.runtime)

    def send(
        self,
        method: str,
        path: str,
        body: bytes | AsyncIterator[bytes] = b"",
        *,
        key: str = KEY,
        at: datetime | None = None,
        headers: dict[str, str] | None = None,
        signed: bytes | None = None,
    ) -> httpx.Response:
        """Send a request, signed a moment after the last one unless the test says when."""
        self.now += timedelta(seconds=1)
        stamp = str(int((at or self.now).timestamp()))
        content = signed if signed is not None else body if isinstance(body, bytes) else b""
        mac = hmac.new(key.encode(), f"{stamp}.{method} {path}.".encode() + content, hashlib.sha256).hexdigest()
        sent = {"Digest-Timestamp": stamp, "Digest-Signature": f"sha256={mac}"} if headers is None else headers

        async def ask() -> httpx.Response:
            transport = httpx.ASGITransport(app=self.app)
            async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8765") as client:
                return await client.request(method, path, content=body, headers=sent)

        return asyncio.run(ask())

    def put(self, id_: str, **fields: Any) -> httpx.Response:
        return self.send("PUT", address(id_), json.dumps(story(id_, **fields)).encode())

    def batch(self, *documents: Any) -> httpx.Response:
        return self.send("POST", "/api/v1/articles/own", json.dumps({"articles": documents}).encode())

    def article(self, id_: str) -> Article:
        with self.runtime.store.reading() as session:
            return pushes.known(session, "own", {id_})[id_].article

    def count(self) -> int:
        with self.runtime.store.reading() as session:
            return len(session.exec(select(Article)).all())


def address(id_: str, source: str = "own") -> str:
    return f"/api/v1/articles/{source}/{quote(id_, safe='')}"


def story(id_: str, **fields: Any) -> dict[str, Any]:
    return {
        "url": f"https://news.example.org/{quote(id_, safe='')}/",
        "title": f"Story {id_} of the harbour",
        "published": "2026-11-24T06:20:00Z",
        "categories": ["News"],
        **fields,
    }


@pytest.fixture
def cms(database_url: str, tmp_path: Path) -> Iterator[Cms]:
    built = Cms(database_url, tmp_path)
    yield built
    built.runtime.close()


def test_a_pushed_article_is_new_once_then_unchanged_then_changed(cms: Cms) -> None:
    answers = [cms.put("7", revision=1), cms.put("7", revision=1), cms.put("7", revision=2, title="Corrected")]
    assert [one.status_code for one in answers] == [201, 200, 200]
    assert [one.json()["result"] for one in answers] == ["new", "unchanged", "changed"]
    assert answers[0].json() == {"id": "7", "status": 201, "result": "new"}
    assert (cms.article("7").title, cms.article("7").source_revision, cms.count()) == ("Corrected", 2, 1)


def test_an_older_revision_is_refused_and_changes_nothing(cms: Cms) -> None:
    cms.put("7", revision=5)
    late = cms.put("7", revision=4, title="Late")
    assert (late.status_code, late.json()) == (409, {"error": "A later revision of it is here already."})
    assert cms.article("7").title == "Story 7 of the harbour"


def test_one_revision_has_one_content(cms: Cms) -> None:
    cms.put("7", revision=5)
    assert cms.put("7", revision=5, title="Another").status_code == 409
    assert cms.put("7", revision=5, categories=["Sport"]).status_code == 409
    assert cms.put("7", revision=5).json()["result"] == "unchanged"


def test_marks_are_kept_though_no_word_changes(cms: Cms) -> None:
    cms.put("7", revision=1)
    assert cms.article("7").eligible_at > cms.now
    assert (
        cms.put("7", revision=2, breaking=True, sticky=True, priority=4, paywalled=True).json()["result"] == "changed"
    )
    kept = cms.article("7")
    assert (kept.breaking, kept.sticky, kept.priority, kept.paywalled, kept.source_revision) == (True, True, 4, True, 2)
    assert kept.eligible_at <= cms.now


def test_a_story_that_is_revised_all_day_is_its_latest_revision(cms: Cms) -> None:
    for revision in range(1, 31):
        cms.put("7", revision=revision, title=f"Count at {revision} o'clock")
    assert cms.article("7").title == "Count at 30 o'clock"
    assert cms.put("7", revision=30, title="Count at 30 o'clock").json()["result"] == "unchanged"


def test_categories_that_are_taken_away_are_gone(cms: Cms) -> None:
    cms.put("7", categories=["News", "Sport"])
    cms.put("7", categories=["Sport"])
    with cms.runtime.store.reading() as session:
        assert pushes.known(session, "own", {"7"})["7"].categories == {"Sport"}
    cms.put("7", categories=[])
    with cms.runtime.store.reading() as session:
        assert pushes.known(session, "own", {"7"})["7"].categories == frozenset()


def test_the_first_push_is_news_not_a_baseline(cms: Cms) -> None:
    cms.put("7", published=None)
    kept = cms.article("7")
    assert (kept.baseline, kept.published_at, kept.date_quality) == (False, cms.now, "missing")
    assert kept.eligible_at == cms.now + timedelta(minutes=10)


@pytest.mark.parametrize("fields", [{"settle": False}, {"settle": 0}, {"breaking": True}])
def test_what_need_not_settle_can_be_chosen_at_once(cms: Cms, fields: dict[str, Any]) -> None:
    cms.put("7", **fields)
    assert cms.article("7").eligible_at == cms.now


def test_an_article_of_tomorrow_waits_for_tomorrow(cms: Cms) -> None:
    cms.put("7", published="2026-11-25T06:00:00+01:00", settle=False)
    assert cms.article("7").eligible_at == morning(25, 5, 0)


def test_withdrawing_can_be_repeated_and_putting_brings_it_back(cms: Cms) -> None:
    cms.put("7", revision=1)
    assert [cms.send("DELETE", address("7")).status_code for _ in range(2)] == [204, 204]
    assert cms.article("7").withdrawn_at is not None
    assert cms.put("7", revision=1).json()["result"] == "changed"
    assert cms.article("7").withdrawn_at is None
    missing = cms.send("DELETE", address("8"))
    assert (missing.status_code, missing.json()) == (404, {"error": "No article of this id was pushed"})


@pytest.mark.parametrize("path", ["%00", "a%00b", "%ff", "%20", "x" * 2000, ""])
def test_what_can_be_no_id_is_no_article(cms: Cms, path: str) -> None:
    where = f"/api/v1/articles/own/{path}"
    assert cms.send("DELETE", where).status_code == 404
    fields = story("7")
    assert cms.send("PUT", where, json.dumps(fields).encode()).status_code in ({201} if path == "%ff" else {422})


def test_ids_of_any_spelling_are_kept_apart(cms: Cms) -> None:
    for id_ in ("a/b", "a b", "é", "a%2Fb", "..x"):
        assert cms.put(id_).status_code == 201
        assert cms.article(id_).title == f"Story {id_} of the harbour"
    assert cms.send("DELETE", address("a/b")).status_code == 204
    assert cms.article("a%2Fb").withdrawn_at is None


def test_each_article_of_a_batch_has_its_own_answer_in_order(cms: Cms) -> None:
    cms.put("2", revision=9)
    bad = {"id": "3", "title": "No address"}
    documents = [
        {"id": "1", **story("1")},
        {"id": "2", **story("2", revision=8)},
        bad,
        "no article",
        {"id": "1", **story("1", title="Again")},
        {"id": "4", **story("4")},
    ]
    answer = cms.batch(*documents)
    assert answer.status_code == 200
    results = answer.json()["results"]
    assert [one["status"] for one in results] == [201, 409, 422, 422, 409, 201]
    assert [one["id"] for one in results] == ["1", "2", "3", "", "1", "4"]
    assert results[2]["error"] == "“url” is missing."
    assert cms.article("1").title == "Story 1 of the harbour"
    assert cms.count() == 3


def test_a_batch_holds_five_hundred_articles_and_no_more(cms: Cms) -> None:
    whole = [{"id": str(number), **story(str(number))} for number in range(501)]
    assert cms.batch(*whole).status_code == 413
    assert cms.count() == 0
    assert {one["status"] for one in cms.batch(*whole[:500]).json()["results"]} == {201}
    assert cms.count() == 500


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"articles": {}}', b'{"articles": [], "x": 1}', b"[" * 100_000])
def test_what_is_no_batch_is_refused_in_one_sentence(cms: Cms, body: bytes) -> None:
    answer = cms.send("POST", "/api/v1/articles/own", body)
    assert answer.status_code in {400, 422}
    assert answer.json()["error"].endswith(".")


def test_an_article_with_a_fault_is_refused_in_one_sentence(cms: Cms) -> None:
    answer = cms.put("7", titel="x")
    assert (answer.status_code, answer.json()) == (422, {"error": "“titel” is no field of an article."})
    assert cms.put("7", id="8").json() == {"error": "“id” is not that of the address."}
    assert cms.count() == 0


def test_a_body_beyond_five_mebibytes_is_refused_whatever_its_length_says(cms: Cms) -> None:
    large = b"x" * (5 * 2**20 + 1)

    async def unmeasured() -> AsyncIterator[bytes]:
        for start in range(0, len(large), 2**16):
            yield large[start : start + 2**16]

    for body in (large, unmeasured()):
        answer = cms.send("POST", "/api/v1/articles/own", body, signed=large)
        assert (answer.status_code, answer.json()) == (413, {"error": "The body is larger than 5 MiB."})


def test_without_a_right_signature_nobody_learns_anything(cms: Cms) -> None:
    body = json.dumps(story("7")).encode()
    cms.put("7")
    answers = [
        cms.send("PUT", address("7", "none"), body),
        cms.send("PUT", address("7", "feed"), body),
        cms.send("PUT", address("7", "other"), body),
        cms.send("PUT", address("7"), body, key="x" * 32),
        cms.send("PUT", address("7"), body, signed=b"another body"),
        cms.send("DELETE", address("7"), key="x" * 32),
        cms.send("DELETE", address("8"), key="x" * 32),
    ]
    assert {(one.status_code, one.text) for one in answers} == {(401, answers[0].text)}
    assert {one.headers["www-authenticate"] for one in answers} == {"HMAC-SHA256"}
    assert cms.article("7").withdrawn_at is None


def test_a_signed_batch_cannot_be_turned_into_a_withdrawal(cms: Cms) -> None:
    cms.put("7")
    at = cms.now
    stamp = str(int(at.timestamp()))
    mac = hmac.new(KEY.encode(), f"{stamp}.POST /api/v1/articles/own.".encode(), hashlib.sha256).hexdigest()
    headers = {"Digest-Timestamp": stamp, "Digest-Signature": f"sha256={mac}"}
    assert cms.send("DELETE", address("7"), headers=headers).status_code == 401


@pytest.mark.parametrize("minutes", [-6, 6])
def test_an_old_or_early_request_is_not_believed(cms: Cms, minutes: int) -> None:
    answer = cms.send("PUT", address("7"), json.dumps(story("7")).encode(), at=cms.now + timedelta(minutes=minutes))
    assert answer.status_code == 401
    assert "five minutes" in answer.json()["error"]


@pytest.mark.parametrize(
    "headers", [{}, {"Digest-Timestamp": "1"}, {"Digest-Timestamp": "x", "Digest-Signature": "sha256=x"}]
)
def test_a_request_without_its_headers_is_refused(cms: Cms, headers: dict[str, str]) -> None:
    assert cms.send("PUT", address("7"), b"{}", headers=headers).status_code == 401


def test_the_key_before_the_last_still_signs(cms: Cms) -> None:
    assert cms.send("PUT", address("7"), json.dumps(story("7")).encode(), key="o" * 32).status_code == 201


def test_a_replayed_request_is_refused_and_forgotten_when_it_is_too_old_to_be_believed(cms: Cms) -> None:
    body, at = json.dumps(story("7")).encode(), cms.now
    assert cms.send("PUT", address("7"), body, at=at).status_code == 201
    again = cms.send("PUT", address("7"), body, at=at)
    assert again.status_code == 409
    assert again.json()["error"] == "This very request was taken before. Sign it again with the present time."
    cms.now += timedelta(minutes=11)
    cms.put("8")
    with cms.runtime.store.reading() as session:
        assert len(session.exec(select(PushSeen)).all()) == 1


def test_a_story_that_a_feed_has_too_is_one_article(cms: Cms) -> None:
    cms.put("7", url="https://news.example.org/same/?utm_source=cms")
    other = json.dumps(story("a", url="http://www.news.example.org/same")).encode()
    answer = cms.send("PUT", address("a", "other"), other, key="q" * 32)
    assert answer.status_code == 201
    assert cms.count() == 1


def test_faults_of_the_api_are_json_for_every_method(cms: Cms) -> None:
    assert "error" in cms.send("GET", address("7")).json()
    assert "error" in cms.send("GET", "/api/v1/nowhere").json()


def test_the_document_describes_the_routes_that_there_are(cms: Cms) -> None:
    document = cms.send("GET", "/api/v1/openapi.json").json()
    assert {path: sorted(found) for path, found in document["paths"].items()} == {
        "/api/v1/articles/{source}/{article_id}": ["delete", "put"],
        "/api/v1/articles/{source}": ["post"],
    }
    schemas = document["components"]["schemas"]
    assert set(schemas["PushedArticle"]["properties"]) >= {"url", "title", "revision", "settle", "lead_category"}
    text = json.dumps(document)
    names = {part.split('"')[0] for part in text.split("#/components/schemas/")[1:]}
    assert names <= set(schemas)


def test_the_example_of_the_documentation_works_and_every_field_is_named_there(cms: Cms) -> None:
    example, names = re.findall(r"```python\n(.*?)```", GUIDE, re.DOTALL), set(re.findall(r"`(\w+)`", GUIDE))
    scope: dict[str, Any] = {}
    exec(example[0], scope)  # noqa: S102 -- our own page
    port = free_port(0)
    server = uvicorn.Server(uvicorn.Config(cms.app, host="127.0.0.1", port=port, log_config=None))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    cms.now = datetime.now(UTC)
    scope["push"](f"http://127.0.0.1:{port}", "own", "7", story("7"), KEY)
    server.should_exit = True
    thread.join()
    assert cms.article("7").title == "Story 7 of the harbour"
    assert set(push.PushedArticle.model_fields) <= names


def test_pushes_at_once_keep_one_article_of_each_id(cms: Cms) -> None:
    from concurrent.futures import ThreadPoolExecutor

    from digest.pipeline import pushing

    [table] = [one for one in cms.runtime.settings.sources if one.id == "own"]
    one = push.article({"id": "7", **story("7")})
    with ThreadPoolExecutor(4) as pool:
        outcomes = list(pool.map(lambda number: pushing.store(cms.runtime, table, f"{number}", [one])[0], range(8)))
    assert sorted(outcomes) == ["new", *["unchanged"] * 7]
    with cms.runtime.store.reading() as session:
        assert (
            len(articles.by_ids(session, set(articles.known(session, [articles.Alias("own", "id", "7")]).values())))
            == 1
        )
    assert cms.count() == 1
