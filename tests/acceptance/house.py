"""A small newsroom, a configuration and the command line, for tests that play a whole morning."""

import json
import shutil
import subprocess
import sys
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self
from xml.sax.saxutils import escape

DIGEST = shutil.which("digest", path=str(Path(sys.executable).parent)) or "digest"
SECTIONS = ("news", "economy", "culture")


@dataclass
class Story:
    """An article of the test's newsroom."""

    number: int
    categories: tuple[str, ...]
    published: datetime

    @property
    def title(self) -> str:
        return f"Story number {self.number} of the harbour town"

    def item(self, base: str) -> str:
        categories = "".join(f"<category>{escape(one)}</category>" for one in self.categories)
        return (
            f"<item><title>{self.title}</title><link>{base}/story/{self.number}/</link>"
            f"<guid isPermaLink='false'>story-{self.number}</guid><pubDate>{format_datetime(self.published)}</pubDate>"
            f"<description>What happened in story {self.number} is told here in one whole sentence.</description>"
            f"{categories}</item>"
        )


@dataclass
class Newsroom:
    """Serves its stories as one RSS feed on loopback."""

    stories: list[Story] = field(default_factory=list)
    broken: str = ""

    def __enter__(self) -> Self:
        newsroom = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                body = newsroom.feed().encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/rss+xml")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *args: object) -> None:
                del args

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def feed(self) -> str:
        items = "".join(story.item(self.url) for story in reversed(self.stories))
        return (
            self.broken
            or f"<rss version='2.0'><channel><title>Town</title><link>{self.url}</link>{items}</channel></rss>"
        )

    def publish(self, count: int, at: datetime) -> None:
        """Publish stories in turn in each section, a minute apart, the last at `at`."""
        first = len(self.stories) + 1
        for offset in range(count):
            sections = (SECTIONS[offset % len(SECTIONS)], *(("news",) if offset % 4 == 1 else ()))
            self.stories.append(Story(first + offset, sections, at - timedelta(minutes=count - offset)))


@dataclass
class House:
    """An installation in a folder, driven by the real command line."""

    folder: Path

    def configure(self, feed_url: str, provider: str, *, extra: str = "") -> None:
        sections = "".join(
            f'[[newsletters.sections]]\nid = "{one}"\nname = "{one.title()}"\ncategories = ["{one}"]\n'
            for one in SECTIONS
        )
        (self.folder / "config.toml").write_text(
            f"""
[site]
name = "Harbour Town"
url = "http://127.0.0.1:8765"
contact = "editors@example.org"
[provider]
{provider}
[[sources]]
id = "feed"
kind = "feed"
url = "{feed_url}"
allow_private_addresses = true
settle = "0s"
[[newsletters]]
id = "daily"
name = "Harbour Daily"
from = "Harbour Daily <news@example.org>"
zone = "Europe/Madrid"
send_at = "07:30"
{extra}
{sections}
""",
            encoding="utf-8",
        )
        self.run("db", "upgrade")

    def run(self, *words: str, code: int = 0, given: str | None = None, errors: bool = False) -> str:
        """Run a command to its end; return what it printed, with its standard error where it failed or `errors` asks for it."""
        done = subprocess.run(
            [DIGEST, *words], cwd=self.folder, input=given, capture_output=True, text=True, timeout=120, check=False
        )
        assert done.returncode == code, f"digest {' '.join(words)}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        assert "Traceback" not in done.stderr, done.stderr
        return done.stdout + done.stderr if code or errors else done.stdout

    def json(self, *words: str) -> Any:
        """Run a command with --json and read its one line."""
        return json.loads(self.run(*words, "--json"))

    def subscribe(self, *addresses: str, sections: str = "") -> None:
        lines = "email,sections\n" + "".join(f"{address},{sections}\n" for address in addresses)
        self.run("subscribers", "import", "-", "--newsletter", "daily", "--consent", "a test", given=lines)


def morning(day: int, hour: int = 6, minute: int = 30) -> datetime:
    """Return an instant of November 2026 in UTC; Madrid is one hour ahead."""
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC)
