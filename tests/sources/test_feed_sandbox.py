"""The process that parses: reused, bounded in time and memory, replaced when it dies."""

import os
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from digest.errors import NotAFeedError
from digest.sources.feeds import reading, sandbox
from digest.sources.feeds.sandbox import Sandbox

URL = "https://town.example.org/feed"
FEED = (
    b"<rss version='2.0'><channel><title>Town</title><language>en</language><ttl>60</ttl><item><title>One</title><link>/1</link>"
    b"<pubDate>Tue, 24 Nov 2026 06:00:00 GMT</pubDate><description>&lt;img src='/p.jpg' width='600'&gt;Words.</description></item>"
    b"</channel></rss>"
)


@pytest.fixture
def box() -> Iterator[Sandbox]:
    made = Sandbox()
    yield made
    made.close()


def test_what_comes_back_is_what_was_read(box: Sandbox) -> None:
    assert box.parse(FEED, URL) == reading.read(FEED, URL)


def test_one_process_serves_one_feed_after_the_other(box: Sandbox) -> None:
    box.parse(FEED, URL)
    [worker] = box._idle
    with pytest.raises(NotAFeedError, match="web page") as refused:
        box.parse(b"<html></html>", URL)
    assert refused.value.hint
    box.parse(FEED, URL)
    assert box._idle == [worker]


def test_many_threads_get_their_own_answers(box: Sandbox) -> None:
    bodies = [FEED.replace(b"One", f"Story {number}".encode()) for number in range(40)]
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda body: box.parse(body, URL).articles[0].title, bodies))
    assert found == [f"Story {number}" for number in range(40)]


def test_a_feed_that_takes_too_long_is_given_up_and_the_next_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sandbox, "_START_SECONDS", 0.0)
    box = Sandbox(seconds=0.0)
    with pytest.raises(NotAFeedError, match="within 0 seconds"):
        box.parse(FEED, URL)
    assert box._idle == []
    box._seconds = 60.0
    assert box.parse(FEED, URL).title == "Town"
    box.close()


def test_a_worker_that_died_is_replaced(box: Sandbox) -> None:
    box.parse(FEED, URL)
    process = box._idle[0]._process
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert box.parse(FEED, URL).title == "Town"


def test_a_feed_that_needs_too_much_memory_is_refused(box: Sandbox) -> None:
    bloated = b'{"items": [' + b"[]," * 9_000_000 + b"[]]}"
    with pytest.raises(NotAFeedError, match="512 MiB"):
        box.parse(bloated, URL)
    assert box.parse(FEED, URL).title == "Town"


@pytest.mark.parametrize(
    "run",
    [
        "<!--",
        "<![CDATA[x]]><!--",
        "<title><![CDATA[<!--",
        "<title><![CDATA[<br ",
        "<!DOCTYPE a [",
        "<?x ",
        "<b>",
        "&",
        "&lt;",
        "<!-- x --> ",
        "<entry ",
    ],
)
def test_no_mark_costs_more_for_being_repeated(box: Sandbox, run: str) -> None:
    start = "" if run.startswith(("<!D", "<?", "<!-- ")) else "<rss><channel><item>"
    body = f"{start}{run * 20_000}<rss><channel><item><title>One</title></item></channel></rss>".encode()
    try:
        box.parse(body, URL)
    except NotAFeedError as error:
        assert "within" not in error.detail, error.detail  # noqa: PT017 -- some are feeds, some are none; none takes long
