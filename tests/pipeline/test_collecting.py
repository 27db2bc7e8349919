"""Rounds of collecting: many sources on loopback at once, slow, broken and busy ones among them."""

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from digest import collect, config, pipeline
from digest.cli.app import app
from digest.collect import SourceHealth
from digest.config import Settings, SourceTable
from digest.errors import ConfigError
from digest.pipeline import collecting
from digest.runtime import Runtime
from digest.sources.base import Source
from digest.store import sources
from digest.testing.httpd import Asked, HttpServer, Reply
from digest.values import Collected, Fetched, SourceState

NOW = datetime(2026, 11, 24, 6, tzinfo=UTC)


def feed(number: int = 1) -> bytes:
    item = (
        f"<item><title>Story {number}</title><link>https://news.example.org/{number}/</link><guid>story-{number}</guid>"
        "<pubDate>Tue, 24 Nov 2026 05:00:00 GMT</pubDate></item>"
    )
    return f"<rss version='2.0'><channel><title>Town</title>{item}</channel></rss>".encode()


@pytest.fixture
def server() -> Iterator[HttpServer]:
    with HttpServer() as running:
        yield running


@pytest.fixture
def newsroom(database_url: str, tmp_path: Path) -> Iterator[Callable[..., "Newsroom"]]:
    built: list[Newsroom] = []

    def make(*tables: dict[str, Any], **values: Any) -> Newsroom:
        for table in tables:
            table.setdefault("kind", "feed")
            table.setdefault("allow_private_addresses", True)
        parsed = config.parse(
            {
                "database": {"url": database_url},
                "secrets": {"root": "r" * 32, "pepper": "p" * 32},
                "sources": list(tables),
                **values,
            },
            tmp_path / "config.toml",
        )
        built.append(Newsroom(parsed))
        return built[-1]

    yield make
    for one in built:
        one.close()


class Newsroom(Runtime):
    """A runtime whose clock the test turns, and some of whose sources are the test's own."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings, lambda: self.now)
        self.now = NOW
        self.own: dict[str, Callable[[SourceState], Fetched]] = {}

    def source(self, table: SourceTable) -> Source:
        mine = self.own.get(table.id)
        return Own(mine) if mine else super().source(table)

    def health(self) -> dict[str, SourceHealth]:
        with self.store.reading() as session:
            return {one.id: one for one in collect.overview(session, self.settings.sources, self.now)}


class Own:
    """A source that does what a test says."""

    def __init__(self, fetch: Callable[[SourceState], Fetched]) -> None:
        self.fetch = fetch


def by_id(results: list[Collected]) -> dict[str, Collected]:
    return {one.source: one for one in results}


def test_a_slow_source_holds_up_nobody(newsroom: Callable[..., Newsroom], server: HttpServer) -> None:
    others_are_told = threading.Event()
    told: list[str] = []

    def hear(one: Collected) -> None:
        told.append(one.source)
        others_are_told.set()

    def slow(asked: Asked) -> Reply:
        assert others_are_told.wait(30)
        return Reply(feed(1))

    server.replies = {"/slow": slow, "/quick": Reply(feed(2))}
    here = server.url.replace("127.0.0.1", "localhost")
    runtime = newsroom({"id": "slow", "url": f"{server.url}/slow"}, {"id": "quick", "url": f"{here}/quick"})
    results = pipeline.collect_now(runtime, (), hear)
    assert told == ["quick", "slow"] == [one.source for one in results]
    assert [one.new for one in results] == [1, 1]


def test_a_host_of_many_sources_lets_the_others_in_between(
    newsroom: Callable[..., Newsroom], server: HttpServer
) -> None:
    server.replies = {f"/{name}": Reply(feed()) for name in "abcxyz"}
    big, small = server.url, server.url.replace("127.0.0.1", "localhost")
    runtime = newsroom(
        *({"id": name, "url": f"{big}/{name}"} for name in "abc"),
        *({"id": name, "url": f"{small}/{name}"} for name in "xyz"),
        collect={"connections": 1},
    )
    pipeline.collect_due(runtime)
    assert [one.path for one in server.asked] == ["/a", "/x", "/b", "/y", "/c", "/z"]


def test_what_is_not_read_in_time_keeps_no_edition_waiting(
    newsroom: Callable[..., Newsroom], server: HttpServer
) -> None:
    over = threading.Event()
    server.replies["/quick"] = Reply(feed())

    def never(state: SourceState) -> Fetched:
        over.wait()
        return Fetched()

    runtime = newsroom(
        {"id": "quick", "url": f"{server.url}/quick"},
        {"id": "hanging", "url": "http://hanging.localhost/"},
        {"id": "next", "url": "http://hanging.localhost/next"},
    )
    runtime.own = {"hanging": never}
    results = by_id(collecting.refresh(runtime, ["quick", "hanging", "next"], within=timedelta(seconds=0.5)))
    over.set()
    assert results["quick"].new == 1
    assert "was not read in time" in results["hanging"].error
    assert "was not read in time" in results["next"].error
    found = runtime.health()
    assert [one.kind for one in found["hanging"].alarms] == ["source_failing"]
    assert (found["hanging"].failures, found["next"].failures, found["next"].last_attempt_at) == (1, 0, None)


def test_a_server_that_asked_to_be_left_alone_is_not_asked_before_a_freeze(
    newsroom: Callable[..., Newsroom], server: HttpServer
) -> None:
    server.replies["/busy"] = Reply(b"", 503, {"Retry-After": "3600"})
    runtime = newsroom({"id": "busy", "url": f"{server.url}/busy"})
    pipeline.collect_due(runtime)
    [result] = collecting.refresh(runtime, ["busy"])
    assert result.error == "It asked to be left alone until 07:00 UTC."
    assert len(server.asked) == 1
    runtime.now = NOW + timedelta(hours=1)
    collecting.refresh(runtime, ["busy"])
    assert len(server.asked) == 2


def test_an_unchanged_feed_is_asked_with_what_it_said_and_before_a_freeze_without(
    newsroom: Callable[..., Newsroom], server: HttpServer
) -> None:
    def reply(asked: Asked) -> Reply:
        same = asked.headers.get("if-none-match") == 'W/"a"'
        return Reply(b"" if same else feed(), 304 if same else 200, {"ETag": 'W/"a"'})

    server.replies["/feed"] = reply
    runtime = newsroom({"id": "site", "url": f"{server.url}/feed"})
    pipeline.collect_due(runtime)
    assert pipeline.collect_due(runtime) == []
    runtime.now = NOW + timedelta(minutes=10)
    assert pipeline.collect_due(runtime) == [Collected("site")]
    collecting.refresh(runtime, ["site"])
    assert [one.headers.get("if-none-match") for one in server.asked] == [None, 'W/"a"', None]
    with runtime.store.reading() as session:
        row = sources.find(session, "site")
    assert row is not None
    assert (row.unchanged_in_a_row, row.latency_ms is not None) == (0, True)


def test_a_source_that_moved_for_good_is_asked_there_after_a_day(
    newsroom: Callable[..., Newsroom], server: HttpServer
) -> None:
    server.replies = {"/old": Reply(b"", 301, {"Location": "/new"}), "/new": Reply(feed())}
    runtime = newsroom({"id": "site", "url": f"{server.url}/old"})
    for hour in (0, 12, 24):
        runtime.now = NOW + timedelta(hours=hour)
        pipeline.collect_due(runtime)
    server.asked.clear()
    runtime.now = NOW + timedelta(hours=25)
    pipeline.collect_due(runtime)
    assert [one.path for one in server.asked] == ["/new"]
    assert [one.kind for one in runtime.health()["site"].alarms] == ["source_moved"]


def test_a_fault_of_our_own_in_one_source_keeps_no_other_from_being_read(
    newsroom: Callable[..., Newsroom], server: HttpServer
) -> None:
    def broken(state: SourceState) -> Fetched:
        raise ZeroDivisionError

    server.replies["/feed"] = Reply(feed())
    runtime = newsroom({"id": "broken", "url": "http://broken.localhost/"}, {"id": "site", "url": f"{server.url}/feed"})
    runtime.own = {"broken": broken}
    results = by_id(pipeline.collect_due(runtime))
    assert results["site"].new == 1
    assert "ZeroDivisionError" in results["broken"].error
    assert runtime.health()["broken"].failures == 1


def test_a_wrong_table_is_named_when_all_others_were_read(
    newsroom: Callable[..., Newsroom], server: HttpServer
) -> None:
    server.replies["/feed"] = Reply(feed())
    runtime = newsroom(
        {"id": "wrong", "kind": "feeed", "url": "http://a/"}, {"id": "site", "url": f"{server.url}/feed"}
    )
    with pytest.raises(ConfigError, match="feeed"):
        pipeline.collect_due(runtime)
    assert runtime.health()["site"].state == "ok"


def test_a_pushed_source_is_not_fetched(newsroom: Callable[..., Newsroom]) -> None:
    runtime = newsroom({"id": "cms", "kind": "push", "secret": "s" * 32})
    assert pipeline.collect_due(runtime) == pipeline.collect_now(runtime) == []
    assert runtime.health()["cms"].state == "waiting"


def unchanged(state: SourceState) -> Fetched:
    return Fetched(unchanged=True, validators=state.validators)


def test_of_unchanged_sources_one_that_cannot_be_kept_keeps_no_other_back(newsroom: Callable[..., Newsroom]) -> None:
    runtime = newsroom(*({"id": name, "url": f"http://{name}.localhost/"} for name in "abc"))
    runtime.own = {
        "a": unchanged,
        "b": lambda state: replace(unchanged(state), memory={"no": object()}),
        "c": unchanged,
    }
    found = by_id(pipeline.collect_now(runtime))
    assert [bool(found[name].error) for name in "abc"] == [False, True, False]
    assert [runtime.health()[name].state for name in "abc"] == ["ok", "failing", "ok"]


def test_many_unchanged_sources_are_kept_together(newsroom: Callable[..., Newsroom]) -> None:
    tables = [{"id": f"s{number}", "url": f"http://s{number}.localhost/"} for number in range(150)]
    runtime = newsroom(*tables)
    runtime.own = dict.fromkeys((table["id"] for table in tables), unchanged)
    assert len(pipeline.collect_due(runtime)) == 150
    assert {one.state for one in runtime.health().values()} == {"ok"}
    assert pipeline.collect_due(runtime) == []


def test_an_unknown_source_is_named(newsroom: Callable[..., Newsroom]) -> None:
    with pytest.raises(ConfigError, match="no source “other”"):
        pipeline.collect_now(newsroom({"id": "site", "url": "http://a/"}), ["other"])


# --- the command line ----------------------------------------------------------------------------------------------


@pytest.fixture
def config_file(sqlite_url: str, server: HttpServer, tmp_path: Path) -> Path:
    file = tmp_path / "config.toml"
    file.write_text(
        f"""
        [database]
        url = "{sqlite_url}"
        [secrets]
        root = "{"r" * 32}"
        pepper = "{"p" * 32}"
        [[sources]]
        id = "site"
        kind = "feed"
        url = "{server.url}/feed"
        allow_private_addresses = true
        [[sources]]
        id = "down"
        kind = "feed"
        url = "{server.url}/down"
        allow_private_addresses = true
        """,
        encoding="utf-8",
    )
    return file


def run(*words: object) -> tuple[int, list[str]]:
    result = CliRunner().invoke(app, [str(word) for word in words])
    return result.exit_code, result.stdout.splitlines()


def test_collect_prints_what_each_source_gave(config_file: Path, server: HttpServer) -> None:
    server.replies["/feed"] = Reply(feed())
    code, lines = run("collect", "--config", config_file)
    assert (code, lines[0]) == (0, "site: 1 new, 0 changed, 0 withdrawn, 0 unchanged")
    assert lines[1].startswith("down: The address could not be fetched.")


def test_collect_fails_when_every_source_failed(config_file: Path, server: HttpServer) -> None:
    code, lines = run("collect", "--json", "--config", config_file)
    assert code == 1
    assert {json.loads(line)["source"] for line in lines} == {"site", "down"}


def test_sources_shows_how_each_is_doing(config_file: Path, server: HttpServer) -> None:
    server.replies["/feed"] = Reply(feed())
    run("collect", "--config", config_file)
    code, lines = run("sources", "--config", config_file)
    assert code == 0
    assert [line.split()[:2] for line in lines] == [["source", "state"], ["site", "ok"], ["down", "failing"]]
    assert lines[1].endswith("1 new, 0 changed, 0 unchanged")
    assert "status 404" in lines[2]


def test_sources_speaks_json(config_file: Path, server: HttpServer) -> None:
    server.replies["/feed"] = Reply(feed())
    run("collect", "--config", config_file)
    code, lines = run("sources", "--json", "--config", config_file)
    site, down = (json.loads(line) for line in lines)
    assert code == 0
    assert (site["id"], site["state"], site["counts"]["new"], site["alarms"]) == ("site", "ok", 1, [])
    assert (down["state"], down["failures"], down["last_ok_at"]) == ("failing", 1, None)
