"""`digest inspect feed` and `digest inspect url`: a line asks, a line answers, in order."""

import base64
import json
from typing import Any

from typer.testing import CliRunner

from digest.cli.app import app

FEED = (
    b"<rss version='2.0'><channel><title>Town</title><language>en-US</language>"
    b"<item><title>One</title><guid>g</guid></item></channel></rss>"
)


def answers(command: str, *requests: dict[str, Any] | str) -> list[dict[str, Any]]:
    asked = "".join((one if isinstance(one, str) else json.dumps(one)) + "\n" for one in requests)
    result = CliRunner().invoke(app, ["inspect", command, "--jsonl"], input=asked, catch_exceptions=False)
    return [json.loads(line) for line in result.stdout.splitlines()]


def b64(body: bytes) -> str:
    return base64.b64encode(body).decode()


def test_a_date_without_its_year_is_told_by_the_requests_now() -> None:
    body = FEED.replace(b"<guid>g</guid>", b"<guid>g</guid><pubDate>24 Nov 10:30 GMT</pubDate>")
    [then, other] = answers(
        "feed",
        {"body": b64(body), "now": "2019-11-25T00:00:00Z"},
        {"body": b64(body), "now": "2026-01-02T00:00:00+04:00"},
    )
    assert [one["articles"][0]["published"][:10] for one in (then, other)] == ["2019-11-24", "2025-11-24"]
    assert "no ISO 8601" in answers("feed", {"body": b64(body), "now": "today"})[0]["error"]


def test_a_feed_is_answered_and_a_bad_one_does_not_end_the_rest() -> None:
    attack = b"<!DOCTYPE x [<!ENTITY a SYSTEM 'file:///etc/passwd'>]><rss><channel><title>&a;</title></channel></rss>"
    found = answers(
        "feed",
        {"body": b64(attack)},
        "no json",
        {"body": "?"},
        {"body": b64(FEED), "url": "https://town.example.org/feed"},
    )
    assert [sorted(one) for one in found[:3]] == [["error"]] * 3
    assert (found[3]["title"], found[3]["language"]) == ("Town", "en-US")
    assert found[3]["articles"][0] == {
        "id": "g",
        "url": "https://town.example.org/feed",
        "title": "One",
        "summary": "",
        "published": None,
        "updated": None,
        "authors": [],
        "categories": [],
        "image": None,
        "date_quality": "missing",
    }


def test_an_address_is_answered_with_what_is_kept_and_compared() -> None:
    found = answers(
        "url",
        {"text": "HTTPS://www.Town.example/story/?utm_source=mail&id=1#part"},
        {"body": b64(b"../two"), "url": "https://town.example/news/one"},
        {"text": "https://town.example/three?ref=town.example", "url": "https://town.example/"},
    )
    assert found == [
        {"url": "https://www.town.example/story/?id=1#part", "key": "town.example/story?id=1"},
        {"url": "https://town.example/two", "key": "town.example/two"},
        {"url": "https://town.example/three", "key": "town.example/three"},
    ]
