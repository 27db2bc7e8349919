"""Measures what collecting costs: a feed of a thousand items, ten thousand unchanged sources, huge bodies; prints a table.

`python -m tests.benchmarks.ingest [SOURCES]`
"""

import gzip
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

from digest import config, pipeline
from digest.config import SourceTable
from digest.runtime import Runtime
from digest.sources.base import Source
from digest.sources.http import FEED_LIMIT, MIB, SITEMAP_LIMIT
from digest.store import migrations
from digest.testing.httpd import HttpServer, Reply
from digest.values import Fetched, SourceState
from tests.benchmarks.fetching import cost, cost_of_sitemap

NOW = datetime(2026, 11, 24, 6, tzinfo=UTC)
SOURCES = 10_000
_START = "one item, and the start of the parser"


class Unchanged:
    """A source whose server answers 304 at once: what is left is our own bookkeeping."""

    def fetch(self, state: SourceState) -> Fetched:
        return Fetched(unchanged=True, validators=state.validators)


class Newsroom(Runtime):
    """A runtime with a clock to turn, whose sources of the kind `still` never change."""

    now = NOW

    def source(self, table: SourceTable) -> Source:
        return Unchanged() if table.kind == "still" else super().source(table)


def feed(items: int) -> bytes:
    """Return an RSS feed of so many articles, with a text of 1,000 letters each."""
    text = "What changed between the two delegations, and what still has to, before the ice closes the sound. " * 10
    found = "".join(
        f"<item><title>Article number {number}</title><link>https://news.example.org/{number}/</link><guid>{number}</guid>"
        f"<pubDate>{format_datetime(NOW - timedelta(minutes=number))}</pubDate><category>News</category>"
        f"<description>{text}</description></item>"
        for number in range(items)
    )
    return f"<rss version='2.0'><channel><title>Town</title>{found}</channel></rss>".encode()


def newsroom(folder: Path, sources: list[dict[str, object]]) -> Newsroom:
    """Return a runtime on a fresh SQLite file."""
    url = f"sqlite:///{folder}/digest.db"
    migrations.upgrade(url)
    secrets = {"root": "r" * 32, "pepper": "p" * 32}
    settings = config.parse({"database": {"url": url}, "secrets": secrets, "sources": sources}, folder / "config.toml")
    built = Newsroom(settings, lambda: built.now)
    return built


def big_feed() -> list[tuple[str, str]]:
    """Measure a feed of 1,000 articles on its first fetch, when nothing changed, and when its server says so."""
    rows = []
    with HttpServer() as server, tempfile.TemporaryDirectory() as folder:
        server.replies["/feed"] = Reply(feed(1))
        runtime = newsroom(
            Path(folder),
            [{"id": "site", "kind": "feed", "url": f"{server.url}/feed", "allow_private_addresses": True}],
        )
        for name in (_START, "1,000 items, all new", "the same again, none new", "the same again, answered 304"):
            if name != _START:
                server.replies["/feed"] = Reply(status=304) if name.endswith("304") else Reply(feed(1000))
            runtime.now += timedelta(hours=1)
            rows.append((name, _timed(runtime, 1)))
        runtime.close()
    return rows


def unchanged(count: int) -> list[tuple[str, str]]:
    """Measure a round of so many sources that are all unchanged, the first and a later one."""
    with tempfile.TemporaryDirectory() as folder:
        runtime = newsroom(
            Path(folder),
            [
                {"id": f"s{number}", "kind": "still", "url": f"https://s{number}.example.org/"}
                for number in range(count)
            ],
        )
        rows = []
        for name in ("never asked before", "asked before"):
            runtime.now += timedelta(hours=1)
            rows.append((f"{count:,} unchanged sources, {name}", _timed(runtime, count)))
        runtime.close()
    return rows


def memory() -> list[tuple[str, str]]:
    """Measure by how much a process grows that is sent too much."""
    bomb = Reply(gzip.compress(b"\0" * 500 * MIB, 1, mtime=0), headers={"Content-Encoding": "gzip"})
    rows = []
    with HttpServer() as server:
        server.replies = {"/long": Reply(b"x" * 50 * MIB), "/bomb": bomb}
        for name, path, limit in (
            ("50 MB where 10 are allowed", "/long", FEED_LIMIT),
            ("50 MB where 50 are allowed", "/long", SITEMAP_LIMIT),
            ("a bomb of 500 MB", "/bomb", SITEMAP_LIMIT),
        ):
            rows.append((name, f"{cost(f'{server.url}{path}', limit)[0] / MIB:,.1f} MiB"))
        server.replies |= {
            "/map.xml": Reply(sitemap(50 * MIB)),
            "/map.xml.gz": Reply(gzip.compress(b" " * 300 * MIB, 1)),
        }
        for name, path in (("a sitemap of 50 MB", "/map.xml"), ("a bomb where a sitemap should be", "/map.xml.gz")):
            grown, said = cost_of_sitemap(f"{server.url}{path}")
            rows.append((f"{name} ({said[:14]})", f"{grown / MIB:,.1f} MiB"))
    return rows


def sitemap(length: int) -> bytes:
    """Return a sitemap of so many bytes at most, with 50,000 addresses and much to say of each."""
    entry = "<url><loc>http://127.0.0.1/{}/</loc><lastmod>2020-01-01</lastmod><!--{}--></url>"
    padding = "x" * (length // 50_000 - len(entry) - 10)
    return f"<urlset>{''.join(entry.format(number, padding) for number in range(50_000))}</urlset>".encode()


def _timed(runtime: Newsroom, count: int) -> str:
    began = time.perf_counter()
    if len(pipeline.collect_due(runtime)) != count:
        raise RuntimeError("not all sources were read")
    return f"{time.perf_counter() - began:,.2f} s"


def main(sources: int = SOURCES) -> None:
    """Print the table."""
    for name, figure in (*big_feed(), *unchanged(sources), *memory()):
        sys.stdout.write(f"{name:<46}{figure:>14}\n")


if __name__ == "__main__":
    main(*(int(word) for word in sys.argv[1:]))
