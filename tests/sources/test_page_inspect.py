import base64
import json

from typer.testing import CliRunner

from digest.cli.app import app

PAGE = (
    b"<html lang='en'><title>The bridge is open | Town</title><meta property='article:published_time' content='2026-11-24T08:30:00+01:00'>"
    b"<link rel='alternate' type='application/rss+xml' href='/feed/'></html>"
)


def lines(*requests: object) -> list[dict[str, object]]:
    written = "\n".join(one if isinstance(one, str) else json.dumps(one) for one in requests)
    result = CliRunner().invoke(app, ["inspect", "page", "--jsonl"], input=written)
    assert result.exit_code == 0
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_a_page_is_shown_as_the_interface_says() -> None:
    body = base64.b64encode(PAGE).decode()
    [found] = lines({"body": body, "url": "https://town.example/bridge", "now": "2026-11-25T12:00:00Z"})
    assert found == {
        "url": "https://town.example/bridge",
        "title": "The bridge is open",
        "authors": [],
        "published": "2026-11-24T08:30:00+01:00",
        "updated": None,
        "section": "",
        "summary": "",
        "image": None,
        "site": "",
        "language": "en",
        "feeds": ["https://town.example/feed/"],
        "paywalled": False,
        "date_quality": "page",
    }


def test_a_bad_request_answers_its_error_and_the_next_is_read() -> None:
    bad, empty, junk = lines({"body": "!"}, {"body": ""}, "no json")
    assert "error" in bad
    assert empty["published"] is None
    assert "error" in junk
